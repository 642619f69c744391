import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/index.ts';
import type { Config, Deployment } from '../../src/hub/index.ts';
import { entry, load } from './files.ts';

const env = {
  OPENAI_API_KEY: 'sk-env-0123456789',
  AZURE_API_KEY: 'azure-env-key-1',
  AWS_SESSION_TOKEN: 'of-another-account',
};

async function first(params: string, more = '', flags = {}): Promise<Deployment> {
  const { config } = await load(entry(params, more), env, flags);
  const [to] = config.deployments;
  if (to === undefined) throw new Error('no deployment');
  return to;
}

const openai = 'model: openai/gpt-4o';

describe('litellm_params', () => {
  it.each<[string, string, object]>([
    ['a key of the environment', openai, { key: 'sk-env-0123456789', base: 'https://api.openai.com/v1', group: 'm' }],
    ['a key', `${openai}\napi_key: sk-own-1`, { key: 'sk-own-1' }],
    ['a variable', `${openai}\napi_key: os.environ/AZURE_API_KEY`, { key: 'azure-env-key-1' }],
    ['a number as a key', `${openai}\napi_key: 12345678901234567891`, { key: '12345678901234567891' }],
    ['api_base', `${openai}\napi_base: http://h:1`, { base: 'http://h:1/v1' }],
    ['base_url', `${openai}\nbase_url: http://h:1/v1/`, { base: 'http://h:1/v1' }],
    [
      'custom_llm_provider',
      'model: my-gpt\ncustom_llm_provider: hosted_vllm',
      { model: 'my-gpt', origin: 'http://localhost:8000' },
    ],
    [
      'the version of an API',
      'model: azure/d\napi_base: https://x.openai.azure.com\napi_version: 2024-02-01',
      { places: { apiVersion: '2024-02-01' } },
    ],
    ['organization', `${openai}\norganization: org-1`, { headers: { 'openai-organization': 'org-1' } }],
    [
      'headers',
      `${openai}\nheaders: {A: b}\nextra_headers: {X-N: 1, x-b: true}`,
      { headers: { a: 'b', 'x-n': '1', 'x-b': 'true' } },
    ],
    ['drop_params', `${openai}\ndrop_params: true`, { dropParams: true }],
    ['drop_params as a text', `${openai}\ndrop_params: "True"`, { dropParams: true }],
    ['drop_params in words', `${openai}\ndrop_params: no`, { dropParams: false }],
    [
      'additional_drop_params',
      `${openai}\nadditional_drop_params: [a, 'tools[*].strict']`,
      { alsoDrop: ['a', 'tools[*].strict'] },
    ],
    ['allowed_openai_params', `${openai}\nallowed_openai_params: tools`, { allowed: ['tools'] }],
    [
      'defaults that every dialect knows',
      `${openai}\ntemperature: 0\nmax_tokens: "7"\ntop_p: 0.5\ntop_k: 3\nstop: END\nseed: 1\nuser: u\nreasoning_effort: low\nthinking: {type: enabled, budget_tokens: 2048}`,
      {
        defaults: {
          temperature: 0,
          maxTokens: 7,
          topP: 0.5,
          topK: 3,
          stop: ['END'],
          seed: 1,
          user: 'u',
          reasoning: { effort: 'low', budget: 2048 },
        },
      },
    ],
    [
      'what is the provider’s own',
      `${openai}\nkeep_alive: 5m\nsafety_settings: [{a: 1}]\nresponse_format: {type: json_object}\nextra_body: {min_p: 0.1}`,
      { adds: { keep_alive: '5m', safety_settings: [{ a: 1 }], response_format: { type: 'json_object' }, min_p: 0.1 } },
    ],
    [
      'nothing by null',
      `${openai}\ntemperature: null\napi_base:\nnum_ctx: ~`,
      { defaults: {}, base: 'https://api.openai.com/v1' },
    ],
    ['seconds', `${openai}\ntimeout: 1.5\nstream_timeout: "0.5"`, { timeoutMs: 1500, streamTimeoutMs: 500 }],
    [
      'shares',
      `${openai}\nrpm: 1\ntpm: "2"\nweight: 0.5\norder: 1\ntags: [a, b]\nmax_parallel_requests: 3\ncooldown_time: 2\nmax_retries: 4\nregion_name: eu`,
      {
        share: {
          rpm: 1,
          tpm: 2,
          weight: 0.5,
          order: 1,
          tags: ['a', 'b'],
          parallel: 3,
          cooldownMs: 2000,
          retries: 4,
        },
      },
    ],
    ['mock_response', `${openai}\nmock_response: hi`, { mock: 'hi' }],
    [
      'prices',
      `${openai}\ninput_cost_per_token: 1e-6\noutput_cost_per_token: 0.000002`,
      { price: { input: 0.000001, output: 0.000002 } },
    ],
    [
      'callers’ own keys',
      `${openai}\nconfigurable_clientside_auth_params: [api_key, {api_base: "^x"}]`,
      { clientKey: true },
    ],
    [
      'an account of AWS, without what the environment says of another',
      'model: bedrock/anthropic.claude-x\naws_access_key_id: AKIA1\naws_secret_access_key: secret-1\naws_region_name: eu-west-3',
      {
        settings: { accessKeyId: 'AKIA1', secretAccessKey: 'secret-1' },
        origin: 'https://bedrock-runtime.eu-west-3.amazonaws.com',
      },
    ],
    [
      'a project of Google',
      'model: vertex_ai/gemini-2.5-flash\nvertex_project: p\nvertex_location: europe-west1\nvertex_credentials: {type: service_account}',
      { places: { project: 'p', location: 'europe-west1' }, settings: { credentials: '{"type":"service_account"}' } },
    ],
    [
      'an application of Entra instead of the environment’s key',
      'model: azure/d\napi_base: https://x.openai.azure.com\ntenant_id: t\nclient_id: c\nclient_secret: s',
      { auth: { kind: 'entra' }, settings: { tenantId: 't', clientId: 'c', clientSecret: 's' } },
    ],
    [
      'a token of Entra',
      'model: azure/d\napi_base: https://x.openai.azure.com\nazure_ad_token: tok-1',
      { auth: { kind: 'bearer' }, key: 'tok-1' },
    ],
  ])('know %s', async (_, params, wanted) => {
    const to = await first(params);
    expect(to).toMatchObject(wanted);
    if ('settings' in wanted) expect(to.settings).toEqual((wanted as Deployment).settings);
    if ('adds' in wanted) expect(to.adds).toEqual((wanted as Deployment).adds);
    if ('share' in wanted) expect(to.share).toEqual((wanted as Deployment).share);
    if ('defaults' in wanted) expect(to.defaults).toEqual((wanted as Deployment).defaults);
  });

  it('of the command line hold for all', async () => {
    const flags = { temperature: 0, max_tokens: 5, request_timeout: 2, drop_params: true, headers: ['x-a=typed'] };
    const to = await first(`${openai}\ntimeout: 9\nstream_timeout: 8\nheaders: {x-a: own, x-b: own}`, '', flags);
    expect(to).toMatchObject({ forced: { temperature: 0, maxTokens: 5 }, timeoutMs: 2000, dropParams: true });
    expect(to).not.toHaveProperty('streamTimeoutMs');
    expect(to.headers).toEqual({ 'x-a': 'typed', 'x-b': 'own' });
    expect((await first(openai, '', { api_base: 'http://typed:1' })).base).toBe('http://typed:1/v1');
  });

  it('keep what a variable says of all calls below what a model says', async () => {
    const { config } = await load(
      entry(`${openai}\ntimeout: 9`),
      { ...env, REQUEST_TIMEOUT: '3' },
      { request_timeout: 3 },
    );
    expect(config.deployments[0]?.timeoutMs).toBe(9000);
    expect(
      (await load(entry(openai), { REQUEST_TIMEOUT: '3' }, { request_timeout: 3 })).config.deployments[0]?.timeoutMs,
    ).toBe(3000);
  });

  it('take credentials by name, their own first', async () => {
    const more =
      'credential_list:\n  - credential_name: c\n    credential_values: {api_key: sk-shared-1, api_base: "http://h:1"}\n';
    const to = await first(`${openai}\nlitellm_credential_name: c\napi_key: sk-own-1`, more);
    expect(to).toMatchObject({ key: 'sk-own-1', base: 'http://h:1/v1' });
    expect(await first(`${openai}\nlitellm_credential_name: c`, more)).toMatchObject({ key: 'sk-shared-1' });
  });
});

describe('model_info', () => {
  it('is kept as it was written, and what it says counts', async () => {
    const { config } = await load(
      `model_list:
  - model_name: m
    litellm_params: {model: azure/d, api_base: "https://x.openai.azure.com"}
    model_info: {id: mine, base_model: azure/gpt-4o, max_input_tokens: 99, access_groups: [beta], team: {a: 1}, output_cost_per_token: 0.5}
  - {model_name: e, litellm_params: {model: openai/x}, model_info: {mode: embedding, access_groups: beta}}`,
      env,
    );
    expect(config.deployments[0]).toMatchObject({
      id: 'mine',
      info: { base_model: 'azure/gpt-4o', team: { a: 1 } },
      share: { window: 99 },
      price: { output: 0.5 },
    });
    expect(config.deployments[1]).toMatchObject({ embeds: true });
    expect(config.accessGroups).toEqual({ beta: ['m', 'e'] });
  });
});

describe('several keys', () => {
  it.each<[string, string, Record<string, string>, string[]]>([
    ['a list', `${openai}\napi_key: [k-1, k-2, k-3]`, {}, ['k-1', 'k-2', 'k-3']],
    ['a text with commas', `${openai}\napi_key: k-1,k-2`, {}, ['k-1', 'k-2']],
    ['a variable with commas', openai, { OPENAI_API_KEY: 'k-1, k-2' }, ['k-1', 'k-2']],
    ['a list of variables', `${openai}\napi_key: [os.environ/A, os.environ/B]`, { A: 'k-1', B: 'k-2' }, ['k-1', 'k-2']],
    ['the same one twice', `${openai}\napi_key: [k-1, k-1]`, {}, ['k-1']],
  ])('by %s are a deployment each', async (_, params, variables, keys) => {
    const { config } = await load(entry(params), variables);
    expect(config.deployments.map(({ key }) => key)).toEqual(keys);
    expect(new Set(config.deployments.map(({ id }) => id)).size).toBe(keys.length);
    expect(new Set(config.deployments.map(({ group }) => group))).toEqual(new Set(['m']));
  });
});

it('several keys of a --model run are deployments of one group', () => {
  const { config } = resolveConfig({ model: 'openai/gpt-4o' }, { OPENAI_API_KEY: 'k-first-1,k-second-2' });
  expect(config.deployments.map(({ key, group }) => [key, group])).toEqual([
    ['k-first-1', 'openai/gpt-4o'],
    ['k-second-2', 'openai/gpt-4o'],
  ]);
  expect(config.secrets).toEqual(expect.arrayContaining(['k-first-1', 'k-second-2']));
  expect(config).toMatchObject({ anyModel: true });
});

describe('ids', () => {
  const ids = async (yaml: string) => (await load(yaml, env)).config.deployments.map(({ id }) => id);
  it('follow the settings of a deployment and nothing else', async () => {
    const [id] = await ids(entry(openai));
    expect(await ids(entry(openai, 'router_settings: {num_retries: 1}'))).toEqual([id]);
    expect(await ids(entry(`${openai}\ntemperature: 1`))).not.toEqual([id]);
  });
  it('tell equal entries apart', async () => {
    const one = '  - {model_name: m, litellm_params: {model: openai/x}}\n';
    const all = await ids(`model_list:\n${one}${one}`);
    expect(new Set(all).size).toBe(2);
  });
});

describe('patterns', () => {
  const yaml = `model_list:
  - {model_name: "*", litellm_params: {model: "*"}}
  - {model_name: "openai/*", litellm_params: {model: "openai/*", api_key: [k-1, k-2]}}
  - {model_name: "openai/gpt-4*", litellm_params: {model: "openai/gpt-4*", temperature: 0.5}}
  - {model_name: "anthropic/*", litellm_params: {model: "openrouter/anthropic/*"}}
  - {model_name: "fixed/*", litellm_params: {model: openai/gpt-4o}}
  - {model_name: plain, litellm_params: {model: openai/gpt-4o}}`;
  const stars = async () => (await load(yaml, env)).config.deployments;

  it('stand behind names, the most specific first', async () => {
    const groups = (await stars()).map(({ group }) => group);
    expect(groups).toEqual(['plain', 'openai/gpt-4*', 'anthropic/*', 'openai/*', 'openai/*', 'fixed/*', '*']);
  });

  it.each([
    ['openai/*', 'gpt-9', { group: 'openai/gpt-9', model: 'gpt-9', key: 'k-1' }],
    ['openai/gpt-4*', 'o-mini', { model: 'gpt-4o-mini', defaults: { temperature: 0.5 } }],
    [
      'anthropic/*',
      'claude-x',
      { group: 'anthropic/claude-x', model: 'anthropic/claude-x', origin: 'https://openrouter.ai' },
    ],
    ['fixed/*', 'whatever', { group: 'fixed/whatever', model: 'gpt-4o' }],
    ['*', 'groq/llama', { group: 'groq/llama', model: 'llama', origin: 'https://api.groq.com' }],
    ['*', 'gpt-4o', { model: 'gpt-4o', origin: 'https://api.openai.com' }],
  ])('%s knows what %s means', async (group, star, wanted) => {
    const to = (await stars()).find((one) => one.group === group);
    expect(to?.wild?.(star)).toMatchObject([wanted]);
    expect(to?.wild?.(star)[0]).toBe(to?.wild?.(star)[0]);
  });

  it('serve nothing that no provider has, nor names without an end', async () => {
    const to = (await stars()).find((one) => one.group === '*');
    expect(to?.wild?.('no-such-provider/x')).toEqual([]);
    expect(to?.wild?.(`openai/${'x'.repeat(600)}`)).toEqual([]);
  });

  it('have the second key for the second deployment', async () => {
    const [, second] = (await stars()).filter((one) => one.group === 'openai/*');
    expect(second?.wild?.('x')).toMatchObject([{ key: 'k-2' }]);
  });

  it('share the keys of a provider that only the name says', async () => {
    const { config } = await load(yaml, { ...env, GROQ_API_KEY: 'g-1,g-2' });
    const to = config.deployments.find((one) => one.group === '*');
    expect(to?.wild?.('groq/llama')).toMatchObject([{ key: 'g-1' }, { key: 'g-2' }]);
  });
});

describe('settings', () => {
  it.each<[string, string, Partial<Config>]>([
    ['master_key', 'general_settings: {master_key: sk-1234}', { masterKey: 'sk-1234' }],
    ['a key of the environment', '', { masterKey: 'sk-of-env-1' }],
    [
      'models of operations',
      'general_settings: {completion_model: m, embedding_model: m, image_generation_model: m, moderation_model: m}',
      { modelFor: { chat: 'm', embeddings: 'm', images: 'm', moderations: 'm' } },
    ],
    [
      'limits',
      'general_settings: {max_request_size_mb: 1, max_response_size_mb: 2, global_max_parallel_requests: 3}\nlitellm_settings: {max_budget: 0.5}',
      { maxBody: 2 ** 20, maxReply: 2 ** 21, maxConcurrent: 3, maxBudget: 0.5 },
    ],
    ['a header for keys', 'general_settings: {litellm_key_header_name: X-My-Key}', { keyHeader: 'x-my-key' }],
    ['usage in every stream', 'general_settings: {always_include_stream_usage: "true"}', { alwaysUsage: true }],
    [
      'aliases',
      'router_settings: {model_group_alias: {a: m, b: {model: m, hidden: true}}}',
      { aliases: { a: 'm', b: 'm' }, hidden: ['b'] },
    ],
    [
      'a pass-through',
      'general_settings: {pass_through_endpoints: [{path: /mine, target: "http://127.0.0.1:1/x", headers: {authorization: os.environ/OPENAI_API_KEY}}]}',
      { passThrough: [expect.objectContaining({ path: '/mine', headers: { authorization: 'sk-env-0123456789' } })] },
    ],
    [
      'a cache in memory',
      'litellm_settings: {cache: true, cache_params: {ttl: 60, max_size_mb: 1, mode: default_off, supported_call_types: [acompletion, aembedding]}}',
      { cache: { kind: 'memory', ttlMs: 60_000, most: 2 ** 20, onDemand: true, operations: ['chat', 'embeddings'] } },
    ],
    [
      'a cache in Redis',
      'litellm_settings: {cache: true, cache_params: {type: redis, host: h, port: "7", password: "p w", namespace: n}}',
      { cache: expect.objectContaining({ kind: 'redis', url: 'redis://:p%20w@h:7', namespace: 'n' }) },
    ],
  ])('know %s', async (_, more, wanted) => {
    const { config } = await load(entry(openai, more), { ...env, LITELLM_MASTER_KEY: 'sk-of-env-1' });
    expect(config).toMatchObject(wanted);
    expect(config.anyModel).toBe(false);
  });

  it('route: router_settings over litellm_settings', async () => {
    const { config } = await load(
      entry(
        openai,
        `litellm_settings: {num_retries: 1, fallbacks: [{m: [a]}], allowed_fails: 3, request_timeout: 7, drop_params: true}
router_settings:
  routing_strategy: usage-based-routing-v2
  num_retries: 4
  retry_after: 0.5
  cooldown_time: 30
  allowed_fails_policy: {RateLimitErrorAllowedFails: 2}
  retry_policy: {TimeoutErrorRetries: 3, InternalServerErrorRetries: 1}
  model_group_retry_policy: {m: {BadRequestErrorRetries: 0}}
  context_window_fallbacks: [{m: [b]}, {n: [{model: c, temperature: 0}]}]
  content_policy_fallbacks: [{m: [d]}]
  default_fallbacks: [e]
  max_fallbacks: 2
  enable_pre_call_checks: true
  enable_tag_filtering: true
  tag_filtering_match_any: false
  disable_cooldowns: true`,
      ),
      env,
    );
    expect(config.routing).toEqual({
      strategy: 'usage',
      retries: 4,
      retryAfterMs: 500,
      cooldowns: false,
      cooldownMs: 30_000,
      allowedFails: 3,
      allowedFailsPolicy: { 'rate-limit': 2 },
      retryPolicy: { timeout: 3, upstream: 1, overloaded: 1, connection: 1, 'bad-upstream-reply': 1 },
      groupRetryPolicy: { m: { 'invalid-request': 0, 'unsupported-params': 0 } },
      fallbacks: { m: ['a'] },
      windowFallbacks: { m: ['b'], n: [{ model: 'c', temperature: 0 }] },
      contentFallbacks: { m: ['d'] },
      defaultFallbacks: ['e'],
      maxFallbacks: 2,
      checksWindow: true,
      tags: 'all',
    });
    expect(config.deployments[0]).toMatchObject({ timeoutMs: 7000, dropParams: true });
  });

  it('serve --model under its own name as well', async () => {
    const { config } = await load(entry(openai), env, { model: 'groq/x', alias: 'mine', api_base: 'http://h:9' });
    expect(config.deployments.map(({ group }) => group)).toEqual(['m', 'mine']);
    expect(config.aliases).toEqual({ 'groq/x': 'mine' });
    expect(config.deployments[0]?.base).toBe('https://api.openai.com/v1');
  });
});

describe('files', () => {
  it('are joined: lists one behind the other, and what includes wins over what is included', async () => {
    const { config, files } = await load(
      {
        'config.yaml':
          'include: [more/a.yaml, b.yaml]\nrouter_settings: {num_retries: 1}\nmodel_list: [{model_name: one, litellm_params: {model: openai/x}}]',
        'more/a.yaml':
          'include: [c.yaml]\nrouter_settings: {num_retries: 2, retry_after: 1}\nmodel_list: [{model_name: two, litellm_params: {model: openai/y}}]',
        'more/c.yaml': 'model_list: [{model_name: three, litellm_params: {model: openai/z}}]',
        'b.yaml': 'general_settings: {master_key: sk-b-1}',
      },
      env,
    );
    expect(config.deployments.map(({ group }) => group)).toEqual(['one', 'two', 'three']);
    expect(config.routing).toMatchObject({ retries: 1, retryAfterMs: 1000 });
    expect(config.masterKey).toBe('sk-b-1');
    expect(files.map((file) => file.split('/').at(-1))).toEqual(['config.yaml', 'a.yaml', 'c.yaml', 'b.yaml']);
  });

  it('set variables, which count for everything else', async () => {
    const { config, variables } = await load(
      `environment_variables: {OPENAI_API_KEY: os.environ/OTHER, N: 5}\n${entry(`${openai}\nrpm: os.environ/N`)}`,
      { ...env, OTHER: 'sk-other-1' },
    );
    expect(config.deployments[0]).toMatchObject({ key: 'sk-other-1', share: { rpm: 5 } });
    expect(variables).toEqual({ OPENAI_API_KEY: 'sk-other-1', N: '5' });
    expect(config.secrets).toContain('sk-other-1');
  });

  it('may use anchors, aliases and merged maps', async () => {
    const { config } = await load(
      `model_list:
  - model_name: a
    litellm_params: &usual {model: openai/x, temperature: 0.1, rpm: 1}
  - model_name: b
    litellm_params: {<<: *usual, rpm: 2}`,
      env,
    );
    expect(config.deployments[1]).toMatchObject({ defaults: { temperature: 0.1 }, share: { rpm: 2 } });
  });
});

describe('what is told', () => {
  it('names what means nothing, what is missing and what is there twice, each with its place', async () => {
    const { ignored, warnings } = await load(
      `model_list:
  - model_name: m
    litellm_params:
      model: openai/x
      api_key: os.environ/NOT_SET
      api_bsae: http://x
      litellm_trace_id: x
      merge_reasoning_content_in_choices: true
      cache_control_injection_points: [{location: message}]
    nonsense: 1
litellm_settings:
  set_verbose: true
  drop_params: true
  drop_params: false
guardrails: []
general_settings: {master_key: os.environ/NOT_SET}
router_settings:
  fallbacks: [{m: [nobody]}]
  model_group_alias: {a: nobody}`,
      {},
    );
    const places = (lines: readonly string[]) => lines.map((line) => line.replace(/\/tmp\/[^:]*\//g, ''));
    expect(places(ignored)).toEqual([
      'model_list[0].nonsense (config.yaml:10:5)',
      'litellm_settings.set_verbose (config.yaml:12:3)',
      'guardrails (config.yaml:15:1)',
      'model_list[0].litellm_params.api_bsae (config.yaml:6:17: did you mean api_base?)',
      'model_list[0].litellm_params.litellm_trace_id (config.yaml:7:25)',
      'model_list[0].litellm_params.merge_reasoning_content_in_choices (config.yaml:8:43)',
      'model_list[0].litellm_params.cache_control_injection_points (config.yaml:9:39)',
    ]);
    expect(places(warnings)).toEqual([
      "config.yaml:14:3: 'drop_params' is there twice: the last one counts",
      'config.yaml:5:16: model_list[0].litellm_params.api_key: the variable NOT_SET is not set',
      'config.yaml:16:32: general_settings.master_key: the variable NOT_SET is not set, so callers need no key',
      "fallbacks: no model of the configuration is called 'nobody'",
      "model_group_alias: no model of the configuration is called 'nobody'",
      'no key for OpenAI: set OPENAI_API_KEY',
    ]);
  });

  it.each([
    ['openai/x', 'OPENAI_API_KEY', 'OPENAI_API_KEY'],
    ['openai/x\napi_key: abc', '', 'in the file'],
    ['openai/x\napi_key: os.environ/MINE', 'MINE', 'MINE'],
    ['openai/x\nlitellm_credential_name: c', 'SHARED', 'SHARED'],
    ['openai/x', '', 'missing'],
    ['hosted_vllm/x', '', 'none is needed'],
    ['bedrock/amazon.nova-lite-v1:0', '', "the provider's own sign-in on this machine"],
    ['bedrock/amazon.nova-lite-v1:0', 'AWS_ACCESS_KEY_ID', 'AWS_ACCESS_KEY_ID'],
  ])('says where the key of %j comes from with %s', async (params, variable, wanted) => {
    const shared = 'credential_list: [{credential_name: c, credential_values: {api_key: os.environ/SHARED}}]';
    const { models } = await load(
      entry(`model: ${params}`, shared),
      variable === '' ? {} : { [variable]: 'value-of-it-1' },
    );
    expect(models[0]?.key).toBe(wanted);
  });
});
