import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProxy } from '../../src/server/index.ts';
import {
  ask,
  chat,
  chunk,
  completion,
  configOf,
  deployment,
  type FakeProvider,
  json,
  post,
  raw,
  sse,
  startProvider,
  startProxy,
  until,
} from './world.ts';

let provider: FakeProvider;
const silent = { call() {}, note() {}, debug: false, bodies: false };

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.answer = (_, res) => json(res, 200, completion);
  provider.seen.length = 0;
});

function start(more: Parameters<typeof configOf>[0] = {}) {
  return startProxy(configOf({ deployments: [deployment(`${provider.origin}/v1`)], ...more }));
}

describe('listening', () => {
  it('takes both loopback addresses, on one port', async () => {
    const { host, ...config } = configOf({ deployments: [deployment(provider.origin)] });
    const proxy = await startProxy(config);
    for (const one of proxy.hosts) {
      const name = one.includes(':') ? `[${one}]` : one;
      expect((await ask(`http://${name}:${proxy.port}/health/liveliness`)).status).toBe(200);
    }
    expect(proxy.hosts).toContain('127.0.0.1');
    await proxy.close();
  });

  it('a busy port is an error', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { host, ...config } = configOf({ port });
    await expect(createProxy(config, silent).listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    other.close();
  });
});

describe('closing', () => {
  it('is done at once when idle, with 20 kept sockets', async () => {
    const proxy = await start({ drainMs: 10_000 });
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connect(proxy.port, '127.0.0.1');
        socket.write('GET /health/liveliness HTTP/1.1\r\nHost: localhost\r\n\r\n');
        await new Promise((resolve) => socket.once('data', resolve));
        return socket;
      }),
    );
    const begun = performance.now();
    await proxy.close();
    expect(performance.now() - begun).toBeLessThan(5000);
    for (const socket of sockets) socket.destroy();
    const again = await start({ port: proxy.port });
    await again.close();
  });

  it('lets running answers finish, and refuses new ones', async () => {
    const proxy = await start({ drainMs: 5000 });
    provider.answer = (_, res) => void setTimeout(() => json(res, 200, completion), 400);
    const kept = connect(proxy.port, '127.0.0.1');
    let text = '';
    kept.on('data', (one) => {
      text += one.toString();
    });
    const running = post(`${proxy.url}/v1/chat/completions`);
    await until(() => provider.seen.length === 1);
    kept.write('POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const begun = performance.now();
    const closed = proxy.close();
    await expect(ask(`${proxy.url}/health/liveliness`)).rejects.toThrow();
    expect((await running).status).toBe(200);
    expect((await running).headers.connection).toBe('close');
    kept.write('0123456789');
    await closed;
    expect(performance.now() - begun).toBeLessThan(5000);
    await until(() => text !== '');
    expect(text).toMatch(/^HTTP\/1.1 (?:400|503) /);
    kept.destroy();
  });

  it('ends what hangs with an error, in time', async () => {
    const proxy = await start({ drainMs: 200 });
    provider.answer = (_, res, body) => {
      if (!JSON.parse(body.toString()).stream) return;
      res.writeHead(200, sse);
      res.write(chunk({ content: 'Hel' }));
    };
    const plain = post(`${proxy.url}/v1/chat/completions`);
    const streamed = post(`${proxy.url}/v1/chat/completions`, { ...chat, stream: true });
    const upload = raw(
      proxy.port,
      'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n',
    );
    await until(() => provider.seen.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const begun = performance.now();
    await proxy.close();
    expect(performance.now() - begun).toBeLessThan(5000);
    expect((await plain).status).toBe(503);
    const { status, text } = await streamed;
    expect(status).toBe(200);
    expect(text).toMatch(/^data: \{"error":/m);
    expect(await upload).toMatch(/^HTTP\/1.1 503 /);
  });
});

describe('limits', () => {
  it('more calls than allowed are told to wait', async () => {
    const proxy = await start({ maxConcurrent: 1 });
    provider.answer = (_, res) => void setTimeout(() => json(res, 200, completion), 200);
    const one = post(`${proxy.url}/v1/chat/completions`);
    await until(() => provider.seen.length === 1);
    const two = await post(`${proxy.url}/v1/chat/completions`);
    expect([two.status, two.headers['retry-after']]).toEqual([503, '1']);
    expect((await one).status).toBe(200);
    expect((await post(`${proxy.url}/v1/chat/completions`)).status).toBe(200);
    await proxy.close();
  });

  it('a spent budget refuses calls in LiteLLM’s words', async () => {
    const proxy = await start({ maxBudget: 0.003 });
    expect((await post(`${proxy.url}/v1/chat/completions`)).status).toBe(200);
    await until(() => proxy.entries.length === 1);
    const refused = await post(`${proxy.url}/v1/chat/completions`);
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.text).error).toMatchObject({ type: 'budget_exceeded' });
    expect(refused.text).toContain('Budget has been exceeded! Current cost: 0.0035, Max budget: 0.003');
    await proxy.close();
  });
});

describe('keys of callers', () => {
  const body = { ...chat, api_key: 'sk-callers-own-0123456789' };
  it.each([
    [true, 'Bearer sk-callers-own-0123456789'],
    [false, 'Bearer sk-upstream-0123456789abcdef'],
  ])('opted in: %s', async (clientKeys, authorization) => {
    const proxy = await start({ clientKeys });
    provider.answer = (_, res) => json(res, 401, { error: { message: 'bad key sk-callers-own-0123456789' } });
    const reply = await post(`${proxy.url}/v1/chat/completions`, body);
    expect(provider.seen[0]?.headers.authorization).toBe(authorization);
    expect(provider.seen[0]?.body).not.toContain('sk-callers');
    expect(reply.text).not.toContain('sk-callers-own');
    await proxy.close();
  });

  it('a missing key names the variable to set', async () => {
    const { key, ...keyless } = deployment(provider.origin);
    const proxy = await startProxy(configOf({ deployments: [keyless] }));
    const reply = await post(`${proxy.url}/v1/chat/completions`);
    expect(reply.status).toBe(401);
    expect(reply.text).toContain('by setting the OPENAI_API_KEY environment variable');
    expect(provider.seen).toEqual([]);
    await proxy.close();
  });
});
