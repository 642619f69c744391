import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
  sse,
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
  proxy = await startProxy(configOf({ deployments: [deployment(`${provider.origin}/v1`)], maxReply: 2 ** 20 }));
});
afterAll(async () => {
  await proxy.close();
  await provider.close();
});
beforeEach(() => {
  provider.seen.length = 0;
  provider.answer = (_, res) => json(res, 200, completion);
});

describe('a plain call', () => {
  it('goes up with our key and comes back under the name the client wrote', async () => {
    const reply = await post(
      `${proxy.url}/v1/chat/completions`,
      { ...chat, model: 'my-name' },
      { authorization: 'Bearer theirs' },
    );
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.text)).toMatchObject({ model: 'my-name', choices: [{ message: { content: 'Hello' } }] });
    const [seen] = provider.seen;
    expect(seen).toMatchObject({ method: 'POST', url: '/v1/chat/completions' });
    expect(seen?.headers).toMatchObject({ authorization: `Bearer ${upstreamKey}`, 'accept-encoding': 'identity' });
    expect(JSON.parse(seen?.body ?? '')).toMatchObject({ model: 'gpt-4o' });
  });

  it.each([
    [false, undefined],
    [true, 'mine'],
  ])('sends the caller’s own headers on: %s', async (forwardClientHeaders, own) => {
    const other = await startProxy(
      configOf({ deployments: [deployment(`${provider.origin}/v1`)], forwardClientHeaders }),
    );
    const theirs = { 'x-team': 'mine', 'x-stainless-os': 'Linux', 'x-api-key': 'sk-theirs', 'x-litellm-tags': 'a' };
    await post(`${other.url}/v1/chat/completions`, chat, { ...theirs, cookie: 'a=b', 'x-forwarded-for': '10.0.0.1' });
    const headers = provider.seen.at(-1)?.headers ?? {};
    expect(headers['x-team']).toBe(own);
    expect(headers['authorization']).toBe(`Bearer ${upstreamKey}`);
    for (const name of ['x-stainless-os', 'x-api-key', 'x-litellm-tags', 'cookie', 'x-forwarded-for'])
      expect(headers[name], name).toBeUndefined();
    await other.close();
  });

  it('tells LiteLLM’s headers and its own', async () => {
    await post(`${proxy.url}/v1/chat/completions`);
    await until(() => proxy.entries.some(({ cost }) => cost !== undefined));
    provider.answer = (_, res) =>
      json(res, 200, completion, { 'x-ratelimit-remaining-requests': '7', 'set-cookie': 'a=b' });
    const { headers } = await post(`${proxy.url}/v1/chat/completions`, chat, { 'x-request-id': 'mine-1' });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-request-id': 'mine-1',
      'x-litellm-model-id': 'd1',
      'x-litellm-model-group': 'openai/gpt-4o',
      'x-litellm-model-api-base': `${provider.origin}/v1`,
      'x-litellm-attempted-retries': '0',
      'x-litellm-response-cost': '0.0035',
      'x-litellm-overhead-duration-ms': expect.stringMatching(/^\d+(\.\d{1,2})?$/),
      'x-modelport-model': 'gpt-4o',
      'x-modelport-provider': 'openai',
      'x-ratelimit-remaining-requests': '7',
    });
    expect(headers['x-litellm-call-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it.each([
    ['my-call:1', 'my-call:1'],
    ['two words', expect.stringMatching(/^[0-9a-f-]{36}$/)],
    [upstreamKey, expect.not.stringContaining(upstreamKey)],
  ])('is called as the client calls it, where that is sane: %s', async (own, told) => {
    const { headers } = await post(`${proxy.url}/v1/chat/completions`, chat, { 'x-litellm-call-id': own });
    expect(headers['x-litellm-call-id']).toEqual(told);
  });

  it('is kept with its cost', async () => {
    const before = proxy.entries.length;
    await post(`${proxy.url}/v1/chat/completions`, chat, { 'user-agent': 'OpenAI/JS 6.49.0' });
    await until(() => proxy.entries.length > before);
    expect(proxy.entries.at(-1)).toMatchObject({
      client: 'OpenAI/JS',
      route: 'POST /v1/chat/completions',
      model: 'gpt-4o',
      provider: 'openai',
      upstreamModel: 'gpt-4o',
      status: 200,
      stream: false,
      usage: { input: 1000, output: 100 },
      cost: 0.0035,
    });
  });

  it.each([
    ['/v1/chat/completions', 'gpt-4o'],
    ['/chat/completions', 'gpt-4o'],
    ['/v1/chat/completions/', 'gpt-4o'],
    ['/engines/a/b/chat/completions', 'a/b'],
    ['/v1/engines/x/chat/completions', 'x'],
    ['/openai/deployments/a%2Fb/chat/completions?api-version=2024-10-21', 'a/b'],
    ['/deployments/x/chat/completions', 'x'],
  ])('POST %s means model %s', async (path, model) => {
    const reply = await post(proxy.url + path);
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.text)).toMatchObject({ model });
  });

  it('speaks Anthropic’s form on /v1/messages and /messages', async () => {
    for (const path of ['/v1/messages?beta=true', '/messages']) {
      const reply = await post(proxy.url + path, { ...chat, max_tokens: 10 }, { 'anthropic-version': '2023-06-01' });
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.text)).toMatchObject({ type: 'message', content: [{ type: 'text', text: 'Hello' }] });
      expect(reply.headers['request-id']).toMatch(/^req_/);
    }
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ])('reads a reply that came as %s all the same', async (encoding, compress) => {
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
      res.end(compress(JSON.stringify(completion)));
    };
    const reply = await post(`${proxy.url}/v1/chat/completions`);
    expect(reply.headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(reply.text)).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
  });
});

describe('a reply that cannot be used', () => {
  const cases: [string, FakeProvider['answer'], number][] = [
    ['an empty body', (_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end(), 502],
    ['null', (_, res) => json(res, 200, null), 502],
    [
      'half of it',
      (_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[{"mess'),
      502,
    ],
    [
      'fewer bytes than declared',
      (_, res) =>
        void res
          .writeHead(200, { 'content-type': 'application/json', 'content-length': '9999' })
          .write('{"a":1}', () => res.destroy()),
      502,
    ],
    ['HTML', (_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'), 502],
    ['a redirect', (_, res) => res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 502],
    ['a reset', (req) => req.socket.resetAndDestroy(), 502],
    ['more than the limit', (_, res) => json(res, 200, { ...completion, pad: 'x'.repeat(2 ** 20) }), 502],
    [
      'a bomb',
      (_, res) =>
        res
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(50 * 2 ** 20))),
      502,
    ],
    [
      'a broken gzip body',
      (_, res) => res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('{"a":1}'),
      502,
    ],
    [
      'an unknown encoding',
      (_, res) => res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'zstd' }).end('{"a":1}'),
      502,
    ],
    [
      'status 999',
      (req) => req.socket.end('HTTP/1.1 999 Odd\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}'),
      502,
    ],
    [
      'headers over 256 kB',
      (req) => req.socket.end(`HTTP/1.1 200 OK\r\n${`x-pad: ${'y'.repeat(1000)}\r\n`.repeat(300)}\r\n`),
      502,
    ],
    ['no HTTP', (req) => req.socket.end('hello there\r\n\r\n'), 502],
    ['429 with its wait', (_, res) => json(res, 429, { error: { message: 'slow down' } }, { 'retry-after': '7' }), 429],
    ['422', (_, res) => json(res, 422, { error: { message: 'no' } }), 422],
    ['529', (_, res) => json(res, 529, { error: { message: 'busy' } }), 529],
  ];
  it.each(cases)('%s', async (name, answer, status) => {
    provider.answer = answer;
    for (const stream of [false, true]) {
      const reply = await post(`${proxy.url}/v1/chat/completions`, { ...chat, stream });
      expect([name, stream, reply.status]).toEqual([name, stream, status]);
      expect(reply.headers['content-type']).toContain('application/json');
      const { error } = JSON.parse(reply.text);
      expect(error.message).not.toBe('');
      expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
      if (status === 429) expect(reply.headers['retry-after']).toBe('7');
    }
  });

  it('names a server that does not run', async () => {
    const gone = await startProvider();
    await gone.close();
    const other = await startProxy(configOf({ deployments: [deployment(`${gone.origin}/v1?secret=hidden`)] }));
    const reply = await post(`${other.url}/v1/chat/completions`);
    expect(reply.status).toBe(502);
    expect(reply.text).toContain(`could not connect to ${gone.origin} (ECONNREFUSED): is the server running?`);
    await other.close();
  });

  it('is late within a second of its limit', async () => {
    const slow = await startProxy(configOf({ deployments: [deployment(provider.origin, { timeoutMs: 300 })] }));
    provider.answer = () => {};
    const start = performance.now();
    const reply = await post(`${slow.url}/v1/chat/completions`);
    expect(reply.status).toBe(408);
    expect(performance.now() - start).toBeLessThan(5000);
    await until(() => provider.sockets.size === 0 || provider.aborted > 0);
    await slow.close();
  });

  it('never shows our key, whoever says it', async () => {
    provider.answer = (_, res) => json(res, 401, { error: { message: `bad key ${upstreamKey}`, code: upstreamKey } });
    const reply = await post(`${proxy.url}/v1/chat/completions`);
    expect(reply.status).toBe(401);
    expect(reply.text).not.toContain(upstreamKey);
    for (const status of [200, 429]) {
      const echoed = {
        'x-ratelimit-limit-requests': upstreamKey,
        'request-id': upstreamKey,
        'x-request-id': upstreamKey,
      };
      provider.answer = (_, res) =>
        json(res, status, status === 200 ? completion : { error: { message: 'no' } }, echoed);
      for (const path of ['/v1/chat/completions', '/v1/messages']) {
        const { headers, text } = await post(proxy.url + path, { ...chat, max_tokens: 5 });
        expect(headers['x-ratelimit-limit-requests']).toBe('****cdef');
        expect(JSON.stringify(headers) + text).not.toContain(upstreamKey);
      }
    }
    provider.answer = (_, res) => json(res, 401, { error: { message: `bad key ${upstreamKey}`, code: upstreamKey } });
    await post(`${proxy.url}/v1/chat/completions`);
    await until(() => proxy.entries.at(-1)?.status === 401);
    expect(JSON.stringify(proxy.entries)).not.toContain(upstreamKey);
    provider.answer = (_, res) =>
      json(res, 200, {
        ...completion,
        choices: [{ ...completion.choices[0], message: { role: 'assistant', content: upstreamKey } }],
      });
    expect((await post(`${proxy.url}/v1/chat/completions`)).text).toContain(upstreamKey);
  });

  it('takes our key out of errors inside a stream', async () => {
    provider.answer = (_, res) => {
      res.writeHead(200, sse);
      res.write(chunk({ role: 'assistant', content: 'Hel' }));
      setTimeout(() => res.end(`data: {"error":{"message":"bad key ${upstreamKey}"}}\n\n`), 50);
    };
    for (const [path, body] of [
      ['/v1/chat/completions', chat],
      ['/v1/messages', { ...chat, max_tokens: 5 }],
    ] as const) {
      const reply = await post(proxy.url + path, { ...body, stream: true });
      expect(reply.text).toContain('bad key');
      expect(reply.text).not.toContain(upstreamKey);
    }
  });

  it('keeps many failing calls apart', async () => {
    provider.answer = (_, res, body) => {
      const { user } = JSON.parse(body.toString());
      setTimeout(() => json(res, 400 + (Number(user) % 3), { error: { message: `for ${user}` } }), Number(user) % 7);
    };
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, user) =>
        post(`${proxy.url}/v1/chat/completions`, { ...chat, user: String(user) }),
      ),
    );
    for (const [user, { text }] of replies.entries())
      expect(JSON.parse(text).error.message).toMatch(new RegExp(`for ${user}$`));
  });
});

describe('requests that are refused', () => {
  it.each([
    ['no messages', {}, 400],
    ['messages that are none', { messages: 'hi' }, 400],
    ['an api_base', { ...chat, api_base: 'http://evil.example' }, 400],
    ['a model that is no text', { ...chat, model: 7 }, 400],
  ])('%s', async (_, body, status) => {
    for (const path of ['/v1/chat/completions', '/v1/messages']) {
      const reply = await post(proxy.url + path, body);
      expect(reply.status).toBe(status);
      expect(provider.seen).toEqual([]);
    }
  });

  it('bad JSON is 400 in the form of the path', async () => {
    const reply = await ask(`${proxy.url}/v1/messages`, { body: '{"model":' });
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text)).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
  });

  it.each([
    ['/v1/chat/completions', '"messages":[{"role":"user","content":"hi"}],"deep":DEEP'],
    ['/v1/messages', '"messages":[{"role":"user","content":"hi"}],"deep":DEEP'],
    // What is translated is walked.
    [
      '/v1/messages',
      '"max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":DEEP}]}]',
    ],
    [
      '/v1/messages',
      '"max_tokens":9,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":DEEP}]',
    ],
    ['/v1/messages', '"max_tokens":9,"messages":[{"role":"user","content":[DEEP]}]'],
    [
      '/v1/chat/completions',
      '"messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":DEEP}}',
    ],
  ])('100,000 levels of nesting end in an answer: %s %s', async (path, members) => {
    for (const deep of [
      '['.repeat(100_000) + ']'.repeat(100_000),
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    ]) {
      const { status, text } = await ask(proxy.url + path, { body: `{"model":"x",${members.replace('DEEP', deep)}}` });
      expect([200, 400], text.slice(0, 200)).toContain(status);
    }
    expect((await post(`${proxy.url}/v1/chat/completions`)).status).toBe(200);
  });
});
