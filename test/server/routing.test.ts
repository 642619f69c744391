import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Config, type Deployment, plainRouting, type Routing, specialise } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import {
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

let upstreams: FakeProvider[] = [];
let world: World;

beforeEach(async () => {
  upstreams = await Promise.all([startProvider(), startProvider(), startProvider()]);
  for (const one of upstreams) one.answer = (_, res) => json(res, 200, completion);
});
afterEach(async () => {
  await world.close();
  await Promise.all(upstreams.map((one) => one.close()));
});

/** Deployments `a`, `b` and `c` at the three upstreams; groups as told. */
function three(groups: string, more: Partial<Deployment> = {}): Deployment[] {
  return groups.split(' ').map((group, place) => {
    const id = 'abc'[place] ?? '';
    return deployment(upstreams[place]?.origin ?? '', { id, group, share: { order: place }, ...more });
  });
}

async function open(groups: string, routing: Partial<Routing> = {}, more: Partial<Config> = {}): Promise<void> {
  const config = configOf({ deployments: three(groups), anyModel: false, routing: { ...plainRouting, ...routing } });
  world = await startProxy({ ...config, ...more });
}

function fails(place: number, status: number, headers: Record<string, string> = {}): void {
  const one = upstreams[place];
  if (one !== undefined) one.answer = (_, res) => json(res, status, { error: { message: `no ${status}` } }, headers);
}

const ask = (body: object = {}, headers: Record<string, string> = {}): Promise<Reply> =>
  post(`${world.url}/v1/chat/completions`, { ...chat, model: 'g', ...body }, headers);

/** What the log is told of the only call. */
async function told(): Promise<World['entries'][number] | undefined> {
  await until(() => world.entries.length > 0);
  return world.entries[0];
}

const tried = ({ headers }: Reply) => ({
  id: headers['x-litellm-model-id'],
  group: headers['x-litellm-model-group'],
  retries: headers['x-litellm-attempted-retries'],
  most: headers['x-litellm-max-retries'],
  fallbacks: headers['x-litellm-attempted-fallbacks'],
  own: headers['x-modelport-retries'],
});

describe('headers and the log tell the truth', () => {
  test('at the first attempt', async () => {
    await open('g g g');
    const reply = await ask();
    expect(reply.status).toBe(200);
    expect(tried(reply)).toEqual({ id: 'a', group: 'g', retries: '0', most: '2', fallbacks: '0', own: '0' });
    expect(reply.headers['x-litellm-model-api-base']).toBe(upstreams[0]?.origin);
    expect(await told()).toMatchObject({ deployment: 'a', status: 200 });
    expect(await told()).not.toHaveProperty('retries');
  });

  test('after retries', async () => {
    await open('g g g');
    fails(0, 500);
    fails(1, 503);
    const reply = await ask();
    expect(tried(reply)).toEqual({ id: 'c', group: 'g', retries: '2', most: '2', fallbacks: '0', own: '2' });
    expect(reply.headers['x-litellm-model-api-base']).toBe(upstreams[2]?.origin);
    expect(JSON.parse(reply.text).model).toBe('g');
    expect(await told()).toMatchObject({ deployment: 'c', retries: 2, status: 200 });
  });

  test('after fallbacks; the answer is called like the fallback', async () => {
    await open('g h i', { fallbacks: { g: ['h', 'i'] } });
    fails(0, 400);
    fails(1, 500);
    const reply = await ask();
    expect(tried(reply)).toMatchObject({ id: 'c', group: 'i', retries: '0', fallbacks: '2' });
    expect(JSON.parse(reply.text).model).toBe('i');
    expect(await told()).toMatchObject({ model: 'g', deployment: 'c', fallbacks: 2 });
  });

  describe('an answer that a filter stopped', () => {
    const filtered = {
      ...completion,
      choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'content_filter' }],
    };
    const stops = (place: number): void => {
      const one = upstreams[place];
      if (one !== undefined) one.answer = (_, res) => json(res, 200, filtered);
    };

    test('is asked for elsewhere, where the configuration says so', async () => {
      await open('g h i', { contentFallbacks: { g: ['h'] } });
      stops(0);
      const reply = await ask();
      expect(tried(reply)).toMatchObject({ id: 'b', fallbacks: '1' });
      expect(JSON.parse(reply.text).choices[0].finish_reason).toBe('stop');
    });

    test('counts when nobody else gives another', async () => {
      await open('g h i', { contentFallbacks: { g: ['h'], h: ['g'] }, fallbacks: { g: ['i'] } });
      stops(0);
      stops(1);
      const reply = await ask();
      expect(reply.status).toBe(200);
      expect(tried(reply)).toMatchObject({ id: 'b', fallbacks: '1' });
      expect(JSON.parse(reply.text).choices[0].finish_reason).toBe('content_filter');
    });

    test('goes to the client where no such fallback is', async () => {
      await open('g h i', { fallbacks: { g: ['h'] } });
      stops(0);
      expect(tried(await ask())).toMatchObject({ id: 'a', fallbacks: '0' });
    });
  });

  test('of an error: who was asked last, in few words', async () => {
    await open('g g h', { fallbacks: { g: ['h'] } });
    fails(0, 500);
    fails(1, 500);
    fails(2, 429, { 'retry-after': '77' });
    const reply = await ask();
    expect(reply.status).toBe(429);
    expect(reply.headers['retry-after']).toBe('77');
    expect(tried(reply)).toMatchObject({ id: 'c', group: 'h', fallbacks: '1' });
    const { message } = JSON.parse(reply.text).error;
    expect(message).toBe('litellm.RateLimitError: no 429 (openai/gpt-4o, 429; 2 retries, 1 fallback)');
    expect(await told()).toMatchObject({ deployment: 'c', fallbacks: 1, status: 429 });
  });

  test('of an error before anybody was asked', async () => {
    await open('g g g');
    const reply = await ask({ model: 'nobody' });
    expect(reply.status).toBe(400);
    expect(tried(reply)).toEqual({});
    expect(JSON.parse(reply.text).error.message).toContain('Invalid model name passed in model=nobody');
  });

  test('of one model and one deployment', async () => {
    const [only] = three('g');
    world = await startProxy(configOf({ deployments: only === undefined ? [] : [{ ...only, share: {} }] }));
    expect(tried(await ask())).toEqual({ id: 'a', group: 'g', retries: '0', fallbacks: '0' });
    fails(0, 500);
    const reply = await ask();
    expect([reply.status, tried(reply)]).toEqual([500, { id: 'a', group: 'g', retries: '0', fallbacks: '0' }]);
    expect(upstreams[0]?.seen).toHaveLength(2);
  });
});

describe('what a request says', () => {
  const count = (): number[] => upstreams.map(({ seen }) => seen.length);

  test.each<[string, object, Record<string, string>, number[]]>([
    ['num_retries', { num_retries: 0 }, {}, [1, 0, 1]],
    ['num_retries as text', { num_retries: '1' }, {}, [1, 1, 1]],
    ['num_retries by header', {}, { 'x-litellm-num-retries': '0' }, [1, 0, 1]],
    ['fallbacks', { num_retries: 0, fallbacks: ['h'] }, {}, [1, 0, 1]],
    ['fallbacks by group', { num_retries: 0, fallbacks: [{ x: ['g'] }, { g: ['h'] }] }, {}, [1, 0, 1]],
    ['no fallbacks', { num_retries: 1, disable_fallbacks: true }, {}, [1, 1, 0]],
    ['pretending', { mock_testing_fallbacks: true, fallbacks: ['h'] }, {}, [0, 0, 1]],
  ])('%s', async (_, body, headers, wanted) => {
    await open('g g h', { fallbacks: { '*': ['h'] } });
    fails(0, 500);
    fails(1, 500);
    await ask(body, headers);
    expect(count()).toEqual(wanted);
    for (const { seen } of upstreams) {
      for (const { body: sent } of seen) expect(sent).not.toMatch(/fallbacks|retries|mock_testing/);
    }
  });

  test('a fallback with members of its own', async () => {
    await open('g h h');
    fails(0, 500);
    const messages = [{ role: 'user', content: 'shorter' }];
    const reply = await ask({ temperature: 1, fallbacks: [{ model: 'h', messages, temperature: 0.5 }] });
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.text).model).toBe('h');
    expect(JSON.parse(upstreams[0]?.seen[0]?.body ?? '')).toMatchObject({ temperature: 1, messages: chat.messages });
    expect(JSON.parse(upstreams[1]?.seen[0]?.body ?? '')).toEqual({ model: 'gpt-4o', messages, temperature: 0.5 });
  });

  test('a full window, by the dictionary', async () => {
    await open('g h i', { fallbacks: { g: ['i'] } });
    const [first] = upstreams;
    if (first !== undefined) {
      first.answer = (_, res) =>
        json(res, 400, { error: { message: 'maximum context length is 5', code: 'context_length_exceeded' } });
    }
    await ask({ context_window_fallback_dict: { g: 'h' } });
    expect(count()).toEqual([1, 1, 0]);
  });

  test.each<[string, object, string]>([
    ['a host', { fallbacks: [{ model: 'h', api_base: 'http://x' }] }, 'fallbacks[0].api_base'],
    [
      'a host by group',
      { fallbacks: [{ g: ['h', { model: 'h', base_url: 'http://x' }] }] },
      'fallbacks[0].g[1].base_url',
    ],
    ['a key', { fallbacks: ['h', { model: 'h', api_key: 'sk' }] }, 'fallbacks[1].api_key'],
    ['settings', { fallbacks: [{ model: 'h', user_config: {} }] }, 'fallbacks[0].user_config'],
    ['no list', { fallbacks: 'h' }, 'fallbacks'],
    ['no name', { fallbacks: [7] }, 'fallbacks[0]'],
    ['an empty name', { content_policy_fallbacks: [''] }, 'content_policy_fallbacks[0]'],
    ['a model that is no text', { fallbacks: [{ model: 7 }] }, 'fallbacks[0].model'],
    ['a dictionary that is none', { context_window_fallback_dict: ['g'] }, 'context_window_fallback_dict'],
    ['retries below 0', { num_retries: -1 }, 'num_retries'],
    ['retries that are no number', { num_retries: 'many' }, 'num_retries'],
  ])('refuses %s', async (_, body, param) => {
    await open('g g h');
    const reply = await ask(body);
    expect([reply.status, JSON.parse(reply.text).error.param]).toEqual([400, param]);
    expect(count()).toEqual([0, 0, 0]);
  });

  test('names like those of objects are names', async () => {
    await open('g g h');
    fails(0, 400);
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect((await ask({ fallbacks: [name] })).status).toBe(400);
      expect((await ask({ fallbacks: [{ [name]: ['h'] }] })).status).toBe(400);
    }
    expect(count()).toEqual([6, 0, 0]);
  });

  test('tags, in the body and by header', async () => {
    const deployments = three('g g g').map((to, place) => ({
      ...to,
      share: { tags: [['x'], ['y', 'z'], ['w']][place] ?? [] },
    }));
    world = await startProxy(configOf({ deployments, anyModel: false, routing: { ...plainRouting, tags: 'any' } }));
    expect(tried(await ask({ tags: ['y'] })).id).toBe('b');
    expect(tried(await ask({ metadata: { tags: ['w'] } })).id).toBe('c');
    expect(tried(await ask({}, { 'x-litellm-tags': 'q, x' })).id).toBe('a');
    const refused = await ask({ tags: ['q'] });
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('Not allowed to access model due to tags configuration');
  });
});

describe('dialects', () => {
  test('a fallback in another one: from a chat server to a Messages server', async () => {
    const anthropic = providers['anthropic'];
    if (anthropic === undefined) throw new Error('no such provider');
    const [first, second] = three('g h');
    const base = upstreams[1]?.origin ?? '';
    const other = second && { ...second, provider: anthropic, ...specialise(anthropic, 'claude-x', base) };
    const deployments = [first, other].filter((one) => one !== undefined);
    world = await startProxy(
      configOf({ deployments, anyModel: false, routing: { ...plainRouting, fallbacks: { g: ['h'] } } }),
    );
    fails(0, 500);
    const [, messages] = upstreams;
    if (messages !== undefined) {
      messages.answer = (_, res) =>
        json(res, 200, {
          ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', stop_reason: 'end_turn' },
          ...{ content: [{ type: 'text', text: 'Hi' }], usage: { input_tokens: 1, output_tokens: 1 } },
        });
    }
    const reply = await ask({ max_tokens: 7 });
    expect(JSON.parse(reply.text)).toMatchObject({ model: 'h', choices: [{ message: { content: 'Hi' } }] });
    expect(JSON.parse(upstreams[1]?.seen[0]?.body ?? '')).toMatchObject({ model: 'claude-x', max_tokens: 7 });
  });

  test('the prompt is too long for one: the other is asked', async () => {
    const deployments = three('g g').map((to, place) => ({
      ...to,
      share: { order: place, window: [50, 5000][place] ?? 0 },
    }));
    world = await startProxy(
      configOf({ deployments, anyModel: false, routing: { ...plainRouting, checksWindow: true } }),
    );
    const long = [{ role: 'user', content: 'word '.repeat(200) }];
    expect([tried(await ask()).id, tried(await ask({ messages: long })).id]).toEqual(['a', 'b']);
    const longer = [{ role: 'user', content: 'word '.repeat(20_000) }];
    const reply = await ask({ messages: longer });
    expect([reply.status, reply.text.includes('ContextWindowExceededError')]).toEqual([400, true]);
  });
});

describe('streams', () => {
  const streamed = (res: ServerResponse, ...parts: string[]): void => {
    res.writeHead(200, sse);
    for (const part of parts) res.write(part);
  };
  const whole = (name: string) => [chunk({ role: 'assistant', content: name }), chunk({}, 'stop'), 'data: [DONE]\n\n'];
  const set = (place: number, answer: FakeProvider['answer']): void => {
    const one = upstreams[place];
    if (one !== undefined) one.answer = answer;
  };

  beforeEach(() => {
    for (const [place, one] of upstreams.entries()) {
      one.answer = (_, res) => {
        streamed(res, ...whole(`from ${place}`));
        res.end();
      };
    }
  });

  test.each<[string, FakeProvider['answer']]>([
    ['breaks off before its head', (req) => req.socket.destroy()],
    [
      'breaks off behind its head',
      (_, res) => {
        streamed(res);
        res.flushHeaders();
        setTimeout(() => res.destroy(), 20);
      },
    ],
    [
      'begins with an error',
      (_, res) => {
        streamed(res, 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n');
        res.end();
      },
    ],
    [
      'ends without a word',
      (_, res) => {
        streamed(res);
        res.end();
      },
    ],
    [
      'is no stream',
      (_, res) => {
        res.writeHead(200, { 'content-type': 'text/html' });
        res.end('<html>');
      },
    ],
  ])('one that %s is asked for elsewhere', async (_, answer) => {
    await open('g g g');
    set(0, answer);
    const reply = await ask({ stream: true });
    expect([reply.status, reply.text.includes('from 1'), reply.text.includes('error')]).toEqual([200, true, false]);
    expect(tried(reply)).toMatchObject({ id: 'b', retries: '1' });
    expect(await told()).toMatchObject({ status: 200, deployment: 'b', retries: 1 });
    expect(await told()).not.toHaveProperty('error');
  });

  test('one that breaks when it has begun is not, and says so', async () => {
    await open('g g g', { fallbacks: { g: ['g'] } });
    set(0, (_, res) => {
      streamed(res, chunk({ role: 'assistant', content: 'half' }));
      setTimeout(() => res.destroy(), 50);
    });
    const reply = await ask({ stream: true });
    expect(reply.text).toMatch(/half[\s\S]*"error"/);
    expect(upstreams.map(({ seen }) => seen.length)).toEqual([1, 0, 0]);
    expect(await told()).toMatchObject({ deployment: 'a', status: 200 });
    expect((await told())?.error).toMatch(/in the middle of its answer/);
  });

  test.each<[string, Partial<Deployment>, object, Record<string, string>]>([
    ['of the deployment', { streamTimeoutMs: 150 }, {}, {}],
    ['of the request', {}, { stream_timeout: 0.15 }, {}],
    ['of a header', {}, {}, { 'x-litellm-stream-timeout': '0.15' }],
  ])('a first byte that is late by the time-out %s is waited for elsewhere', async (_, more, body, headers) => {
    const config = configOf({ deployments: three('g g g', more), anyModel: false });
    world = await startProxy(config);
    const slow: FakeProvider['answer'] = (_, res) => {
      setTimeout(() => {
        if (!res.destroyed) streamed(res, ...whole('late'));
        res.end();
      }, 8000);
    };
    for (const place of [0, 1, 2]) set(place, place === 1 ? (upstreams[1]?.answer ?? slow) : slow);
    const begun = performance.now();
    const reply = await ask({ stream: true, ...body }, headers);
    expect(reply.text).toContain('from 1');
    expect(performance.now() - begun).toBeLessThan(7000);
    expect(tried(reply).id).toBe('b');
  });

  test('a client that leaves while it is waited for another attempt ends the call', async () => {
    await open('g', {}, {});
    await world.close();
    const [only, other] = three('g h');
    world = await startProxy(
      configOf({
        deployments: [only, other].filter((one) => one !== undefined),
        anyModel: false,
        routing: { ...plainRouting, retries: 5 },
      }),
    );
    fails(0, 429, { 'retry-after': '1' });
    const gone = new AbortController();
    const left = fetch(`${world.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ ...chat, model: 'g' }),
      signal: gone.signal,
    }).catch(() => 'left');
    setTimeout(() => gone.abort(), 300);
    expect(await left).toBe('left');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(upstreams[0]?.seen).toHaveLength(1);
    expect(await told()).toMatchObject({ status: 499 });
  });
});

test("a caller's own key goes to one provider only", async () => {
  const anthropic = providers['anthropic'];
  if (anthropic === undefined) throw new Error('no such provider');
  const [first, second] = three('g h');
  const base = upstreams[1]?.origin ?? '';
  const other = second && { ...second, provider: anthropic, ...specialise(anthropic, 'claude-x', base) };
  world = await startProxy(
    configOf({
      deployments: [first, other].filter((one) => one !== undefined),
      anyModel: false,
      clientKeys: true,
      routing: { ...plainRouting, fallbacks: { g: ['h'] } },
    }),
  );
  fails(0, 500);
  fails(1, 500);
  await ask({ api_key: 'sk-callers-own-key-1' });
  const sent = upstreams.map(({ seen }) => JSON.stringify(seen.map(({ headers }) => headers)));
  expect(sent.map((text) => text.includes('sk-callers-own-key-1'))).toEqual([true, false, false]);
});

test("a caller's bad key does not take ours out", async () => {
  await open('g g g', { retries: 0 }, { clientKeys: true });
  fails(0, 401);
  expect((await ask({ api_key: 'sk-callers-bad-key-12' })).status).toBe(401);
  const [, again] = [await ask({ api_key: 'sk-callers-bad-key-12' }), await ask()];
  expect(upstreams[0]?.seen).toHaveLength(3);
  expect(again.status).toBe(401);
  expect(tried(await ask()).id).toBe('b');
});
