import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { createProxy } from '../../src/server/index.ts';
import { chat, configOf, deployment, raw, startProvider, until } from './world.ts';

const body = JSON.stringify(chat);
const head = (line: string, ...headers: string[]) => [line, 'Host: localhost', ...headers, '', ''].join('\r\n');
const last = 'Connection: close';
const post = (...headers: string[]) => head('POST /v1/chat/completions HTTP/1.1', ...headers);
const size = `Content-Length: ${body.length}`;

/** What is sent before the app is loaded, and the answer that must come once it is. */
const early: [name: string, bytes: string, answer: RegExp][] = [
  ['a call', post(size, last) + body, /^HTTP\/1.1 200 [\s\S]*"content":"Hello"/],
  ['a body that follows', post('Content-Length: 3000000', last) + body.padEnd(3_000_000), /^HTTP\/1.1 200 /],
  ['Expect: 100-continue', post(size, last, 'Expect: 100-continue') + body, /^HTTP\/1.1 100 [\s\S]*HTTP\/1.1 200 /],
  ['another Expect', post(size, last, 'Expect: gold') + body, /^HTTP\/1.1 417 [\s\S]*100-continue/],
  ['HEAD', head('HEAD /health/liveliness HTTP/1.1', last), /^HTTP\/1.1 200 [\s\S]*\r\n\r\n$/],
  ['OPTIONS', head('OPTIONS /v1/models HTTP/1.1', last), /^HTTP\/1.1 204 /],
  ['an upgrade', head('GET / HTTP/1.1', 'Connection: Upgrade, close', 'Upgrade: websocket'), /^HTTP\/1.1 400 /],
  ['CONNECT', head('CONNECT example.com:443 HTTP/1.1'), /^HTTP\/1.1 405 [\s\S]*no forward proxy/],
  ['no HTTP', 'nonsense\r\n\r\n', /^HTTP\/1.1 400 [\s\S]*not a valid HTTP request/],
  [
    'two on one connection',
    head('GET /health/liveliness HTTP/1.1') + head('GET /v1/models HTTP/1.1', last),
    /^HTTP\/1.1 200 [\s\S]*I'm alive[\s\S]*HTTP\/1.1 200 [\s\S]*"list"/,
  ],
];

const silent = { call: () => undefined, note: () => undefined, debug: false, bodies: false };

it('what comes while the app is loading is answered by it, and who leaves meanwhile costs no call', async () => {
  const provider = await startProvider();
  const config = configOf({ deployments: [deployment(`${provider.origin}/v1`)] });
  const proxy = createProxy(config, silent);
  const { port, loaded } = await proxy.listen();
  let ready = false;
  loaded.then(() => {
    ready = true;
  });
  const leaver = connect(port, '127.0.0.1', () => leaver.end(post('X-Left: 1', size) + body, () => leaver.destroy()));
  await until(() => leaver.destroyed);
  const answers = early.map(([, bytes]) => raw(port, bytes, 15_000));
  expect(ready).toBe(false);
  const texts = await Promise.all(answers);
  for (const [index, [name, , answer]] of early.entries()) expect(texts[index], name).toMatch(answer);
  expect(provider.seen.filter(({ headers }) => headers['x-left'] !== undefined)).toEqual([]);
  expect(provider.seen).toHaveLength(3);
  await proxy.close();
  await provider.close();
});

it('closing before the app is loaded ends what waits for it, and the sockets', async () => {
  const proxy = createProxy(configOf({}), silent);
  const { port } = await proxy.listen();
  const answer = raw(port, head('GET /v1/models HTTP/1.1'));
  await proxy.close();
  await answer;
  expect(await raw(port, head('GET / HTTP/1.1'))).toBe('');
});
