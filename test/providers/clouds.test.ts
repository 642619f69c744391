import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Flags, resolveConfig } from '../../src/config/index.ts';
import type { JsonObject } from '../../src/hub/index.ts';
import { startProxy } from '../clients/proxy.ts';
import { type FakeUpstream, fakeUpstream } from '../fake-upstream.ts';

let cloud: FakeUpstream;
const folder = mkdtempSync(join(tmpdir(), 'clouds-'));
const key = 'key-0123456789-abcdef';
const bearer = { authorization: `Bearer ${key}` };
const apiKey = { 'api-key': key };

/** Whatever is asked, in the form of whoever is asked. */
function answerTo(url: string): object {
  const text = 'Hi';
  if (url.endsWith('/token')) return { access_token: 'exchanged-0123456789', expires_in: 3600 };
  if (/:(?:g|streamG)enerateContent/.test(url))
    return {
      candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    };
  if (url.includes('/messages') || url.includes('/anthropic/'))
    return {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text }] },
      ...{ stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } },
    };
  if (url.includes('/responses'))
    return {
      ...{ id: 'resp_1', object: 'response', created_at: 1, model: 'm', status: 'completed' },
      output: [
        {
          ...{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed' },
          content: [{ type: 'output_text', text, annotations: [] }],
        },
      ],
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    };
  const choice = /\/(?<!chat\/)completions/.test(url)
    ? { text, logprobs: null }
    : { message: { role: 'assistant', content: text } };
  return {
    ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm' },
    choices: [{ index: 0, ...choice, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

beforeAll(async () => {
  cloud = await fakeUpstream(({ url }) => ({ body: answerTo(url) }));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await cloud.close();
});

interface Case {
  model: string;
  /** `{at}` is the fake cloud. */
  env?: Record<string, string>;
  flags?: Flags;
  ask?: JsonObject;
  path: string;
  headers?: Record<string, string>;
  body?: JsonObject;
  lacks?: string[];
}

const azure = { AZURE_API_KEY: key };
const old = '2025-02-01-preview';
const vertex = { VERTEXAI_ACCESS_TOKEN: key, VERTEXAI_PROJECT: 'p1' };
const inVertex = '/v1/projects/p1/locations/us-central1';
const watsonx = { WATSONX_TOKEN: key, WATSONX_PROJECT_ID: 'proj-1', WATSONX_URL: '{at}' };
const foundry = { AZURE_AI_API_KEY: key };

const cases: Case[] = [
  // Azure OpenAI: the forms of base URLs
  ...[
    ['', `/openai/deployments/my-gpt/chat/completions?api-version=${old}`],
    ['/', `/openai/deployments/my-gpt/chat/completions?api-version=${old}`],
    ['/openai', `/openai/deployments/my-gpt/chat/completions?api-version=${old}`],
    ['/openai/', `/openai/deployments/my-gpt/chat/completions?api-version=${old}`],
    ['/openai/deployments', `/openai/deployments/my-gpt/chat/completions?api-version=${old}`],
    ['/openai/deployments/foo', `/openai/deployments/foo/chat/completions?api-version=${old}`],
    ['/openai/deployments/foo/', `/openai/deployments/foo/chat/completions?api-version=${old}`],
    ['/openai/deployments/foo/chat/completions', `/openai/deployments/foo/chat/completions?api-version=${old}`],
    [
      '/openai/deployments/foo/chat/completions?api-version=2024-10-21',
      '/openai/deployments/foo/chat/completions?api-version=2024-10-21',
    ],
    ['/openai?api-version=2024-10-21', '/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21'],
    ['?api-version=2024-10-21', '/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21'],
    ['/gateway/azure', `/gateway/azure/openai/deployments/my-gpt/chat/completions?api-version=${old}`],
    ['/openai/v1', '/openai/v1/chat/completions'],
    ['/openai/v1/', '/openai/v1/chat/completions'],
    ['/openai/v1/chat/completions', '/openai/v1/chat/completions'],
    ['/openai/v1?api-version=preview', '/openai/v1/chat/completions?api-version=preview'],
  ].map(([end, path = '']) => ({
    ...{ model: 'azure/my-gpt', env: azure, flags: { api_base: `{at}${end}` }, path, headers: apiKey },
    body: { model: 'my-gpt' },
  })),
  // the version
  ...(
    [
      [{ AZURE_API_VERSION: '2024-10-21' }, {}, '2024-10-21'],
      [{ AZURE_API_VERSION: '2024-10-21' }, { api_version: '2024-12-01-preview' }, '2024-12-01-preview'],
      [{}, { api_version: '2024-12-01-preview' }, '2024-12-01-preview'],
    ] satisfies [Record<string, string>, Flags, string][]
  ).map(([env, flags, said]) => ({
    ...{ model: 'azure/my-gpt', env: { ...azure, ...env, AZURE_API_BASE: '{at}' }, flags },
    path: `/openai/deployments/my-gpt/chat/completions?api-version=${said}`,
  })),
  {
    model: 'azure/my gpt/1',
    env: { AZURE_OPENAI_API_KEY: key, AZURE_OPENAI_ENDPOINT: '{at}' },
    path: `/openai/deployments/my%20gpt%2F1/chat/completions?api-version=${old}`,
    headers: apiKey,
  },
  {
    model: 'azure/my-gpt',
    env: { AZURE_AD_TOKEN: key, AZURE_API_BASE: '{at}' },
    path: `/openai/deployments/my-gpt/chat/completions?api-version=${old}`,
    headers: bearer,
  },
  // models that reason
  ...[
    ['o_series/my-dep', 'my-dep'],
    ['gpt5_series/my-dep', 'my-dep'],
    ['team-o3-mini', 'team-o3-mini'],
    ['o1', 'o1'],
    ['my-gpt-5-mini', 'my-gpt-5-mini'],
  ].map(([name, dep]) => ({
    ...{ model: `azure/${name}`, env: { ...azure, AZURE_API_BASE: '{at}' }, ask: { max_tokens: 9 } },
    path: `/openai/deployments/${dep}/chat/completions?api-version=${old}`,
    body: { model: dep ?? '', max_completion_tokens: 9 },
    lacks: ['max_tokens'],
  })),
  {
    model: 'azure/foo1-dep',
    env: { ...azure, AZURE_API_BASE: '{at}' },
    ask: { max_tokens: 9, temperature: 0.2 },
    path: `/openai/deployments/foo1-dep/chat/completions?api-version=${old}`,
    body: { max_tokens: 9, temperature: 0.2 },
  },
  // schemas before the API knew them: a forced tool
  {
    model: 'azure/my-gpt',
    env: { ...azure, AZURE_API_BASE: '{at}', AZURE_API_VERSION: '2024-06-01' },
    ask: { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } },
    path: '/openai/deployments/my-gpt/chat/completions?api-version=2024-06-01',
    body: { tools: expect.any(Array) },
    lacks: ['response_format'],
  },
  // the other dialects
  {
    model: 'azure/responses/my-gpt',
    env: { ...azure, AZURE_API_BASE: '{at}' },
    path: '/openai/responses?api-version=2025-03-01-preview',
    headers: apiKey,
    body: { model: 'my-gpt', input: expect.anything() },
  },
  {
    model: 'azure/responses/my-gpt',
    env: { ...azure, AZURE_API_BASE: '{at}', AZURE_API_VERSION: '2025-04-01-preview' },
    path: '/openai/responses?api-version=2025-04-01-preview',
  },
  {
    model: 'azure/responses/my-gpt',
    env: { ...azure, AZURE_API_BASE: '{at}/openai/v1/' },
    path: '/openai/v1/responses',
    body: { model: 'my-gpt' },
  },
  {
    model: 'azure/gpt-5-codex',
    env: { ...azure, AZURE_API_BASE: '{at}/openai/v1/responses' },
    path: '/openai/v1/responses',
    body: { model: 'gpt-5-codex' },
  },
  {
    model: 'azure/gpt-5-codex',
    env: { ...azure, AZURE_API_BASE: '{at}/openai/responses?api-version=2025-04-01-preview' },
    path: '/openai/responses?api-version=2025-04-01-preview',
  },
  {
    model: 'azure_text/instruct',
    env: { ...azure, AZURE_API_BASE: '{at}' },
    path: `/openai/deployments/instruct/completions?api-version=${old}`,
    headers: apiKey,
    body: { prompt: expect.anything() },
  },
  // Azure AI
  { model: 'azure_ai/cmd-r', env: foundry, flags: { api_base: '{at}' }, path: '/chat/completions', headers: bearer },
  {
    model: 'azure_ai/cmd-r',
    env: foundry,
    flags: { api_base: '{at}/v1/' },
    path: '/v1/chat/completions',
    body: { model: 'cmd-r' },
  },
  {
    model: 'azure_ai/claude-sonnet-4-5',
    env: foundry,
    flags: { api_base: '{at}' },
    ask: { temperature: 1.5 },
    path: '/anthropic/v1/messages',
    headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: { model: 'claude-sonnet-4-5', max_tokens: 64_000, temperature: 1 },
  },
  {
    model: 'azure_ai/claude-opus-4-1',
    env: foundry,
    flags: { api_base: '{at}/anthropic/v1/messages' },
    path: '/anthropic/v1/messages',
  },
  // Vertex AI
  {
    model: 'vertex_ai/gemini-2.5-flash',
    env: vertex,
    flags: { api_base: '{at}' },
    ask: { temperature: 0.5, seed: 3 },
    path: `${inVertex}/publishers/google/models/gemini-2.5-flash:generateContent`,
    headers: bearer,
    body: { contents: expect.any(Array), generationConfig: expect.objectContaining({ temperature: 0.5, seed: 3 }) },
    lacks: ['model', 'messages'],
  },
  {
    model: 'vertex_ai/4965075652664360960',
    env: { ...vertex, VERTEXAI_LOCATION: 'europe-west1' },
    flags: { api_base: '{at}/v1' },
    path: '/v1/projects/p1/locations/europe-west1/endpoints/4965075652664360960:generateContent',
  },
  {
    model: 'vertex_ai/gemini/4965075652664360960',
    env: vertex,
    flags: { api_base: '{at}/v1/projects/p2/locations/l2' },
    path: '/v1/projects/p2/locations/l2/endpoints/4965075652664360960:generateContent',
  },
  {
    model: 'vertex_ai/claude-sonnet-4@20250514',
    env: vertex,
    flags: { api_base: '{at}' },
    path: `${inVertex}/publishers/anthropic/models/claude-sonnet-4@20250514:rawPredict`,
    headers: bearer,
    body: { anthropic_version: 'vertex-2023-10-16', max_tokens: 64_000, messages: expect.any(Array) },
    lacks: ['model'],
  },
  {
    model: 'vertex_ai/claude-3-5-sonnet-v2@20241022',
    env: vertex,
    flags: { api_base: '{at}' },
    path: `${inVertex}/publishers/anthropic/models/claude-3-5-sonnet-v2@20241022:rawPredict`,
    body: { max_tokens: 8192 },
  },
  {
    model: 'vertex_ai/claude-of-tomorrow',
    env: vertex,
    flags: { api_base: '{at}' },
    path: `${inVertex}/publishers/anthropic/models/claude-of-tomorrow:rawPredict`,
    body: { max_tokens: 4096 },
  },
  {
    model: 'vertex_ai/meta/llama-3.3-70b-instruct-maas',
    env: vertex,
    flags: { api_base: '{at}' },
    path: `${inVertex}/endpoints/openapi/chat/completions`,
    headers: bearer,
    body: { model: 'meta/llama-3.3-70b-instruct-maas', messages: expect.any(Array) },
  },
  {
    model: 'vertex_ai/openai/5464397967697903616',
    env: vertex,
    flags: { api_base: '{at}' },
    path: `${inVertex}/endpoints/5464397967697903616/chat/completions`,
    lacks: ['model'],
  },
  {
    model: 'vertex_ai/mistral-large@2411',
    env: vertex,
    flags: { api_base: '{at}' },
    path: `${inVertex}/publishers/mistralai/models/mistral-large@2411:rawPredict`,
    body: { model: 'mistral-large' },
  },
  {
    model: 'vertex_ai/mistralai/codestral-2501',
    env: vertex,
    flags: { api_base: '{at}' },
    path: `${inVertex}/publishers/mistralai/models/codestral-2501:rawPredict`,
    body: { model: 'codestral-2501' },
  },
  // watsonx
  {
    model: 'watsonx/ibm/granite-3-8b-instruct',
    env: watsonx,
    ask: {
      max_tokens: 9,
      tool_choice: 'required',
      tools: [{ type: 'function', function: { name: 'f', strict: true, parameters: { additionalProperties: false } } }],
    },
    path: '/ml/v1/text/chat?version=2024-03-13',
    headers: bearer,
    body: {
      ...{ model_id: 'ibm/granite-3-8b-instruct', project_id: 'proj-1', max_tokens: 9 },
      ...{ tool_choice_option: 'required', tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] },
    },
    lacks: ['model', 'stream', 'stream_options', 'space_id', 'tool_choice'],
  },
  {
    model: 'watsonx/ibm/granite-3-8b-instruct',
    env: {
      WATSONX_TOKEN: key,
      WATSONX_DEPLOYMENT_SPACE_ID: 'space-1',
      WATSONX_API_BASE: '{at}/ml/v1/text/chat?version=2025-01-01',
    },
    path: '/ml/v1/text/chat?version=2025-01-01',
    body: { model_id: 'ibm/granite-3-8b-instruct', space_id: 'space-1' },
    lacks: ['project_id'],
  },
  {
    model: 'watsonx/deployment/d-1',
    env: watsonx,
    flags: { api_version: '2025-05-05' },
    path: '/ml/v1/deployments/d-1/text/chat?version=2025-05-05',
    lacks: ['model', 'model_id', 'project_id', 'space_id'],
  },
  {
    model: 'watsonx/m',
    env: {
      ...{ WATSONX_APIKEY: key, WATSONX_PROJECT_ID: 'proj-1', WATSONX_URL: '{at}' },
      WATSONX_IAM_URL: '{at}/identity/token',
    },
    path: '/ml/v1/text/chat?version=2024-03-13',
    headers: { authorization: 'Bearer exchanged-0123456789' },
  },
  // streams
  {
    model: 'watsonx/m',
    env: watsonx,
    ask: { stream: true, stream_options: { include_usage: true } },
    path: '/ml/v1/text/chat_stream?version=2024-03-13',
    lacks: ['stream', 'stream_options', 'model'],
  },
  {
    model: 'watsonx/deployment/d-1',
    env: watsonx,
    ask: { stream: true },
    path: '/ml/v1/deployments/d-1/text/chat_stream?version=2024-03-13',
    lacks: ['stream', 'stream_options'],
  },
  {
    model: 'vertex_ai/gemini-2.5-flash',
    env: vertex,
    flags: { api_base: '{at}' },
    ask: { stream: true },
    path: `${inVertex}/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse`,
    lacks: ['stream', 'stream_options'],
  },
  {
    model: 'vertex_ai/claude-sonnet-4-5@20250929',
    env: vertex,
    flags: { api_base: '{at}' },
    ask: { stream: true },
    path: `${inVertex}/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict`,
    body: { stream: true, anthropic_version: 'vertex-2023-10-16' },
    lacks: ['model'],
  },
  {
    model: 'azure/my-gpt',
    env: { ...azure, AZURE_API_BASE: '{at}' },
    ask: { stream: true },
    path: `/openai/deployments/my-gpt/chat/completions?api-version=${old}`,
    body: { stream: true },
  },
  // Databricks
  {
    model: 'databricks/databricks-meta-llama-3-3-70b-instruct',
    env: { DATABRICKS_API_KEY: key, DATABRICKS_API_BASE: '{at}/serving-endpoints/' },
    ask: { max_completion_tokens: 9 },
    path: '/serving-endpoints/chat/completions',
    headers: bearer,
    body: { model: 'databricks-meta-llama-3-3-70b-instruct', max_tokens: 9 },
  },
  {
    model: 'databricks/databricks-claude-3-7-sonnet',
    env: { DATABRICKS_CLIENT_ID: 'me', DATABRICKS_CLIENT_SECRET: key, DATABRICKS_HOST: '{at}' },
    ask: { reasoning_effort: 'low' },
    path: '/serving-endpoints/chat/completions',
    headers: { authorization: 'Bearer exchanged-0123456789' },
    body: { thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 5120 },
    lacks: ['reasoning_effort'],
  },
  // Hugging Face
  ...[
    ['deepseek-ai/DeepSeek-R1', 'deepseek-ai/DeepSeek-R1'],
    ['together/deepseek-ai/DeepSeek-R1', 'deepseek-ai/DeepSeek-R1:together'],
    ['hf-inference/Qwen/Qwen3-8B', 'Qwen/Qwen3-8B:hf-inference'],
    ['openai/gpt-oss-120b:cerebras', 'openai/gpt-oss-120b:cerebras'],
    ['tgi', 'tgi'],
  ].map(([name, model = '']) => ({
    ...{ model: `huggingface/${name}`, env: { HF_TOKEN: key }, flags: { api_base: '{at}' } },
    ...{ path: '/v1/chat/completions', headers: bearer, body: { model } },
  })),
  // Cloudflare
  ...[
    '{at}',
    '{at}/client/v4/accounts/abc/ai/run/',
    '{at}/client/v4/accounts/abc/ai/run/@cf/meta/llama-3.1-8b-instruct',
    '{at}/client/v4/accounts/abc/ai',
    '{at}/client/v4/accounts/abc/ai/v1',
    '{at}/client/v4/accounts/abc/ai/v1/chat/completions',
  ].map((api_base) => ({
    model: 'cloudflare/@cf/meta/llama-3.1-8b-instruct',
    env: { CLOUDFLARE_API_KEY: key, CLOUDFLARE_ACCOUNT_ID: 'abc' },
    flags: { api_base },
    path: '/client/v4/accounts/abc/ai/v1/chat/completions',
    headers: bearer,
    body: { model: '@cf/meta/llama-3.1-8b-instruct' },
  })),
  // Snowflake
  ...[
    [{ SNOWFLAKE_JWT: 'eyJhbGci.0123456789' }, 'KEYPAIR_JWT'],
    [{ SNOWFLAKE_PAT: key }, 'PROGRAMMATIC_ACCESS_TOKEN'],
  ].map(([env, type]) => ({
    model: 'snowflake/llama3.1-70b',
    ...{ env: env as Record<string, string>, flags: { api_base: '{at}/api/v2/cortex/inference:complete' } },
    ask: { max_tokens: 9 },
    path: '/api/v2/cortex/v1/chat/completions',
    headers: { 'x-snowflake-authorization-token-type': String(type) },
    body: { max_completion_tokens: 9 },
  })),
];

const hello = { model: 'any', messages: [{ role: 'user', content: 'Hello' }] };

function there<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll('{at}', cloud.url));
}

describe('what a cloud is sent', () => {
  it.each(cases.map((one) => [one.model, one.flags?.api_base ?? JSON.stringify(one.env), one] as const))(
    '%s at %s',
    async (model, _, { env = {}, flags = {}, ask = {}, path, headers = {}, body = {}, lacks = [] }) => {
      const before = cloud.received.length;
      const proxy = await startProxy({ model, ...there(flags) }, there(env));
      try {
        const reply = await fetch(`${proxy.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: 'Bearer of-the-caller' },
          body: JSON.stringify({ ...hello, ...ask }),
        });
        expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining('"Hi"')]);
      } finally {
        await proxy.close();
      }
      const [sent, ...more] = cloud.received.slice(before).filter(({ url }) => !url.endsWith('/token'));
      expect(more).toEqual([]);
      expect(sent?.url).toBe(path);
      expect(sent?.headers).toMatchObject(headers);
      expect(JSON.stringify(sent?.headers)).not.toContain('of-the-caller');
      expect(sent?.json()).toMatchObject(body);
      for (const word of lacks) expect(sent?.json()).not.toHaveProperty([word]);
    },
  );
});

it('Claude’s own clients are served by Vertex AI as they write', async () => {
  const proxy = await startProxy({ model: 'vertex_ai/claude-sonnet-4-5', api_base: cloud.url }, vertex);
  try {
    const messages = [{ role: 'user', content: 'Hello' }];
    const reply = await fetch(`${proxy.url}/v1/messages?beta=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-beta': 'context-1m-2025-08-07' },
      body: JSON.stringify({ model: 'any', max_tokens: 5, metadata: { user_id: 'u' }, messages }),
    });
    expect(await reply.json()).toMatchObject({ model: 'any', content: [{ type: 'text', text: 'Hi' }] });
  } finally {
    await proxy.close();
  }
  const sent = cloud.received.at(-1);
  expect(sent?.url).toBe(`${inVertex}/publishers/anthropic/models/claude-sonnet-4-5:rawPredict`);
  expect(sent?.headers).toMatchObject({ ...bearer, 'anthropic-beta': 'context-1m-2025-08-07' });
  expect(sent?.json()).toEqual({
    ...{ max_tokens: 5, metadata: { user_id: 'u' }, messages: [{ role: 'user', content: 'Hello' }] },
    anthropic_version: 'vertex-2023-10-16',
  });
});

it.each([
  ['/v1/chat/completions', (url: string) => ({ type: 'image_url', image_url: { url } })],
  ['/v1/messages', (url: string) => ({ type: 'image', source: { type: 'url', url } })],
])('what lies behind a link of %s comes inside the request of Claude on Vertex AI', async (route, image) => {
  const png = Buffer.from('89504e470d0a1a0a', 'hex');
  const host = await fakeUpstream({ body: png, headers: { 'content-type': 'image/png' } });
  const flags = { model: 'vertex_ai/claude-sonnet-4-5', api_base: cloud.url, allow_private_media: true };
  const proxy = await startProxy(flags, vertex);
  try {
    const content = [image(`${host.url}/p.png`)];
    const reply = await fetch(proxy.url + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'any', max_tokens: 5, messages: [{ role: 'user', content }] }),
    });
    expect(reply.status).toBe(200);
  } finally {
    await proxy.close();
    await host.close();
  }
  const source = { type: 'base64', media_type: 'image/png', data: png.toString('base64') };
  const sent = cloud.received.at(-1)?.json();
  expect(sent).toMatchObject({ messages: [{ content: [{ type: 'image', source }] }] });
  expect(sent).toMatchObject({ anthropic_version: 'vertex-2023-10-16', max_tokens: 5 });
  expect(sent).not.toHaveProperty(['model']);
});

it.each([
  ['azure/emb', { ...azure, AZURE_API_BASE: '{at}' }, `/openai/deployments/emb/embeddings?api-version=${old}`],
  ['azure/emb', { ...azure, AZURE_API_BASE: '{at}/openai/v1' }, '/openai/v1/embeddings'],
  ['azure_ai/emb', { ...foundry, AZURE_AI_API_BASE: '{at}' }, '/embeddings'],
  ['databricks/emb', { DATABRICKS_API_KEY: key, DATABRICKS_API_BASE: '{at}' }, '/serving-endpoints/embeddings'],
  [
    'vertex_ai/text-embedding-005',
    { ...vertex, VERTEX_AI_API_BASE: '{at}' },
    `${inVertex}/publishers/google/models/text-embedding-005:predict`,
  ],
])('embeddings of %s with %j at %s', async (model, env, path) => {
  const proxy = await startProxy({ model }, there(env));
  try {
    await fetch(`${proxy.url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, input: 'Hello' }),
    });
  } finally {
    await proxy.close();
  }
  expect(cloud.received.at(-1)?.url).toBe(path);
});

/** Where a call without --api_base goes: nothing is sent. */
describe('the base URL of', () => {
  const file = join(folder, 'key.json');
  writeFileSync(file, JSON.stringify({ type: 'service_account', project_id: 'of-the-file' }));
  const nobody = { HOME: folder };
  it.each<[string, Record<string, string>, string]>([
    [
      'vertex_ai/x',
      { VERTEXAI_PROJECT: 'p' },
      'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1',
    ],
    [
      'vertex_ai/x',
      { VERTEX_PROJECT: 'p', VERTEX_LOCATION: 'global' },
      'https://aiplatform.googleapis.com/v1/projects/p/locations/global',
    ],
    [
      'vertex_ai/x',
      { VERTEXAI_PROJECT: 'p', VERTEXAI_LOCATION: 'eu' },
      'https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu',
    ],
    [
      'vertex_ai/x',
      { GOOGLE_APPLICATION_CREDENTIALS: file },
      'https://us-central1-aiplatform.googleapis.com/v1/projects/of-the-file/locations/us-central1',
    ],
    [
      'vertex_ai/x',
      { VERTEXAI_CREDENTIALS: '{"project_id":"of-the-text"}', VERTEXAI_LOCATION: 'l' },
      'https://l-aiplatform.googleapis.com/v1/projects/of-the-text/locations/l',
    ],
    ['azure/x', { AZURE_RESOURCE_NAME: 'res' }, 'https://res.openai.azure.com'],
    ['azure_ai/x', { AZURE_AI_RESOURCE_NAME: 'res' }, 'https://res.services.ai.azure.com'],
    ['watsonx/x', { WATSONX_REGION: 'eu-de' }, 'https://eu-de.ml.cloud.ibm.com'],
    ['cloudflare/@cf/x', { CLOUDFLARE_ACCOUNT_ID: 'a1' }, 'https://api.cloudflare.com/client/v4/accounts/a1/ai/v1'],
    ['snowflake/x', { SNOWFLAKE_ACCOUNT_ID: 'a1' }, 'https://a1.snowflakecomputing.com/api/v2/cortex/v1'],
    ['databricks/x', { DATABRICKS_API_BASE: 'https://w.example' }, 'https://w.example/serving-endpoints'],
    ['huggingface/x', {}, 'https://router.huggingface.co'],
  ])('%s with %j is %s', (model, env, base) => {
    expect(resolveConfig({ model }, { ...nobody, ...env }).config.deployments[0]?.base).toBe(base);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'azure/x',
      {},
      'Azure OpenAI lacks its resource: set AZURE_RESOURCE_NAME (or AZURE_API_BASE to the whole base URL)',
    ],
    ['vertex_ai/x', {}, 'Google Vertex AI lacks its project: set VERTEXAI_PROJECT'],
    [
      'vertex_ai/x',
      { GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json' },
      'GOOGLE_APPLICATION_CREDENTIALS: /nowhere.json cannot be read (ENOENT)',
    ],
    ['cloudflare/x', {}, 'Cloudflare Workers AI lacks its account: set CLOUDFLARE_ACCOUNT_ID'],
  ])('%s with %j is not known', (model, env, message) => {
    expect(() => resolveConfig({ model }, { ...nobody, ...env })).toThrow(message);
  });
});

/** Which way a host wants the key: rules look at the base URL. */
describe('the key of azure_ai goes', () => {
  it.each<[string, string, string | undefined]>([
    ['https://r.services.ai.azure.com', 'api-key', '/models/chat/completions?api-version=2024-05-01-preview'],
    ['https://r.services.ai.azure.com/openai/v1', 'api-key', '/chat/completions'],
    ['https://r.openai.azure.com/openai/v1', 'api-key', '/chat/completions'],
    ['https://m.eastus.models.ai.azure.com', 'bearer', '/chat/completions'],
  ])('to %s as %s', (api_base, way, path) => {
    const [to] = resolveConfig({ model: 'azure_ai/m', api_base }, foundry).config.deployments;
    expect(to?.auth?.kind === 'header' ? to.auth.name : to?.auth?.kind).toBe(way);
    expect(to?.row.paths?.chat).toBe(path);
  });
});

it('secrets of makers are hidden, their ids are not', () => {
  const env = {
    ...{ AZURE_API_BASE: 'https://r.example?api-version=2024-10-21', AZURE_TENANT_ID: 'tenant-0123456789' },
    ...{ AZURE_CLIENT_ID: 'client-0123456789', AZURE_CLIENT_SECRET: 'secret-0123456789' },
  };
  const { secrets } = resolveConfig({ model: 'azure/x' }, env).config;
  expect(secrets).toContain('secret-0123456789');
  expect(secrets.join()).not.toMatch(/tenant-|client-|2024-10-21/);
  const text = JSON.stringify({ project_id: 'p', private_key: 'BEGIN-\nwhole-key-0123456789' });
  const google = resolveConfig({ model: 'vertex_ai/x' }, { VERTEXAI_CREDENTIALS: text }).config.secrets;
  expect(google).toEqual(
    expect.arrayContaining([text, 'BEGIN-\nwhole-key-0123456789', 'BEGIN-\\nwhole-key-0123456789']),
  );
});

describe('versions of Azure’s API', () => {
  it.each<[string, object | undefined]>([
    ['2023-05-15', undefined],
    ['2024-02-01', { param: 'toolChoice', never: ['required'] }],
    ['2024-10-21', undefined],
  ])('%s', (api_version, refusal) => {
    const env = { AZURE_API_KEY: key, AZURE_API_BASE: 'https://res.openai.azure.com' };
    const { refuses = [] } =
      resolveConfig({ model: 'azure/gpt-4o', api_version }, env).config.deployments[0]?.row ?? {};
    expect(refuses.includes('toolChoice')).toBe(api_version === '2023-05-15');
    expect(refuses.find((one) => typeof one === 'object' && 'never' in one)).toEqual(refusal);
  });
});
