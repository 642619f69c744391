import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { providers } from '../../src/providers/index.ts';
import { type Platform, startPlatform } from '../clients/platform.ts';
import { fakeUpstream } from '../fake-upstream.ts';
import { ask, configOf, deployment, mount, post, raw, startProxy, until, upstreamKey, type World } from './world.ts';

function form(...parts: { name: string; value: string | Buffer; file?: string }[]): { body: Buffer; type: string } {
  const pieces = parts.flatMap(({ name, value, file }) => {
    const more = file === undefined ? '' : `; filename="${file}"\r\nContent-Type: application/jsonl`;
    return [
      Buffer.from(`--xyz\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ];
  });
  return { body: Buffer.concat([...pieces, Buffer.from('--xyz--\r\n')]), type: 'multipart/form-data; boundary=xyz' };
}

function upload(url: string, { body, type }: { body: Buffer; type: string }, headers: Record<string, string> = {}) {
  return ask(url, { body, headers: { 'content-type': type, ...headers } });
}

describe('several accounts', () => {
  let one: Platform;
  let two: Platform;
  let env: Platform;
  let world: World;
  beforeAll(async () => {
    [one, two, env] = await Promise.all([
      startPlatform('sk-one-0123456789', 'one'),
      startPlatform('sk-two-0123456789', 'two'),
      startPlatform('sk-env-0123456789', 'env'),
    ]);
    const at = ({ url }: Platform, key: string, id: string, more = {}) =>
      deployment(`${url}/v1`, { id, group: `gpt-${id}`, key, model: 'gpt-4o', ...more });
    const groq = { provider: providers['groq'] ?? deployment('').provider };
    world = await startProxy(
      configOf({
        anyModel: false,
        deployments: [
          deployment('http://127.0.0.1:9', {
            id: 'claude',
            group: 'claude',
            provider: providers['anthropic'] ?? groq.provider,
          }),
          at(one, 'sk-one-0123456789', 'one'),
          at(two, 'sk-two-0123456789', 'two'),
        ],
        mounts: [mount('/groq', at(env, 'sk-env-0123456789', 'native/groq', groq))],
      }),
    );
  });
  afterAll(() => Promise.all([world.close(), one.close(), two.close(), env.close()]));
  beforeEach(() => {
    for (const { seen } of [one, two, env]) seen.length = 0;
  });

  const file = { name: 'file', value: '{}\n', file: 'a.jsonl' };
  const purpose = { name: 'purpose', value: 'batch' };

  test('the first that has the endpoint, unless something names another', async () => {
    const rows: [string, Parameters<typeof form>, Record<string, string>, string][] = [
      ['', [purpose, file], {}, 'file-one'],
      ['?model=gpt-two', [purpose, file], {}, 'file-two'],
      ['', [purpose, file], { 'x-litellm-model': 'gpt-two' }, 'file-two'],
      ['', [{ name: 'model', value: 'gpt-two' }, purpose, file], {}, 'file-two'],
      ['', [file, purpose, { name: 'model', value: 'gpt-two' }], {}, 'file-two'],
      ['', [file, purpose, { name: 'custom_llm_provider', value: 'groq' }], {}, 'file-env'],
      ['', [purpose, file], { 'custom-llm-provider': 'groq' }, 'file-env'],
      ['?custom_llm_provider=groq', [purpose, file], {}, 'file-env'],
    ];
    for (const [query, parts, headers, begins] of rows) {
      const reply = await upload(`${world.url}/v1/files${query}`, form(...parts), headers);
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.text).id).toMatch(new RegExp(`^${begins}`));
    }
    for (const { fields, query } of [...one.seen, ...two.seen, ...env.seen]) {
      expect(fields).toEqual({ purpose: 'batch' });
      expect([...query.keys()]).toEqual([]);
    }
    const named = await upload(`${world.url}/groq/v1/files`, form(purpose, file));
    expect(JSON.parse(named.text).id).toMatch(/^file-env/);
  });

  test('what was shown once is asked for where it is', async () => {
    const reply = await upload(`${world.url}/v1/files?model=gpt-two`, form(purpose, file));
    const { id } = JSON.parse(reply.text);
    two.seen.length = 0;
    await ask(`${world.url}/v1/files/${id}`);
    await ask(`${world.url}/v1/files/${id}/content`);
    const batch = await post(`${world.url}/v1/batches`, { input_file_id: id, endpoint: '/v1/chat/completions' });
    await ask(`${world.url}/v1/batches/${JSON.parse(batch.text).id}`);
    expect(two.seen.map(({ method, path }) => `${method} ${path.replace(/two\d+/, 'N')}`)).toEqual([
      'GET /v1/files/file-N',
      'GET /v1/files/file-N/content',
      'POST /v1/batches',
      'GET /v1/batches/batch_N',
    ]);
    expect(one.seen).toEqual([]);
  });

  test('a thread stays where it was made, whatever model runs on it', async () => {
    const beta = { 'openai-beta': 'assistants=v2' };
    const thread = await post(`${world.url}/v1/threads?model=gpt-two`, {}, beta);
    const { id } = JSON.parse(thread.text);
    const run = await post(`${world.url}/v1/threads/${id}/runs`, { assistant_id: 'asst_x', model: 'gpt-one' }, beta);
    expect(run.status).toBe(200);
    expect(two.seen.at(-1)?.path).toBe(`/v1/threads/${id}/runs`);
    const assistant = await post(`${world.url}/v1/assistants`, { model: 'gpt-two' }, beta);
    expect(JSON.parse(assistant.text)).toMatchObject({ model: 'gpt-4o' });
    expect(two.seen.at(-1)?.path).toBe('/v1/assistants');
  });

  test('a model whose provider has no such endpoint is told, and nothing is sent', async () => {
    const reply = await post(`${world.url}/v1/batches?model=claude`, { input_file_id: 'file-1' });
    expect(reply.status).toBe(404);
    expect(JSON.parse(reply.text).error).toMatchObject({ code: 'endpoint_not_found', param: null });
    expect(JSON.parse(reply.text).error.message).toContain('Anthropic has no /v1/batches endpoint');
    const groq = await ask(`${world.url}/v1/assistants?custom_llm_provider=groq`);
    expect(groq.status).toBe(404);
    expect(groq.text).toContain('Groq has no /v1/assistants endpoint');
    expect([...one.seen, ...two.seen, ...env.seen]).toEqual([]);
  });

  test('a large form that names another account behind its file is refused', async () => {
    const big = { ...file, value: Buffer.alloc(27 * 2 ** 20, 'a') };
    const reply = await upload(
      `${world.url}/v1/files`,
      form(purpose, big, { name: 'custom_llm_provider', value: 'groq' }),
    );
    expect(reply.status).toBe(400);
    expect(reply.text).toContain('custom_llm_provider');
    await until(() => one.broken === 1);
    expect(one.seen).toEqual([]);
    const same = await upload(
      `${world.url}/v1/files`,
      form(purpose, big, { name: 'custom_llm_provider', value: 'openai' }),
    );
    expect(same.status).toBe(200);
    expect(one.seen[0]?.fields).toEqual({ purpose: 'batch' });
    expect(one.seen[0]?.file?.size).toBe(27 * 2 ** 20);
  });
});

describe('attacks and faults', () => {
  const withUpstream = async (replies: Parameters<typeof fakeUpstream>, more: object = {}) => {
    const upstream = await fakeUpstream(...replies);
    const world = await startProxy(configOf({ deployments: [deployment(`${upstream.url}/v1`, more)] }));
    const close = () => Promise.all([world.close(), upstream.close()]);
    return { upstream, world, close };
  };

  test('ids never leave their place', async () => {
    const { upstream, world, close } = await withUpstream([{ body: {} }]);
    for (const id of [
      '..',
      '%2e%2e',
      '%252e%252e',
      'a%2fb',
      'a%5cb',
      '..;x',
      'a%3fb',
      'a%23b',
      'a%00b',
      '%ff',
      'a%0d%0ax:y',
      'a%252fb',
    ]) {
      const text = await raw(
        world.port,
        `GET /v1/files/${id} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
      );
      expect(text, id).toMatch(/^HTTP\/1\.1 (?:400|404) /);
      expect(text, id).toContain('"error"');
    }
    expect(upstream.received).toEqual([]);
    const fine = await ask(`${world.url}/v1/files/file-A_1.b~2`);
    expect(fine.status).toBe(200);
    expect(upstream.received[0]?.url).toBe('/v1/files/file-A_1.b~2');
    await close();
  });

  test('nobody chooses host, key or headers', async () => {
    const { upstream, world, close } = await withUpstream([{ body: { id: 'x' } }]);
    for (const field of ['api_base', 'base_url', 'user_config']) {
      const told = await post(`${world.url}/v1/batches`, { [field]: 'http://evil.example' });
      expect(told.status).toBe(400);
      const { body, type } = form({ name: field, value: 'http://evil.example' }, { name: 'purpose', value: 'batch' });
      expect((await upload(`${world.url}/v1/files`, { body, type })).status).toBe(400);
    }
    expect(upstream.received).toEqual([]);
    const query = 'api_base=http://evil.example&api_key=k&key=k&api-version=1&extra_headers=x&limit=3';
    await ask(`${world.url}/v1/batches?${query}`, {
      headers: {
        cookie: 'a=b',
        authorization: 'Bearer mine',
        'proxy-authorization': 'x',
        'x-forwarded-host': 'evil',
        'content-type': 'x/y\u00a0z',
      },
    });
    const [got] = upstream.received;
    expect(got?.url).toBe('/v1/batches?limit=3');
    expect(got?.headers.authorization).toBe(`Bearer ${upstreamKey}`);
    expect(JSON.stringify(got?.headers)).not.toMatch(/mine|evil|a=b/);
    const reply = await post(`${world.url}/v1/batches`, {
      input_file_id: 'f',
      api_key: 'k',
      extra_headers: { a: 'b' },
      litellm_params: {},
    });
    expect(upstream.received[1]?.json()).toEqual({ input_file_id: 'f' });
    expect(reply.headers['x-modelport-dropped-params']).toBe('extra_headers,litellm_params');
    await close();
  });

  test.each([
    { name: 'HTML', reply: { status: 500, body: '<html>oops</html>' }, status: 500 },
    {
      name: 'rate limit',
      reply: { status: 429, headers: { 'retry-after': '7' }, body: { error: { message: 'slow down' } } },
      status: 429,
    },
    { name: 'no JSON', reply: { body: 'hello' }, status: 502 },
    { name: 'half', reply: { body: '{"id":"x"' }, status: 502 },
    { name: 'empty', reply: { body: '' }, status: 502 },
    { name: 'a redirect', reply: { status: 302, headers: { location: 'http://127.0.0.1:9/' }, body: '' }, status: 502 },
    { name: 'reset', reply: { headless: true as const, end: 'reset' as const }, status: 502 },
    { name: 'silence', reply: { headless: true as const, end: 'stall' as const }, status: 408 },
    {
      name: 'an echo of our key',
      reply: { status: 401, body: { error: { message: `bad ${upstreamKey}` } } },
      status: 401,
    },
  ])('$name is an error in OpenAI’s form', async ({ reply, status }) => {
    const { world, close } = await withUpstream([reply], { timeoutMs: 300 });
    const told = await ask(`${world.url}/v1/files`);
    expect(told.status).toBe(status);
    expect(JSON.parse(told.text).error.message).toMatch(/\w/);
    expect(told.text).not.toContain(upstreamKey);
    if (status === 429) expect(told.headers['retry-after']).toBe('7');
    expect(world.entries[0]).toMatchObject({ status, provider: 'openai' });
    await close();
  });

  test.each([
    { name: 'reset', end: 'reset' as const },
    { name: 'cut', end: 'cut' as const },
  ])('a download that broke ($name) does not look whole', async ({ end }) => {
    for (const headers of [{}, { 'content-length': '1000000' }]) {
      const { world, close } = await withUpstream([
        { headers: { 'content-type': 'application/jsonl', ...headers }, pieces: [Buffer.alloc(200_000)], end },
      ]);
      const reply = await ask(`${world.url}/v1/files/file-1/content`).catch((error: unknown) => error);
      expect(reply).toBeInstanceOf(Error);
      await until(() => world.entries.length === 1);
      expect(world.entries[0]?.error).toMatch(/closed the connection/);
      await close();
    }
  });

  test('a client that does not read stops the provider', async () => {
    const piece = Buffer.alloc(256 * 1024);
    const { upstream, world, close } = await withUpstream([{ pieces: Array.from({ length: 400 }, () => piece) }]);
    const socket = connect(world.port, '127.0.0.1', () =>
      socket.write('GET /v1/files/f/content HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    );
    socket.on('error', () => {});
    await upstream.wait(1);
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { sent = 0 } = upstream.received[0] ?? {};
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(upstream.received[0]?.sent).toBe(sent);
    expect(sent).toBeLessThan(30 * 2 ** 20);
    socket.destroy();
    const over = await upstream.received[0]?.over;
    expect(over?.aborted).toBe(true);
    await close();
  });

  test.each([
    { name: 'before the first byte', path: '/v1/files', reply: { headless: true as const, end: 'stall' as const } },
    { name: 'in a download', path: '/v1/files/f/content', reply: { pieces: ['abc'], end: 'stall' as const } },
    {
      name: 'in a stream',
      path: '/v1/threads/t/runs',
      reply: {
        headers: { 'content-type': 'text/event-stream' },
        pieces: ['event: a\ndata: {}\n\n'],
        end: 'stall' as const,
      },
    },
  ])('a client that leaves $name ends the request upstream at once', async ({ path, reply }) => {
    const { upstream, world, close } = await withUpstream([reply]);
    const method = path.endsWith('runs') ? 'POST' : 'GET';
    const req = request(`${world.url}${path}`, { method, agent: false });
    req.on('error', () => {});
    req.end(method === 'POST' ? '{"stream":true}' : undefined);
    const got = await upstream.wait(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const left = Date.now();
    req.destroy();
    const over = await got.over;
    expect(over.aborted).toBe(true);
    expect(over.at - left).toBeLessThan(1000);
    await until(() => world.entries[0]?.status === 499);
    await close();
  });

  const slow = { timeout: 10_000 };
  test('a client that leaves a short upload causes no request; one that leaves a long one ends it', async () => {
    const platform = await startPlatform(upstreamKey);
    const world = await startProxy(configOf({ deployments: [deployment(`${platform.url}/v1`)] }));
    const begin = async (bytes: number) => {
      const req = request(`${world.url}/v1/files`, {
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'multipart/form-data; boundary=xyz', 'content-length': 50_000_000 },
      });
      req.on('error', () => {});
      const { body } = form({ name: 'file', value: Buffer.alloc(bytes), file: 'a' });
      await new Promise((resolve) => req.write(body.subarray(0, -20), resolve));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const before = world.entries.length;
      req.destroy();
      await expect.poll(() => world.entries.length, slow).toBe(before + 1);
    };
    await begin(10_000);
    expect(platform.broken).toBe(0);
    await begin(5_000_000);
    await expect.poll(() => platform.broken, slow).toBe(1);
    expect(platform.seen).toEqual([]);
    expect(world.entries.map(({ status }) => status)).toEqual([499, 499]);
    await world.close();
    await platform.close();
  });

  test.each([
    { name: 'refuses at once', reply: { status: 401, body: { error: { message: 'no' } } }, status: 401 },
    { name: 'breaks off', reply: undefined, status: 502 },
  ])('a provider that $name during an upload', async ({ reply, status }) => {
    const { createServer } = await import('node:http');
    const server = createServer((req, res) => {
      req.once('data', () => {
        if (reply === undefined) req.socket.resetAndDestroy();
        else res.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const world = await startProxy(configOf({ deployments: [deployment(`http://127.0.0.1:${port}/v1`)] }));
    const { body, type } = form(
      { name: 'purpose', value: 'batch' },
      { name: 'file', value: Buffer.alloc(20 * 2 ** 20), file: 'a' },
    );
    const told = await upload(`${world.url}/v1/files`, { body, type });
    expect(told.status).toBe(status);
    expect(JSON.parse(told.text).error.message).toMatch(/\w/);
    await world.close();
    server.closeAllConnections();
    server.close();
  });

  test.each([
    { name: 'never closed', body: '--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nb', status: 400 },
    { name: 'headers without an end', body: `--xyz\r\n${'a'.repeat(200_000)}`, status: 400 },
    { name: 'no boundary', type: 'multipart/form-data', body: 'x', status: 400 },
    { name: 'compressed', body: 'x', headers: { 'content-encoding': 'gzip' }, status: 415 },
    { name: 'too large', body: 'x', headers: { 'content-length': '200000000' }, status: 413 },
  ])(
    'a form that is none is refused: $name',
    async ({ body, type = 'multipart/form-data; boundary=xyz', headers = {}, status }) => {
      const { upstream, world, close } = await withUpstream([{ body: {} }]);
      const told = await ask(`${world.url}/v1/files`, { body, headers: { 'content-type': type, ...headers } });
      expect(told.status).toBe(status);
      expect(JSON.parse(told.text).error.message).toMatch(/\w/);
      expect(upstream.received).toEqual([]);
      await close();
    },
  );

  test('methods and paths that there are not', async () => {
    const { upstream, world, close } = await withUpstream([{ body: {} }]);
    const wrong = await ask(`${world.url}/v1/files`, { method: 'PUT' });
    expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'GET, POST, OPTIONS']);
    expect((await ask(`${world.url}/v1/files`, { method: 'OPTIONS' })).status).toBe(204);
    expect((await ask(`${world.url}/v1/files/a/b/c`)).status).toBe(404);
    expect((await ask(`${world.url}/v1/filess`)).status).toBe(404);
    expect(upstream.received).toEqual([]);
    const spoken = await ask(`${world.url}/v1/realtime?model=m`);
    expect([spoken.status, spoken.headers['upgrade']]).toEqual([426, 'websocket']);
    const site = await ask(`${world.url}/v1/files`, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(site.status).toBe(403);
    const routes = await ask(`${world.url}/routes`);
    expect(routes.text).toContain('/v1/vector_stores/{id}/files/{id}/content');
    await close();
  });

  test('a form of unknown length goes on without one', async () => {
    const platform = await startPlatform(upstreamKey);
    const world = await startProxy(configOf({ deployments: [deployment(`${platform.url}/v1`)] }));
    const { body, type } = form(
      { name: 'tags', value: 'x' },
      { name: 'file', value: Buffer.alloc(3_000_000, 'ab'), file: 'a' },
    );
    const headers = { 'content-type': type, 'transfer-encoding': 'chunked', expect: '100-continue' };
    const status = await new Promise((resolve, reject) => {
      const req = request(`${world.url}/v1/files`, { method: 'POST', agent: false, headers }, (res) => {
        res.resume();
        resolve(res.statusCode);
      });
      req.on('error', reject);
      req.on('continue', () => req.end(body));
      req.flushHeaders();
    });
    expect(status).toBe(200);
    expect(platform.seen[0]?.headers['transfer-encoding']).toBe('chunked');
    expect(platform.seen[0]?.file?.size).toBe(3_000_000);
    expect(platform.seen[0]?.fields).toEqual({});
    await world.close();
    await platform.close();
  });

  test('what is under way when the server closes is told', async () => {
    const streaming = {
      headers: { 'content-type': 'text/event-stream' },
      pieces: ['event: a\ndata: {}\n\n'],
      end: 'stall' as const,
    };
    const { upstream, world } = await withUpstream([{ headless: true, end: 'stall' }, streaming]);
    const plain = ask(`${world.url}/v1/files`);
    await upstream.wait(1);
    const streamed = post(`${world.url}/v1/threads/t/runs`, { stream: true });
    await upstream.wait(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await world.close();
    expect((await plain).status).toBe(503);
    expect((await streamed).text).toMatch(
      /event: error\ndata: \{"error":\{.*shutting down.*\n\nevent: done\ndata: \[DONE\]\n\n$/s,
    );
    await upstream.close();
  });

  test('50 MB go through in flat memory, unchanged', async () => {
    const platform = await startPlatform(upstreamKey);
    const world = await startProxy(configOf({ deployments: [deployment(`${platform.url}/v1`)] }));
    const bytes = randomBytes(50 * 2 ** 20);
    const { body, type } = form(
      { name: 'api_key', value: 'mine' },
      { name: 'file', value: bytes, file: 'a' },
      { name: 'purpose', value: 'batch' },
    );
    let most = 0;
    global.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }, 5);
    const reply = await upload(`${world.url}/v1/files`, { body, type });
    clearInterval(timer);
    expect(reply.status).toBe(200);
    const [got] = platform.seen;
    expect(got?.file?.sha).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(got?.fields).toEqual({ purpose: 'batch' });
    expect(got?.headers['content-length']).toBe(String(body.length));
    expect(most).toBeLessThan(50 * 2 ** 20);
    await world.close();
    await platform.close();
  });
});
