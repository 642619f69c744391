import { type ChatResponse, type Message, Ollama, type Tool } from 'ollama';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '../dialects/codecs.ts';
import { readRequest } from '../dialects/read-request.ts';
import { validate } from '../dialects/validators.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor, vendorError } from './vendor.ts';

const models = { 'openai-chat': 'openai/gpt-4o-mini', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const hello = 'Hello there, how can I help?';
const user: Message = { role: 'user', content: 'hi' };
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const tools: Tool[] = [
  {
    type: 'function',
    function: {
      name: 'get_current_weather',
      description: 'The weather',
      parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
    },
  },
];

/** A streamed answer as a client puts it together. */
async function gather(
  parts: AsyncIterable<ChatResponse>,
): Promise<{ message: Message; last: ChatResponse; lines: number }> {
  const message: Message = { role: 'assistant', content: '', thinking: '', tool_calls: [] };
  let last: ChatResponse | undefined;
  let lines = 0;
  for await (const part of parts) {
    lines++;
    last = part;
    message.content += part.message.content;
    message.thinking += part.message.thinking ?? '';
    message.tool_calls?.push(...(part.message.tool_calls ?? []));
  }
  if (last === undefined) throw new Error('no line came');
  return { message, last, lines };
}

describe.each(dialects)('ollama client, provider speaks %s', (dialect) => {
  let vendor: Vendor;
  let proxy: RunningProxy;
  let client: Ollama;

  beforeAll(async () => {
    vendor = await startVendor(dialect);
    proxy = await startProxy({ model: models[dialect], api_base: vendor.url });
    client = new Ollama({ host: proxy.url });
  });
  afterAll(async () => {
    await proxy.close();
    await vendor.close();
  });

  test('chat, whole', async () => {
    vendor.will({ scenario: 'plain' });
    const answer = await client.chat({
      model: 'llama3.2',
      messages: [{ role: 'system', content: 'Be brief.' }, user],
      options: { temperature: 0.5, num_predict: 99, stop: ['END'], num_ctx: 4096 },
      keep_alive: '5m',
    });
    expect(answer).toMatchObject({ model: 'llama3.2', message: { role: 'assistant', content: hello }, done: true });
    expect(answer).toMatchObject({ done_reason: 'stop', prompt_eval_count: 21, eval_count: 9 });
    expect(answer.total_duration).toBeGreaterThan(0);
    expect(validate('ollama', answer, 'chat.response').errors).toEqual([]);
    const [seen] = vendor.seen;
    expect(seen?.invalid).toEqual([]);
    expect(seen?.body).toMatchObject({ model: models[dialect].split('/')[1], temperature: 0.5 });
    expect(seen?.body).not.toHaveProperty('options');
    expect(JSON.stringify(seen?.body)).toMatch(/"max_(?:completion_)?tokens":99/);
  });

  test('chat, streamed', async () => {
    vendor.will({ scenario: 'plain' });
    const { message, last, lines } = await gather(await client.chat({ model: 'm', messages: [user], stream: true }));
    expect(message.content).toBe(hello);
    expect(lines).toBeGreaterThan(2);
    expect(last).toMatchObject({ model: 'm', done: true, done_reason: 'stop', prompt_eval_count: 21, eval_count: 9 });
    expect(vendor.seen[0]?.invalid).toEqual([]);
  });

  test.each([
    [{}, 'application/x-ndjson', true],
    [{ stream: null }, 'application/x-ndjson', true],
    [{ stream: false }, 'application/json', false],
  ])('a body with %j is answered in %s', async (more, type, streamed) => {
    vendor.will({ scenario: 'plain' });
    for (const [path, asks, kind] of [
      ['chat', { messages: [user] }, 'chat'],
      ['generate', { prompt: 'hi' }, 'generate'],
    ] as const) {
      const body = JSON.stringify({ model: 'm', ...asks, ...more });
      const response = await fetch(`${proxy.url}/api/${path}`, { method: 'POST', body });
      expect(response.headers.get('content-type')).toContain(type);
      const verdict = validate('ollama', await response.text(), `${kind}.${streamed ? 'stream' : 'response'}`);
      expect(verdict.errors).toEqual([]);
      expect(vendor.seen.at(-1)?.body['stream'] ?? false).toBe(streamed);
    }
  });

  test('clients that drop the ids of calls', async () => {
    vendor.will({ scenario: 'tool-result-follow-up' });
    const called = (location: string) => ({ function: { name: 'get_current_weather', arguments: { location } } });
    await client.chat({
      model: 'm',
      tools,
      messages: [
        user,
        { role: 'assistant', content: '', tool_calls: [called('Paris'), called('Tokyo')] },
        { role: 'tool', content: 'sunny' },
        { role: 'tool', content: 'rainy' },
      ],
    });
    expect(vendor.seen[0]?.invalid).toEqual([]);
    const { turns } = readRequest(dialect, vendor.seen[0]?.body);
    expect(turns).toContain('result call_1_0: sunny');
    expect(turns).toContain('result call_1_1: rainy');
  });

  test('pictures', async () => {
    vendor.will({ scenario: 'plain' });
    await client.chat({ model: 'm', messages: [{ ...user, images: [picture] }] });
    await client.generate({ model: 'm', prompt: 'what is this?', images: [Buffer.from(picture, 'base64')] });
    for (const seen of vendor.seen) {
      expect(seen.invalid).toEqual([]);
      const text = JSON.stringify(seen.body);
      expect(text).toContain(picture);
      expect(text).toContain('image/png');
    }
    expect(vendor.seen).toHaveLength(2);
  });

  test('a schema', async () => {
    vendor.will({ scenario: 'json-schema' });
    const format = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const answer = await client.chat({ model: 'm', messages: [user], format });
    expect(vendor.seen[0]?.invalid).toEqual([]);
    expect(JSON.stringify(vendor.seen[0]?.body)).toContain('"city"');
    expect(() => JSON.parse(answer.message.content)).not.toThrow();
  });

  test.each([false, true])('thinking, stream: %s', async (stream) => {
    vendor.will({ scenario: 'thinking-signature' });
    const asking = { model: 'm', messages: [user], think: 'high' } as const;
    const { message } = stream
      ? await gather(await client.chat({ ...asking, messages: [user], stream: true }))
      : await client.chat({ ...asking, messages: [user] });
    expect(message).toMatchObject({ thinking: 'Nine degrees is cold.', content: 'It is cold: 9 degrees.' });
    expect(vendor.seen[0]?.invalid).toEqual([]);
    expect('thinking' in (vendor.seen[0]?.body ?? {})).toBe(dialect === 'anthropic-messages');
    await client.chat({ model: 'm', messages: [user, message, user], think: true });
    expect(vendor.seen[1]?.invalid).toEqual([]);
    await client.chat({ model: 'm', messages: [user], think: false });
    expect(vendor.seen[2]?.invalid).toEqual([]);
    expect(vendor.seen[2]?.body).not.toHaveProperty('reasoning_effort');
  });

  test('generate, whole and streamed', async () => {
    vendor.will({ scenario: 'plain' });
    const asking = { model: 'm', prompt: 'hi', system: 'Be brief.' };
    const whole = await client.generate(asking);
    expect(whole).toMatchObject({ model: 'm', response: hello, done: true, done_reason: 'stop', eval_count: 9 });
    let text = '';
    for await (const part of await client.generate({ ...asking, stream: true })) text += part.response;
    expect(text).toBe(hello);
    expect(readRequest(dialect, vendor.seen[0]?.body)).toMatchObject({ system: ['Be brief.'], turns: ['user: hi'] });
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual([[], []]);
  });

  test('a gap is filled, with words', async () => {
    vendor.will({ scenario: 'plain' });
    await client.generate({ model: 'm', prompt: 'def add(a, b):\n', suffix: '\n    return c' });
    const text = JSON.stringify(vendor.seen[0]?.body);
    expect(text).toContain('def add(a, b):');
    expect(text).toContain('return c');
    expect(vendor.seen[0]?.invalid).toEqual([]);
  });

  test('who asks nothing has the model loaded, and no provider is asked', async () => {
    vendor.will({ scenario: 'plain' });
    expect(await client.chat({ model: 'm', messages: [] })).toMatchObject({
      model: 'm',
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'load',
    });
    expect(await client.generate({ model: 'm', prompt: '', keep_alive: 0 })).toMatchObject({
      response: '',
      done_reason: 'unload',
    });
    expect(vendor.seen).toEqual([]);
  });

  test.each([400, 401, 404, 429, 500])('an error with the status %s', async (status) => {
    vendor.will({ status, ...vendorError(dialect, 'any_error', 'the vendor says no') });
    for (const stream of [false, true] as const) {
      const asked = stream
        ? client.chat({ model: 'm', messages: [user], stream: true })
        : client.chat({ model: 'm', messages: [user] });
      await expect(asked).rejects.toMatchObject({
        name: 'ResponseError',
        status_code: status,
        error: 'the vendor says no',
      });
    }
  });

  test('a stream that breaks off is an error', async () => {
    vendor.will({ scenario: 'plain', breakAfter: 4, pieceMs: 30 });
    const read = async () => gather(await client.chat({ model: 'm', messages: [user], stream: true }));
    await expect(read()).rejects.toThrow(/\w/);
  });

  test.each([
    [{ model: 'm', messages: 'hi' }, /messages/],
    [{ model: 'm', messages: [{ role: 'boss', content: 'hi' }] }, /role/],
    [{ model: 'm', messages: [{ role: 'user', content: [1] }] }, /content/],
    [{ model: 'm', messages: [user], stream: 'yes' }, /stream/],
    [{ model: 'm', messages: [user], options: 3 }, /options/],
    [{ model: 'm', messages: [user], format: 'xml' }, /format/],
    [{ model: 7, messages: [user] }, /model/],
  ])('%j is refused', async (body, says) => {
    vendor.will({ scenario: 'plain' });
    const response = await fetch(`${proxy.url}/api/chat`, { method: 'POST', body: JSON.stringify(body) });
    expect(response.status).toBe(400);
    const told: unknown = await response.json();
    expect(told).toEqual({ error: expect.stringMatching(says) });
    expect(vendor.seen).toEqual([]);
  });
});
