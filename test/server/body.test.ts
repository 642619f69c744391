import { request } from 'node:http';
import { connect } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  ask,
  chat,
  configOf,
  deployment,
  type FakeProvider,
  raw,
  startProvider,
  startProxy,
  type World,
} from './world.ts';

const limit = 2 ** 20;
let provider: FakeProvider;
let proxy: World;

beforeAll(async () => {
  provider = await startProvider();
  proxy = await startProxy(configOf({ deployments: [deployment(`${provider.origin}/v1`)], maxBody: limit }));
});
afterAll(async () => {
  await proxy.close();
  await provider.close();
});
beforeEach(() => {
  provider.seen.length = 0;
});

const text = JSON.stringify(chat);
const padded = JSON.stringify({ ...chat, pad: 'x'.repeat(limit) });

it.each<[string, Buffer | string, string | undefined, number]>([
  ['plain', text, undefined, 200],
  ['identity', text, 'identity', 200],
  ['gzip', gzipSync(text), 'gzip', 200],
  ['x-gzip', gzipSync(text), 'X-GZIP', 200],
  ['br', brotliCompressSync(text), 'br', 200],
  ['deflate', deflateSync(text), 'deflate', 200],
  ['raw deflate', deflateRawSync(text), 'deflate', 200],
  ['a byte order mark', `\ufeff${text}`, undefined, 200],
  ['stacked encodings', gzipSync(gzipSync(text)), 'gzip, gzip', 415],
  ['an unknown encoding', text, 'zstd', 415],
  ['constructor as an encoding', text, 'constructor', 415],
  ['gzip that is none', text, 'gzip', 400],
  ['half a gzip body', gzipSync(text).subarray(0, 30), 'gzip', 400],
  ['too much, declared', padded, undefined, 413],
  ['too much, inflated', gzipSync(padded), 'gzip', 413],
  ['a bomb', gzipSync(Buffer.alloc(200 * 2 ** 20)), 'gzip', 413],
  ['nothing', '', undefined, 400],
])('%s', async (_, body, encoding, status) => {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (encoding !== undefined) headers['content-encoding'] = encoding;
  const reply = await ask(`${proxy.url}/v1/chat/completions`, { method: 'POST', headers, body });
  expect(reply.status).toBe(status);
  expect(provider.seen).toHaveLength(status === 200 ? 1 : 0);
  if (status !== 200) expect(JSON.parse(reply.text).error.message).not.toBe('');
});

it('refuses a declared size at once, without reading', async () => {
  const reply = await raw(
    proxy.port,
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${limit + 1}\r\n\r\n{`,
  );
  expect(reply).toMatch(/^HTTP\/1.1 413 /);
  expect(reply.toLowerCase()).toContain('connection: close');
});

it('stops reading a chunked body over the limit', async () => {
  const reply = await new Promise<{ status: number; sent: number }>((resolve, reject) => {
    let sent = 0;
    const req = request(`${proxy.url}/v1/chat/completions`, { method: 'POST', agent: false }, (res) => {
      res.resume();
      resolve({ status: res.statusCode ?? 0, sent });
      req.destroy();
    });
    req.on('error', reject);
    const more = () => {
      if (req.destroyed || sent > 100 * limit) return;
      sent += 65_536;
      if (req.write(Buffer.alloc(65_536, 0x20))) setImmediate(more);
      else req.once('drain', more);
    };
    more();
  });
  expect(reply.status).toBe(413);
  expect(reply.sent).toBeLessThan(20 * limit);
});

it('asks for the body of Expect: 100-continue, once it wants it', async () => {
  const post = (path: string, length: number) =>
    raw(
      proxy.port,
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`,
      400,
    );
  expect(await post('/v1/chat/completions', text.length)).toMatch(/^HTTP\/1.1 100 Continue/);
  expect(await post('/v1/chat/completions', limit + 1)).toMatch(/^HTTP\/1.1 413 /);
  expect(await post('/v1/nothing', 10)).toMatch(/^HTTP\/1.1 404 /);
});

it('sends nothing up for a client that leaves during its upload', async () => {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${text.length}\r\n\r\n${text.slice(0, 20)}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(provider.seen).toEqual([]);
  expect(proxy.entries.at(-1)).toMatchObject({ status: 499 });
});
