import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeUpstream, fakeUpstream, type Reply } from './fake-upstream.ts';

let upstream: FakeUpstream;
beforeEach(async () => {
  upstream = await fakeUpstream();
});
afterEach(() => upstream.close());

const post = (body: unknown, signal?: AbortSignal): Promise<Response> =>
  fetch(`${upstream.url}/v1/x?y=1`, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });

it('records what came, answers in order, and repeats the last', async () => {
  upstream.will({ status: 429, headers: { 'retry-after': '1' }, body: { error: {} } }, { body: 'b' });
  const replies = [await post({ a: 1 }), await post({}), await post({})];
  expect(replies.map((reply) => reply.status)).toEqual([429, 200, 200]);
  expect(replies[0]?.headers.get('retry-after')).toBe('1');
  expect(await Promise.all(replies.map((reply) => reply.text()))).toEqual(['{"error":{}}', 'b', 'b']);
  const [first] = upstream.received;
  expect(first).toMatchObject({ method: 'POST', url: '/v1/x?y=1', headers: { host: `127.0.0.1:${upstream.port}` } });
  expect(first?.json()).toEqual({ a: 1 });
  expect(await first?.over).toMatchObject({ aborted: false });
});

it.each<[string, Reply, string]>([
  ['cuts of a size', { body: 'abcde', cuts: 2 }, 'abcde'],
  ['cuts at offsets', { body: 'abcde', cuts: [1, 3], paceMs: 1 }, 'abcde'],
  ['pieces', { pieces: ['a', Buffer.from('b')] }, 'ab'],
  ['gzip', { body: 'abc', compress: 'gzip' }, 'abc'],
  ['br', { body: 'abc', compress: 'br' }, 'abc'],
  ['an empty body', {}, ''],
])('%s', async (_, reply, text) => {
  upstream.will(reply);
  expect(await (await post({})).text()).toBe(text);
});

it('compressed bytes are compressed', async () => {
  upstream.will((_, res) => {
    res.end('by hand');
    return undefined;
  });
  expect(await (await post({})).text()).toBe('by hand');
  const reply: Reply = { body: 'abc', compress: 'gzip', headers: { 'content-encoding': 'identity' } };
  upstream.will(reply);
  expect(String(gunzipSync(Buffer.from(await (await post({})).arrayBuffer())))).toBe('abc');
});

it.each<[string, Reply]>([
  ['cut', { body: 'abc', end: 'cut' }],
  ['reset', { body: 'abc', end: 'reset' }],
  ['reset before the head', { headless: true, end: 'reset' }],
  ['cut before the head', { headless: true, end: 'cut' }],
])('%s breaks the reply', async (_, reply) => {
  upstream.will(reply);
  await expect(post({}).then((answer) => answer.text())).rejects.toThrow(TypeError);
});

it('a stalled reply shows when the client leaves', async () => {
  upstream.will({ body: 'abc', end: 'stall' });
  const controller = new AbortController();
  const reply = post({}, controller.signal);
  const request = await upstream.wait(1);
  await reply;
  controller.abort();
  expect(await request.over).toMatchObject({ aborted: true });
});

it('a client that does not read stops the pieces', async () => {
  upstream.will({
    pieces: (function* () {
      for (;;) yield Buffer.alloc(65_536);
    })(),
  });
  const controller = new AbortController();
  await post({}, controller.signal);
  const request = await upstream.wait(1);
  let before = -1;
  while (request.sent !== before) {
    before = request.sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(request.sent).toBeGreaterThan(65_536);
  controller.abort();
  expect(await request.over).toMatchObject({ aborted: true });
});

it('hangs up on a kept socket, so that the next call needs another', async () => {
  upstream.will({ body: 'a' }, { body: 'a', hangUp: true }, { body: 'a' });
  for (let call = 0; call < 3; call++) {
    await (await post({})).text();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const [one, two, three] = upstream.received.map(({ connection }) => connection);
  expect(two).toBe(one);
  expect(three).not.toBe(two);
});
