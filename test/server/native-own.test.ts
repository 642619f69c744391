import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PassThroughRoute } from '../../src/hub/index.ts';
import {
  ask,
  configOf,
  deployment,
  type FakeProvider,
  json,
  mount,
  post,
  startProvider,
  startProxy,
  until,
  type World,
} from './world.ts';

const masterKey = 'sk-master-0123456789';
const ours = 'ours-0123456789';
const bearer = { authorization: `Bearer ${masterKey}` };
let provider: FakeProvider;
let world: World;

beforeAll(async () => {
  provider = await startProvider();
  const route = (path: string, target: string, more: Partial<PassThroughRoute> = {}): PassThroughRoute => ({
    path,
    target: `${provider.origin}${target}`,
    headers: { authorization: `Bearer ${ours}`, 'x-ours': 'yes' },
    timeoutMs: 500,
    ...more,
  });
  world = await startProxy(
    configOf({
      masterKey,
      secrets: [masterKey, ours],
      passThrough: [
        route('/rerank', '/v1/rerank?fixed=1', { costPerRequest: 0.25 }),
        route('/below', '/base/v1', { below: true }),
        route('/below/deeper', '/other', { below: true, forwards: true }),
        route('/open', '/open', { open: true, headers: {} }),
        route('/user', '/x', { target: `${provider.origin.replace('//', '//me:pw-0123456789@')}/x`, headers: {} }),
        route('/moved', '/moved/', {}),
      ],
    }),
  );
});
afterAll(async () => {
  await world.close();
  await provider.close();
});
beforeEach(() => {
  provider.seen.length = 0;
  provider.answer = (req, res) => json(res, 200, { url: req.url });
});

describe('routes of the user’s own', () => {
  it.each([
    ['/rerank', 200, '/v1/rerank?fixed=1'],
    ['/rerank?a=b&fixed=2', 200, '/v1/rerank?fixed=1&a=b'],
    ['/rerank/', 200, '/v1/rerank?fixed=1'],
    ['/rerank/more', 404, undefined],
    ['/below', 200, '/base/v1'],
    ['/below/v1/x?key=value', 200, '/base/v1/v1/x?key=value'],
    ['/below/x/', 200, '/base/v1/x/'],
    ['/belowx', 404, undefined],
    ['/below/deeper/x', 200, '/other/x'],
    ['/below/%2e%2e/x', 400, undefined],
    ['/below/a%2fb', 400, undefined],
    ['/moved', 200, '/moved/'],
    ['/user', 200, '/x'],
  ])('%s: %i %s', async (path, status, url) => {
    expect((await post(world.url + path, {}, bearer)).status).toBe(status);
    expect(provider.seen[0]?.url).toBe(url);
    expect(JSON.stringify(provider.seen)).not.toContain(masterKey);
  });

  it('carry our headers, and of the client’s what is its product', async () => {
    const mine = { ...bearer, 'x-ours': 'no', 'x-own': '1', cookie: 'c', 'x-api-key': masterKey, 'user-agent': 'me/1' };
    await post(`${world.url}/below/x`, {}, mine);
    await post(`${world.url}/below/deeper/x`, {}, mine);
    const [strict, open] = provider.seen.map(({ headers }) => headers);
    expect(strict).toMatchObject({ authorization: `Bearer ${ours}`, 'x-ours': 'yes', 'user-agent': 'me/1' });
    for (const name of ['x-own', 'cookie', 'x-api-key']) expect(strict?.[name]).toBeUndefined();
    expect(open).toMatchObject({ authorization: `Bearer ${ours}`, 'x-ours': 'yes', 'x-own': '1' });
    for (const name of ['cookie', 'x-api-key']) expect(open?.[name]).toBeUndefined();
    await post(`${world.url}/user`, {}, bearer);
    expect(provider.seen[2]?.headers.authorization).toBe(`Basic ${Buffer.from('me:pw-0123456789').toString('base64')}`);
  });

  it('need the master key unless they are said to be open', async () => {
    for (const path of ['/rerank', '/below/x', '/open/x', '/openx']) {
      expect((await post(world.url + path, {})).status).toBe(401);
    }
    expect(provider.seen).toEqual([]);
    expect((await ask(`${world.url}/open?a=1`)).status).toBe(200);
    expect(provider.seen[0]?.url).toBe('/open?a=1');
    // A page of elsewhere has no key either.
    expect((await ask(`${world.url}/open`, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  });

  it('cost what the user says, when they succeed', async () => {
    await post(`${world.url}/rerank`, {}, bearer);
    expect(world.entries.at(-1)).toMatchObject({ route: 'POST /rerank', status: 200, cost: 0.25 });
    provider.answer = (_, res) => json(res, 500, { error: ours });
    const reply = await post(`${world.url}/rerank`, {}, bearer);
    expect([reply.status, reply.text.includes(ours)]).toEqual([500, false]);
    expect(world.entries.at(-1)).toMatchObject({ status: 500 });
    expect(world.entries.at(-1)?.cost).toBeUndefined();
  });

  it('may stand where a route of ours does', async () => {
    const own: PassThroughRoute = {
      path: '/v1/embeddings',
      target: `${provider.origin}/theirs`,
      headers: {},
      timeoutMs: 500,
    };
    const other = await startProxy(configOf({ passThrough: [own] }));
    expect((await post(`${other.url}/v1/embeddings`, {})).text).toBe('{"url":"/theirs"}');
    expect((await post(`${other.url}/v1/embeddings?x=1`, {})).text).toBe('{"url":"/theirs?x=1"}');
    await other.close();
  });
});

describe('an HTTP proxy of the environment', () => {
  it('is what mounts go through, but for hosts that are spared', async () => {
    const asked: string[] = [];
    const hop = createServer();
    hop.on('connect', (req, socket) => {
      asked.push(`${req.url} ${req.headers['proxy-authorization']}`);
      const { port } = new URL(provider.origin);
      const on = connect(Number(port), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      on.pipe(socket).pipe(on);
      for (const one of [on, socket]) one.on('error', () => {});
    });
    await new Promise<void>((resolve) => hop.listen(0, '127.0.0.1', resolve));
    const http = `http://u:p%40@127.0.0.1:${(hop.address() as AddressInfo).port}`;
    const mounts = [
      mount('/far', deployment('http://far.example:81/v1')),
      mount('/near', deployment(`${provider.origin}/v1`)),
    ];
    const through = await startProxy(configOf({ mounts, proxy: { http, none: '127.0.0.1,.spared.example' } }));
    expect((await post(`${through.url}/far/models`)).text).toBe('{"url":"/v1/models"}');
    expect((await post(`${through.url}/near/models`)).text).toBe('{"url":"/v1/models"}');
    expect(asked).toEqual([`far.example:81 Basic ${Buffer.from('u:p@').toString('base64')}`]);
    expect(provider.seen[0]?.headers.host).toBe('far.example:81');
    await through.close();
    hop.closeAllConnections();
    hop.close();
  });

  it('that does not answer is told', async () => {
    const mounts = [mount('/far', deployment('http://far.example:81/v1'))];
    const through = await startProxy(configOf({ mounts, proxy: { http: 'http://127.0.0.1:1' } }));
    const reply = await post(`${through.url}/far/models`);
    expect([reply.status, JSON.parse(reply.text).error.message]).toEqual([
      502,
      expect.stringContaining('ECONNREFUSED'),
    ]);
    await until(() => through.entries.length === 1);
    await through.close();
  });
});
