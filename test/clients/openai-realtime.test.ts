import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { AzureOpenAI } from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { providers } from '../../src/providers/index.ts';
import { configOf, deployment, startProxy, type World } from '../server/world.ts';
import { certificate } from '../upstream/certificate.ts';
import { startPlatform } from './platform.ts';

const key = 'sk-realtime-0123456789';
const masterKey = 'sk-master-0123456789';

/** Speaks the protocol as far as a client can hear: a session, and an answer to every `response.create`. */
async function startRealtime() {
  const seen: { url: string; headers: IncomingMessage['headers'] }[] = [];
  const sockets: WebSocket[] = [];
  const closed: { code: number; reason: string }[] = [];
  let refusal: { status: number; body: string } | undefined;
  const server = createServer();
  const ws = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  server.on('upgrade', (req, socket, head) => {
    seen.push({ url: req.url ?? '', headers: req.headers });
    if (refusal !== undefined) {
      const { status, body } = refusal;
      socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    ws.handleUpgrade(req, socket, head, (one) => {
      sockets.push(one);
      one.on('error', () => {});
      one.on('close', (code, reason) => closed.push({ code, reason: reason.toString() }));
      one.send(JSON.stringify({ type: 'session.created', event_id: 'e1', session: { id: 'sess_1' } }));
      one.on('message', (data) => {
        const event = JSON.parse(data.toString());
        if (event.type === 'session.update')
          one.send(JSON.stringify({ type: 'session.updated', session: event.session }));
        if (event.type !== 'response.create') return;
        one.send(JSON.stringify({ type: 'response.output_text.delta', delta: 'Hello ' }));
        one.send(JSON.stringify({ type: 'response.output_text.delta', delta: 'there' }));
        one.send(JSON.stringify({ type: 'response.done', response: { id: 'resp_1', usage: { total_tokens: 3 } } }));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    sockets,
    closed,
    refuse: (with_: typeof refusal) => {
      refusal = with_;
    },
    close: () => {
      for (const one of sockets) one.terminate();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** `new OpenAI` insists on a key of its own form; sockets of its SDK always speak TLS. */
const unchecked = { rejectUnauthorized: false };

describe.each([
  { provider: 'openai', base: '/v1', path: '/v1/realtime?model=gpt-realtime-x' },
  { provider: 'azure', base: '', path: '/openai/realtime?api-version=2025-02-01-preview&deployment=gpt-realtime-x' },
])('realtime at $provider', ({ provider, base, path }) => {
  let realtime: Awaited<ReturnType<typeof startRealtime>>;
  let world: World;
  beforeAll(async () => {
    realtime = await startRealtime();
    const row = providers[provider];
    if (row === undefined) throw new Error('no such provider');
    const places = { apiVersion: '2025-02-01-preview' };
    const to = deployment(`${realtime.url}${base}`, {
      provider: row,
      key,
      group: 'speaks',
      model: 'gpt-realtime-x',
      places,
    });
    world = await startProxy(
      configOf({ deployments: [to], anyModel: false, masterKey, tls: certificate(), secrets: [key, masterKey] }),
    );
  });
  afterAll(async () => {
    await world.close();
    realtime.close();
  });
  beforeEach(() => {
    realtime.refuse(undefined);
    realtime.seen.length = 0;
    realtime.closed.length = 0;
  });

  const client = (): OpenAI =>
    new OpenAI({ baseURL: `https://localhost:${world.port}/v1`, apiKey: masterKey, maxRetries: 0 });

  test('the SDK: a session, an answer in pieces, an end', async () => {
    const rt = new OpenAIRealtimeWS(
      { model: 'speaks', options: { ...unchecked, headers: { 'OpenAI-Beta': 'realtime=v1', cookie: 'a=b' } } },
      client(),
    );
    let text = '';
    const done = new Promise<void>((resolve, reject) => {
      rt.on('error', reject);
      rt.on('session.created', () =>
        rt.send({ type: 'session.update', session: { type: 'realtime', instructions: 'x'.repeat(300_000) } }),
      );
      rt.on('session.updated', () => rt.send({ type: 'response.create' }));
      rt.on('response.output_text.delta', ({ delta }) => {
        text += delta;
      });
      rt.on('response.done', () => resolve());
    });
    await done;
    expect(text).toBe('Hello there');
    rt.close({ code: 4001, reason: 'enough' });
    await vi.waitUntil(() => realtime.closed.length === 1);
    expect(realtime.closed).toEqual([{ code: 4001, reason: 'enough' }]);
    const [got] = realtime.seen;
    expect(got?.url).toBe(path);
    expect(got?.headers['openai-beta']).toBe('realtime=v1');
    expect(got?.headers[provider === 'azure' ? 'api-key' : 'authorization']).toContain(key);
    expect(JSON.stringify(got?.headers)).not.toMatch(/sk-master|a=b/);
    const entry = await vi.waitUntil(() => world.entries.find(({ status }) => status === 101));
    expect(entry).toMatchObject({ provider, model: 'speaks', upstreamModel: 'gpt-realtime-x', stream: true });
  });

  test('Azure’s client', async () => {
    const azure = new AzureOpenAI({
      endpoint: `https://localhost:${world.port}`,
      apiVersion: '2024-10-01-preview',
      apiKey: masterKey,
      deployment: 'speaks',
    });
    const rt = await OpenAIRealtimeWS.azure(azure, { options: unchecked });
    await new Promise<void>((resolve, reject) => {
      rt.on('error', reject);
      rt.on('session.created', () => resolve());
    });
    expect(realtime.seen[0]?.url).toBe(path);
    rt.close();
  });

  test('a page brings its key among the protocols; it stays here', async () => {
    const socket = new WebSocket(
      `wss://localhost:${world.port}/v1/realtime?model=speaks`,
      ['realtime', `openai-insecure-api-key.${masterKey}`, 'openai-organization.org-mine', 'openai-beta.realtime-v1'],
      { ...unchecked, origin: 'http://localhost:3000' },
    );
    await new Promise((resolve, reject) => {
      socket.on('message', resolve);
      socket.on('error', reject);
    });
    expect(socket.protocol).toBe('realtime');
    expect(realtime.seen[0]?.headers['sec-websocket-protocol']).toBe('realtime, openai-beta.realtime-v1');
    expect(JSON.stringify(realtime.seen)).not.toContain(masterKey);
    expect(realtime.seen[0]?.headers.origin).toBeUndefined();
    socket.close();
  });

  test('the provider closes: its code and reason arrive; one that dies is heard', async () => {
    for (const [end, code] of [
      [(one: WebSocket) => one.close(4321, 'done here'), 4321],
      [(one: WebSocket) => one.terminate(), 1006],
    ] as const) {
      const socket = new WebSocket(`wss://localhost:${world.port}/realtime?model=speaks`, {
        ...unchecked,
        headers: { authorization: `Bearer ${masterKey}` },
      });
      socket.on('error', () => {});
      await new Promise((resolve) => socket.on('message', resolve));
      const closed = new Promise<{ code: number; reason: string }>((resolve) =>
        socket.on('close', (number, reason) => resolve({ code: number, reason: reason.toString() })),
      );
      const last = realtime.sockets.at(-1);
      if (last !== undefined) end(last);
      expect((await closed).code).toBe(code);
    }
  });

  test('a client that does not read stops the provider', async () => {
    const socket = new WebSocket(`wss://localhost:${world.port}/v1/realtime?model=speaks`, {
      ...unchecked,
      headers: { authorization: `Bearer ${masterKey}` },
    });
    await new Promise((resolve) => socket.once('message', resolve));
    socket.pause();
    const last = realtime.sockets.at(-1);
    const piece = 'x'.repeat(2 ** 20);
    for (let n = 0; n < 64; n++) last?.send(piece);
    const settled = async (): Promise<number> => {
      let before = -1;
      while (last !== undefined && last.bufferedAmount !== before) {
        before = last.bufferedAmount;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return before;
    };
    expect(await settled()).toBeGreaterThan(40 * 2 ** 20);
    let heard = 0;
    socket.on('message', (data) => {
      heard += data.toString().length;
    });
    socket.resume();
    await vi.waitUntil(() => heard === 64 * 2 ** 20, { timeout: 10_000 });
    socket.close();
  });

  test.each([
    { name: 'no key', headers: {}, status: 401, says: 'Authentication Error' },
    { name: 'a wrong key', headers: { authorization: 'Bearer wrong' }, status: 401, says: 'Authentication Error' },
    {
      name: 'a page of another site',
      headers: { authorization: `Bearer ${masterKey}`, origin: 'https://evil.example' },
      status: 403,
      says: 'origin',
    },
    {
      name: 'a refusal of the provider',
      headers: { authorization: `Bearer ${masterKey}` },
      status: 429,
      says: 'slow down',
      refusal: { status: 429, body: '{"error":{"message":"slow down, sk-realtime-0123456789"}}' },
    },
  ])('$name is an answer in HTTP', async ({ headers, status, says, refusal }) => {
    realtime.refuse(refusal);
    const socket = new WebSocket(`wss://localhost:${world.port}/v1/realtime?model=speaks`, { ...unchecked, headers });
    const told = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      socket.on('open', () => reject(new Error('it opened')));
      socket.on('error', () => {});
      socket.on('unexpected-response', (_, res) => {
        let text = '';
        res.on('data', (piece) => {
          text += piece;
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, text }));
      });
    });
    expect(told.status).toBe(status);
    expect(JSON.parse(told.text).error.message).toContain(says);
    expect(told.text).not.toContain(key);
    expect(realtime.seen).toHaveLength(refusal === undefined ? 0 : 1);
  });
});

test('sessions and their secrets are asked for with our key and the provider’s name of the model', async () => {
  const platform = await startPlatform(key);
  const to = deployment(`${platform.url}/v1`, { key, group: 'speaks', model: 'gpt-realtime-x' });
  const world = await startProxy(configOf({ deployments: [to], anyModel: false }));
  const openai = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: 'any', maxRetries: 0 });
  const made = await openai.realtime.clientSecrets.create({ session: { type: 'realtime', model: 'speaks' } });
  expect(made.value).toBe('ek_1');
  expect(platform.seen[0]).toMatchObject({
    path: '/v1/realtime/client_secrets',
    body: { session: { type: 'realtime', model: 'gpt-realtime-x' } },
  });
  expect(platform.seen[0]?.query.toString()).toBe('');
  await world.close();
  await platform.close();
});

test('a provider that does not speak is told before anything opens', async () => {
  const row = providers['anthropic'];
  const to = deployment('http://127.0.0.1:9', {
    ...(row && { provider: row }),
    group: 'claude',
    model: 'claude-sonnet-4-5',
  });
  const world = await startProxy(configOf({ deployments: [to], anyModel: false }));
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/v1/realtime?model=claude`);
  const status = await new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('unexpected-response', (_, res) => {
      res.resume();
      resolve(res.statusCode);
    });
  });
  expect(status).toBe(404);
  await world.close();
});
