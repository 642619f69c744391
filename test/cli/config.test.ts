import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { emptyFolder, endAll, json, once, sayHello, serveOn } from './spawn.ts';

const folder = resolve(import.meta.dirname, '../config/examples');
const secrets = {
  OPENAI_API_KEY: 'sk-openai-0123456789',
  ANTHROPIC_API_KEY: 'sk-ant-0123456789',
  OPENROUTER_API_KEY: 'sk-or-0123456789',
  AZURE_EUROPE_KEY: 'azure-europe-0123',
  AZURE_AMERICA_KEY: 'azure-america-0123',
  CLOUD_AWS_ID: 'AKIA0123456789',
  CLOUD_AWS_SECRET: 'aws-secret-0123456789',
  VERTEXAI_ACCESS_TOKEN: 'google-token-0123456789',
  COMPANY_KEY: 'sk-company-0123456789',
  RERANK_TOKEN: 'Bearer rerank-0123456789',
};

/** A provider of every kind on one port: what it was asked, and by whom. */
const seen: { url: string; headers: IncomingMessage['headers']; body: string }[] = [];
const server = createServer((req, res) => {
  let body = '';
  req.on('data', (chunk) => {
    body += String(chunk);
  });
  req.on('end', () => {
    seen.push({ url: req.url ?? '', headers: req.headers, body });
    answer(req.url ?? '', body, res);
  });
});
let env: Record<string, string>;

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  env = {
    ...secrets,
    UPSTREAM: upstream,
    UPSTREAM_V1: `${upstream}/v1`,
    GROQ_API_BASE: `${upstream}/v1`,
    GROQ_API_KEY: 'gsk_0123456789',
    RERANK_URL: `${upstream}/rerank`,
    PROXY_KEY: 'sk-proxy-0123456789',
  };
});
afterAll(() => {
  endAll();
  server.closeAllConnections();
  server.close();
});

/** Each in its own form. */
function answer(url: string, body: string, res: ServerResponse): void {
  if (url.startsWith('/rerank')) json(res, 200, { results: [] });
  else if (url.includes('/embeddings'))
    json(res, 200, {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
      model: 'x',
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
  else if (url.includes('/api/chat'))
    json(res, 200, {
      model: 'x',
      created_at: '2026-01-01T00:00:00Z',
      message: { role: 'assistant', content: 'Hello!' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 1,
      eval_count: 1,
    });
  else if (url.includes('/messages'))
    json(res, 200, {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'x',
      content: [{ type: 'text', text: 'Hello!' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    });
  else if (url.includes('/converse'))
    json(res, 200, {
      output: { message: { role: 'assistant', content: [{ text: 'Hello!' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    });
  else if (url.includes(':generateContent'))
    json(res, 200, {
      candidates: [{ content: { role: 'model', parts: [{ text: 'Hello!' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    });
  else sayHello(body, res);
}

/** What each file serves: a name, and what the provider sees of it. */
const examples: Record<string, [name: string, url: RegExp, body: RegExp, key: string][]> = {
  'single-provider.yaml': [
    [
      'gpt-4o-mini',
      /^\/v1\/chat/,
      /"temperature":0.2.*"max_tokens":512|"max_tokens":512.*"temperature":0.2/,
      secrets.OPENAI_API_KEY,
    ],
  ],
  'load-balancing.yaml': [
    [
      'gpt-4o',
      /^\/openai\/deployments\/gpt-4o-(?:europe|america)\/.*api-version=2025-03-01-preview/,
      /messages/,
      'azure-',
    ],
  ],
  'fallbacks.yaml': [
    ['quick', /^\/v1\/chat/, /gpt-4o-mini/, secrets.OPENAI_API_KEY],
    ['thorough', /^\/v1\/messages/, /claude-sonnet-4-5/, secrets.ANTHROPIC_API_KEY],
    ['roomy', /^\/v1\/chat/, /gpt-4\.1/, secrets.OPENAI_API_KEY],
  ],
  'wildcard.yaml': [
    ['openai/gpt-9', /^\/v1\/chat/, /"gpt-9"/, secrets.OPENAI_API_KEY],
    ['anthropic/claude-9', /^\/v1\/chat/, /"anthropic\/claude-9"/, secrets.OPENROUTER_API_KEY],
    ['groq/llama-9', /^\/v1\/chat/, /"llama-9"/, 'gsk_0123456789'],
  ],
  'local-servers.yaml': [
    ['llama', /^\/api\/chat/, /"num_ctx":8192/, ''],
    ['llama', /^\/api\/chat/, /"keep_alive":"10m"/, ''],
    ['qwen', /^\/v1\/chat/, /"chat_template_kwargs":\{"enable_thinking":false\}/, ''],
    ['any-server', /^\/v1\/chat/, /"my-model"/, 'none-needed'],
  ],
  'clouds.yaml': [
    [
      'claude-aws',
      /^\/model\/anthropic\.claude-sonnet-4-5-20250929-v1(?::|%3A)0\/converse$/,
      /messages/,
      'Credential=AKIA0123456789',
    ],
    ['gemini-google', /gemini-2\.5-flash:generateContent/, /contents/, secrets.VERTEXAI_ACCESS_TOKEN],
  ],
  'tags.yaml': [['chat', /^\/v1\/chat/, /gpt-4o-mini/, secrets.OPENAI_API_KEY]],
  'caching.yaml': [['cached', /^\/v1\/chat/, /gpt-4o-mini/, secrets.OPENAI_API_KEY]],
  'aliases.yaml': [
    ['main', /^\/v1\/chat/, /"gpt-4o"/, secrets.OPENAI_API_KEY],
    ['gpt-4', /^\/v1\/chat/, /"gpt-4o"/, secrets.OPENAI_API_KEY],
    ['gpt-3.5-turbo', /^\/v1\/chat/, /"gpt-4o-mini"/, secrets.OPENAI_API_KEY],
  ],
  'pass-through.yaml': [['included', /^\/v1\/chat/, /gpt-4o-mini/, secrets.COMPANY_KEY]],
};

it('every example is looked at', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  expect(Object.keys(examples).sort()).toEqual(files.sort());
  expect(files).toHaveLength(10);
});

describe.each(Object.entries(examples))('%s', (file, models) => {
  it('is found good by check, without a word of its secrets', async () => {
    const run = await once(['check', join(folder, file), '--json'], { env });
    expect(run.err).toBe('');
    const found = JSON.parse(run.out) as { ok: boolean; models: object[]; warnings: string[]; ignored: string[] };
    expect(found).toMatchObject({ ok: true, errors: [], warnings: [] });
    expect(found.models.length).toBeGreaterThan(0);
    for (const secret of Object.values(secrets)) expect(run.out).not.toContain(secret);
    if (file !== 'pass-through.yaml') expect(found.ignored).toEqual([]);
  });

  it('is served', async () => {
    const proxy = await serveOn(['--config', join(folder, file)], { env });
    for (const [model, url, body, key] of models) {
      seen.length = 0;
      const reply = await fetch(`${proxy.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${env['PROXY_KEY']}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
      });
      expect(await reply.json()).toMatchObject({ model, choices: [{ message: { content: 'Hello!' } }] });
      const [asked] = seen;
      expect(asked?.url).toMatch(url);
      expect(asked?.body).toMatch(body);
      expect(JSON.stringify(asked?.headers)).toContain(key);
    }
    proxy.child.kill('SIGTERM');
    const { code, err } = await proxy.ended;
    expect(code).toBe(0);
    for (const secret of Object.values(secrets)) expect(err).not.toContain(secret);
  });
});

describe('what the examples promise', () => {
  it('a master key is asked for', async () => {
    const proxy = await serveOn(['--config', join(folder, 'single-provider.yaml')], { env });
    expect((await fetch(`${proxy.url}/v1/models`)).status).toBe(401);
    proxy.child.kill('SIGTERM');
  });

  it('hidden names are not listed, patterns are as far as their models are known', async () => {
    const proxy = await serveOn(['--config', join(folder, 'aliases.yaml')], { env });
    const list = async (url: string) =>
      ((await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] }).data.map(({ id }) => id);
    expect(await list(proxy.url)).toEqual(['main', 'cheap', 'gpt-4']);
    const wild = await serveOn(['--config', join(folder, 'wildcard.yaml')], { env });
    const names = await list(wild.url);
    expect(names).toEqual(expect.arrayContaining(['openai/gpt-4o', '*']));
    expect(names.filter((name) => name.startsWith('anthropic/claude-')).length).toBeGreaterThan(3);
    for (const one of [proxy, wild]) one.child.kill('SIGTERM');
  });

  it('a path of one’s own leads to its target, with its headers', async () => {
    const proxy = await serveOn(['--config', join(folder, 'pass-through.yaml')], { env });
    expect(proxy.run.err).toMatch(/ignored.*litellm_settings\.set_verbose \([^)]*pass-through\.yaml:13:3\)/);
    seen.length = 0;
    const reply = await fetch(`${proxy.url}/v1/rerank-here`, { method: 'POST', body: '{"query":"x"}' });
    expect([reply.status, await reply.json()]).toEqual([200, { results: [] }]);
    expect(seen[0]).toMatchObject({ url: '/rerank', headers: { authorization: secrets.RERANK_TOKEN } });
    proxy.child.kill('SIGTERM');
  });

  it('equal calls are answered once', async () => {
    const proxy = await serveOn(['--config', join(folder, 'caching.yaml')], { env });
    seen.length = 0;
    const body = JSON.stringify({ model: 'cached', messages: [{ role: 'user', content: 'Hi' }] });
    const ask = () => fetch(`${proxy.url}/v1/chat/completions`, { method: 'POST', body }).then((reply) => reply.json());
    expect(await ask()).toEqual(await ask());
    expect(seen).toHaveLength(1);
    proxy.child.kill('SIGTERM');
  });
});

describe('check', () => {
  it('tries every model with --online', async () => {
    const good = await once(['check', join(folder, 'fallbacks.yaml'), '--online'], { env });
    expect(good.out.match(/ {2}answers/g)).toHaveLength(3);
    expect(good.code).toBe(0);
    const bad = await once(['check', join(folder, 'fallbacks.yaml'), '--online', '--json'], {
      env: { ...env, UPSTREAM_V1: 'http://127.0.0.1:9/v1' },
    });
    expect(JSON.parse(bad.out)).toMatchObject({
      ok: false,
      models: [
        { name: 'quick', error: expect.stringContaining('ECONNREFUSED') },
        { name: 'thorough', error: null },
        { name: 'roomy' },
      ],
    });
    expect(bad.code).toBe(1);
  });

  it.each([
    [['check', 'no.yaml'], 1, 'error: no.yaml: there is no such file\n'],
    [['--config', 'no.yaml'], 1, 'error: no.yaml: there is no such file\n'],
    [['--validate_config', '--config', 'no.yaml'], 1, 'error: no.yaml: there is no such file\n'],
    [['check'], 2, 'error: check: which file? write `modelport check config.yaml`\n'],
  ])('%j ends with %i', async (argv, code, err) => {
    expect(await once(argv)).toMatchObject({ code, err, out: '' });
  });

  it('--validate_config says how many models there are', async () => {
    const run = await once(['--validate_config', '-c', join(folder, 'aliases.yaml')], { env });
    expect(run).toMatchObject({ code: 0, out: expect.stringMatching(/^config OK \(2 models\)/) });
  });

  it('the schema is one that editors can read', async () => {
    const run = await once(['schema']);
    const schema = JSON.parse(run.out) as { $schema: string; properties: Record<string, { description?: string }> };
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.properties['model_list']?.description).toBe('The models');
    const valid = new Ajv2020({ strict: false }).compile(schema);
    for (const file of Object.keys(examples))
      expect([file, valid(parse(readFileSync(join(folder, file), 'utf8'), { merge: true })), valid.errors]).toEqual([
        file,
        true,
        null,
      ]);
    expect(valid({ router_settings: { num_retries: [] } })).toBe(false);
  });
});

describe('where a configuration is looked for', () => {
  const model = 'model_list: [{model_name: found-here, litellm_params: {model: mock/echo}}]';
  it.each([
    ['config.yaml', model, true],
    ['modelport.yaml', model, true],
    ['config.yaml', 'other: {model_list: 1}', false],
  ])('%s of this folder with %j', async (name, text, taken) => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, name), text);
    if (!taken) {
      expect(await once([], { cwd })).toMatchObject({ code: 2 });
      return;
    }
    const proxy = await serveOn([], { cwd });
    await proxy.says(new RegExp(`config +${name}\\n +model +found-here`));
    proxy.child.kill('SIGTERM');
  });

  it.each(['LITELLM_CONFIG', 'CONFIG_FILE_PATH'])('%s names one', async (variable) => {
    const proxy = await serveOn([], { env: { ...env, [variable]: join(folder, 'tags.yaml') } });
    await proxy.says(/config +\S*tags\.yaml\n +model +chat/);
    proxy.child.kill('SIGTERM');
  });
});
