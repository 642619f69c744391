import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Config, Deployment, Entry } from '../../src/hub/index.ts';
import { createProxy } from '../../src/server/index.ts';
import { completion, configOf, deployment, type FakeProvider, json, startProvider } from './world.ts';

let provider: FakeProvider;
let url: string;
const entries: Entry[] = [];
const sink = { call: (entry: Entry) => void entries.push(entry), note: () => {}, debug: false, bodies: false };
const proxies: ReturnType<typeof createProxy>[] = [];

beforeAll(async () => {
  provider = await startProvider();
});
afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  provider.answer = (_, res) => json(res, 200, completion);
  provider.seen.length = 0;
});
afterAll(() => provider.close());

async function serve(deployments: Deployment[], more: Partial<Config> = {}) {
  const proxy = createProxy(configOf({ deployments, anyModel: false, host: '127.0.0.1', ...more }), sink);
  proxies.push(proxy);
  const { port, loaded } = await proxy.listen();
  await loaded;
  url = `http://127.0.0.1:${port}`;
  return proxy;
}

const one = (id: string, more: Partial<Deployment> = {}) =>
  deployment(`${provider.origin}/v1`, { id, group: id, ...more });
const get = async (path: string) => JSON.parse(await (await fetch(url + path)).text());
const chat = (model: string) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
  });

describe('/v1/models', () => {
  const listed = async (query = '') => (await get(`/v1/models${query}`)).data.map(({ id }: { id: string }) => id);

  it('lists every name once, and no hidden one', async () => {
    await serve([one('a'), one('b'), one('c', { group: 'a' })], {
      aliases: { x: 'a', y: 'b', z: 'gone' },
      hidden: ['y'],
    });
    expect(await listed()).toEqual(['a', 'b', 'x']);
    expect((await chat('y')).status).toBe(200);
  });

  it('lists what a pattern stands for, or the pattern where that was asked for', async () => {
    const made = (star: string) => one(`made-${star}`, { group: `mine/${star}`, model: star });
    const pattern = one('p', { group: 'mine/gpt-4*', model: 'gpt-4*', wild: (star) => [made(star)] });
    await serve([one('a'), pattern]);
    const names = await listed();
    expect(names).toEqual(expect.arrayContaining(['a', 'mine/gpt-4o', 'mine/gpt-4.1']));
    for (const name of names.slice(1)) expect(name).toMatch(/^mine\/gpt-4/);
    await serve([one('a'), pattern], { listsPatterns: true });
    expect(await listed()).toEqual(['a', 'mine/gpt-4*']);
    await serve([one('a'), pattern]);
    expect(await listed('?return_wildcard_routes=True')).toEqual(['a', 'mine/gpt-4*']);
  });

  it('lists access groups where that is asked for', async () => {
    await serve([one('a'), one('b')], { accessGroups: { beta: ['b'], all: ['a', 'b'], none: ['gone'] } });
    expect(await listed('?include_model_access_groups=false')).toEqual(['a', 'b']);
    expect(await listed('?include_model_access_groups=true')).toEqual(['a', 'b', 'beta', 'all']);
    expect(await listed('?only_model_access_groups=True')).toEqual(['beta', 'all']);
  });
});

describe('/model/info', () => {
  it('tells what the user wrote, over what is known', async () => {
    const info = { id: 'other', team: { lead: 'x' }, mode: 'chat', input_cost_per_token: 7, max_input_tokens: 99 };
    await serve([one('a', { info, price: { input: 7 }, share: { rpm: 5, tags: ['t'] } }), one('b', { group: 'a' })]);
    const { data } = await get('/model/info');
    expect(data).toHaveLength(2);
    expect(data[0]).toMatchObject({
      model_name: 'a',
      litellm_params: { rpm: 5, tags: ['t'] },
      model_info: { id: 'a', team: { lead: 'x' }, input_cost_per_token: 7, max_input_tokens: 99 },
    });
    expect((await get('/model_group/info')).data).toEqual([
      expect.objectContaining({ model_group: 'a', rpm: null, max_input_tokens: 99 }),
    ]);
  });
});

describe('/health', () => {
  it('tests every deployment, in its own way, and of patterns none', async () => {
    provider.answer = (req, res) => {
      if (req.headers.authorization?.endsWith('bad')) json(res, 500, { error: { message: 'ill' } });
      else if (req.url?.endsWith('/embeddings'))
        json(res, 200, { object: 'list', data: [{ index: 0, embedding: [1] }], model: 'e' });
      else json(res, 200, completion);
    };
    const all = [
      one('a'),
      one('b', { key: 'sk-bad' }),
      one('e', { embeds: true }),
      one('i', { info: { mode: 'image_generation' } }),
      one('p', { group: 'x/*', wild: () => [] }),
    ];
    await serve(all, { aliases: { alias: 'a' } });
    const { healthy_endpoints: healthy, unhealthy_endpoints: ill } = await get('/health');
    expect(healthy.map((found: { model_id: string }) => found.model_id)).toEqual(['a', 'e', 'i']);
    expect(ill).toEqual([expect.objectContaining({ model_id: 'b', error: expect.stringContaining('ill') })]);
    expect(provider.seen.map(({ url: asked }) => asked).sort()).toEqual([
      '/v1/chat/completions',
      '/v1/chat/completions',
      '/v1/embeddings',
    ]);
    expect(await get('/health?model=alias')).toMatchObject({ healthy_count: 1, unhealthy_count: 0 });
    expect(await get('/health?model=b')).toMatchObject({ healthy_count: 0, unhealthy_count: 1 });
    expect(provider.seen).toHaveLength(3);
    expect((await fetch(`${url}/health?model=nobody`)).status).toBe(404);
  });
});

describe('prices of the user', () => {
  it.each<[string, Partial<Deployment>, number]>([
    ['his own', { price: { input: 0.5, output: 2 } }, 1000 * 0.5 + 100 * 2],
    ['by the call', { price: { call: 3 } }, 3],
    ['none', { price: { input: 0, output: 0 } }, 0],
    [
      'those of the model that it is',
      { model: 'my-deploy', info: { base_model: 'openai/gpt-4o' } },
      1000 * 2.5e-6 + 100 * 10e-6,
    ],
  ])('count: %s', async (_, more, cost) => {
    await serve([one('a', more)]);
    await get('/v1/models');
    entries.length = 0;
    const reply = await chat('a');
    await reply.text();
    expect(Number(reply.headers.get('x-litellm-response-cost'))).toBeCloseTo(cost, 9);
    await expect.poll(() => entries[0]?.cost).toBeCloseTo(cost, 9);
  });
});

describe('a reload', () => {
  it('brings other models, another master key and another header for it', async () => {
    const proxy = await serve([one('a')]);
    expect((await chat('a')).status).toBe(200);
    const next = configOf({ deployments: [one('b')], anyModel: false, masterKey: 'sk-master', keyHeader: 'x-mine' });
    proxy.reload(next);
    expect((await chat('b')).status).toBe(401);
    const asked = (name: string, model: string) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { [name]: 'sk-master' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
      });
    expect((await asked('x-mine', 'b')).status).toBe(200);
    expect((await asked('x-mine', 'a')).status).toBe(400);
    proxy.reload({ ...next, keyHeader: 'x-other' });
    expect((await asked('x-mine', 'b')).status).toBe(401);
    expect((await asked('x-other', 'b')).status).toBe(200);
  });
});
