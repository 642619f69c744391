import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { providers } from '../../src/providers/index.ts';
import { configOf, deployment, mount, raw, startProxy, until, upstreamKey, type World } from './world.ts';

const masterKey = 'sk-master-0123456789';
let upstream: Server;
let seen: IncomingMessage[] = [];
let sockets: Duplex[] = [];
let answer: (req: IncomingMessage, socket: Duplex) => void;
let open: World;
let locked: World;

function accept(req: IncomingMessage, socket: Duplex): void {
  const key = `${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const proof = createHash('sha1').update(key).digest('base64');
  const protocol = req.headers['sec-websocket-protocol']?.split(',')[0];
  const more = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSet-Cookie: a=b\r\n${more}Sec-WebSocket-Accept: ${proof}\r\n\r\n`,
  );
  socket.on('data', (frame: Buffer) => {
    if (frame[0] === 0x88) socket.end(Buffer.from([0x88, 0]));
    const length = (frame[1] ?? 0) & 0x7f;
    if ((frame[0] ?? 0) !== 0x81 || length > 125) return;
    const text = Buffer.from(frame.subarray(6, 6 + length).map((byte, at) => byte ^ (frame[2 + (at % 4)] ?? 0)));
    socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
  });
}

beforeAll(async () => {
  upstream = createServer();
  upstream.on('upgrade', (req: IncomingMessage, socket: Duplex) => {
    seen.push(req);
    sockets.push(socket);
    socket.on('error', () => {});
    answer(req, socket);
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const azure = providers['azure'];
  const mounts = [
    mount('/openai', deployment(`${origin}/v1`, { timeoutMs: 300 })),
    mount('/azure', deployment(origin, azure === undefined ? {} : { provider: azure, row: azure })),
    mount('/gone', deployment('http://127.0.0.1:1')),
  ];
  open = await startProxy(configOf({ mounts }));
  locked = await startProxy(configOf({ mounts, masterKey, secrets: [masterKey, upstreamKey] }));
});
afterAll(async () => {
  await open.close();
  await locked.close();
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(() => {
  seen = [];
  sockets = [];
  answer = accept;
});

function dial(url: string, headers: Record<string, string> = {}, protocols: string[] = []): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers, protocols });
    socket.addEventListener('open', () => resolve(socket));
    socket.addEventListener('error', () => reject(new Error('refused')));
  });
}

function echo(socket: WebSocket, text: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => resolve(data), { once: true });
    socket.send(text);
  });
}

const ask = (path: string, more = '', host = 'localhost') =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${more}\r\n`;

it('frames pass both ways, with our key and none of the caller’s', async () => {
  const socket = await dial(`${open.url.replace('http', 'ws')}/openai/realtime?model=gpt-realtime&key=sk-callers`, {
    authorization: 'Bearer sk-callers',
    cookie: 'sk-callers',
    'x-own': 'sk-callers',
    'openai-beta': 'realtime=v1',
  });
  expect(await echo(socket, 'Grüß dich')).toBe('Grüß dich');
  expect(await echo(socket, 'again')).toBe('again');
  const [req] = seen;
  expect(req?.url).toBe('/v1/realtime?model=gpt-realtime');
  expect(req?.headers).toMatchObject({ authorization: `Bearer ${upstreamKey}`, 'openai-beta': 'realtime=v1' });
  expect(JSON.stringify(req?.headers)).not.toContain('sk-callers');
  const before = open.entries.length;
  socket.close();
  await until(() => open.entries.length > before);
  expect(open.entries.at(-1)).toMatchObject({ route: 'GET /openai/realtime', status: 101 });
});

it('a key in a header of the row’s own', async () => {
  const socket = await dial(`${open.url.replace('http', 'ws')}/azure/openai/realtime`);
  expect(seen[0]?.headers['api-key']).toBe(upstreamKey);
  socket.close();
});

it('a page’s key among its protocols opens, and does not go up', async () => {
  const url = `${locked.url.replace('http', 'ws')}/openai/realtime`;
  await expect(dial(url, {}, ['realtime'])).rejects.toThrow('refused');
  expect(seen).toEqual([]);
  const socket = await dial(url, {}, ['realtime', `openai-insecure-api-key.${masterKey}`]);
  expect(seen[0]?.headers['sec-websocket-protocol']).toBe('realtime');
  expect(JSON.stringify([seen[0]?.headers, locked.entries])).not.toContain(masterKey);
  socket.close();
});

it.each<[string, string, number]>([
  ['no key', ask('/openai/realtime'), 401],
  ['a wrong one', ask('/openai/realtime', 'Authorization: Bearer sk-wrong\r\n'), 401],
])('with a master key: %s', async (_, bytes, status) => {
  expect(await raw(locked.port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(seen).toEqual([]);
});

it.each<[string, string, number]>([
  ['a page of elsewhere', ask('/openai/realtime', 'Origin: https://evil.example\r\n'), 403],
  ['a rebound name', ask('/openai/realtime', '', 'evil.example'), 403],
  ['a way out', ask('/openai/../realtime'), 400],
  ['an encoded way out', ask('/openai/%2e%2e/realtime'), 400],
  ['an encoded slash', ask('/openai/a%2frealtime'), 400],
  ['an absolute target', ask('http://evil.example/openai/realtime'), 400],
  ['no such mount', ask('/nothing/realtime'), 400],
  ['nobody there', ask('/gone/realtime'), 502],
])('%s is refused', async (_, bytes, status) => {
  const reply = await raw(open.port, bytes);
  expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(reply.slice(reply.indexOf('\r\n\r\n'))).error.message).not.toBe('');
  expect(seen).toEqual([]);
});

it.each<[string, string, number]>([
  [
    'a refusal',
    `HTTP/1.1 401 Unauthorized\r\nX-Echo: ${upstreamKey}\r\nContent-Length: 48\r\n\r\n{"error":"bad key ${upstreamKey}"}`,
    401,
  ],
  ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n', 502],
  ['a page', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>', 502],
  ['a reset', '', 502],
])('%s of the provider is told without our key', async (_, bytes, status) => {
  answer = (_req, socket) => socket.end(bytes);
  const reply = await raw(open.port, ask('/openai/realtime'));
  expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(reply).not.toContain(upstreamKey);
  expect(reply.toLowerCase()).not.toContain('location:');
});

it('silence of the provider ends in time', async () => {
  answer = () => {};
  expect(await raw(open.port, ask('/openai/realtime'))).toMatch(/^HTTP\/1.1 408 /);
});

it('either side that goes takes the other with it', async () => {
  const client = connect(open.port, '127.0.0.1', () => client.write(ask('/openai/realtime')));
  client.on('error', () => {});
  await until(() => seen.length === 1);
  await new Promise((resolve) => client.once('data', resolve));
  let gone = false;
  sockets[0]?.once('end', () => {
    gone = true;
  });
  client.destroy();
  expect(await until(() => gone)).toBeLessThan(1000);

  const socket = await dial(`${open.url.replace('http', 'ws')}/openai/realtime`);
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
  sockets.at(-1)?.destroy();
  expect(await closed).toBe(1006);
});

it('a client that leaves before there is an answer ends the request', async () => {
  let gone = false;
  answer = (_, socket) =>
    socket.resume().once('end', () => {
      gone = true;
    });
  const client = connect(open.port, '127.0.0.1', () => client.write(ask('/azure/x')));
  client.on('error', () => {});
  await until(() => seen.length === 1);
  client.destroy();
  expect(await until(() => gone)).toBeLessThan(1000);
});

it('offers that go with ordinary requests are none', async () => {
  const reply = await raw(
    open.port,
    'GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
  );
  expect(reply).toMatch(/^HTTP\/1.1 200 /);
});

it('an open socket does not hold up the end, nor is one opened then', async () => {
  const world = await startProxy(
    configOf({
      drainMs: 100,
      mounts: [mount('/openai', deployment(open.url.replace(/:\d+$/, `:${(upstream.address() as AddressInfo).port}`)))],
    }),
  );
  const socket = await dial(`${world.url.replace('http', 'ws')}/openai/realtime`);
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
  const begun = Date.now();
  await world.close();
  await closed;
  expect(Date.now() - begun).toBeLessThan(5000);
});
