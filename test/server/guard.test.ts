import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ask,
  chat,
  configOf,
  deployment,
  type FakeProvider,
  post,
  raw,
  startProvider,
  startProxy,
  type World,
} from './world.ts';

const masterKey = 'sk-master-0123456789';
let provider: FakeProvider;
let open: World;
let locked: World;

beforeAll(async () => {
  provider = await startProvider();
  const deployments = [deployment(`${provider.origin}/v1`)];
  open = await startProxy(
    configOf({
      deployments,
      allowedHosts: ['proxy.example'],
      allowedOrigins: ['https://app.example'],
      aliases: { fast: 'openai/gpt-4o' },
    }),
  );
  locked = await startProxy(configOf({ deployments, masterKey, secrets: [masterKey] }));
});
afterAll(async () => {
  await open.close();
  await locked.close();
  await provider.close();
});

describe('Host, without a master key', () => {
  it.each([
    ['localhost', 200],
    ['localhost:4000', 200],
    ['LOCALHOST:4000', 200],
    ['127.0.0.1:4000', 200],
    ['0.0.0.0:4000', 200],
    ['[::1]:4000', 200],
    ['192.168.1.7', 200],
    ['a.localhost', 200],
    ['box.local:4000', 200],
    ['host.docker.internal:4000', 200],
    ['proxy.example:1', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['evillocalhost', 403],
    ['proxy.example.evil', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost:4000@evil.example', 403],
    ['', 403],
  ])('%s -> %i', async (host, status) => {
    const reply = await raw(open.port, `GET /v1/models HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('with a master key every Host is served', async () => {
    const reply = await ask(`${locked.url}/v1/models`, {
      headers: { host: 'evil.example', authorization: `Bearer ${masterKey}` },
    });
    expect(reply.status).toBe(200);
  });
});

describe('Origin', () => {
  it.each([
    ['http://localhost:3000', 200],
    ['https://localhost', 200],
    ['http://127.0.0.53:8080', 200],
    ['http://[::1]:5173', 200],
    ['http://0.0.0.0:4000', 200],
    ['app://obsidian.md', 200],
    ['tauri://localhost', 200],
    ['vscode-webview://abc', 200],
    ['file://', 200],
    ['https://app.example', 200],
    ['null', 403],
    ['https://evil.example', 403],
    ['http://localhost.evil.example', 403],
    ['https://app.example.evil', 403],
    ['http://app.example', 403],
    ['http://192.168.1.7:4000', 403],
    ['http://127.0.0.1.evil.example', 403],
  ])('%s -> %i', async (origin, status) => {
    const before = provider.seen.length;
    const reply = await ask(`${open.url}/v1/chat/completions`, {
      headers: { origin, 'content-type': 'text/plain' },
      body: JSON.stringify(chat),
    });
    expect(reply.status).toBe(status);
    expect(reply.headers['access-control-allow-origin']).toBe(status === 200 ? origin : undefined);
    expect(provider.seen.length - before).toBe(status === 200 ? 1 : 0);
    const flight = await ask(`${open.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(flight.status).toBe(status === 200 ? 204 : 403);
    expect(flight.headers['access-control-allow-headers']).toBe(
      status === 200 ? 'authorization,content-type' : undefined,
    );
  });

  it('a preflight needs no key, the call does', async () => {
    const headers = { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' };
    expect((await ask(`${locked.url}/v1/messages`, { method: 'OPTIONS', headers })).status).toBe(204);
    const refused = await post(`${locked.url}/v1/messages`, chat, { origin: 'http://localhost:3000' });
    expect(refused.status).toBe(401);
    expect(refused.headers['access-control-allow-origin']).toBe('http://localhost:3000');
  });
});

describe('master key', () => {
  it.each<[string, Record<string, string>, number]>([
    ['none', {}, 401],
    ['Bearer', { authorization: `Bearer ${masterKey}` }, 200],
    ['bearer', { authorization: `bearer ${masterKey}` }, 200],
    ['x-api-key', { 'x-api-key': masterKey }, 200],
    ['api-key', { 'api-key': masterKey }, 200],
    ['x-goog-api-key', { 'x-goog-api-key': masterKey }, 200],
    ['x-litellm-api-key', { 'x-litellm-api-key': `Bearer ${masterKey}` }, 200],
    ['a wrong one', { authorization: 'Bearer sk-master-0123456780' }, 401],
    ['half of it', { authorization: `Bearer ${masterKey.slice(0, 10)}` }, 401],
    ['Basic', { authorization: `Basic ${masterKey}` }, 401],
    ['one wrong, one right', { authorization: 'Bearer x', 'x-api-key': masterKey }, 200],
  ])('%s -> %i', async (_, headers, status) => {
    const reply = await post(`${locked.url}/v1/chat/completions`, chat, headers);
    expect(reply.status).toBe(status);
    expect(reply.text).not.toContain('sk-master');
  });

  it.each([
    ['/v1/nothing', 401],
    ['/', 401],
    ['/health', 401],
    ['/v1/models', 401],
    ['/health/liveliness', 200],
    ['/health/liveness/', 200],
    ['/health/readiness', 200],
    ['/health/readiness/../../v1/models', 400],
  ])('GET %s without it -> %i', async (path, status) => {
    const reply = await raw(locked.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('is refused in the words of the path', async () => {
    expect(JSON.parse((await post(`${locked.url}/v1/messages`)).text)).toMatchObject({
      type: 'error',
      error: { type: 'authentication_error' },
    });
    expect(JSON.parse((await post(`${locked.url}/v1/chat/completions`)).text)).toMatchObject({
      error: { type: 'auth_error', code: '401' },
    });
  });
});

describe('routes', () => {
  it.each([
    ['POST', '/v1/foo', 404, ''],
    ['GET', '/nothing', 404, ''],
    ['GET', '/v1/chat/completions', 405, 'POST, OPTIONS'],
    ['DELETE', '/v1/messages', 405, 'POST, OPTIONS'],
    ['POST', '/v1/models', 405, 'GET, HEAD, OPTIONS'],
    ['PUT', '/health', 405, 'GET, HEAD, OPTIONS'],
    ['OPTIONS', '/v1/chat/completions', 204, 'POST, OPTIONS'],
    ['HEAD', '/v1/models', 200, ''],
    ['GET', '/V1/MODELS', 404, ''],
    ['GET', '/v1/models/%zz', 400, ''],
    ['GET', '/v1/%00', 400, ''],
    ['GET', '/v1/..%2fmodels', 400, ''],
    ['GET', '/v1/%2e%2e/models', 400, ''],
    ['GET', '/v1\\..\\models', 400, ''],
  ])('%s %s -> %i', async (method, path, status, allow) => {
    const reply = await ask(open.url + path, { method });
    expect([reply.status, reply.headers.allow ?? '']).toEqual([status, allow]);
    if (status >= 400) {
      expect(reply.headers['content-type']).toBe('application/json');
      expect(JSON.parse(reply.text).error.message).not.toBe('');
      expect(reply.text).not.toMatch(/express|node_modules|at .*\.ts/i);
    }
  });

  it('lists models in both forms, and knows one by its names', async () => {
    const list = JSON.parse((await ask(`${open.url}/v1/models`)).text);
    expect(list).toMatchObject({
      object: 'list',
      data: [{ id: 'openai/gpt-4o', object: 'model', owned_by: 'openai' }, { id: 'fast' }],
    });
    const theirs = JSON.parse(
      (await ask(`${open.url}/models`, { headers: { 'anthropic-version': '2023-06-01' } })).text,
    );
    expect(theirs).toMatchObject({
      has_more: false,
      first_id: 'openai/gpt-4o',
      data: [{ type: 'model' }, { id: 'fast' }],
    });
    for (const id of ['openai/gpt-4o', 'openai%2Fgpt-4o', 'gpt-4o', 'fast']) {
      const reply = await ask(`${open.url}/v1/models/${id}`);
      expect([id, reply.status, JSON.parse(reply.text).id]).toEqual([id, 200, decodeURIComponent(id)]);
    }
    expect((await ask(`${open.url}/v1/models/gpt-9`)).status).toBe(404);
  });

  it('answers probes, and the front door', async () => {
    expect((await ask(`${open.url}/health/liveliness`)).text).toBe('"I\'m alive!"');
    expect(JSON.parse((await ask(`${open.url}/health/readiness`)).text)).toMatchObject({
      status: 'healthy',
      db: 'Not connected',
    });
    expect((await ask(`${open.url}/health/readiness`)).headers['x-modelport-version']).toMatch(/./);
    expect(JSON.parse((await ask(open.url)).text)).toMatchObject({ name: 'modelport' });
  });

  it('tests the models once a minute, and never for pages', async () => {
    const page = await ask(`${open.url}/health`, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(page.status).toBe(403);
    const before = provider.seen.length;
    for (let times = 0; times < 3; times++) {
      const report = JSON.parse((await ask(`${open.url}/health`)).text);
      expect(report).toMatchObject({
        healthy_count: 1,
        unhealthy_count: 0,
        healthy_endpoints: [{ model: 'openai/gpt-4o' }],
      });
    }
    expect(provider.seen.length - before).toBe(1);
  });

  it('serves below a root path, with and without it', async () => {
    const below = await startProxy(configOf({ deployments: [deployment(provider.origin)], rootPath: '/llm' }));
    for (const path of ['/llm/v1/models', '/v1/models', '/llm'])
      expect([path, (await ask(below.url + path)).status]).toEqual([path, 200]);
    expect((await ask(`${below.url}/llmx/v1/models`)).status).toBe(404);
    await below.close();
  });
});

describe('requests that are no requests', () => {
  it.each([
    ['two Hosts', 'GET /v1/models HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n', 400],
    ['no Host', 'GET /v1/models HTTP/1.1\r\n\r\n', 400],
    ['an absolute target', 'GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n', 405],
    [
      'an upgrade',
      'GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
      400,
    ],
    [
      'an offer of h2c',
      'GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
      200,
    ],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['another Expect', 'GET /v1/models HTTP/1.1\r\nHost: localhost\r\nExpect: 200-ok\r\n\r\n', 417],
    ['70 kB of headers', `GET / HTTP/1.1\r\nHost: localhost\r\nx-pad: ${'y'.repeat(70_000)}\r\n\r\n`, 431],
    [
      'smuggling',
      'POST /v1/models HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
  ])('%s', async (_, bytes, status) => {
    const reply = await raw(open.port, bytes, 1500);
    expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (status >= 400) {
      expect(reply.toLowerCase()).toContain('content-type: application/json');
      const body = reply.slice(reply.indexOf('\r\n\r\n') + 4);
      expect(JSON.parse(body).error.message).not.toBe('');
    }
  });
});
