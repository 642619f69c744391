import { type ChatResponse, type Message, Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validate } from '../dialects/validators.ts';
import { type FakeUpstream, fakeUpstream, type Reply } from '../fake-upstream.ts';
import { type RunningProxy, startProxy } from './proxy.ts';

const user: Message = { role: 'user', content: 'hi' };

/** The text of a streamed answer, and its last line. */
async function gather(parts: AsyncIterable<ChatResponse>): Promise<{ text: string; last: ChatResponse | undefined }> {
  let text = '';
  let last: ChatResponse | undefined;
  for await (const part of parts) {
    text += part.message.content;
    last = part;
  }
  return { text, last };
}

describe('ollama client, the provider is Ollama', () => {
  const lines = [
    '{"model":"qwen","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Hi"},"done":false}\n',
    '{"model":"qwen","created_at":"2026-01-01T00:00:01Z","message":{"role":"assistant","content":" you\\u00e9"},"done":false,"new":1}\n',
    '{"model":"qwen","created_at":"2026-01-01T00:00:02Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":12,"prompt_eval_count":3,"eval_count":4}\n',
  ];
  const streamed: Reply = { headers: { 'content-type': 'application/x-ndjson' }, pieces: lines };
  const whole = {
    model: 'qwen',
    message: { role: 'assistant', content: 'Hi' },
    done: true,
    done_reason: 'stop',
    new: 1,
  };
  let upstream: FakeUpstream;
  let proxy: RunningProxy;
  let client: Ollama;

  beforeAll(async () => {
    upstream = await fakeUpstream();
    proxy = await startProxy({ model: 'ollama_chat/qwen', api_base: upstream.url });
    client = new Ollama({ host: proxy.url });
  });
  afterAll(async () => {
    await proxy.close();
    await upstream.close();
  });
  const last = () => upstream.received.at(-1);

  test('bytes pass, but for the name', async () => {
    upstream.will(streamed);
    const body =
      '{"messages":[{"role":"user","content":"hi"}], "model":"any:latest","options":{"num_ctx":4096,"mirostat":1.0}}';
    const response = await fetch(`${proxy.url}/api/chat`, { method: 'POST', body });
    expect(await response.text()).toBe(lines.join('').replaceAll('"model":"qwen"', '"model":"any:latest"'));
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(last()?.body.toString()).toBe(body.replace('any:latest', 'qwen'));
    expect(last()?.url).toBe('/api/chat');
    const entry = { usage: { input: 3, output: 4 }, stream: true, status: 200 };
    await expect.poll(() => proxy.entries.at(-1)).toMatchObject(entry);
  });

  test.each([1, 7, 64])('cut after every %s bytes', async (cuts) => {
    upstream.will({ headers: { 'content-type': 'application/x-ndjson' }, body: lines.join(''), cuts });
    const { text, last: end } = await gather(await client.chat({ model: 'x', messages: [user], stream: true }));
    expect(text).toBe('Hi you\u00e9');
    expect(end).toMatchObject({ model: 'x', total_duration: 12 });
  });

  test('a whole reply keeps what nobody knows', async () => {
    upstream.will({ body: whole });
    expect(await client.chat({ model: 'x', messages: [user] })).toEqual({ ...whole, model: 'x' });
  });

  test.each([
    ['cut before its end', { pieces: lines.slice(0, 2), end: 'cut' as const }],
    ['ended before its last line', { pieces: lines.slice(0, 2) }],
    ['an error of the server', { pieces: [lines[0] ?? '', '{"error":"llama runner has terminated"}\n'] }],
  ])('%s is one error', async (name, reply) => {
    upstream.will({ headers: { 'content-type': 'application/x-ndjson' }, paceMs: 20, ...reply });
    const response = await fetch(`${proxy.url}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ model: 'x', messages: [user] }),
    });
    const told = (await response.text())
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(told.at(-1)).toEqual({
      error: name.startsWith('an error') ? 'llama runner has terminated' : expect.any(String),
    });
    expect(told.filter((line) => typeof line === 'object' && line !== null && 'error' in line)).toHaveLength(1);
  });

  test('a last line without its line end goes on', async () => {
    upstream.will({ ...streamed, pieces: [lines.join('').trimEnd()] });
    const { last: end } = await gather(await client.chat({ model: 'x', messages: [user], stream: true }));
    expect(end?.done).toBe(true);
  });

  test('a prompt is asked as a chat, and the reply told as text', async () => {
    upstream.will(streamed);
    let text = '';
    for await (const part of await client.generate({ model: 'x', prompt: 'hi', stream: true, raw: true })) {
      text += part.response;
    }
    expect(text).toBe('Hi you\u00e9');
    expect(last()?.json()).toEqual({ model: 'qwen', messages: [user], stream: true });
    expect(validate('ollama', last()?.json(), 'chat.request').errors).toEqual([]);
  });

  test('loading is the server\u2019s', async () => {
    upstream.will({
      body: { model: 'qwen', message: { role: 'assistant', content: '' }, done: true, done_reason: 'load' },
    });
    expect(await client.chat({ model: 'x', messages: [] })).toMatchObject({ model: 'x', done_reason: 'load' });
    expect(last()?.json()).toMatchObject({ model: 'qwen', messages: [] });
  });

  test('a model that is not there', async () => {
    upstream.will({ status: 404, body: { error: "model 'qwen' not found" } });
    await expect(client.chat({ model: 'x', messages: [user] })).rejects.toMatchObject({ status_code: 404 });
  });

  test('vectors', async () => {
    upstream.will({ body: { model: 'any', embeddings: [[1, 2.5]], prompt_eval_count: 2 } });
    const answer = await client.embed({
      model: 'nomic-embed-text',
      input: 'hi',
      truncate: true,
      options: { num_ctx: 9 },
    });
    expect(answer).toMatchObject({ model: 'nomic-embed-text', embeddings: [[1, 2.5]], prompt_eval_count: 2 });
    expect(last()?.url).toBe('/api/embed');
    expect(last()?.json()).toEqual({
      model: 'nomic-embed-text',
      input: ['hi'],
      truncate: true,
      options: { num_ctx: 9 },
    });
  });
});
