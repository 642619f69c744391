import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CacheSettings, Json } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { hasRedis, redisServer } from '../ledger/redis-server.ts';
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
  type Reply,
  sse,
  startProvider,
  startProxy,
  until,
  type World,
} from './world.ts';

let provider: FakeProvider;
const worlds: World[] = [];
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  await provider.close();
});
beforeEach(() => {
  provider.seen.length = 0;
  provider.answer = answerAll;
});

const frames = [chunk({ role: 'assistant', content: 'Hel' }), chunk({ content: 'lö 🎈' }), chunk({}, 'stop')];
const usage = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage: completion.usage })}\n\n`;
let answers = 0;

/** Every answer is another one, so that a kept one can be told from a new one. */
function answerAll(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
  const asked = JSON.parse(body.toString());
  answers++;
  if (req.url?.endsWith('/responses')) json(res, 404, { error: { message: 'only chat' } });
  else if (req.url?.endsWith('/embeddings')) {
    const data = [{ object: 'embedding', index: 0, embedding: [answers, 0.5] }];
    json(res, 200, { object: 'list', data, model: 'm', usage: { prompt_tokens: 4, total_tokens: 4 } });
  } else if (asked.stream === true) {
    res.writeHead(200, sse);
    const text = Buffer.from(`${frames.join('').replace('Hel', `Hel${answers}`)}${usage}data: [DONE]\n\n`);
    // Cut inside a character, so that pieces are not the provider's.
    const cut = text.indexOf(0xf0) + 2;
    res.write(text.subarray(0, cut));
    setTimeout(() => res.end(text.subarray(cut)), 5);
  } else {
    json(res, 200, { ...completion, id: `chatcmpl-${answers}` });
  }
}

const usual: CacheSettings = { kind: 'memory', most: 2 ** 20, onDemand: false, operations: ['chat', 'embeddings'] };

async function open(more: Partial<CacheSettings> = {}, config: Parameters<typeof configOf>[0] = {}): Promise<World> {
  const deployments = [
    deployment(`${provider.origin}/v1`, { dropParams: true }),
    deployment(`${provider.origin}/v1`, { id: 'd2', group: 'other', model: 'gpt-4o' }),
  ];
  const world = await startProxy(configOf({ deployments, anyModel: false, cache: { ...usual, ...more }, ...config }));
  worlds.push(world);
  return world;
}

const messages = chat.messages;
const gpt = { model: 'openai/gpt-4o', messages };

const dialects: [string, string, object][] = [
  ['chat', '/v1/chat/completions', gpt],
  ['chat, streamed', '/v1/chat/completions', { ...gpt, stream: true }],
  [
    'chat, streamed with usage',
    '/v1/chat/completions',
    { ...gpt, stream: true, stream_options: { include_usage: true } },
  ],
  ['completions', '/v1/completions', { model: gpt.model, prompt: 'hi' }],
  ['completions, streamed', '/v1/completions', { model: gpt.model, prompt: 'hi', stream: true }],
  [
    'completions, several prompts, streamed',
    '/v1/completions',
    { model: gpt.model, prompt: ['hi', 'ho'], stream: true },
  ],
  ['messages', '/v1/messages', { ...gpt, max_tokens: 9 }],
  ['messages, streamed', '/v1/messages', { ...gpt, max_tokens: 9, stream: true }],
  ['responses', '/v1/responses', { model: gpt.model, input: 'hi' }],
  ['responses, streamed', '/v1/responses', { model: gpt.model, input: 'hi', stream: true }],
  ['gemini', '/v1beta/models/other:generateContent', { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }],
  [
    'gemini, a list',
    '/v1beta/models/other:streamGenerateContent',
    { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
  ],
  [
    'gemini, streamed',
    '/v1beta/models/other:streamGenerateContent?alt=sse',
    { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
  ],
  ['ollama', '/api/chat', { ...gpt, stream: false }],
  ['ollama, streamed', '/api/chat', gpt],
  ['ollama, a prompt', '/api/generate', { model: gpt.model, prompt: 'hi' }],
  ['embeddings', '/v1/embeddings', { model: gpt.model, input: 'hi' }],
  ["ollama's embeddings", '/api/embed', { model: gpt.model, input: 'hi' }],
];

describe('an equal call is answered again, byte for byte', () => {
  let world: World;
  beforeAll(async () => {
    world = await open({}, { anyModel: true });
  });

  test.each(dialects)('%s', async (_, path, body) => {
    const first = await post(world.url + path, body);
    const asked = provider.seen.length;
    const calls = world.entries.length;
    const second = await post(world.url + path, body);
    expect(first.status, first.text).toBe(200);
    expect(second.text).toBe(first.text);
    expect(provider.seen.length).toBe(asked);
    expect(asked).toBeGreaterThan(0);
    const of = ({ headers }: Reply) => [
      headers['x-modelport-cache'],
      headers['content-type'],
      headers['x-litellm-model-id'],
    ];
    expect(of(first)).toEqual(['miss', second.headers['content-type'], 'd1']);
    expect(of(second)).toEqual(['hit', first.headers['content-type'], 'd1']);
    expect(second.headers['x-litellm-cache-key']).toMatch(/^[\da-f]{64}$/);
    expect(second.headers['x-litellm-cache-key']).toBe(first.headers['x-litellm-cache-key']);
    expect(second.headers['x-litellm-call-id']).not.toBe(first.headers['x-litellm-call-id']);
    await until(() => world.entries.length > calls);
    expect(world.entries.at(-1)).toMatchObject({
      cached: true,
      cost: 0,
      status: 200,
      provider: 'openai',
      upstreamModel: 'gpt-4o',
    });
    expect(world.entries.at(-1)?.usage).toEqual(world.entries.at(-2)?.usage);
    expect(world.entries.at(-2)?.cached).toBeUndefined();
  });

  test('and is priced at nothing', async () => {
    const body = { ...gpt, seed: 99 };
    await post(`${world.url}/v1/chat/completions`, body);
    const again = await post(`${world.url}/v1/chat/completions`, body);
    expect(again.headers['x-litellm-response-cost']).toBe('0');
  });
});

describe('what makes another call', () => {
  const tool = (name: string) => ({
    type: 'function',
    function: { name, parameters: { type: 'object', properties: {} } },
  });
  const base = { ...gpt, temperature: 0.5, tools: [tool('a')] };
  const other: [string, object, object?][] = [
    ['another model', { model: 'other' }],
    ['another name of the model', { model: 'gpt-4o' }],
    ['other messages', { messages: [{ role: 'user', content: 'ho' }] }],
    ['a longer conversation', { messages: [...messages, { role: 'assistant', content: 'x' }] }],
    ['temperature', { temperature: 0.6 }],
    ['a seed', { seed: 1 }],
    ['max_tokens', { max_tokens: 5 }],
    ['tools', { tools: [tool('b')] }],
    ['the order of tools', { tools: [tool('a'), tool('c')] }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['user', { user: 'u' }],
    ['a stream', { stream: true }],
    ['a stream with usage', { stream: true, stream_options: { include_usage: true } }],
    ['a word nobody knows', { top_k: 3 }],
    ['extra_body', { extra_body: { top_k: 4 } }],
    ['drop_params', { drop_params: true }],
    ['mock_response', { mock_response: 'x' }],
    ['a namespace', { cache: { namespace: 'mine' } }],
    ['another namespace', { cache: { namespace: 'yours' } }],
    ["a caller's own key", { api_key: 'sk-own-key-of-mine-1' }],
    ["another caller's own key", { api_key: 'sk-own-key-of-mine-2' }],
  ];
  let world: World;
  beforeAll(async () => {
    world = await open({}, { clientKeys: true });
    await post(`${world.url}/v1/chat/completions`, base);
  });

  test('keys are all different, and each is kept apart', async () => {
    const keys = new Map<unknown, string>();
    for (const [name, change] of other) {
      const first = await post(`${world.url}/v1/chat/completions`, { ...base, ...change });
      const second = await post(`${world.url}/v1/chat/completions`, { ...base, ...change });
      expect([name, first.headers['x-modelport-cache'], second.headers['x-modelport-cache']]).toEqual([
        name,
        'miss',
        'hit',
      ]);
      const key = first.headers['x-litellm-cache-key'];
      expect(keys.get(key), `${name} has the key of`).toBeUndefined();
      keys.set(key, name);
      expect(String(key)).not.toContain('sk-own');
    }
    expect(keys.size).toBe(other.length);
  });

  const same: [string, object, Record<string, string>?][] = [
    ['metadata', { metadata: { trace: 1 } }],
    ['litellm_metadata and tags', { litellm_metadata: { a: 1 }, tags: ['t'] }],
    ['routing words', { num_retries: 1, timeout: 9 }],
    ['how long it is kept', { cache: { ttl: 60 } }],
    ['a null', { max_tokens: null }],
    ['a request id', {}, { 'x-request-id': 'mine' }],
  ];
  test.each(same)('%s does not', async (_, change, headers = {}) => {
    const reply = await post(`${world.url}/v1/chat/completions`, { ...base, ...change }, headers);
    expect(reply.headers['x-modelport-cache']).toBe('hit');
  });

  test('blanks and the order of members do not', async () => {
    const turned = Object.fromEntries(Object.entries(base).reverse());
    const { status, headers } = await post(`${world.url}/v1/chat/completions`, turned);
    expect([status, headers['x-modelport-cache']]).toEqual([200, 'hit']);
    const raw = await fetch(`${world.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(base, null, 3),
    });
    expect(raw.headers.get('x-modelport-cache')).toBe('hit');
  });

  test('numbers that are equal only once they are read do', async () => {
    const seen = ['9007199254740992', '9007199254740993', '9007199254740992'].map(async (seed) => {
      const body = `{"model":"other","seed":${seed},"messages":${JSON.stringify(messages)}}`;
      const reply = await ask(`${world.url}/v1/chat/completions`, { body });
      return reply.headers['x-litellm-cache-key'];
    });
    const [one, two, three] = await Promise.all(seen);
    expect(one).toBe(three);
    expect(one).not.toBe(two);
  });

  test('a header that goes up does', async () => {
    const anthropic = providers['anthropic'];
    if (anthropic === undefined) throw new Error('no such provider');
    const claude = deployment(provider.origin, {
      provider: anthropic,
      model: 'claude-sonnet-4-5',
      group: 'claude',
    });
    const own = await open({}, { deployments: [claude] });
    provider.answer = (_, res) =>
      json(res, 200, {
        ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', stop_reason: 'end_turn' },
        ...{
          content: [{ type: 'text', text: 'x' }],
          usage: { input_tokens: 1, output_tokens: 1 },
          stop_sequence: null,
        },
      });
    const body = { model: 'claude', messages, max_tokens: 5 };
    const said = async (beta: string) =>
      (await post(`${own.url}/v1/messages`, body, { 'anthropic-beta': beta })).headers['x-modelport-cache'];
    expect([await said('a'), await said('b'), await said('a')]).toEqual(['miss', 'miss', 'hit']);
  });
});

describe('what a request says about the cache', () => {
  const path = '/v1/chat/completions';
  let world: World;
  beforeAll(async () => {
    world = await open();
  });
  let turn = 0;
  async function asks(
    ...controls: ({ cache?: Json; caching?: boolean } | Record<string, string>)[]
  ): Promise<(string | undefined)[]> {
    const seed = ++turn;
    const seen: (string | undefined)[] = [];
    for (const said of controls) {
      const header: Record<string, string> = 'cache-control' in said ? said : {};
      const body = 'cache-control' in said ? {} : said;
      const reply = await post(world.url + path, { ...gpt, seed, ...body }, header);
      expect(reply.status).toBe(200);
      seen.push(reply.headers['x-modelport-cache'] as string | undefined);
    }
    return seen;
  }

  test.each([
    ['no-cache asks anew and keeps that', [{}, { cache: { 'no-cache': true } }, {}], ['miss', 'miss', 'hit']],
    ['no-cache as text', [{}, { cache: { 'no-cache': 'True' } }], ['miss', 'miss']],
    [
      'no-store keeps nothing',
      [{ cache: { 'no-store': true } }, {}, { cache: { 'no-store': true } }],
      [undefined, 'miss', 'hit'],
    ],
    ['both', [{ cache: { 'no-store': true, 'no-cache': true } }, {}], [undefined, 'miss']],
    ['caching: false', [{ caching: false }, {}, { caching: false }], [undefined, 'miss', undefined]],
    ['the header no-cache', [{}, { 'cache-control': 'no-cache' }, {}], ['miss', 'miss', 'hit']],
    ['the header no-store', [{ 'cache-control': 'max-age=0, No-Store' }, {}], [undefined, 'miss']],
    ['a ttl of nothing', [{ cache: { ttl: 0 } }, {}], ['miss', 'miss']],
    ["the header's s-maxage is a ttl", [{ 'cache-control': 's-maxage=0' }, {}], ['miss', 'miss']],
    ['null is nothing', [{ cache: null }, { cache: { ttl: null, namespace: null } }], ['miss', 'hit']],
  ])('%s', async (_, controls, wanted) => {
    expect(await asks(...controls)).toEqual(wanted);
  });

  test('a new answer takes the old one its place', async () => {
    const ids: string[] = [];
    for (const cache of [{}, { 'no-cache': true }, {}]) {
      ids.push(JSON.parse((await post(world.url + path, { ...gpt, seed: -1, cache })).text).id);
    }
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(ids[1]);
  });

  test('s-maxage takes no older answer', async () => {
    const body = { ...gpt, seed: -2 };
    await post(world.url + path, body);
    await sleep(60);
    const old = await post(world.url + path, { ...body, cache: { 's-maxage': 10 } });
    const young = await post(world.url + path, { ...body, cache: { 's-max-age': 0.05 } });
    expect([old, young].map(({ headers }) => headers['x-modelport-cache'])).toEqual(['hit', 'miss']);
  });

  test('a ttl ends', async () => {
    const body = { ...gpt, seed: -3, cache: { ttl: 0.05 } };
    await post(world.url + path, body);
    await sleep(80);
    expect((await post(world.url + path, body)).headers['x-modelport-cache']).toBe('miss');
  });

  test.each<[Json, string]>([
    [true, 'cache'],
    [[], 'cache'],
    [{ ttl: 'soon' }, 'cache.ttl'],
    [{ ttl: -1 }, 'cache.ttl'],
    [{ 's-maxage': [] }, 'cache.s-maxage'],
    [{ 'no-cache': 7 }, 'cache.no-cache'],
    [{ namespace: 7 }, 'cache.namespace'],
    [{ namespace: 'a\r\nb' }, 'cache.namespace'],
    [{ namespace: 'x'.repeat(201) }, 'cache.namespace'],
  ])('%j is a 400 that names the field', async (cache, param) => {
    const reply = await post(world.url + path, { ...gpt, cache });
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text).error.param).toBe(param);
  });

  test('the namespace of the settings stands before the key; that of the call wins', async () => {
    const own = await open({ namespace: 'house' });
    const keys = [gpt, { ...gpt, cache: { namespace: 'guest' } }].map(
      async (body) => (await post(own.url + path, body)).headers['x-litellm-cache-key'],
    );
    expect(await Promise.all(keys)).toEqual([
      expect.stringMatching(/^house:[\da-f]{64}$/),
      expect.stringMatching(/^guest:[\da-f]{64}$/),
    ]);
  });

  test('on demand only those are cached that ask for it', async () => {
    const own = await open({ onDemand: true });
    const seen: unknown[] = [];
    for (const cache of [undefined, { 'use-cache': true }, { 'use-cache': true }, undefined]) {
      const reply = await post(own.url + path, { ...gpt, ...(cache && { cache }) });
      seen.push(reply.headers['x-modelport-cache']);
    }
    expect(seen).toEqual([undefined, 'miss', 'hit', undefined]);
  });

  test('only the operations of the settings are cached', async () => {
    const own = await open({ operations: ['embeddings'] });
    expect((await post(own.url + path, gpt)).headers['x-litellm-cache-key']).toBeUndefined();
    const vectors = { model: gpt.model, input: 'x' };
    await post(`${own.url}/v1/embeddings`, vectors);
    expect((await post(`${own.url}/v1/embeddings`, vectors)).headers['x-modelport-cache']).toBe('hit');
  });

  test('without a cache nothing is said of one, whatever the request says', async () => {
    const own = await startProxy(configOf({ deployments: [deployment(`${provider.origin}/v1`)] }));
    worlds.push(own);
    const reply = await post(own.url + path, { ...gpt, cache: { ttl: 'soon' } });
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.headers).filter((name) => name.includes('cache'))).toEqual([]);
  });
});

describe('what is not kept', () => {
  const broken: [string, (res: ServerResponse) => void, object?][] = [
    ['an error', (res) => json(res, 500, { error: { message: 'no' } })],
    ['a refusal', (res) => json(res, 429, { error: { message: 'slow down' } })],
    ['a reply that is none', (res) => json(res, 200, { hello: 1 })],
    ['a stream without an end', (res) => res.writeHead(200, sse).end(frames[0]), { stream: true }],
    [
      'a stream that breaks',
      (res) => {
        res.writeHead(200, sse).write(frames[0]);
        setTimeout(() => res.destroy(), 20);
      },
      { stream: true },
    ],
    [
      'a stream that tells an error',
      (res) => res.writeHead(200, sse).end(`${frames[0]}data: {"error":{"message":"no"}}\n\ndata: [DONE]\n\n`),
      { stream: true },
    ],
    [
      'a stream that breaks in another form',
      (res) => res.writeHead(200, sse).end(frames[0]),
      { stream: true, max_tokens: 1 },
    ],
  ];
  let world: World;
  beforeAll(async () => {
    world = await open();
  });
  test.each(broken)('%s', async (name, answer, more = {}) => {
    const path = name.includes('another form') ? '/v1/messages' : '/v1/chat/completions';
    const body = { ...gpt, ...more, user: name };
    provider.answer = (_, res) => answer(res);
    await post(world.url + path, body).catch(() => {});
    provider.answer = answerAll;
    const count = provider.seen.length;
    const next = await post(world.url + path, body);
    expect(next.status).toBe(200);
    expect(next.headers['x-modelport-cache']).toBe('miss');
    expect(provider.seen.length).toBe(count + 1);
    expect((await post(world.url + path, body)).headers['x-modelport-cache']).toBe('hit');
  });

  test('a stream whose client left', async () => {
    const body = JSON.stringify({ ...gpt, stream: true, user: 'leaves' });
    provider.answer = (_, res) => {
      res.writeHead(200, sse).write(frames.slice(0, 2).join(''));
      setTimeout(() => res.end(`${frames[2]}data: [DONE]\n\n`), 100);
    };
    const socket = connect(world.port, '127.0.0.1');
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await sleep(200);
    provider.answer = answerAll;
    expect((await post(`${world.url}/v1/chat/completions`, JSON.parse(body))).headers['x-modelport-cache']).toBe(
      'miss',
    );
  });

  test('an answer larger than the limit', async () => {
    const own = await open({ most: 5000 });
    provider.answer = (_, res) => json(res, 200, { ...completion, padding: 'x'.repeat(6000) });
    for (const stream of [false, false])
      expect((await post(`${own.url}/v1/chat/completions`, { ...gpt, stream })).headers['x-modelport-cache']).toBe(
        'miss',
      );
    const long = Array.from({ length: 60 }, (_, index) => chunk({ content: `word ${index} ` })).join('');
    provider.answer = (_, res) => res.writeHead(200, sse).end(`${frames[0]}${long}${frames[2]}data: [DONE]\n\n`);
    for (const stream of [true, true]) {
      const reply = await post(`${own.url}/v1/chat/completions`, { ...gpt, stream });
      expect(reply.headers['x-modelport-cache']).toBe('miss');
      expect(reply.text).toContain('word 59');
    }
  });
});

/** The answer's body as a client that reads slowly gets it. */
async function readSlowly({ port }: World, body: object): Promise<{ head: string; text: string }> {
  const asked = JSON.stringify(body);
  const bytes = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('error', reject);
    socket.on('data', (one) => {
      chunks.push(one);
      socket.pause();
      setTimeout(() => socket.resume(), 1);
    });
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
    socket.write(`${head}Content-Length: ${asked.length}\r\n\r\n${asked}`);
  });
  const cut = bytes.indexOf('\r\n\r\n');
  const pieces = bytes.slice(cut + 4).split('\r\n');
  return { head: bytes.slice(0, cut), text: pieces.filter((_, index) => index % 2 === 1).join('') };
}

test('a long stream is kept to the last byte, and told again at the pace of slow clients', async () => {
  const world = await open({ most: 64 * 2 ** 20 });
  const sent = `${frames[0]}${chunk({ content: 'x'.repeat(20_000) }).repeat(500)}${frames[2]}data: [DONE]\n\n`;
  provider.answer = (_, res) => res.writeHead(200, sse).end(sent);
  const body = { ...gpt, stream: true };
  const first = await readSlowly(world, body);
  expect(first.head).toContain('x-modelport-cache: miss');
  expect(first.text.length).toBeGreaterThan(10_000_000);
  expect(first.text.endsWith('data: [DONE]\n\n')).toBe(true);
  const second = await readSlowly(world, body);
  expect(second.head).toContain('x-modelport-cache: hit');
  expect(second.text === first.text).toBe(true);
  const third = await post(`${world.url}/v1/chat/completions`, body);
  expect(third.text === first.text).toBe(true);
  expect(provider.seen).toHaveLength(1);
});

test('a client that leaves a replay ends it', async () => {
  const world = await open({ most: 64 * 2 ** 20 });
  provider.answer = (_, res) =>
    res
      .writeHead(200, sse)
      .end(`${frames[0]}${chunk({ content: 'x'.repeat(20_000) }).repeat(800)}${frames[2]}data: [DONE]\n\n`);
  const body = { ...gpt, stream: true };
  await post(`${world.url}/v1/chat/completions`, body);
  const text = JSON.stringify(body);
  const socket = connect(world.port, '127.0.0.1');
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  await until(() => world.entries.length === 2);
  expect(world.entries[1]).toMatchObject({ status: 499, cached: true });
});

test('readiness names the cache', async () => {
  const ready = async ({ url }: World) => JSON.parse((await ask(`${url}/health/readiness`)).text).cache;
  expect(await ready(await open())).toBe('local');
});

test("OpenAI's SDK reads a replayed stream as the first one", async () => {
  const world = await open();
  const client = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: 'any' });
  const read = async () => {
    const stream = await client.chat.completions.create({
      model: 'other',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
    });
    const parts = [];
    for await (const part of stream) parts.push(part);
    return parts;
  };
  const first = await read();
  expect(first.length).toBeGreaterThan(2);
  expect(await read()).toEqual(first);
  expect(provider.seen).toHaveLength(1);
});

test('equal calls at the same time are all asked', async () => {
  const world = await open();
  provider.answer = (req, res, body) => void setTimeout(() => answerAll(req, res, body), 50);
  await Promise.all([1, 2, 3].map(() => post(`${world.url}/v1/chat/completions`, gpt)));
  expect(provider.seen).toHaveLength(3);
});

describe('the routes of the cache', () => {
  const path = '/v1/chat/completions';

  test('ping tells what there is', async () => {
    const world = await open({ ttlMs: 5000, namespace: 'n' });
    const reply = await fetch(`${world.url}/cache/ping`);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({
      ...{ status: 'healthy', cache_type: 'local', ping_response: true },
      litellm_cache_params: { type: 'local', ttl: 5, namespace: 'n', mode: 'default_on' },
    });
  });

  test('delete takes one answer, flushall takes all', async () => {
    const world = await open();
    const [one, two] = [gpt, { ...gpt, seed: 1 }];
    const key = (await post(world.url + path, one)).headers['x-litellm-cache-key'];
    await post(world.url + path, two);
    const gone = await post(`${world.url}/cache/delete`, { keys: [key, 'nobody'] });
    expect([gone.status, JSON.parse(gone.text)]).toEqual([200, { status: 'success', deleted: 1 }]);
    const next = async (body: object) => (await post(world.url + path, body)).headers['x-modelport-cache'];
    expect([await next(two), await next(one), await next(one)]).toEqual(['hit', 'miss', 'hit']);
    expect((await post(`${world.url}/cache/flushall`, {})).status).toBe(200);
    expect([await next(one), await next(two)]).toEqual(['miss', 'miss']);
  });

  test.each(['{}', '[]', 'null', '{"keys":"a"}', '{"keys":[1]}', '{', ''])('delete of %j is a 400', async (body) => {
    const world = await open();
    const reply = await fetch(`${world.url}/cache/delete`, { method: 'POST', body });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { param: 'keys' } });
  });

  test.each([
    ['GET', 'ping'],
    ['POST', 'delete'],
    ['POST', 'flushall'],
  ])('%s /cache/%s without a cache is a 503, without the key a 401', async (method, name) => {
    const world = await startProxy(
      configOf({ deployments: [deployment(`${provider.origin}/v1`)], masterKey: 'sk-master-0123456789' }),
    );
    worlds.push(world);
    const call = (headers: Record<string, string>) =>
      fetch(`${world.url}/cache/${name}`, { method, headers, ...(method === 'POST' && { body: '{"keys":[]}' }) });
    expect((await call({})).status).toBe(401);
    const reply = await call({ authorization: 'Bearer sk-master-0123456789' });
    expect(reply.status).toBe(503);
    expect(JSON.stringify(await reply.json())).toContain('Cache not initialized');
    expect(
      (
        await fetch(`${world.url}/cache/${name}`, {
          method: 'PUT',
          headers: { authorization: 'Bearer sk-master-0123456789' },
        })
      ).status,
    ).toBe(405);
  });
});

describe('in Redis', () => {
  test('that is not there calls go on, and one line says so', async () => {
    const world = await open({ kind: 'redis', url: 'redis://:topsecret-password@127.0.0.1:1' });
    for (const _ of [1, 2]) {
      const reply = await post(`${world.url}/v1/chat/completions`, gpt);
      expect([reply.status, reply.headers['x-modelport-cache']]).toEqual([200, 'miss']);
    }
    expect(world.notes.filter((note) => note.includes('Redis'))).toEqual([
      expect.stringMatching(/^warn: .*127\.0\.0\.1:1 does not answer: calls go on/),
    ]);
    expect(world.notes.join()).not.toContain('topsecret');
    expect((await fetch(`${world.url}/cache/ping`)).status).toBe(503);
  });

  test.skipIf(!hasRedis)('two proxies share their answers, streams too', async () => {
    const redis = await redisServer();
    const url = `redis://127.0.0.1:${redis.port}`;
    const [one, two] = [await open({ kind: 'redis', url }), await open({ kind: 'redis', url })];
    for (const [index, body] of [gpt, { ...gpt, stream: true }].entries()) {
      const first = await post(`${one.url}/v1/chat/completions`, body);
      await sleep(50);
      const second = await post(`${two.url}/v1/chat/completions`, body);
      expect(second.headers['x-modelport-cache']).toBe('hit');
      expect(second.text).toBe(first.text);
      expect(provider.seen).toHaveLength(index + 1);
    }
    expect(await (await fetch(`${two.url}/cache/ping`)).json()).toMatchObject({
      status: 'healthy',
      cache_type: 'redis',
    });
    await redis.stop();
    const after = await post(`${one.url}/v1/chat/completions`, gpt);
    expect([after.status, after.headers['x-modelport-cache']]).toEqual([200, 'miss']);
  });
});
