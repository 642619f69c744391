import { afterEach, beforeEach, expect, test } from 'vitest';
import { providers } from '../../src/providers/index.ts';
import { type MediaVendor, reply, startMediaVendor } from '../clients/media-vendor.ts';
import { startProxy as startByFlags } from '../clients/proxy.ts';
import { configOf, deployment, post, startProxy, type World } from './world.ts';

let vendor: MediaVendor;
let proxy: { url: string; close(): Promise<void> } | undefined;
beforeEach(async () => {
  vendor = await startMediaVendor();
  vendor.answer = (_, res) => reply(res, { id: 'modr-1', model: 'own-name', results: [{ flagged: false }] });
});
afterEach(async () => {
  await proxy?.close();
  await vendor.close();
});

function rowOf(id: string) {
  const row = providers[id];
  if (row === undefined) throw new Error(id);
  return row;
}

/** A configuration of several groups: a chat of Anthropic's, one of OpenAI's, and a judge where asked for. */
function several(judge: boolean): Promise<World> {
  const base = vendor.url;
  return startProxy(
    configOf({
      anyModel: false,
      deployments: [
        deployment(base, { id: 'a', group: 'claude', provider: rowOf('anthropic'), model: 'claude-sonnet-4-5' }),
        deployment(base, { id: 'b', group: 'gpt', model: 'gpt-4o' }),
        ...(judge
          ? [
              deployment(base, {
                id: 'c',
                group: 'judge',
                model: 'omni-moderation-latest',
                makes: 'moderations' as const,
              }),
            ]
          : []),
      ],
    }),
  );
}

const whose = [
  ['the group that is named', true, { model: 'judge', input: 'x' }, 'omni-moderation-latest'],
  ['a judge, when none is named', true, { input: 'x' }, 'omni-moderation-latest'],
  ['the first that judges, when none is named', false, { input: 'x' }, undefined],
  [
    'the first that judges, under a name that nobody has',
    false,
    { model: 'text-moderation-stable', input: 'x' },
    'text-moderation-stable',
  ],
] as const;
test.each(whose)('with several groups: %s', async (_, judge, asked, model) => {
  proxy = await several(judge);
  const { status, headers } = await post(`${proxy.url}/moderations`, asked);
  expect(status).toBe(200);
  expect(headers['x-modelport-provider']).toBe('openai');
  expect(vendor.seen).toMatchObject([{ path: '/moderations' }]);
  expect(vendor.seen[0]?.json['model']).toBe(model);
});

test('other endpoints know only the names of the configuration', async () => {
  proxy = await several(true);
  const { status, text } = await post(`${proxy.url}/v1/images/generations`, { model: 'dall-e-3', prompt: 'x' });
  expect(status).toBe(400);
  expect(text).toContain('Invalid model name passed in model=dall-e-3');
  const wrong = await post(`${proxy.url}/v1/images/generations`, { model: 'claude', prompt: 'x' });
  expect(wrong.status).toBe(404);
  expect(vendor.seen).toEqual([]);
});

test('Mistral says which categories were hit, and not whether one was', async () => {
  proxy = await startByFlags(
    { model: 'mistral/mistral-small', api_base: vendor.url },
    { MISTRAL_API_KEY: 'mistral-0123456789' },
  );
  const results = [
    { categories: { sexual: false, pii: true }, category_scores: { sexual: 0.1, pii: 0.9 } },
    { categories: { sexual: false, pii: false }, category_scores: {} },
  ];
  vendor.answer = (_, res) => reply(res, { id: 'm1', model: 'mistral-moderation-latest', results });
  const { text } = await post(`${proxy.url}/v1/moderations`, { model: 'mistral-moderation-latest', input: ['a', 'b'] });
  expect(JSON.parse(text).results).toEqual([
    { ...results[0], flagged: true },
    { ...results[1], flagged: false },
  ]);
});

const refused = [
  ['no input', {}, 'openai', 400, "Missing required parameter: 'input'."],
  ['an empty list', { input: [] }, 'openai', 400, "'input' must not be empty"],
  ['a number', { input: 5 }, 'openai', 400, "'input' must be a string or an array"],
  ['a provider that does not judge', { input: 'x' }, 'anthropic', 404, 'Anthropic (anthropic) has no /v1/moderations'],
] as const;
test.each(refused)('%s', async (_, body, provider, status, words) => {
  const to = deployment(vendor.url, { provider: rowOf(provider), model: 'm', group: 'm' });
  proxy = await startProxy(configOf({ deployments: [to] }));
  const answer = await post(`${proxy.url}/v1/moderations`, body);
  expect([answer.status, JSON.parse(answer.text).error.message]).toEqual([status, expect.stringContaining(words)]);
  expect(vendor.seen).toEqual([]);
});

test('its kind is told at /model/info, and /health does not try it', async () => {
  proxy = await startByFlags(
    { model: 'openai/omni-moderation-latest', api_base: vendor.url },
    { OPENAI_API_KEY: 'sk-0123456789' },
  );
  const info = await (await fetch(`${proxy.url}/model/info`)).json();
  expect(info).toMatchObject({ data: [{ model_info: { mode: 'moderation' } }] });
  const health = await (await fetch(`${proxy.url}/health`)).json();
  expect(health).toMatchObject({ unhealthy_count: 0, healthy_endpoints: [{ skipped: true }] });
  expect(vendor.seen).toEqual([]);
});

test('a wrong method names the right one', async () => {
  proxy = await startByFlags({ model: 'mock/echo' });
  const answer = await fetch(`${proxy.url}/v1/moderations`);
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
});
