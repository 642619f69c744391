import Anthropic, { AuthenticationError, BadRequestError, RateLimitError } from '@anthropic-ai/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import type { Flags } from '../../src/config/index.ts';
import { type RunningProxy, startProxy } from '../clients/proxy.ts';
import { type FakeProvider, json, startProvider } from './world.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const keys = {
  OPENAI_API_KEY: 'sk-0123456789',
  ANTHROPIC_API_KEY: 'sk-ant-0123456789',
  GEMINI_API_KEY: 'gem-0123456789',
  VERTEXAI_ACCESS_TOKEN: 'ya29.0123456789',
  VERTEXAI_PROJECT: 'proj',
  AWS_BEARER_TOKEN_BEDROCK: 'bedrock-0123456789',
};

async function worldOf(
  model: string,
  status: number,
  body: unknown,
  flags: Flags = {},
): Promise<{ vendor: FakeProvider; proxy: RunningProxy; client: Anthropic }> {
  const vendor = await startProvider();
  vendor.answer = (_, res) => json(res, status, body);
  const proxy = await startProxy({ model, api_base: vendor.origin, ...flags }, keys);
  open.push(vendor, proxy);
  return { vendor, proxy, client: new Anthropic({ baseURL: proxy.url, apiKey: 'x', maxRetries: 0 }) };
}

const asked: Anthropic.MessageCountTokensParams = {
  model: 'claude-any',
  system: 'Be brief.',
  messages: [{ role: 'user', content: 'hi' }],
  tools: [
    { name: 'get', description: 'gets', input_schema: { type: 'object', properties: { a: { type: 'string' } } } },
  ],
};

interface Row {
  model: string;
  path: string;
  reply: object;
  body: object;
}

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];

test.each<Row>([
  {
    model: 'anthropic/claude-sonnet-4-5',
    path: '/v1/messages/count_tokens',
    reply: { input_tokens: 17 },
    body: { ...asked, model: 'claude-sonnet-4-5' },
  },
  {
    model: 'gemini/gemini-2.5-pro',
    path: '/models/gemini-2.5-pro:countTokens',
    reply: { totalTokens: 17, promptTokensDetails: [] },
    body: {
      generateContentRequest: {
        model: 'models/gemini-2.5-pro',
        contents,
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        tools: [{ functionDeclarations: [{ name: 'get', description: 'gets' }] }],
      },
    },
  },
  {
    model: 'vertex_ai/gemini-2.5-pro',
    path: '/publishers/google/models/gemini-2.5-pro:countTokens',
    reply: { totalTokens: 17 },
    body: { contents, systemInstruction: { parts: [{ text: 'Be brief.' }] } },
  },
  {
    model: 'vertex_ai/claude-sonnet-4-5@20250929',
    path: '/publishers/anthropic/models/count-tokens:rawPredict',
    reply: { input_tokens: 17 },
    body: { ...asked, model: 'claude-sonnet-4-5@20250929' },
  },
  {
    model: 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    path: '/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens',
    reply: { inputTokens: 17 },
    body: {
      input: {
        converse: {
          messages: [{ role: 'user', content: [{ text: 'hi' }] }],
          system: [{ text: 'Be brief.' }],
          toolConfig: { tools: [{ toolSpec: { name: 'get', description: 'gets' } }] },
        },
      },
    },
  },
])('$model counts itself', async ({ model, path, reply, body }) => {
  const { vendor, proxy, client } = await worldOf(model, 200, reply);
  for (const beta of [undefined, 'token-counting-2024-11-01']) {
    const { data, response } =
      beta === undefined
        ? await client.messages.countTokens(asked).withResponse()
        : await client.beta.messages.countTokens({ ...asked, betas: [beta] } as never).withResponse();
    expect(data).toEqual({ input_tokens: 17 });
    expect(response.headers.get('x-modelport-estimated')).toBeNull();
    expect(response.headers.get('x-modelport-model')).toBe(model.slice(model.indexOf('/') + 1));
  }
  expect(vendor.seen[0]?.url.endsWith(path) ? path : vendor.seen[0]?.url).toBe(path);
  expect(JSON.parse(vendor.seen[0]?.body ?? '{}')).toMatchObject(body);
  const paid = proxy.entries.map(({ usage, cost, status }) => ({ usage, cost, status }));
  expect(paid).toEqual([{ status: 200 }, { status: 200 }]);
});

test('bytes pass to a provider of the same form, without what counters refuse', async () => {
  const { vendor, proxy } = await worldOf('anthropic/claude-sonnet-4-5', 200, { input_tokens: 5, more: 1.0 });
  const body =
    '{"messages":[{"role":"user","content":"hi"}],"future":1.50,  "max_tokens":10,"stream":true,"model":"x"}';
  const reply = await fetch(`${proxy.url}/messages/count_tokens?beta=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-beta': 'a,b', 'anthropic-version': '2023-06-01' },
    body,
  });
  expect(await reply.text()).toBe('{"input_tokens":5,"more":1}');
  expect(vendor.seen[0]?.body).toBe(
    '{"messages":[{"role":"user","content":"hi"}],"future":1.50,"model":"claude-sonnet-4-5"}',
  );
  expect(vendor.seen[0]).toMatchObject({
    url: '/v1/messages/count_tokens?beta=true',
    headers: { 'anthropic-beta': 'a,b', 'x-api-key': 'sk-ant-0123456789' },
  });
});

test('what the body needs is added to what the client wished for', async () => {
  const { vendor, client } = await worldOf('anthropic/claude-sonnet-4-5', 200, { input_tokens: 5 });
  const sealed = Buffer.from('{"modelport":1,"by":"gemini","value":"x"}').toString('base64');
  await client.beta.messages.countTokens({
    ...{ model: 'm', betas: ['mine-2025-01-01'], mcp_servers: [{ type: 'url', name: 'a', url: 'https://x.test' }] },
    messages: [
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: sealed },
          { type: 'text', text: 'a' },
        ],
      },
      { role: 'user', content: 'go on' },
    ],
  });
  expect(vendor.seen[0]?.headers['anthropic-beta']).toMatch(/mine-2025-01-01.*,mcp-client-/);
  expect(vendor.seen[0]?.body).not.toContain(sealed);
});

describe('estimates', () => {
  const png = (width: number, height: number): string => {
    const bytes = Buffer.alloc(40);
    bytes.writeUInt32BE(0x89504e47, 0);
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    return bytes.toString('base64');
  };
  const picture = (width: number, height: number): Anthropic.MessageParam[] => [
    {
      role: 'user',
      content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png(width, height) } }],
    },
  ];
  const user = 'Tell me about the history of the city of Paris, please.';

  test('change with everything that a request says', async () => {
    const { vendor, client } = await worldOf('openai/gpt-4o', 500, {});
    const count = async (more: Partial<Anthropic.MessageCountTokensParams>): Promise<number> => {
      const params = { model: 'm', messages: [{ role: 'user' as const, content: user }], ...more };
      const { data, response } = await client.messages.countTokens(params).withResponse();
      expect(response.headers.get('x-modelport-estimated')).toBe('true');
      return data.input_tokens;
    };
    const plain = await count({});
    expect(plain).toBeGreaterThan(12);
    expect(plain).toBeLessThan(30);
    expect(await count({ messages: [{ role: 'user', content: `${user} ${user}` }] })).toBeGreaterThan(plain + 8);
    expect(await count({ system: 'Be brief, and be kind.' })).toBeGreaterThan(plain + 5);
    expect(await count(asked)).not.toBe(await count({ ...asked, tools: [] }));
    const thinking = (text: string): Anthropic.MessageParam[] => [
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: text, signature: 's' },
          { type: 'text', text: 'ok' },
        ],
      },
      { role: 'user', content: 'go on' },
    ];
    expect(await count({ messages: thinking(user) })).toBeGreaterThan((await count({ messages: thinking('a') })) + 8);
    const sizes = [picture(100, 100), picture(750, 750), picture(1568, 733), picture(8000, 8000)];
    const counted = [];
    for (const messages of sizes) counted.push((await count({ messages })) - 6);
    expect(counted).toEqual([14, 750, 1533, 1534]);
    expect(vendor.seen).toEqual([]);
  });

  test.each([
    [404, { type: 'error', error: { type: 'not_found_error', message: 'no such path' } }],
    [405, 'Method Not Allowed'],
    [501, {}],
  ])('stand in for a counter that is not there: %i', async (status, body) => {
    const { client } = await worldOf('anthropic/claude-sonnet-4-5', status, body);
    const { data, response } = await client.messages.countTokens(asked).withResponse();
    expect(data.input_tokens).toBeGreaterThan(10);
    expect(response.headers.get('x-modelport-estimated')).toBe('true');
  });

  test('stand in where AWS counts other models only', async () => {
    const message = "The provided model doesn't support counting tokens.";
    const { client, vendor } = await worldOf('bedrock/meta.llama3-1-70b-instruct-v1:0', 400, { message });
    const { response } = await client.messages.countTokens(asked).withResponse();
    expect(response.headers.get('x-modelport-estimated')).toBe('true');
    expect(vendor.seen).toHaveLength(1);
  });

  test('a host that has the form but no counter is not asked', async () => {
    const { client, vendor } = await worldOf('bedrock/invoke/anthropic.claude-3-haiku-20240307-v1:0', 500, {});
    expect((await client.messages.countTokens(asked)).input_tokens).toBeGreaterThan(10);
    expect(vendor.seen).toEqual([]);
  });
});

test.each([
  [401, 'authentication_error', AuthenticationError],
  [429, 'rate_limit_error', RateLimitError],
  [400, 'invalid_request_error', BadRequestError],
])('a refusal %i is no estimate', async (status, type, wanted) => {
  const { client } = await worldOf('anthropic/claude-sonnet-4-5', status, {
    type: 'error',
    error: { type, message: 'no' },
  });
  await expect(client.messages.countTokens(asked)).rejects.toThrow(wanted);
});

test('what is no request is refused', async () => {
  const { client, vendor } = await worldOf('openai/gpt-4o', 200, {});
  const wrong: unknown[] = [[], undefined, 'hi', [{ role: 'x', content: 'y' }], [1]];
  for (const messages of wrong) {
    const params = { model: 'm', messages } as Anthropic.MessageCountTokensParams;
    await expect(client.messages.countTokens(params)).rejects.toThrow(BadRequestError);
  }
  expect(vendor.seen).toEqual([]);
});

test('/utils/token_counter', async () => {
  const { vendor, proxy } = await worldOf('anthropic/claude-sonnet-4-5', 200, { input_tokens: 99 });
  const count = async (body: object, query = ''): Promise<{ status: number; body: Record<string, unknown> }> => {
    const reply = await fetch(`${proxy.url}/utils/token_counter${query}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const counted: Record<string, unknown> = JSON.parse(await reply.text());
    return { status: reply.status, body: counted };
  };
  const said = { request_model: 'mine', model_used: 'claude-sonnet-4-5', tokenizer_type: 'estimate' };
  const short = await count({ model: 'mine', messages: [{ role: 'user', content: 'hey how are you?' }] });
  expect(short).toMatchObject({ status: 200, body: said });
  const long = await count({ model: 'mine', prompt: 'hey how are you? I am rather well today, thank you.' });
  expect(long).toMatchObject({ status: 200, body: said });
  expect(Number(long.body['total_tokens'])).toBeGreaterThan(Number(short.body['total_tokens']) + 5);
  expect(vendor.seen).toEqual([]);
  const asked = await count({ model: 'mine', prompt: ['a', 'b'] }, '?call_endpoint=true');
  expect(asked.body).toEqual({ ...said, total_tokens: 99, tokenizer_type: 'anthropic_api' });
  expect(vendor.seen[0]?.url).toBe('/v1/messages/count_tokens');
  for (const wrong of [
    { model: 'mine' },
    { prompt: 'a' },
    { model: 'mine', prompt: [1] },
    { model: 'm', messages: [] },
  ]) {
    expect((await count(wrong)).status).toBe(400);
  }
  expect((await fetch(`${proxy.url}/utils/token_counter`)).status).toBe(405);
});
