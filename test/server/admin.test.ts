import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { startProxy } from '../clients/proxy.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
beforeAll(async () => {
  proxy = await startProxy({ model: 'openai/gpt-5-mini', alias: 'fast' });
});
afterAll(() => proxy.close());

async function params(query: string): Promise<{ status: number; body: string; taken: string[] }> {
  const reply = await fetch(`${proxy.url}/utils/supported_openai_params${query}`);
  const body = await reply.text();
  const { supported_openai_params: taken = [] }: { supported_openai_params?: string[] } = JSON.parse(body);
  return { status: reply.status, body, taken };
}

test.each([
  ['the served model', '?model=fast', ['max_completion_tokens', 'reasoning_effort', 'tools'], ['stop', 'top_p']],
  ['another one', '?model=gpt-4o', ['stop', 'top_p', 'logit_bias'], ['reasoning_effort']],
  ['by its provider', '?model=anthropic/claude-sonnet-4-5', ['thinking', 'stop'], ['seed', 'logit_bias']],
  ['by its rule', '?model=anthropic/claude-3-haiku-20240307', ['tools'], ['reasoning_effort']],
])('supported_openai_params of %s', async (_, query, takes, refuses) => {
  const { status, taken } = await params(query);
  expect(status).toBe(200);
  expect(taken).toEqual(expect.arrayContaining(takes));
  expect(taken.filter((word) => refuses.includes(word))).toEqual([]);
});

test.each(['', '?model=', '?model=nobody%2Fx'])('supported_openai_params%s is a 400 that names it', async (query) => {
  const { status, body } = await params(query);
  expect(status).toBe(400);
  expect(JSON.parse(body)).toMatchObject({ error: { param: 'model', code: '400' } });
});

async function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: JsonObject }> {
  const reply = await fetch(proxy.url + path, { headers });
  return { status: reply.status, body: JSON.parse(await reply.text()) };
}

const asAnthropic = { 'anthropic-version': '2023-06-01' };

test('models tell what they take, under the names that clients look for', async () => {
  const { body } = await get('/v1/models');
  const known = {
    object: 'model',
    owned_by: 'openai',
    context_length: 400_000,
    context_window: 400_000,
    max_model_len: 400_000,
    max_context_length: 400_000,
    max_input_tokens: 400_000,
    max_output_tokens: 128_000,
    capabilities: {
      ...{ completion_chat: true, embeddings: false, function_calling: true },
      ...{ structured_outputs: true, reasoning: true, vision: true },
    },
  };
  expect(body).toMatchObject({
    object: 'list',
    data: [
      { ...known, id: 'fast' },
      { ...known, id: 'openai/gpt-5-mini' },
    ],
  });
  for (const id of ['fast', 'gpt-5-mini', 'openai%2Fgpt-5-mini', 'openai/gpt-5-mini']) {
    expect(await get(`/models/${id}`)).toMatchObject({ status: 200, body: { ...known, id: decodeURIComponent(id) } });
  }
  expect(await get('/v1/models/nobody')).toMatchObject({ status: 404, body: { error: { code: 'model_not_found' } } });
});

test.each<[string, Record<string, number | undefined>]>([
  ['anthropic/claude-sonnet-4-5', { context_length: 200_000, max_output_tokens: 64_000 }],
  ['openai/a-model-of-mine', { context_length: undefined, max_output_tokens: undefined }],
  ['openai/gpt-4o', { context_length: 128_000, max_output_tokens: 16_384 }],
])('limits of %s', async (model, wanted) => {
  const other = await startProxy({ model });
  const listed: { data: Record<string, unknown>[] } = JSON.parse(await (await fetch(`${other.url}/v1/models`)).text());
  await other.close();
  const [first = {}] = listed.data;
  for (const [name, value] of Object.entries(wanted)) expect(first[name]).toBe(value);
});

test('Anthropic’s clients get pages of their form', async () => {
  const first = await get('/v1/models?limit=1', asAnthropic);
  const model = { type: 'model', max_input_tokens: 400_000, max_tokens: 128_000 };
  expect(first.body).toMatchObject({
    data: [{ ...model, id: 'fast' }],
    ...{ has_more: true, first_id: 'fast', last_id: 'fast' },
  });
  const next = await get('/v1/models?limit=1&after_id=fast', asAnthropic);
  expect(next.body).toMatchObject({ data: [{ ...model, id: 'openai/gpt-5-mini' }], has_more: false });
  const before = await get('/v1/models?before_id=openai%2Fgpt-5-mini', asAnthropic);
  expect(before.body).toMatchObject({ data: [{ id: 'fast' }], has_more: false });
  const client = new Anthropic({ baseURL: proxy.url, apiKey: 'x' });
  const ids: string[] = [];
  for await (const { id } of client.models.list({ limit: 1 })) ids.push(id);
  expect(ids).toEqual(['fast', 'openai/gpt-5-mini']);
  expect(await client.models.retrieve('fast')).toMatchObject({ id: 'fast', type: 'model' });
  await expect(client.models.retrieve('nobody')).rejects.toMatchObject({ status: 404 });
});

test.each(['/model/info', '/v1/model/info'])('%s', async (path) => {
  const { body } = await get(path);
  const info = {
    litellm_params: {
      model: 'openai/gpt-5-mini',
      custom_llm_provider: 'openai',
      api_base: 'https://api.openai.com/v1',
    },
    model_info: {
      ...{ mode: 'chat', litellm_provider: 'openai', max_input_tokens: 400_000, max_output_tokens: 128_000 },
      ...{ supports_function_calling: true, supports_reasoning: true },
    },
  };
  expect(body).toMatchObject({
    data: [
      { ...info, model_name: 'fast' },
      { ...info, model_name: 'openai/gpt-5-mini' },
    ],
  });
  const text = JSON.stringify(body);
  expect(text).not.toContain('sk-proxy-openai');
  expect(text).toMatch(/"api_key":"\*\*\*\*\d{4}"/);
  const [first] = JSON.parse(text).data;
  expect(first.model_info.output_cost_per_token).toBeGreaterThan(first.model_info.input_cost_per_token);
  expect(first.model_info.input_cost_per_token).toBeGreaterThan(0);
  const { id } = first.model_info;
  expect(JSON.stringify(await get(`${path}?litellm_model_id=${id}`))).toContain('openai/gpt-5-mini');
  expect((await get(`${path}?litellm_model_id=nobody`)).status).toBe(404);
});

test('/model/info shows no user-info or query of a base URL', async () => {
  const api_base = 'http://user:pass-word-1@127.0.0.1:9/v1?sig=secret-0123456';
  const other = await startProxy({ model: 'openai/x', api_base });
  const text = await (await fetch(`${other.url}/model/info`)).text();
  await other.close();
  expect(JSON.parse(text).data[0].litellm_params.api_base).toBe('http://127.0.0.1:9/v1');
  expect(text).not.toMatch(/pass-word-1|secret-0123456/);
});

test('/model_group/info', async () => {
  const { body } = await get('/model_group/info');
  expect(body).toMatchObject({
    data: [{ model_group: 'fast', providers: ['openai'], mode: 'chat' }, { model_group: 'openai/gpt-5-mini' }],
  });
  expect((await get('/model_group/info?model_group=fast')).body).toMatchObject({ data: [{ model_group: 'fast' }] });
});

test('/routes lists what is here, and each of them is', async () => {
  const { body } = await get('/routes');
  const { routes }: { routes: { path: string; methods: string[] }[] } = JSON.parse(JSON.stringify(body));
  const paths = routes.map(({ path }) => path);
  const wanted = ['/v1/chat/completions', '/completions', '/v1/messages/count_tokens', '/model/info', '/routes'];
  expect(paths).toEqual(expect.arrayContaining(wanted));
  expect(new Set(paths).size).toBe(paths.length);
  for (const { path, methods } of routes) {
    if (!methods.includes('GET') || path.includes('{') || path.endsWith('/')) continue;
    expect([path, (await fetch(proxy.url + path)).status]).not.toEqual([path, 404]);
  }
});
