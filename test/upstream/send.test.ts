import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Headers, ProxyError } from '../../src/hub/index.ts';
import { createUpstream, type Exchange, type Upstream } from '../../src/upstream/index.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A server of bare sockets; `requests` counts what arrived on each. */
async function listen(
  onRequest: (socket: Socket, nth: number, onSocket: number) => void,
): Promise<{ origin: string; requests: number; sockets: number }> {
  const counted = { origin: '', requests: 0, sockets: 0 };
  const live = new Set<Socket>();
  const server: Server = createServer((socket) => {
    counted.sockets++;
    live.add(socket);
    let here = 0;
    socket.on('error', () => {});
    socket.on('close', () => live.delete(socket));
    socket.on('data', (bytes) => {
      if (!bytes.toString('latin1').startsWith('POST')) return;
      onRequest(socket, ++counted.requests, ++here);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  counted.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  opened.push({
    close: () => {
      for (const socket of live) socket.destroy();
      server.close();
    },
  });
  return counted;
}

interface Heard {
  status?: number;
  headers?: Headers;
  text: string;
  error?: ProxyError;
}

function open(): Upstream {
  const upstream = createUpstream();
  opened.push(upstream);
  return upstream;
}

function send(
  upstream: Upstream,
  base: string,
  more: { timeoutMs?: number; headers?: Record<string, string>; model?: string; body?: string } = {},
) {
  let exchange: Exchange | undefined;
  const heard: Heard = { text: '' };
  const done = new Promise<Heard>((resolve, reject) => {
    const { timeoutMs = 2000, headers = {}, model = 'm', body = '{}' } = more;
    try {
      exchange = upstream.send(
        { method: 'POST', model, base, path: '/x', headers, body: Buffer.from(body), timeoutMs },
        {
          head: (status, found) => Object.assign(heard, { status, headers: found }),
          data: (chunk) => {
            heard.text += chunk.toString();
          },
          end: () => resolve(heard),
          fail: (error) => resolve(Object.assign(heard, { error })),
        },
      );
    } catch (thrown) {
      reject(thrown);
    }
  });
  return { done, heard, abort: () => exchange?.abort() };
}

/** A socket is free for the next request a moment after its reply. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 30));

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

it('reads over what comes before the head', async () => {
  const go = 'HTTP/1.1 100 Continue\r\n\r\n';
  const server = await listen((socket, nth) => {
    if (nth === 1) socket.write(`${go}${go}HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok}`);
    else socket.write(go, () => setTimeout(() => socket.write(ok), 30));
  });
  const upstream = open();
  for (const _ of [1, 2]) {
    const { text, error } = await send(upstream, server.origin).done;
    expect([text, error]).toEqual(['ok', undefined]);
    await pause();
  }
  expect(server.sockets).toBe(1);
});

describe('the keep-alive race', () => {
  it('repeats once, on a new connection, what met a dying kept socket', async () => {
    const server = await listen((socket, nth) => {
      if (nth === 1 || nth === 3) socket.write(ok);
      else socket.destroy();
    });
    const upstream = open();
    expect((await send(upstream, server.origin).done).text).toBe('ok');
    await pause();
    expect((await send(upstream, server.origin).done).text).toBe('ok');
    expect([server.requests, server.sockets]).toEqual([3, 2]);
  });

  it.each<[string, (socket: Socket, nth: number, here: number) => void, number]>([
    ['a new socket', (socket) => socket.destroy(), 1],
    [
      'a kept socket that sent half a head',
      (socket, nth) => void (nth === 1 ? socket.write(ok) : socket.end('HTTP/1.1 2')),
      2,
    ],
    ['a kept socket, and the next one too', (socket, nth) => void (nth === 1 ? socket.write(ok) : socket.destroy()), 3],
    [
      'a kept socket that broke in the body',
      (socket, nth) =>
        void (nth === 1 ? socket.write(ok) : socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\no')),
      2,
    ],
  ])('%s: the request is not repeated (again)', async (_, act, requests) => {
    const server = await listen(act);
    const upstream = open();
    if (requests > 1) await send(upstream, server.origin).done;
    await pause();
    const { error } = await send(upstream, server.origin).done;
    expect(error?.kind).toBe('connection');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.requests).toBe(requests);
  });

  it('keeps no socket longer than the provider says', async () => {
    const server = await listen(
      (socket) => void socket.write(ok.replace('\r\n\r\n', '\r\nkeep-alive: timeout=1\r\n\r\n')),
    );
    const upstream = open();
    await send(upstream, server.origin).done;
    await pause();
    await send(upstream, server.origin).done;
    expect(server.sockets).toBe(2);
  });
});

describe('what cannot be sent', () => {
  it.each([{ 'x-a': 'b\r\nc: d' }, { 'x-a': 'b\nc' }, { 'x-a': 'b\0' }])('%j', async (headers) => {
    const server = await listen(() => {});
    await expect(send(open(), server.origin, { headers }).done).rejects.toThrow('line break');
  });
});

describe('time and abort', () => {
  it('counts the first byte and the silence between two', async () => {
    const server = await listen(
      (socket, nth) => void (nth === 1 ? 0 : socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\no')),
    );
    const upstream = open();
    const begun = performance.now();
    expect((await send(upstream, server.origin, { timeoutMs: 200 }).done).error).toMatchObject({ kind: 'timeout' });
    expect((await send(upstream, server.origin, { timeoutMs: 200 }).done).error?.message).toContain(
      'sent nothing for 0.2 s',
    );
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('an abort leaves no connection behind, and the next request gets a new one', async () => {
    const server = await listen((socket, nth) => {
      if (nth === 1) socket.write(ok);
      if (nth === 4) socket.write(ok);
    });
    const upstream = open();
    await send(upstream, server.origin).done;
    for (const _ of [2, 3]) {
      const sent = send(upstream, server.origin);
      await pause();
      sent.abort();
      await pause();
    }
    expect([server.requests, server.sockets]).toEqual([3, 2]);
    expect((await send(upstream, server.origin).done).text).toBe('ok');
    expect([server.requests, server.sockets]).toEqual([4, 3]);
  });

  it('an abort while connecting sends nothing', async () => {
    const server = await listen((socket) => void socket.write(ok));
    const sent = send(open(), server.origin);
    sent.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([server.requests, sent.heard]).toEqual([0, { text: '' }]);
  });
});

describe('mock models', () => {
  it('answer over the same interface', async () => {
    const body = JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'hello there' }] });
    const heard = await send(open(), 'mock:', { model: 'echo', body }).done;
    expect(heard.status).toBe(200);
    expect(heard.text).toContain('hello there');
    expect((await send(open(), 'mock:', { model: '429', body }).done).status).toBe(429);
  });
});

it('what a receiver throws reaches it as a failure, from models inside the process too', async () => {
  const body = JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'hello' }] });
  for (const part of ['data', 'end'] as const) {
    const told: string[] = [];
    await new Promise<void>((resolve) => {
      const receiver = {
        head: () => {},
        data: () => {},
        end: () => {},
        fail: (error: ProxyError) => {
          told.push(error.kind);
          resolve();
        },
      };
      receiver[part] = () => {
        throw new Error('a mistake of ours');
      };
      const sending = { method: 'POST', model: 'echo', base: 'mock:', path: '/x', headers: {}, timeoutMs: 2000 };
      open().send({ ...sending, body: Buffer.from(body) }, receiver);
    });
    await pause();
    expect(told).toEqual(['internal']);
  }
});

describe('a proxy of the environment', () => {
  it('is used, but not for what is exempt', async () => {
    const seen: string[] = [];
    const target = await listen((socket) => void socket.write(ok));
    const forward = createHttpServer((req, res) => {
      seen.push(req.url ?? '');
      res.end('ok');
    });
    forward.on('connect', (req, socket) => {
      seen.push(`CONNECT ${req.url}`);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => forward.listen(0, '127.0.0.1', resolve));
    opened.push(forward);
    const http = `http://127.0.0.1:${(forward.address() as AddressInfo).port}`;
    const through = createUpstream({ http });
    const past = createUpstream({ http, none: '127.0.0.1' });
    opened.push(through, past);
    await send(through, target.origin).done;
    expect(seen).toHaveLength(1);
    expect((await send(past, target.origin).done).text).toBe('ok');
    expect(seen).toHaveLength(1);
  });
});
