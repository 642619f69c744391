import OpenAI, { AzureOpenAI, NotFoundError, toFile } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Platform, startPlatform } from './platform.ts';
import { type RunningProxy, startProxy } from './proxy.ts';

const key = 'sk-platform-0123456789';
const window = { completion_window: '24h', endpoint: '/v1/chat/completions' } as const;

function client(baseURL: string): OpenAI {
  return new OpenAI({ baseURL, apiKey: 'sk-anything-0123456789', maxRetries: 0 });
}

describe('batches, fine-tuning and evals', () => {
  let platform: Platform;
  let proxy: RunningProxy;
  beforeAll(async () => {
    platform = await startPlatform(key);
    proxy = await startProxy(
      { model: 'openai/gpt-4o', alias: 'mine', api_base: platform.url },
      { OPENAI_API_KEY: key },
    );
  });
  afterAll(async () => {
    await proxy.close();
    await platform.close();
  });
  beforeEach(() => {
    platform.seen.length = 0;
  });

  test('batches: create, retrieve, cancel, pages of the list', async () => {
    const openai = client(`${proxy.url}/v1`);
    const file = await openai.files.create({ file: await toFile(Buffer.from('{}\n'), 'in.jsonl'), purpose: 'batch' });
    const made: string[] = [];
    for (let n = 0; n < 5; n++) {
      const batch = await openai.batches.create({ input_file_id: file.id, ...window, metadata: { n: String(n) } });
      expect(batch).toMatchObject({ object: 'batch', input_file_id: file.id, metadata: { n: String(n) } });
      made.push(batch.id);
    }
    expect((await openai.batches.retrieve(made[0] ?? '')).id).toBe(made[0]);
    expect((await openai.batches.cancel(made[1] ?? '')).status).toBe('cancelled');
    const listed: string[] = [];
    platform.seen.length = 0;
    for await (const batch of openai.batches.list({ limit: 2 })) listed.push(batch.id);
    expect(listed).toEqual(made);
    expect(platform.seen.map(({ query }) => query.toString())).toEqual([
      'limit=2',
      `limit=2&after=${made[1]}`,
      `limit=2&after=${made[3]}`,
    ]);
  });

  test('fine-tuning: jobs, events, checkpoints, pause and resume; the model by the name it has here', async () => {
    const openai = client(`${proxy.url}/v1`);
    const job = await openai.fineTuning.jobs.create({
      model: 'openai/gpt-4o-mini-2024-07-18',
      training_file: 'file-1',
      method: {
        type: 'reinforcement',
        reinforcement: { grader: { type: 'score_model', name: 'g', model: 'mine', input: [] } },
      },
    });
    const sent = platform.seen[0]?.body;
    expect(sent?.['model']).toBe('gpt-4o-mini-2024-07-18');
    expect(sent?.['method']).toMatchObject({ reinforcement: { grader: { model: 'gpt-4o', name: 'g' } } });
    expect((await openai.fineTuning.jobs.retrieve(job.id)).id).toBe(job.id);
    expect((await openai.fineTuning.jobs.listEvents(job.id)).data[0]?.id).toBe('ftevent-1');
    expect((await openai.fineTuning.jobs.checkpoints.list(job.id)).data).toHaveLength(1);
    expect((await openai.fineTuning.jobs.pause(job.id)).status).toBe('paused');
    expect((await openai.fineTuning.jobs.resume(job.id)).status).toBe('running');
    expect((await openai.fineTuning.jobs.cancel(job.id)).status).toBe('cancelled');
    expect((await openai.fineTuning.jobs.list()).data.map(({ id }) => id)).toEqual([job.id]);
    const graded = {
      grader: { type: 'string_check', name: 'g', input: 'a', operation: 'eq', reference: 'a' },
    } as const;
    await openai.fineTuning.alpha.graders.validate(graded);
    expect(platform.seen.at(-1)?.path).toBe('/v1/fine_tuning/alpha/graders/validate');
    const checkpoint = 'ft:gpt-4o-mini-2024-07-18:org:weather:B7R9VjQd';
    const permissions = `${proxy.url}/v1/fine_tuning/checkpoints/${encodeURIComponent(checkpoint)}/permissions`;
    await fetch(permissions, { method: 'POST', body: '{"project_ids":["p"]}' });
    expect(platform.seen.at(-1)?.path).toBe(`/v1/fine_tuning/checkpoints/${checkpoint}/permissions`);
  });

  test('evals and their runs', async () => {
    const openai = client(`${proxy.url}/v1`);
    const made = await openai.evals.create({
      data_source_config: { type: 'logs' },
      testing_criteria: [
        { type: 'label_model', name: 'a', model: 'mine', input: [], labels: ['x'], passing_labels: ['x'] },
        { type: 'label_model', name: 'b', model: 'gpt-4.1', input: [], labels: ['x'], passing_labels: ['x'] },
      ],
    });
    expect(platform.seen[0]?.body['testing_criteria']).toMatchObject([{ model: 'gpt-4o' }, { model: 'gpt-4.1' }]);
    const run = await openai.evals.runs.create(made.id, {
      data_source: { type: 'completions', model: 'mine', source: { type: 'file_id', id: 'file-1' } },
    });
    expect(platform.seen[1]?.body['data_source']).toEqual({
      type: 'completions',
      model: 'gpt-4o',
      source: { type: 'file_id', id: 'file-1' },
    });
    expect(run.id).toMatch(/^run_/);
    expect((await openai.evals.update(made.id, { name: 'n' })).name).toBe('n');
    expect((await openai.evals.list()).data).toHaveLength(1);
    await openai.evals.delete(made.id);
  });

  test('Azure’s client asks below the deployment', async () => {
    const options = { endpoint: proxy.url, apiVersion: '2025-02-01-preview', apiKey: 'x', maxRetries: 0 };
    const azure = new AzureOpenAI({ ...options, deployment: 'my/gpt' });
    expect((await azure.batches.create({ input_file_id: 'file-1', ...window })).object).toBe('batch');
    expect(platform.seen[0]?.path).toBe('/v1/batches');
  });

  test('whose account: a path, a header, a query or a body names the provider', async () => {
    for (const list of [
      () => fetch(`${proxy.url}/openai/v1/batches`),
      () => fetch(`${proxy.url}/v1/batches?custom_llm_provider=openai`),
      () => fetch(`${proxy.url}/batches`, { headers: { 'custom-llm-provider': 'openai' } }),
    ]) {
      const reply = await list();
      expect(reply.status).toBe(200);
    }
    expect(platform.seen.map(({ query }) => query.toString())).toEqual(['', '', '']);
    const openai = client(`${proxy.url}/v1`);
    await openai.batches.create(
      { input_file_id: 'file-1', ...window },
      {
        body: { input_file_id: 'file-1', ...window, custom_llm_provider: 'openai', api_key: 'k', litellm_metadata: {} },
      },
    );
    expect(platform.seen.at(-1)?.body).toEqual({ input_file_id: 'file-1', ...window });
    const reply = await fetch(`${proxy.url}/v1/batches?custom_llm_provider=nobody`);
    expect(reply.status).toBe(400);
    expect(await reply.text()).toContain("'nobody' is no provider");
  });
});

describe('a provider without the endpoint', () => {
  test.each([
    { env: {}, says: 'Anthropic has no /v1/batches endpoint, and OPENAI_API_KEY is not set' },
    { env: { GROQ_API_KEY: 'gsk-0123456789' }, says: 'Anthropic has no /v1/batches endpoint' },
  ])('is told, and nothing is sent: $says', async ({ env, says }) => {
    const proxy = await startProxy(
      { model: 'anthropic/claude-sonnet-4-5' },
      { ANTHROPIC_API_KEY: 'sk-ant-0123456789', ...env },
    );
    const error = await client(`${proxy.url}/v1`)
      .batches.list()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(String(error)).toContain(says);
    expect(proxy.entries[0]?.status).toBe(404);
    await proxy.close();
  });

  test('the usual account of the environment answers for it', async () => {
    const platform = await startPlatform(key);
    const env = { ANTHROPIC_API_KEY: 'sk-ant-0123456789', OPENAI_API_KEY: key, OPENAI_BASE_URL: `${platform.url}/v1` };
    const proxy = await startProxy({ model: 'anthropic/claude-sonnet-4-5' }, env);
    const openai = client(`${proxy.url}/v1`);
    const batch = await openai.batches.create({ input_file_id: 'file-1', ...window });
    expect((await openai.batches.retrieve(batch.id)).id).toBe(batch.id);
    expect(platform.seen[0]?.headers.authorization).toBe(`Bearer ${key}`);
    const reply = await fetch(`${proxy.url}/v1/batches?custom_llm_provider=anthropic`);
    expect(reply.status).toBe(404);
    expect(await reply.text()).toContain('Anthropic has no /v1/batches endpoint');
    expect(platform.seen).toHaveLength(2);
    await proxy.close();
    await platform.close();
  });
});
