import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment, Provider } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import {
  ask,
  configOf,
  deployment,
  type FakeProvider,
  json,
  mount,
  post,
  raw,
  startProvider,
  startProxy,
  until,
  upstreamKey,
  type World,
} from './world.ts';

let provider: FakeProvider;
let proxy: World;

beforeAll(async () => {
  provider = await startProvider();
  const gone = await startProvider();
  await gone.close();
  const shared = { timeoutMs: 500, key: upstreamKey, model: '' };
  const { anthropic, openai } = providers;
  proxy = await startProxy(
    configOf({
      maxBody: 2 ** 20,
      mounts: [
        mount('/openai', deployment(`${provider.origin}/v1`, shared)),
        mount('/anthropic', deployment(provider.origin, { ...shared, ...asRow(anthropic) })),
        mount('/keyless', keyless(deployment(provider.origin, { ...shared, ...asRow(openai) }))),
        mount('/gone', deployment(gone.origin, shared)),
        mount('/gemini', deployment(provider.origin, shared)),
      ],
    }),
  );
});
afterAll(async () => {
  await proxy.close();
  await provider.close();
});
function asRow(row: Provider | undefined): { provider: Provider; row: Provider } {
  if (row === undefined) throw new Error('no such provider');
  return { provider: row, row };
}

function keyless({ key, ...to }: Deployment): Deployment {
  return to;
}

beforeEach(() => {
  provider.seen.length = 0;
  provider.aborted = 0;
  provider.answer = (req, res) => json(res, 200, { url: req.url });
});

describe('what goes up', () => {
  it.each([
    ['/openai/chat/completions?a=b%20c', '/v1/chat/completions?a=b%20c'],
    ['/openai/v1/skills', '/v1/skills'],
    ['/openai/v1/skills/s_1?limit=2', '/v1/skills/s_1?limit=2'],
    ['/anthropic/v1/messages', '/v1/messages'],
    ['/openai/models/ft:gpt-4o%3Aacme', '/v1/models/ft:gpt-4o%3Aacme'],
  ])('%s -> %s', async (path, url) => {
    const reply = await ask(proxy.url + path, { method: 'PATCH', body: '{"x": 1}' });
    expect([reply.status, reply.text]).toEqual([200, JSON.stringify({ url })]);
    expect(provider.seen[0]).toMatchObject({ method: 'PATCH', url, body: '{"x": 1}' });
  });

  it('carries our key and none of the caller’s', async () => {
    const secret = 'sk-callers-own-0123456789';
    const headers = {
      authorization: `Bearer ${secret}`,
      'x-api-key': secret,
      'api-key': secret,
      'x-goog-api-key': secret,
      cookie: `s=${secret}`,
      'proxy-authorization': secret,
      'x-forwarded-for': '10.0.0.1',
      'x-hop': secret,
      'x-client-ip': secret,
      'x-auth-key': secret,
      'x-amz-security-token': secret,
      connection: 'x-hop',
      'anthropic-beta': 'tools-1',
    };
    await post(`${proxy.url}/openai/chat/completions`, {}, headers);
    expect(JSON.stringify(provider.seen[0])).not.toContain('sk-callers');
    expect(provider.seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${upstreamKey}`,
      'accept-encoding': 'identity',
      'anthropic-beta': 'tools-1',
      host: provider.origin.slice(7),
    });
    expect(provider.seen[0]?.headers['x-forwarded-for']).toBeUndefined();
    await post(`${proxy.url}/anthropic/v1/messages`, {}, { 'x-api-key': secret });
    expect(provider.seen[1]?.headers['x-api-key']).toBe(upstreamKey);
    expect(provider.seen[1]?.headers.authorization).toBeUndefined();
  });

  it.each([
    '/openai/../admin',
    '/openai/%2e%2e/admin',
    '/openai/..%2fadmin',
    '/openai/a%2fb',
    '/openai/a%5cb',
    '/openai/a\\b',
    '/openai/\\evil.test',
    '/openai/\\..\\admin',
    '/openai/.%2e/x',
    '/openai/%252e%252e/x',
    '/openai/..;/x',
  ])('%s never leaves', async (path) => {
    const reply = await raw(proxy.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(reply).toMatch(/^HTTP\/1.1 40[04] /);
    expect(provider.seen).toEqual([]);
  });

  it('a path that only begins like a mount is unknown', async () => {
    expect((await ask(`${proxy.url}/openaix/models`)).status).toBe(404);
  });

  it('large bodies with Expect: 100-continue arrive', async () => {
    const body = 'x'.repeat(900_000);
    const reply = await ask(`${proxy.url}/openai/skills`, { body, headers: { expect: '100-continue' } });
    expect(reply.status).toBe(200);
    expect(provider.seen[0]?.body.length).toBe(body.length);
    expect(provider.seen[0]?.headers.expect).toBeUndefined();
  });

  it('too large ones do not', async () => {
    const declared = await raw(
      proxy.port,
      'POST /openai/skills HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n',
    );
    expect(declared).toMatch(/^HTTP\/1.1 413 /);
    const status = await new Promise<number>((resolve, reject) => {
      const req = request(`${proxy.url}/openai/skills`, { method: 'POST', agent: false }, (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      });
      req.on('error', reject);
      req.write(Buffer.alloc(2 ** 21));
    });
    expect(status).toBe(413);
  });
});

describe('what comes back', () => {
  it('is the provider’s own, but for what pages may do', async () => {
    provider.answer = (_, res) => {
      res.writeHead(201, {
        'content-type': 'text/plain',
        'x-own': '1',
        'access-control-allow-origin': '*',
        'x-request-id': 'theirs',
      });
      res.end('made');
    };
    const reply = await ask(`${proxy.url}/openai/skills`, { body: '{}', headers: { origin: 'http://localhost:1' } });
    expect([reply.status, reply.text]).toEqual([201, 'made']);
    expect(reply.headers).toMatchObject({
      'content-type': 'text/plain',
      'x-own': '1',
      'access-control-allow-origin': 'http://localhost:1',
    });
    expect(reply.headers['x-litellm-call-id']).toMatch(/-/);
    await until(() => proxy.entries.at(-1)?.status === 201);
    expect(proxy.entries.at(-1)).toMatchObject({ route: 'POST /openai/skills' });
  });

  it('keeps statuses and takes our key out of errors', async () => {
    provider.answer = (_, res) =>
      json(res, 401, { error: { message: `bad key ${upstreamKey}` } }, { 'retry-after': '3' });
    const reply = await post(`${proxy.url}/openai/chat/completions`);
    expect([reply.status, reply.headers['retry-after']]).toEqual([401, '3']);
    expect(reply.text).toContain('bad key');
    expect(reply.text).not.toContain(upstreamKey);
  });

  it.each([
    ['a server that does not run', '/gone/x', () => {}, 502],
    ['a reset', '/openai/x', (req: { socket: { destroy(): void } }) => req.socket.destroy(), 502],
    ['silence', '/openai/x', () => {}, 408],
    ['no key', '/keyless/x', () => {}, 401],
  ])('%s', async (_, path, answer, status) => {
    provider.answer = answer;
    const reply = await post(proxy.url + path);
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.text).error.message).not.toBe('');
  });

  it.each([
    ['a redirect', 302, { location: 'http://127.0.0.1:1/' }, 'moved', 502],
    ['another', 307, { location: '/elsewhere' }, '', 502],
    ['nothing new', 304, {}, '', 502],
    ['a status that is none', 600, {}, '{}', 502],
    ['a page', 503, { 'content-type': 'text/html' }, '<html>busy</html>', 503],
    ['words', 400, { 'content-type': 'text/plain' }, `bad ${upstreamKey}`, 400],
    ['nothing', 429, { 'retry-after': '3' }, '', 429],
    ['what is not compressed', 500, { 'content-encoding': 'gzip' }, `{"key":"${upstreamKey}"`, 500],
    ['a key in a header', 403, { 'x-echo': upstreamKey }, '{"error":{"message":"no"}}', 403],
  ])('is JSON and told as an error: %s', async (_, status, headers, text, told) => {
    provider.answer = (_, res) => {
      res.writeHead(status, headers);
      res.end(text);
    };
    for (const path of ['/openai/x', '/anthropic/x']) {
      const reply = await post(proxy.url + path);
      expect([reply.status, reply.headers['content-type']]).toEqual([told, 'application/json']);
      expect(JSON.parse(reply.text).error.message).not.toBe('');
      expect(reply.headers.location).toBeUndefined();
      expect(reply.headers['retry-after']).toBe('retry-after' in headers ? headers['retry-after'] : undefined);
      expect(JSON.stringify(reply)).not.toContain(upstreamKey);
    }
  });

  it.each([
    ['cross-site', {}, 403],
    ['same-site', {}, 403],
    ['same-site', { origin: 'http://localhost:3000' }, 200],
    ['same-origin', {}, 200],
    ['none', {}, 200],
  ])('a GET that a page sent spends nothing: %s %j', async (site, headers, status) => {
    const reply = await ask(`${proxy.url}/openai/models`, { headers: { 'sec-fetch-site': site, ...headers } });
    expect([reply.status, provider.seen.length]).toEqual([status, status === 200 ? 1 : 0]);
  });

  it.each([
    ['/anthropic/v1/messages', { type: 'error' }],
    ['/anthropic/v1/messages?beta=true', { type: 'error' }],
    ['/gemini/v1beta/cachedContents', { error: { code: 502, status: expect.any(String) } }],
    ['/gemini/v1beta/models/g:streamGenerateContent?alt=sse', { error: { code: 502, status: expect.any(String) } }],
  ])('says it in the vendor’s form: %s', async (path, form) => {
    provider.answer = (req) => req.socket.destroy();
    expect(JSON.parse((await post(proxy.url + path)).text)).toMatchObject(form);
  });

  it.each([
    ['/openai/skills', 'data: 1\n\n', {}],
    ['/openai/skills', 'data: {"cut', {}],
    ['/anthropic/v1/messages', 'event: ping\ndata: {}\n\n', { type: 'error' }],
  ])('a stream of events that breaks ends with one that tells it: %s behind %j', async (path, first, form) => {
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(first);
      setTimeout(() => res.destroy(), 50);
    };
    const { text } = await post(proxy.url + path);
    expect(text.startsWith(first)).toBe(true);
    const [, named, last = ''] = /\n\n(event: error\n)?data: (.+)\n\n$/.exec(text) ?? [];
    expect([named !== undefined, JSON.parse(last)]).toMatchObject(['type' in form, form]);
    expect(JSON.parse(last).error.message).toContain('connection');
  });

  it('to readers of Google’s streams, which pass over such an event, it is cut off too', async () => {
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: 1\n\n');
      setTimeout(() => res.destroy(), 50);
    };
    const path = '/gemini/v1beta/models/g:streamGenerateContent?alt=sse';
    const told = await raw(proxy.port, `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`);
    expect(told).toContain('data: {"error"');
    await expect(post(proxy.url + path)).rejects.toThrow();
  });

  it.each([
    ['of no events', { 'content-type': 'application/octet-stream' }],
    ['of a known length', { 'content-type': 'text/event-stream', 'content-length': '100' }],
    ['that is compressed', { 'content-type': 'text/event-stream', 'content-encoding': 'br' }],
  ])('a stream %s that breaks is not ended as if it were whole', async (_, headers) => {
    provider.answer = (_, res) => {
      res.writeHead(200, headers);
      res.write('data: 1\n\n');
      setTimeout(() => res.destroy(), 50);
    };
    await expect(post(`${proxy.url}/openai/skills`)).rejects.toThrow();
  });

  it('a provider that falls silent in a stream is left, and the client told', async () => {
    provider.answer = (_, res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    expect((await post(`${proxy.url}/openai/skills`)).text).toContain('"error"');
    expect(await until(() => provider.aborted === 1)).toBeLessThan(1000);
  });

  it('a switch to another protocol that nobody asked for is told', async () => {
    provider.answer = (req) => {
      req.socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n');
    };
    const { status, text } = await post(`${proxy.url}/openai/x`);
    expect([status, JSON.parse(text).error.message]).toEqual([502, expect.stringContaining('connection')]);
  });

  it.each([
    ['a page', 'text/html', '<html>sign in</html>'],
    ['half of it', 'application/json', '{"choices":['],
    ['nothing', 'application/json', ''],
    ['null', 'application/json', 'null'],
  ])('what is no answer is told as an error: %s', async (_, type, text) => {
    provider.answer = (_, res) => res.writeHead(200, { 'content-type': type }).end(text);
    const reply = await post(`${proxy.url}/openai/chat/completions`);
    expect([reply.status, JSON.parse(reply.text).error.message]).toEqual([502, expect.stringContaining('answered')]);
    // Of other paths nobody here knows what they answer.
    expect(await post(`${proxy.url}/openai/skills`)).toMatchObject({ status: 200, text });
  });

  it.each([
    ['before the first byte', () => {}],
    [
      'in the stream',
      (_: unknown, res: { writeHead(status: number): { write(text: string): void } }) =>
        void res.writeHead(200).write('x'),
    ],
  ])('a client that leaves ends the work: %s', async (_, answer) => {
    provider.answer = answer;
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST /openai/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
    await until(() => provider.seen.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    expect(await until(() => provider.aborted === 1)).toBeLessThan(1000);
  });
});
