import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { type RunningProxy, startProxy } from '../clients/proxy.ts';

interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

type Reply = { status?: number; body: object | string };

const key = 'r8-0123456789-abcdef';
const asked: Asked[] = [];
/** What the provider answers, in order; the last one again and again. */
let replies: Reply[] = [];
const elsewhere: string[] = [];

const upstream = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const { method = '', url = '', headers } = req;
    asked.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    const { status = 200, body = {} } = reply ?? {};
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
});
const stranger = createServer((req, res) => {
  elsewhere.push(req.url ?? '');
  res.end('{}');
});

let proxy: RunningProxy;
let hasty: RunningProxy;
let strangeUrl = '';

beforeAll(async () => {
  for (const server of [upstream, stranger]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const port = (server: typeof upstream): number => (server.address() as AddressInfo).port;
  strangeUrl = `http://127.0.0.1:${port(stranger)}`;
  const flags = { model: 'replicate/o/n', api_base: `http://127.0.0.1:${port(upstream)}`, api_key: key };
  proxy = await startProxy(flags);
  hasty = await startProxy({ ...flags, request_timeout: 1.2 });
});

afterAll(async () => {
  await Promise.all([proxy.close(), hasty.close()]);
  for (const server of [upstream, stranger]) {
    server.close();
    server.closeAllConnections();
  }
});

beforeEach(() => {
  asked.length = 0;
  elsewhere.length = 0;
});

const running = (status = 'processing'): Reply => ({
  status: 201,
  body: { id: 'p1', status, output: null, urls: { get: `${strangeUrl}/v1/predictions/p1`, stream: `${strangeUrl}/s` } },
});
const done: Reply = { body: { id: 'p1', status: 'succeeded', output: ['He', 'y'] } };

function chat(to: RunningProxy, more: JsonObject = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${to.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'Hello' }], ...more }),
    ...(signal === undefined ? {} : { signal }),
  });
}

describe('a job is followed to its result', () => {
  it.each<[string, Reply[], number]>([
    ['at once', [done], 1],
    ['at the third time', [running('starting'), running(), done], 3],
  ])('%s', async (_name, all, times) => {
    replies = all;
    const reply = await chat(proxy);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ choices: [{ message: { content: 'Hey' }, finish_reason: 'stop' }] });
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/models/o/n/predictions',
      ...Array.from({ length: times - 1 }, () => 'GET /v1/predictions/p1'),
    ]);
    for (const { headers } of asked) expect(headers.authorization).toBe(`Token ${key}`);
    for (const { headers, body } of asked.slice(1)) {
      expect(body).toBe('');
      expect(headers).not.toHaveProperty('prefer');
      expect(headers).not.toHaveProperty('content-type');
    }
    expect(elsewhere).toEqual([]);
  });

  it('for a streamed call too', async () => {
    replies = [running(), done];
    const reply = await chat(proxy, { stream: true });
    expect(reply.headers.get('content-type')).toContain('text/event-stream');
    const text = await reply.text();
    expect(text).toContain('Hey');
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  it('with tools told in the prompt', async () => {
    const call = { name: 'look', arguments: { a: 1 } };
    replies = [running(), { body: { id: 'p1', status: 'succeeded', output: JSON.stringify(call) } }];
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
    const reply = await chat(proxy, { tools });
    const [choice] = JSON.parse(await reply.text()).choices;
    expect(choice.finish_reason).toBe('tool_calls');
    expect(choice.message.tool_calls[0].function).toEqual({ name: 'look', arguments: '{"a":1}' });
    expect(JSON.parse(asked[0]?.body ?? '').input.system_prompt).toContain('"name":"look"');
  });
});

describe('a job that comes to nothing', () => {
  it.each<[string, Reply[], number, string]>([
    ['fails', [running(), { body: { id: 'p1', status: 'failed', error: 'out of memory' } }], 500, 'out of memory'],
    [
      'is refused later',
      [running(), { status: 404, body: { detail: 'no such prediction' } }],
      404,
      'no such prediction',
    ],
    ['is no JSON', [running(), { body: '<html>' }], 502, 'no valid JSON'],
    ['is refused at once', [{ status: 422, body: { detail: 'prompt is required' } }], 422, 'prompt is required'],
  ])('%s', async (_name, all, status, message) => {
    replies = all;
    const reply = await chat(proxy);
    expect(reply.status).toBe(status);
    expect(JSON.parse(await reply.text()).error.message).toContain(message);
  });

  it('is given up in time', async () => {
    replies = [running()];
    const begun = performance.now();
    const reply = await chat(hasty);
    expect(reply.status).toBe(408);
    expect(JSON.parse(await reply.text()).error.message).toContain('no result after 1.2 s');
    expect(performance.now() - begun).toBeLessThan(4000);
  });

  it('is not asked for any more when the client has left', async () => {
    replies = [running()];
    const leaving = new AbortController();
    const call = chat(proxy, {}, leaving.signal).catch(() => 'left');
    while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    leaving.abort();
    expect(await call).toBe('left');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { length } = asked;
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(asked.length).toBe(length);
  });
});
