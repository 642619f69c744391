import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { dialects } from '../dialects/codecs.ts';
import { readReply, readStream } from '../dialects/read-reply.ts';
import { validate } from '../dialects/validators.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor } from './vendor.ts';

const messages = [{ role: 'user', content: 'what llm are you' }];
const models = { 'openai-chat': 'openai/gpt-4o-mini', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const weather = {
  type: 'function',
  function: {
    name: 'get_current_weather',
    description: 'Get the current weather in a given location',
    parameters: {
      type: 'object',
      properties: { location: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['location'],
    },
  },
};
const tags = { generation_name: 'ishaan-test', generation_id: 'gen-id22', trace_id: 'trace-id22', trace_user_id: 'u2' };

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const sent = { 'content-type': 'application/json', ...headers };
  return fetch(url, { method: 'POST', headers: sent, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** The chat requests of the guide (LITELLM.md 11), and what its clients make of them. */
const guide: { name: string; path: string; headers?: Record<string, string>; body: JsonObject }[] = [
  { name: '1: trace metadata', path: '/chat/completions', body: { model: 'gpt-3.5-turbo', messages, metadata: tags } },
  {
    name: '2: tags',
    path: '/chat/completions',
    body: { model: 'gpt-3.5-turbo', messages, metadata: { tags: ['api-test', 'development'], trace_user_id: 'u' } },
  },
  {
    name: '3: stream with an optional key',
    path: '/v1/chat/completions',
    headers: { authorization: 'Bearer anything' },
    body: { model: 'gpt-4-turbo', messages, stream: true },
  },
  {
    name: 'LangChain JS: metadata as text',
    path: '/chat/completions',
    body: { model: 'gpt-3.5-turbo', messages, n: 1, metadata: 'hello world' },
  },
  {
    name: 'Azure clients: deployment in the path',
    path: '/openai/deployments/gpt-4/chat/completions?api-version=2023-07-01-preview',
    headers: { 'api-key': 'anything' },
    body: { messages },
  },
  {
    name: 'Mistral client: no OpenAI-only fields',
    path: '/v1/chat/completions',
    body: { model: 'mistral-7b', messages },
  },
  {
    name: 'Python SDK: explicit nulls and its headers',
    path: '/v1/chat/completions',
    headers: {
      authorization: 'Bearer NULL',
      'user-agent': 'OpenAI/Python 1.99.1',
      'x-stainless-lang': 'python',
      'x-stainless-package-version': '1.99.1',
      'x-stainless-runtime': 'CPython',
      'x-stainless-read-timeout': '600',
      'x-stainless-retry-count': '0',
      'x-stainless-async': 'false',
      'accept-encoding': 'gzip, deflate, br, zstd',
    },
    body: {
      model: 'gpt-4',
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: null,
      temperature: null,
      stop: null,
      tools: null,
      tool_choice: null,
      seed: null,
      stream: null,
      user: null,
      logit_bias: null,
    },
  },
  {
    name: 'Aider: stream with usage, temperature 0',
    path: '/chat/completions',
    headers: { authorization: 'Bearer IGNORED', 'user-agent': 'litellm/1.80.0' },
    body: { model: 'gpt-4o', messages, stream: true, stream_options: { include_usage: true }, temperature: 0 },
  },
  {
    name: 'AutoGen: everything at its default',
    path: '/chat/completions',
    body: { model: 'm', messages, n: 1, presence_penalty: 0, frequency_penalty: 0, logprobs: false, top_logprobs: 0 },
  },
];

describe.each(['mock', ...dialects] as const)('the guide over %s', (upstream) => {
  let proxy: RunningProxy;
  let vendor: Vendor | undefined;

  beforeAll(async () => {
    if (upstream === 'mock') {
      proxy = await startProxy({ model: 'mock/echo' });
      return;
    }
    vendor = await startVendor(upstream);
    vendor.will({ scenario: 'plain' });
    proxy = await startProxy({ model: models[upstream], api_base: vendor.url });
  });
  afterAll(async () => {
    await proxy.close();
    await vendor?.close();
  });

  test.each(guide)('$name', async ({ path, headers, body }) => {
    vendor?.will({ scenario: 'plain' });
    const response = await post(`${proxy.url}${path}`, body, headers);
    expect(response.status).toBe(200);
    const text = await response.text();
    const streamed = body.stream === true;
    expect(response.headers.get('content-type')).toMatch(streamed ? /^text\/event-stream/ : /^application\/json/);
    const kind = streamed ? 'chat.stream' : 'chat.response';
    expect(validate('openai', streamed ? text : JSON.parse(text), kind, { unknown: 'error' }).errors).toEqual([]);
    const facts = streamed ? readStream('openai-chat', text) : readReply('openai-chat', JSON.parse(text));
    expect(facts.text).not.toBe('');
    expect(facts.finish).toBe('stop');
    if (typeof body.model === 'string') expect(facts.model).toBe(body.model);
    if (!streamed) expect(JSON.parse(text)).toHaveProperty('choices.0.message.role', 'assistant');
    expect(facts.usage === undefined).toBe(streamed && body.stream_options === undefined);
    for (const seen of vendor?.seen ?? []) {
      expect(seen.invalid).toEqual([]);
      expect(seen.body).not.toHaveProperty('metadata');
      expect(Object.keys(seen.headers).filter((name) => name.startsWith('x-stainless'))).toEqual([]);
    }
  });

  test('a client that asks for compression can read the answer', async () => {
    vendor?.will({ scenario: 'plain' });
    const response = await post(
      `${proxy.url}/chat/completions`,
      { model: 'm', messages },
      { 'accept-encoding': 'gzip, br' },
    );
    expect(readReply('openai-chat', await response.json()).text).not.toBe('');
  });
});

describe.each(dialects)('the tool request of the guide, provider speaks %s', (dialect) => {
  test.each([false, true])('4: stream %s', async (stream) => {
    const vendor = await startVendor(dialect);
    const proxy = await startProxy({ model: models[dialect], api_base: vendor.url });
    vendor.will({ scenario: 'tool-call' });
    const body = { model: 'gpt-4-turbo', messages, tools: [weather], tool_choice: 'auto', stream };
    const response = await post(`${proxy.url}/v1/chat/completions`, body);
    const text = await response.text();
    await proxy.close();
    await vendor.close();
    const facts = stream ? readStream('openai-chat', text) : readReply('openai-chat', JSON.parse(text));
    expect(facts.calls).toMatchObject([
      [expect.any(String), 'get_current_weather', { location: 'Köln', unit: 'celsius' }],
    ]);
    expect(facts).toMatchObject({ finish: 'tool_calls', text: 'Let me look.' });
    expect(vendor.seen[0]?.invalid).toEqual([]);
  });
});

const guidance = {
  model: 'gpt-3.5-turbo',
  messages,
  stream: true,
  temperature: 0,
  max_tokens: 300,
  stop: ['</s>'],
  stop_sequences: ['\n\n'],
  logprobs: true,
  logit_bias: { '50256': -100 },
  echo: true,
  n: 1,
};

describe('old guidance', () => {
  test.each(dialects)('with --drop_params and values of the command line, to %s', async (dialect) => {
    const vendor = await startVendor(dialect);
    vendor.will({ scenario: 'plain' });
    const flags = {
      model: models[dialect],
      api_base: vendor.url,
      drop_params: true,
      temperature: 0.3,
      max_tokens: 2048,
    };
    const proxy = await startProxy(flags);
    const response = await post(`${proxy.url}/chat/completions`, guidance);
    const text = await response.text();
    await proxy.close();
    await vendor.close();
    expect(response.status).toBe(200);
    expect(validate('openai', text, 'chat.stream').errors).toEqual([]);
    const sent = vendor.seen[0];
    expect(sent?.body).toMatchObject({ temperature: 0.3, max_tokens: 2048 });
    expect(
      validate(dialect === 'openai-chat' ? 'openai' : 'anthropic', sent?.body, undefined, { unknown: 'error' }).errors,
    ).toEqual([]);
    expect(sent?.body).not.toHaveProperty('echo');
    if (dialect === 'openai-chat') {
      expect(sent?.body).toMatchObject({ logit_bias: guidance.logit_bias, logprobs: true, stop: ['</s>'] });
      expect(sent?.body).not.toHaveProperty('stop_sequences');
    } else {
      expect(sent?.body).not.toHaveProperty('logit_bias');
      expect(JSON.stringify(sent?.body.stop_sequences)).toContain('</s>');
    }
  });

  test('without --drop_params what the provider cannot take is named and nothing is sent', async () => {
    const vendor = await startVendor('anthropic-messages');
    vendor.will({ scenario: 'plain' });
    const proxy = await startProxy({ model: models['anthropic-messages'], api_base: vendor.url });
    const response = await post(`${proxy.url}/chat/completions`, guidance);
    const body = await response.json();
    await proxy.close();
    await vendor.close();
    expect(response.status).toBe(400);
    expect(validate('openai', body, 'error').errors).toEqual([]);
    const said = readMessage(body);
    for (const words of ['litellm.UnsupportedParamsError', 'logit_bias', 'logprobs', 'drop_params'])
      expect(said).toContain(words);
    expect(vendor.seen).toEqual([]);
  });

  test('drop_params in the body of one request', async () => {
    const vendor = await startVendor('anthropic-messages');
    vendor.will({ scenario: 'plain' });
    const proxy = await startProxy({ model: models['anthropic-messages'], api_base: vendor.url });
    const body = { model: 'm', messages, logit_bias: { '1': 2 }, seed: 3, drop_params: true };
    const response = await post(`${proxy.url}/chat/completions`, body);
    await proxy.close();
    await vendor.close();
    expect(response.status).toBe(200);
    expect(Object.keys(vendor.seen[0]?.body ?? {}).sort()).toEqual(['max_tokens', 'messages', 'model']);
  });
});

function readMessage(body: unknown): string {
  const text = JSON.stringify(body);
  const read: { error?: { message?: string } } = JSON.parse(text);
  return read.error?.message ?? '';
}

test('raw bytes agree with content-encoding and content-length', async () => {
  const proxy = await startProxy({ model: 'mock/echo' });
  const { request } = await import('node:http');
  const reply = await new Promise<{ encoding: string | undefined; length: string | undefined; bytes: Buffer }>(
    (resolve) => {
      const req = request(`${proxy.url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip, deflate, br, zstd' },
      });
      req.on('response', (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('end', () =>
          resolve({
            encoding: res.headers['content-encoding'],
            length: res.headers['content-length'],
            bytes: Buffer.concat(chunks),
          }),
        );
      });
      req.end(JSON.stringify({ model: 'm', messages }));
    },
  );
  await proxy.close();
  const plain =
    reply.encoding === 'br'
      ? brotliDecompressSync(reply.bytes)
      : reply.encoding === 'gzip'
        ? gunzipSync(reply.bytes)
        : reply.bytes;
  if (reply.length !== undefined) expect(Number(reply.length)).toBe(reply.bytes.length);
  expect(validate('openai', JSON.parse(plain.toString()), 'chat.response').errors).toEqual([]);
});
