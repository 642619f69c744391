import type { ServerResponse } from 'node:http';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Config, JsonObject } from '../../src/hub/index.ts';
import {
  ask,
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
  upstreamKey,
  type World,
} from './world.ts';

let provider: FakeProvider;
let world: World;
let single: World;
/** What each model does with a request; answers with its own name otherwise. */
let acts: Record<string, (res: ServerResponse, asked: JsonObject) => void> = {};
let running = 0;
let most = 0;

beforeAll(async () => {
  provider = await startProvider();
  const names = ['llama3', 'gpt-3.5-turbo', 'c', 'd'];
  const deployments = names.map((model) => deployment(`${provider.origin}/v1`, { id: model, group: model, model }));
  world = await startProxy(configOf({ deployments, anyModel: false }));
  single = await startProxy(configOf({ deployments: deployments.slice(1, 2) }));
});
afterAll(async () => {
  await Promise.all([world.close(), single.close()]);
  await provider.close();
});
beforeEach(() => {
  acts = {};
  most = 0;
  provider.seen.length = 0;
  provider.aborted = 0;
  for (const one of [world, single]) one.entries.length = 0;
  provider.answer = (_, res, body) => {
    const asked: JsonObject = JSON.parse(body.toString());
    most = Math.max(most, ++running);
    res.once('close', () => running--);
    const act = acts[String(asked['model'])];
    if (act === undefined) say(res, asked);
    else act(res, asked);
  };
});

function say(res: ServerResponse, asked: JsonObject): void {
  const { model, messages } = asked;
  const content = `${String(model)} to ${JSON.stringify(messages)}`;
  json(res, 200, { ...completion, choices: [{ ...completion.choices[0], message: { role: 'assistant', content } }] });
}

const messages = [{ role: 'user', content: 'hi' }];
const path = '/chat/completions';

test("the guide's request: a bare array of two completions, with the models' names, in the order asked", async () => {
  acts = { llama3: (res, asked) => void setTimeout(() => say(res, asked), 60) };
  const body = { model: 'llama3,gpt-3.5-turbo', max_tokens: 10, user: 'litellm2', messages };
  const reply = await post(world.url + path, body, { authorization: 'Bearer sk-1234' });
  expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/json']);
  const answers = JSON.parse(reply.text);
  expect(answers).toHaveLength(2);
  for (const [index, model] of ['llama3', 'gpt-3.5-turbo'].entries()) {
    const content = `${model} to ${JSON.stringify(messages)}`;
    expect(answers[index]).toMatchObject({ object: 'chat.completion', model, usage: completion.usage });
    expect(answers[index].choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant', content } });
  }
  expect(provider.seen.map((one) => JSON.parse(one.body))).toEqual([
    { model: 'llama3', max_tokens: 10, user: 'litellm2', messages },
    { model: 'gpt-3.5-turbo', max_tokens: 10, user: 'litellm2', messages },
  ]);
  await until(() => world.entries.length === 2);
  expect(world.entries.map(({ model, status, usage }) => [model, status, usage?.input]).sort()).toEqual([
    ['gpt-3.5-turbo', 200, 1000],
    ['llama3', 200, 1000],
  ]);
  expect(new Set(world.entries.map(({ id }) => id)).size).toBe(2);
});

test('with --model every name is answered by that one model', async () => {
  const reply = await post(single.url + path, { model: 'llama3,gpt-3.5-turbo', messages });
  expect(JSON.parse(reply.text)).toMatchObject([{ model: 'llama3' }, { model: 'gpt-3.5-turbo' }]);
  expect(provider.seen.map((one) => JSON.parse(one.body).model)).toEqual(['gpt-3.5-turbo', 'gpt-3.5-turbo']);
});

describe('forms of asking several', () => {
  test.each<[string, unknown, string[]]>([
    ['blanks around commas', ' llama3 , c', ['llama3', 'c']],
    ['a list', ['c', 'llama3'], ['c', 'llama3']],
    ['a list of one', ['c'], ['c']],
    ['the same twice', 'c,c', ['c', 'c']],
    ['a comma at the end', 'c,', ['c']],
  ])('%s', async (_, model, wanted) => {
    const reply = await post(`${world.url}/v1${path}`, { model, messages });
    const answers: { model: string }[] = JSON.parse(reply.text);
    expect(answers.map((one) => one.model)).toEqual(wanted);
  });

  test('in the path', async () => {
    const reply = await post(`${world.url}/openai/deployments/c,d${path}?api-version=1`, { messages });
    expect(JSON.parse(reply.text)).toMatchObject([{ model: 'c' }, { model: 'd' }]);
  });

  test('several conversations: a list of lists', async () => {
    const lists = ['one', 'two', 'three'].map((content) => [{ role: 'user', content }]);
    const reply = await post(world.url + path, { model: 'c,d', messages: lists });
    const answers: { model: string; choices: { message: { content: string } }[] }[][] = JSON.parse(reply.text);
    const said = answers.map((some) => some.map((one) => one.choices[0]?.message.content));
    expect(said).toEqual(lists.map((list) => ['c', 'd'].map((model) => `${model} to ${JSON.stringify(list)}`)));
  });

  test('OpenAI SDK clients that send plain requests are not concerned', async () => {
    const client = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: 'any' });
    const answer = await client.chat.completions.create({ model: 'c', messages: [{ role: 'user', content: 'a, b' }] });
    expect(answer.model).toBe('c');
  });

  test('other forms take the name as it is', async () => {
    const reply = await post(`${world.url}/v1/messages`, { model: 'c,d', max_tokens: 5, messages });
    expect([reply.status, JSON.parse(reply.text).type]).toEqual([400, 'error']);
  });
});

describe('failures', () => {
  test('stand in their place, without secrets; the rest succeeds', async () => {
    acts = {
      c: (res) => json(res, 429, { error: { message: `no ${upstreamKey}`, code: 'slow' } }, { 'retry-after': '7' }),
    };
    const reply = await post(world.url + path, { model: 'nobody,c,d', messages });
    const [nobody, c, d] = JSON.parse(reply.text);
    expect(reply.status).toBe(200);
    expect(nobody).toMatchObject({ model: 'nobody', error: { code: '400', param: 'model' } });
    expect(c).toMatchObject({ model: 'c', error: { type: 'rate_limit_error', code: 'slow' } });
    expect(d).toMatchObject({ model: 'd', object: 'chat.completion' });
    expect(reply.text).not.toContain(upstreamKey);
    await until(() => world.entries.length === 3);
    expect(world.entries.map(({ status }) => status).sort()).toEqual([200, 400, 429]);
    expect(JSON.stringify(world.entries)).not.toContain(upstreamKey);
  });

  test('all of them: the status of the first', async () => {
    acts = {
      c: (res) => void setTimeout(() => json(res, 401, { error: { message: 'no' } }), 40),
      d: (res) => json(res, 500, { error: { message: 'no' } }),
    };
    const reply = await post(world.url + path, { model: 'c,d', messages });
    expect(reply.status).toBe(401);
    expect(JSON.parse(reply.text)).toMatchObject([
      { model: 'c', error: {} },
      { model: 'd', error: {} },
    ]);
  });

  test.each<[string, JsonObject, string]>([
    ['no model', { model: ',' }, 'model'],
    ['an empty list', { model: [] }, 'model'],
    ['a list of something else', { model: ['c', 7] }, 'model[1]'],
    ['no messages', { model: 'c,d', messages: null }, 'messages'],
    ['messages of no role', { model: 'c,d', messages: [{ content: 'x' }] }, 'messages[0].role'],
    ['a conversation of no role', { model: 'c,d', messages: [messages, [{}]] }, 'messages[0].role'],
    ['an empty conversation', { model: 'c,d', messages: [messages, []] }, 'messages'],
    ['a message among lists', { model: 'c,d', messages: [messages, { role: 'user', content: 'x' }] }, 'messages[1]'],
    ['a stream', { model: 'c,d', stream: true }, 'stream'],
    ['a stream of another type', { model: 'c,d', stream: 'yes' }, 'stream'],
    ['fastest_response of another type', { model: 'c,d', fastest_response: 1 }, 'fastest_response'],
    [
      'the fastest of several conversations',
      { model: 'c,d', fastest_response: true, messages: [messages] },
      'messages',
    ],
    ['too many', { model: Array(101).fill('c') }, 'model'],
    ['too many with conversations', { model: 'c,d', messages: Array(51).fill(messages) }, 'model'],
  ])('%s: one 400 that names the field, nothing is asked', async (_, more, param) => {
    const reply = await post(world.url + path, { messages, ...more });
    expect([reply.status, JSON.parse(reply.text).error?.param]).toEqual([400, param]);
    expect(provider.seen).toHaveLength(0);
  });

  test('a stream is told what to do', async () => {
    const reply = await post(world.url + path, { model: 'c,d', messages, stream: true });
    expect(JSON.parse(reply.text).error.message).toContain("'fastest_response': true");
  });
});

test('eight at once, all of a hundred answered', async () => {
  acts = { c: (res, asked) => void setTimeout(() => say(res, asked), 10) };
  const reply = await post(world.url + path, { model: Array(100).fill('c'), messages });
  expect(JSON.parse(reply.text)).toHaveLength(100);
  expect(most).toBeLessThanOrEqual(8);
  expect(most).toBeGreaterThan(2);
});

test('a client that leaves ends them all', async () => {
  acts = { c: () => {}, d: () => {} };
  const body = JSON.stringify({ model: 'c,d,c', messages });
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
  await raw(world.port, head + body, 150);
  await until(() => provider.aborted === 3 && world.entries.length === 3);
  expect(world.entries.map(({ status }) => status)).toEqual([499, 499, 499]);
});

test('answers that are larger together than one may be', async () => {
  const config: Partial<Config> = { deployments: [deployment(`${provider.origin}/v1`)], maxReply: 5000 };
  const small = await startProxy(configOf(config));
  provider.answer = (_, res) => json(res, 200, { ...completion, padding: 'x'.repeat(2000) });
  const reply = await post(small.url + path, { model: 'a,b,c', messages });
  const answers: JsonObject[] = JSON.parse(reply.text);
  expect(answers.filter((one) => 'error' in one)).toHaveLength(1);
  await small.close();
});

test('no part is begun when the money is spent', async () => {
  const poor = await startProxy(configOf({ deployments: [deployment(`${provider.origin}/v1`)], maxBudget: 0.005 }));
  await post(`${poor.url}${path}`, { model: 'a', messages });
  await until(() => poor.entries.length === 1);
  const reply = await post(poor.url + path, { model: Array(20).fill('a'), messages });
  expect(reply.status).toBe(200);
  const refused = JSON.parse(reply.text).filter((one: JsonObject) => 'error' in one);
  expect(refused.length).toBeGreaterThan(5);
  expect(refused[0].error.message).toContain('Budget has been exceeded');
  await poor.close();
});

describe('the fastest', () => {
  const fast = 'x-litellm-fastest_response_batch_completion';
  const late = (res: ServerResponse, asked: JsonObject) => void setTimeout(() => say(res, asked), 3000);

  test('is answered alone, the others are ended', async () => {
    acts = { llama3: late, d: (res) => json(res, 500, { error: { message: 'no' } }) };
    const reply = await post(world.url + path, { model: 'llama3,d,c', messages, fastest_response: true });
    expect([reply.status, reply.headers[fast]]).toEqual([200, 'True']);
    expect(JSON.parse(reply.text)).toMatchObject({ object: 'chat.completion', model: 'c' });
    expect(reply.headers['x-litellm-model-group']).toBe('c');
    expect(JSON.parse(provider.seen[0]?.body ?? '')).not.toHaveProperty('fastest_response');
    await until(() => provider.aborted === 1 && world.entries.length === 3);
    const told = world.entries.map(({ model, status }) => `${model} ${status}`).sort();
    expect(told).toEqual(['c 200', 'd 500', 'llama3 499']);
  });

  test('streams: who has the first event goes on, the rest is aborted', async () => {
    acts = {
      llama3: (res) => void res.writeHead(200, sse).flushHeaders(),
      c: (res) => {
        res.writeHead(200, sse).write(chunk({ role: 'assistant', content: 'from c' }));
        setTimeout(() => res.end(`${chunk({ content: ' more' })}${chunk({}, 'stop')}data: [DONE]\n\n`), 100);
      },
    };
    const client = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: 'any' });
    const body = { model: 'llama3,c', messages: [{ role: 'user' as const, content: 'hi' }], stream: true as const };
    const { data: stream, response } = await client.chat.completions
      .create({ ...body, ...{ fastest_response: true } })
      .withResponse();
    let text = '';
    for await (const part of stream) text += part.choices[0]?.delta.content ?? '';
    expect([text, response.headers.get(fast)]).toEqual(['from c more', 'True']);
    await until(() => provider.aborted === 1 && world.entries.length === 2);
    expect(world.entries.map(({ model, status }) => `${model} ${status}`).sort()).toEqual(['c 200', 'llama3 499']);
  });

  test('of a stream that fails before its first event is the next one', async () => {
    acts = {
      llama3: (res) => void res.writeHead(200, sse).end('data: {"error":{"message":"no"}}\n\n'),
      c: (res) =>
        void setTimeout(
          () => res.writeHead(200, sse).end(`${chunk({ content: 'c' })}${chunk({}, 'stop')}data: [DONE]\n\n`),
          80,
        ),
    };
    const reply = await post(world.url + path, { model: 'llama3,c', messages, stream: true, fastest_response: true });
    expect(reply.text).toContain('"content":"c"');
  });

  test('all fail: 500, All tasks failed', async () => {
    const no = (res: ServerResponse) => json(res, 400, { error: { message: `bad ${upstreamKey}` } });
    acts = { c: no, d: no };
    const reply = await post(world.url + path, { model: 'c,d', messages, fastest_response: true });
    expect(reply.status).toBe(500);
    expect(JSON.parse(reply.text).error.message).toMatch(/All tasks failed \(c: .*; d: .*\)/);
    expect(reply.text).not.toContain(upstreamKey);
    await until(() => world.entries.length === 2);
  });

  test('a client that leaves ends the race, and the winner too', async () => {
    acts = {
      c: (res) => void res.writeHead(200, sse).write(chunk({ content: 'x' })),
      d: () => {},
    };
    const body = JSON.stringify({ model: 'c,d', messages, stream: true, fastest_response: true });
    await raw(
      world.port,
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      200,
    );
    await until(() => provider.aborted === 2 && world.entries.length === 2);
  });

  test('of one model is an ordinary answer', async () => {
    const reply = await post(world.url + path, { model: 'c', messages, fastest_response: true });
    expect(JSON.parse(reply.text)).toMatchObject({ model: 'c' });
    expect(JSON.parse(provider.seen[0]?.body ?? '')).not.toHaveProperty('fastest_response');
  });
});

test('parts are cached each for itself', async () => {
  const deployments = ['c', 'd'].map((model) =>
    deployment(`${provider.origin}/v1`, { id: model, group: model, model }),
  );
  const cache: Config['cache'] = { kind: 'memory', most: 2 ** 20, onDemand: false, operations: ['chat'] };
  const own = await startProxy(configOf({ deployments, anyModel: false, cache }));
  await post(own.url + path, { model: 'c', messages });
  const first = await post(own.url + path, { model: 'c,d', messages });
  const again = await post(own.url + path, { model: 'd,c', messages });
  expect(provider.seen).toHaveLength(2);
  expect(JSON.parse(again.text)).toEqual(JSON.parse(first.text).reverse());
  await until(() => own.entries.length === 5);
  expect(own.entries.filter(({ cached }) => cached)).toHaveLength(3);
  await own.close();
});

test('a part that comes as a stream though none was asked for is read to its end', async () => {
  acts = {
    c: (res) =>
      void res
        .writeHead(200, sse)
        .end(`${chunk({ role: 'assistant', content: 'c' })}${chunk({}, 'stop')}data: [DONE]\n\n`),
  };
  const reply = await ask(world.url + path, { body: JSON.stringify({ model: 'c,d', messages }) });
  expect(JSON.parse(reply.text)).toMatchObject([{ model: 'c', object: 'chat.completion' }, { model: 'd' }]);
});
