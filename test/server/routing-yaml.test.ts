import { afterEach, beforeEach, expect, test } from 'vitest';
import { load } from '../config/files.ts';
import {
  chat,
  completion,
  type FakeProvider,
  json,
  post,
  startProvider,
  startProxy,
  until,
  type World,
} from './world.ts';

/** As LiteLLM's users write it: two deployments of one name, a fallback, aliases, patterns, a policy. */
const yaml = (bad: string, good: string): string => `
model_list:
  - model_name: gpt
    litellm_params: {model: openai/gpt-4o, api_base: "${bad}", api_key: sk-first-0123456789, order: 1}
    model_info: {id: first}
  - model_name: gpt
    litellm_params: {model: openai/gpt-4o-2, api_base: "${good}", api_key: sk-second-0123456789, order: 2}
    model_info: {id: second}
  - model_name: ill
    litellm_params: {model: openai/gpt-ill, api_base: "${bad}", api_key: sk-first-0123456789}
  - model_name: "vendor/*"
    litellm_params: {model: "openai/*", api_base: "${good}", api_key: sk-second-0123456789}
  - model_name: tagged
    litellm_params: {model: openai/free, api_base: "${good}", api_key: sk-second-0123456789, tags: [free]}
  - model_name: tagged
    litellm_params: {model: openai/paid, api_base: "${good}", api_key: sk-second-0123456789, tags: [paid]}
router_settings:
  num_retries: 1
  model_group_alias: {nick: gpt}
  fallbacks: [{ill: [vendor/other]}]
  enable_tag_filtering: true
  retry_policy: {TimeoutErrorRetries: 0}
litellm_settings:
  drop_params: true
`;

let bad: FakeProvider;
let good: FakeProvider;
let world: World;

beforeEach(async () => {
  [bad, good] = await Promise.all([startProvider(), startProvider()]);
  bad.answer = (_, res) => json(res, 500, { error: { message: 'broken' } });
  good.answer = (_, res, body) => json(res, 200, { ...completion, model: JSON.parse(String(body)).model });
  const { config } = await load(yaml(bad.origin, good.origin), {});
  world = await startProxy({ ...config, host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await world.close();
  await Promise.all([bad.close(), good.close()]);
});

test.each<[string, object, number, string | undefined, object]>([
  ['another deployment of the name', { model: 'gpt' }, 200, 'gpt-4o-2', { 'x-litellm-attempted-retries': '1' }],
  ['an alias', { model: 'nick' }, 200, 'gpt-4o-2', { 'x-litellm-model-id': 'second' }],
  ['an id', { model: 'second' }, 200, 'gpt-4o-2', { 'x-litellm-attempted-retries': '0' }],
  ['a pattern', { model: 'vendor/gpt-9' }, 200, 'gpt-9', { 'x-litellm-model-group': 'vendor/gpt-9' }],
  ['a fallback', { model: 'ill', num_retries: 0 }, 200, 'other', { 'x-litellm-attempted-fallbacks': '1' }],
  ['no fallback', { model: 'ill', num_retries: 0, disable_fallbacks: true }, 500, undefined, {}],
  ['a tag', { model: 'tagged', tags: ['paid'] }, 200, 'paid', {}],
  ['no such tag', { model: 'tagged', tags: ['x'] }, 401, undefined, {}],
  ['nobody', { model: 'nobody' }, 400, undefined, {}],
])('a config.yaml: %s', async (_, body, status, asked, headers) => {
  const reply = await post(`${world.url}/v1/chat/completions`, { ...chat, ...body });
  expect([reply.status, reply.text]).toEqual([status, expect.any(String)]);
  expect(reply.headers).toMatchObject(headers);
  expect(good.seen.map((one) => JSON.parse(one.body).model)).toEqual(asked === undefined ? [] : [asked]);
  await until(() => world.entries.length > 0);
});
