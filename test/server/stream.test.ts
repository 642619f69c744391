import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  chat,
  chunk,
  completion,
  configOf,
  deployment,
  type FakeProvider,
  json,
  post,
  sse,
  startProvider,
  startProxy,
  until,
  type World,
} from './world.ts';

let provider: FakeProvider;
let proxy: World;

beforeAll(async () => {
  provider = await startProvider();
  proxy = await startProxy(
    configOf({ deployments: [deployment(`${provider.origin}/v1`, { timeoutMs: 700 })], maxEvent: 2 ** 20 }),
  );
});
afterAll(async () => {
  await proxy.close();
  await provider.close();
});
beforeEach(() => {
  provider.seen.length = 0;
  provider.aborted = 0;
});

const streamed = { ...chat, stream: true };
const first = chunk({ role: 'assistant', content: 'Hel' });
const second = chunk({ content: 'lo' });
const last = chunk({}, 'stop');

/** Begins a stream with these frames, then does something to it. */
function begin(frames: string, then: (res: ServerResponse) => void, waitMs = 50): void {
  provider.answer = (_, res) => {
    res.writeHead(200, sse);
    res.write(frames);
    setTimeout(() => then(res), waitMs);
  };
}

/** A client of bare bytes, which may stop reading and leave. */
async function open(path: string, body: object): Promise<Socket & { text: string }> {
  const socket = Object.assign(connect(proxy.port, '127.0.0.1'), { text: '' });
  const bytes = JSON.stringify(body);
  socket.on('error', () => {});
  socket.on('data', (one) => {
    socket.text += one.toString();
  });
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(bytes)}\r\n\r\n${bytes}`,
  );
  return socket;
}

describe('a stream that goes well', () => {
  it('has the headers of one, and ends in [DONE] once', async () => {
    begin(first + second, (res) => res.end(`${last}data: [DONE]\n\n`));
    const reply = await post(`${proxy.url}/v1/chat/completions`, streamed);
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'x-litellm-model-group': 'openai/gpt-4o',
    });
    expect(reply.headers['content-encoding']).toBeUndefined();
    expect(reply.text.match(/\[DONE\]/g)).toHaveLength(1);
    expect(reply.text).toContain('"finish_reason":"stop"');
    await until(() => proxy.entries.at(-1)?.stream === true);
    expect(proxy.entries.at(-1)).toMatchObject({ status: 200, stream: true });
  });

  it('is completed when only its terminator is missing', async () => {
    begin(first + last, (res) => res.end());
    expect((await post(`${proxy.url}/v1/chat/completions`, streamed)).text).toMatch(/data: \[DONE\]\n\n$/);
    expect((await post(`${proxy.url}/v1/messages`, { ...streamed, max_tokens: 9 })).text).toContain(
      'event: message_stop',
    );
  });

  it('arrives event by event', async () => {
    const times: number[] = [];
    provider.answer = (_, res) => {
      res.writeHead(200, sse);
      let n = 0;
      const timer = setInterval(() => {
        n++;
        res.write(n < 6 ? chunk({ content: `${n}` }) : last);
        if (n === 6) {
          clearInterval(timer);
          res.end('data: [DONE]\n\n');
        }
      }, 60);
    };
    const socket = await open('/v1/chat/completions', streamed);
    socket.on('data', () => times.push(performance.now()));
    await until(() => socket.text.includes('[DONE]'));
    socket.destroy();
    expect(times.length).toBeGreaterThanOrEqual(5);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(200);
  });

  it('reads a JSON reply to a streamed call, and a stream to a plain one', async () => {
    provider.answer = (_, res) => json(res, 200, completion);
    const told = await post(`${proxy.url}/v1/chat/completions`, streamed);
    expect(told.headers['content-type']).toContain('text/event-stream');
    expect(told.text).toMatch(/Hello[\s\S]*\[DONE\]/);
    begin(first + second + last, (res) => res.end('data: [DONE]\n\n'));
    const plain = await post(`${proxy.url}/v1/chat/completions`, chat);
    expect(JSON.parse(plain.text)).toMatchObject({
      choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }],
    });
  });
});

describe('a stream that breaks says so, and ends regularly', () => {
  const faults: [string, (res: ServerResponse) => void][] = [
    ['reset', (res) => res.socket?.resetAndDestroy()],
    ['closed', (res) => res.destroy()],
    ['ended without a finish', (res) => res.end()],
    ['ended by [DONE] without a finish', (res) => res.end('data: [DONE]\n\n')],
    ['ended in half an event', (res) => res.end('data: {"choi')],
    ['an error event', (res) => res.end('data: {"error":{"message":"overloaded","type":"server_error"}}\n\n')],
    ['stalled', () => {}],
    ['an event over the limit', (res) => res.write(`data: ${'x'.repeat(2 ** 20 + 10)}`)],
    ['no JSON', (res) => res.end('data: {nonsense}\n\ndata: [DONE]\n\n')],
  ];
  it.each(faults)('%s', async (_, fault) => {
    begin(first, fault);
    const reply = await post(`${proxy.url}/v1/chat/completions`, streamed);
    expect(reply.status).toBe(200);
    expect(reply.text).toContain('Hel');
    expect(reply.text.match(/^data: \{"error":/gm)).toHaveLength(1);
    expect(reply.text).not.toMatch(/"finish_reason":"/);
    const theirs = await post(`${proxy.url}/v1/messages`, { ...streamed, max_tokens: 9 });
    expect(theirs.text.match(/^event: error$/gm)).toHaveLength(1);
    expect(theirs.text).not.toContain('message_stop');
    await until(() => proxy.entries.length > 1 && proxy.entries.at(-1)?.error !== undefined);
  });
});

describe('before the first byte a failure is an HTTP error', () => {
  const faults: [string, FakeProvider['answer'], number][] = [
    [
      'overloaded, told in the first event',
      (_, res) => void res.writeHead(200, sse).end('data: {"error":{"message":"overloaded","code":503}}\n\n'),
      503,
    ],
    ['nothing at all', (_, res) => void res.writeHead(200, sse).end(), 502],
    ['reset after the head', (_, res) => void res.writeHead(200, sse).write(': hi\n\n', () => res.destroy()), 502],
    ['silence after the head', (_, res) => void res.writeHead(200, sse).flushHeaders(), 408],
  ];
  it.each(faults)('%s', async (_, answer, status) => {
    provider.answer = answer;
    for (const path of ['/v1/chat/completions', '/v1/messages']) {
      const reply = await post(proxy.url + path, { ...streamed, max_tokens: 9 });
      expect([path, reply.status]).toEqual([path, status]);
      expect(reply.headers['content-type']).toBe('application/json');
    }
  });
});

describe('a client that leaves ends the provider’s work within 200 ms', () => {
  const phases: [string, object, FakeProvider['answer'], (client: { text: string }) => boolean][] = [
    ['before the first byte', streamed, () => {}, () => provider.seen.length === 1],
    ['in a call that does not stream', chat, () => {}, () => provider.seen.length === 1],
    [
      'before the first content',
      streamed,
      (_, res) => void res.writeHead(200, sse).flushHeaders(),
      () => provider.seen.length === 1,
    ],
    [
      'in the stream',
      streamed,
      (_, res) => {
        res.writeHead(200, sse);
        const timer = setInterval(() => res.write(second), 10);
        res.on('close', () => clearInterval(timer));
      },
      (client) => client.text.includes('lo'),
    ],
  ];
  it.each(phases)('%s', async (_, body, answer, ready) => {
    provider.answer = answer;
    const client = await open('/v1/chat/completions', body);
    await until(() => ready(client));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = proxy.entries.length;
    client.destroy();
    expect(await until(() => provider.aborted === 1)).toBeLessThan(1000);
    await until(() => proxy.entries.length > before);
    expect(proxy.entries.at(-1)).toMatchObject({ status: 499 });
  });
});

it('a client that stops reading stops the provider', async () => {
  let sent = 0;
  let blocked = false;
  const frame = chunk({ content: 'x'.repeat(16_000) });
  provider.answer = (_, res) => {
    res.writeHead(200, sse);
    const more = () => {
      while (!res.destroyed && sent < 300 * 2 ** 20) {
        sent += frame.length;
        if (!res.write(frame)) {
          blocked = true;
          res.once('drain', () => {
            blocked = false;
            more();
          });
          return;
        }
      }
    };
    more();
  };
  const client = await open('/v1/chat/completions', streamed);
  await until(() => client.text.length > 0);
  client.pause();
  await new Promise((resolve) => setTimeout(resolve, 400));
  const stopped = sent;
  expect(blocked).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(sent).toBe(stopped);
  expect(stopped).toBeLessThan(60 * 2 ** 20);
  client.resume();
  await until(() => sent > stopped);
  client.destroy();
});

describe('a configuration that wants usage in every stream', () => {
  it.each([
    ['/v1/chat/completions', chat],
    ['/v1/completions', { model: 'gpt-4o', prompt: 'hi' }],
  ])('%s ends with it, asked for or not', async (path, body) => {
    provider.answer = (_, res) => {
      res.writeHead(200, sse);
      res.write(chunk({ role: 'assistant', content: 'Hi' }));
      res.write(chunk({}, 'stop'));
      const usage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 };
      res.end(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\n\ndata: [DONE]\n\n`,
      );
    };
    const base = { deployments: [deployment(provider.origin)] };
    for (const [alwaysUsage, times] of [
      [false, 0],
      [true, 1],
    ] as const) {
      const other = await startProxy(configOf({ ...base, alwaysUsage }));
      const { text } = await post(`${other.url}${path}`, { ...body, stream: true });
      expect(text.match(/"total_tokens":4/g) ?? []).toHaveLength(times);
      expect(text).toContain('[DONE]');
      await other.close();
    }
  });
});
