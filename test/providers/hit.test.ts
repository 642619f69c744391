import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Auth,
  type DialectId,
  isMaker,
  type Json,
  type JsonObject,
  type Maker,
  type ParamName,
  type Provider,
  params,
} from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { type RunningProxy, startProxy } from '../clients/proxy.ts';

interface Seen {
  path: string;
  headers: IncomingHttpHeaders;
  body: JsonObject;
}

const key = 'k-0123456789-abcdef';
const callersKey = 'callers-own-0123456789';
const seen: Seen[] = [];
const upstream = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const body: JsonObject = JSON.parse(Buffer.concat(chunks).toString());
    seen.push({ path: req.url ?? '', headers: req.headers, body });
    res.writeHead(200, { 'content-type': 'application/json' });
    const [, reply = completion] = replies.find(([path]) => path.test(req.url ?? '')) ?? [];
    res.end(JSON.stringify(reply));
  });
});
let origin = '';

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'theirs',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
};
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'theirs',
  content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
};

/** Answers in other forms than OpenAI's, by path. */
const replies: [path: RegExp, body: object][] = [
  [
    /(?<!\/chat)\/completions$/,
    { ...completion, object: 'text_completion', choices: [{ index: 0, text: 'Hi', finish_reason: 'stop' }] },
  ],
  [/\/messages$/, message],
  [
    /\/v2\/chat$/,
    { id: 'r1', finish_reason: 'COMPLETE', message: { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] } },
  ],
  [/\/api\/chat$/, { model: 'theirs', message: { role: 'assistant', content: 'Hi' }, done: true, done_reason: 'stop' }],
  [
    /\/models\/[^/]+:generateContent$/,
    { candidates: [{ content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] },
  ],
  [/\/predictions$/, { id: 'p1', status: 'succeeded', output: ['H', 'i'] }],
  [/\/api\/generate$/, { model: 'theirs', response: 'Hi', done: true, done_reason: 'stop' }],
];

/** Where a dialect is spoken, when a row does not say so; below the path of its base. */
const wirePaths: { [D in DialectId]?: string } = {
  'openai-chat': '/chat/completions',
  'anthropic-messages': '/v1/messages',
  'openai-completions': '/completions',
  cohere: '/v2/chat',
  ollama: '/api/chat',
  replicate: '/models/test-model/predictions',
  gemini: '/models/test-model:generateContent',
};

/** A value of each parameter that asks for something. */
const samples: { [P in ParamName]?: Json } = {
  temperature: 0.5,
  topP: 0.5,
  stop: ['x'],
  seed: 7,
  n: 2,
  presencePenalty: 0.5,
  frequencyPenalty: 0.5,
  logitBias: { 50256: -100 },
  logprobs: true,
  topLogprobs: 2,
  parallelToolCalls: false,
  reasoning: 'low',
  output: { type: 'json_object' },
  store: true,
  modalities: ['text', 'audio'],
  audio: { voice: 'alloy', format: 'wav' },
  prediction: { type: 'content', content: 'x' },
  verbosity: 'low',
  webSearch: {},
  serviceTier: 'flex',
  safetyIdentifier: 'x',
  promptCacheKey: 'x',
  promptCacheRetention: '24h',
  contextManagement: [{ type: 'compaction' }],
};

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
});
beforeEach(() => {
  seen.length = 0;
});

const hello = { model: 'any', messages: [{ role: 'user', content: 'Hello' }] };

async function chat(proxy: RunningProxy, more: JsonObject = {}) {
  const reply = await fetch(`${proxy.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${callersKey}` },
    body: JSON.stringify({ ...hello, ...more }),
  });
  const body: JsonObject = JSON.parse(await reply.text());
  return { status: reply.status, body, dropped: reply.headers.get('x-modelport-dropped-params') };
}

/** The way that a plain key takes. */
function plainAuth(row: Provider): Exclude<Auth, Maker> {
  const auth = row.auth.filter((one) => !isMaker(one)).find(({ keyPrefix }) => keyPrefix === undefined);
  if (auth === undefined) throw new Error(`${row.id} has no way for a plain key`);
  return auth;
}

function refusedSamples(row: Provider): JsonObject {
  const names: ParamName[] = (row.refuses ?? []).filter((one) => typeof one === 'string');
  // What its dialect has no word for is refused without a row's saying so.
  if (row.dialect === 'anthropic-messages') names.push('n', 'seed', 'logprobs');
  return Object.fromEntries(
    names.flatMap((name) => (samples[name] === undefined ? [] : [[params[name].words[0], samples[name]]])),
  );
}

/** Where the address of a row differs from user to user, clouds.test.ts says what goes where. */
const called = Object.values(providers).filter(({ base, places }) => base !== 'mock:' && places === undefined);

describe.each(called.map((row) => [row.id, row] as const))('%s', (id, row) => {
  let proxy: RunningProxy;
  beforeAll(async () => {
    const base = `${id.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_API_BASE`;
    const env = { [plainAuth(row).env[0] ?? '']: key, [base]: origin, OR_SITE_URL: 'https://me.example' };
    proxy = await startProxy({ model: `${id}/test-model` }, env);
  });
  afterAll(() => proxy.close());

  it('is called at its path, with its key and nothing of the caller', async () => {
    const { status, body } = await chat(proxy);
    expect(body).toMatchObject({ model: 'any', choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] });
    expect(status).toBe(200);
    expect(seen.length).toBe(1);
    const [{ path, headers, body: sent }] = seen as [Seen];
    const root = row.base === '' ? '/v1' : new URL(row.base).pathname.replace(/\/$/, '');
    expect(path).toBe(`${root}${row.paths?.chat ?? wirePaths[row.dialect]}`);
    const auth = plainAuth(row);
    if (auth.kind === 'bearer') expect(headers.authorization).toBe(`${auth.scheme ?? 'Bearer'} ${key}`);
    else {
      expect(headers[auth.name]).toBe(key);
      expect(headers.authorization).toBeUndefined();
    }
    expect(JSON.stringify([headers, sent])).not.toContain(callersKey);
    if (row.omits?.includes('model')) expect(sent).not.toHaveProperty(['model']);
    else expect(sent['model']).toBe(`${row.modelPrefix ?? ''}test-model`);
    if (sent['contents'] !== undefined) expect(sent['contents']).toMatchObject([{ role: 'user' }]);
    else if (sent['input'] !== undefined) expect(sent['input']).toEqual({ prompt: 'Hello' });
    else if (sent['prompt'] === undefined) expect(sent['messages']).toMatchObject([{ role: 'user' }]);
    else expect(sent['prompt']).toContain('Hello');
  });

  const refused = refusedSamples(row);
  if (Object.keys(refused).length > 0)
    it('is spared what it does not take', async () => {
      const { status, body } = await chat(proxy, refused);
      expect(status).toBe(400);
      for (const word of Object.keys(refused)) expect(JSON.stringify(body)).toContain(`'${word}'`);
      expect(seen).toEqual([]);
      const second = await chat(proxy, { ...refused, drop_params: true });
      expect(second.status).toBe(200);
      expect(seen.length).toBe(1);
      for (const word of Object.keys(refused)) {
        expect(seen[0]?.body).not.toHaveProperty([word]);
        expect(second.dropped).toContain(word);
      }
      expect(seen[0]?.body).not.toHaveProperty(['drop_params']);
    });

  const renames = Object.entries(row.renames ?? {});
  if (renames.length > 0)
    it('hears its own words', async () => {
      const { status } = await chat(proxy, Object.fromEntries(renames.map(([from], index) => [from, index + 7])));
      expect(status).toBe(200);
      for (const [index, [from, to]] of renames.entries()) {
        expect(seen[0]?.body).toHaveProperty([to], index + 7);
        expect(seen[0]?.body).not.toHaveProperty([from]);
      }
    });
});

/** Rows whose ways are their own: what goes where. */
const special: [string, Record<string, string>, { path?: string; headers?: Record<string, string>; model?: string }][] =
  [
    [
      'anthropic/claude-sonnet-4-5',
      { ANTHROPIC_API_KEY: key },
      { headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01' } },
    ],
    ['anthropic/claude-sonnet-4-5', { ANTHROPIC_AUTH_TOKEN: key }, { headers: { authorization: `Bearer ${key}` } }],
    [
      'anthropic/claude-sonnet-4-5',
      { ANTHROPIC_API_KEY: `sk-ant-oat01-${key}` },
      {
        headers: {
          authorization: `Bearer sk-ant-oat01-${key}`,
          'anthropic-beta': expect.stringContaining('oauth-2025-04-20'),
        },
      },
    ],
    ['sarvam/sarvam-m', { SARVAM_API_KEY: key }, { headers: { 'api-subscription-key': key } }],
    [
      'openrouter/anthropic/claude-sonnet-4',
      { OR_API_KEY: key, OR_SITE_URL: 'https://me.example', OR_APP_NAME: 'mine' },
      { headers: { 'http-referer': 'https://me.example', 'x-title': 'mine' }, model: 'anthropic/claude-sonnet-4' },
    ],
    [
      'openai/gpt-4o',
      { OPENAI_API_KEY: key, OPENAI_ORGANIZATION: 'org-1' },
      { headers: { 'openai-organization': 'org-1' } },
    ],
    [
      'fireworks_ai/llama-v3p1-8b-instruct',
      { FIREWORKS_AI_TOKEN: key },
      { model: 'accounts/fireworks/models/llama-v3p1-8b-instruct' },
    ],
    ['together_ai/meta-llama/Llama-3', { TOGETHERAI_API_KEY: key }, { model: 'meta-llama/Llama-3' }],
    ['perplexity/sonar', { PERPLEXITY_API_KEY: key }, { path: '/chat/completions' }],
    ['claude-3-5-haiku-latest', { ANTHROPIC_API_KEY: key }, { path: '/v1/messages' }],
    [
      'gemini-2.5-flash',
      { GEMINI_API_KEY: key },
      { path: '/v1beta/models/gemini-2.5-flash:generateContent', headers: { 'x-goog-api-key': key } },
    ],
    ['ollama/llama3.2', {}, { path: '/api/generate' }],
    ['ollama_chat/llama3.2', {}, { path: '/api/chat' }],
    ['cohere_chat/v1/command-r', { CO_API_KEY: key }, { path: '/v2/chat', model: 'command-r' }],
  ];

it.each(special)('%s with %j', async (model, env, { path, headers, model: sentModel }) => {
  const proxy = await startProxy({ model, api_base: origin }, env);
  try {
    expect(await chat(proxy)).toMatchObject({ status: 200 });
    expect(seen[0]?.headers).toMatchObject(headers ?? {});
    if (Object.keys(env).length === 0) expect(seen[0]?.headers.authorization).toBeUndefined();
    if (path !== undefined) expect(seen[0]?.path).toBe(path);
    if (sentModel !== undefined) expect(seen[0]?.body['model']).toBe(sentModel);
  } finally {
    await proxy.close();
  }
});

/** What a model takes, by the rule for it: what is sent, what arrives; undefined: 400. */
const ruled: [string, JsonObject, JsonObject | undefined][] = [
  ['openai/gpt-4o', { max_tokens: 5, temperature: 0.2 }, { max_tokens: 5, temperature: 0.2 }],
  ['openai/gpt-4o', { reasoning_effort: 'low' }, undefined],
  ['openai/gpt-4', { response_format: { type: 'json_object' } }, undefined],
  ['openai/o3', { max_tokens: 5 }, { max_completion_tokens: 5 }],
  ['openai/o3', { temperature: 1 }, { temperature: 1 }],
  ['openai/o3', { temperature: 0.2 }, undefined],
  ['openai/o3', { temperature: 0.2, drop_params: true }, {}],
  [
    'openai/gpt-5',
    { max_tokens: 5, reasoning_effort: 'low', verbosity: 'low' },
    { max_completion_tokens: 5, reasoning_effort: 'low', verbosity: 'low' },
  ],
  ['openai/gpt-5', { top_p: 0.5 }, undefined],
  ['openai/gpt-5-chat-latest', { top_p: 0.5, max_tokens: 5 }, { top_p: 0.5, max_tokens: 5 }],
  ['openai/gpt-5.1', { temperature: 0.2, top_p: 0.5 }, { temperature: 0.2, top_p: 0.5 }],
  ['openai/gpt-5.1', { temperature: 0.2, reasoning_effort: 'none' }, { temperature: 0.2, reasoning_effort: 'none' }],
  ['openai/gpt-5.1', { temperature: 0.2, reasoning_effort: 'high' }, undefined],
  ['openai/gpt-5.1', { temperature: 1, reasoning_effort: 'high' }, { temperature: 1, reasoning_effort: 'high' }],
  ['anthropic/claude-3-5-haiku-latest', {}, { max_tokens: 8192 }],
  ['anthropic/claude-sonnet-4-5', { temperature: 1.7, max_completion_tokens: 9 }, { max_tokens: 9, temperature: 1 }],
  ['anthropic/claude-3-5-haiku-latest', { reasoning_effort: 'low' }, undefined],
  ['moonshot/kimi-k2', { temperature: 1.5 }, { temperature: 1 }],
  [
    'gemini/gemini-3-pro-preview',
    { max_tokens: 5, reasoning_effort: 'low', safety_settings: [] },
    {
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
      safetySettings: [],
      generationConfig: {
        maxOutputTokens: 5,
        temperature: 1,
        thinkingConfig: { thinkingLevel: 'low', includeThoughts: true },
      },
    },
  ],
  ['gemini/gemini-2.5-flash', { seed: 1 }, undefined],
  ['gemini/gemini-2.0-flash', { reasoning_effort: 'low' }, undefined],
  ['gemini/gemini-2.5-flash', { service_tier: 'flex' }, undefined],
  ['groq/openai/gpt-oss-120b', { reasoning_effort: 'low' }, { reasoning_effort: 'low' }],
  ['groq/llama-3.3-70b-versatile', { reasoning_effort: 'low' }, undefined],
  ['mistral/mistral-large-latest', { seed: 3, max_completion_tokens: 4 }, { random_seed: 3, max_tokens: 4 }],
];

it.each(ruled)('%s given %j', async (model, sent, arrives) => {
  const proxy = await startProxy({ model, api_base: origin, api_key: key });
  try {
    const { status } = await chat(proxy, sent);
    expect(status).toBe(arrives === undefined ? 400 : 200);
    if (arrives === undefined) return expect(seen).toEqual([]);
    const { model: _model, messages: _messages, ...rest } = seen[0]?.body ?? {};
    expect(rest).toEqual(arrives);
  } finally {
    await proxy.close();
  }
});

it('serves mock models without a provider', async () => {
  const proxy = await startProxy({ model: 'mock/echo' }, {});
  try {
    expect(await chat(proxy)).toMatchObject({ status: 200, body: { model: 'any' } });
    expect(seen).toEqual([]);
  } finally {
    await proxy.close();
  }
});
