import { describe, expect, it } from 'vitest';
import { providers as dialects } from '../../src/dialects/index.ts';
import {
  type DialectId,
  isMaker,
  type ModelRule,
  type ParamName,
  type Provider,
  params,
  type Refusal,
  specialise,
} from '../../src/hub/index.ts';
import { bareNames, defaultModels, localServers, providers } from '../../src/providers/index.ts';

const rows = Object.entries(providers);
const words = new Set(Object.values(params).flatMap((param) => param.words));
const isParam = (name: string): name is ParamName => Object.hasOwn(params, name);

/** Every set of refusals of a row: its own, and those of its model rules. */
const refusalSets = (row: Provider): (readonly Refusal[])[] =>
  [row, ...(row.models ?? [])].flatMap(({ refuses }) => (refuses === undefined ? [] : [refuses]));

const targetOf = (refusal: Refusal): string =>
  typeof refusal === 'string' ? refusal : 'word' in refusal ? `word ${refusal.word}` : refusal.param;

/** What a row speaks, some of it for some models only. */
const spoken = (row: Provider): DialectId[] => [
  row.dialect,
  ...(row.models ?? []).flatMap(({ dialect }) => (dialect === undefined ? [] : [dialect])),
];

describe.each(rows)('%s', (id, row) => {
  it('is well formed', () => {
    expect(row.id).toBe(id);
    expect(row.title).toMatch(/\S/);
    if (row.base !== '' && row.base !== 'mock:') {
      const url = new URL(row.base);
      expect(url.protocol).toMatch(/^https?:$/);
      expect(url.protocol === 'https:' || /^(?:localhost|127\.0\.0\.1)$/.test(url.hostname)).toBe(true);
      expect(row.base.endsWith('/')).toBe(false);
      expect(url.search + url.hash + url.username).toBe('');
    }
    for (const [name, value] of Object.entries(row.headers ?? {})) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(value).toMatch(/^[\x20-\x7e]+$/);
    }
    for (const name of row.native?.also ?? []) expect(name).toMatch(/^[a-z_-]+$/);
    if (row.modelPrefix !== undefined) expect(row.modelPrefix).toMatch(/\/$/);
  });

  it('names environment variables, none twice and none that goes without saying', () => {
    for (const auth of row.auth) {
      expect(new Set(auth.env).size).toBe(auth.env.length);
      expect(auth.env.length > 0 || isMaker(auth)).toBe(true);
    }
    const ways = row.auth.flatMap(({ env, keyPrefix }) => env.map((name) => `${name} ${keyPrefix ?? ''}`));
    expect(new Set(ways).size).toBe(ways.length);
    const bases = row.env?.base ?? [];
    expect(new Set(bases).size).toBe(bases.length);
    for (const name of [...row.auth.flatMap(({ env }) => env), ...bases]) expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
    expect(bases).not.toContain(`${id.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_API_BASE`);
    if (row.base !== 'mock:') expect(row.auth.length).toBeGreaterThan(0);
  });

  it('refuses, renames and fills known parameters, each once', () => {
    const says = Object.assign({}, ...spoken(row).map((id) => dialects[id].params));
    for (const set of refusalSets(row)) {
      const targets = set.map(targetOf);
      expect(targets.filter((one, index) => targets.indexOf(one) !== index)).toEqual([]);
      for (const refusal of set) {
        if (typeof refusal === 'string') {
          expect(isParam(refusal)).toBe(true);
          expect(Object.keys(says)).toContain(refusal);
        } else if ('word' in refusal) expect(words).toContain(refusal.word);
        else expect(Object.keys(says)).toContain(refusal.param);
      }
    }
    const rules: (Provider | ModelRule)[] = [row, ...(row.models ?? [])];
    for (const rule of rules) {
      for (const [from, to] of Object.entries(rule.renames ?? {})) {
        // The size of vectors, which no chat has.
        expect([...words, 'dimensions']).toContain(from);
        expect(to).toMatch(/^[a-z_]+$/);
        expect(to).not.toBe(from);
      }
      for (const name of [...Object.keys(rule.fill ?? {}), ...Object.keys(rule.clamp ?? {})])
        expect(isParam(name)).toBe(true);
      for (const range of Object.values(rule.clamp ?? {})) expect(range?.[0]).toBeLessThan(range?.[1] ?? 0);
    }
  });

  it('sets quirks of its dialect only', () => {
    const known = spoken(row).flatMap((id) => Object.keys(dialects[id].provider.quirks));
    for (const rule of [row, ...(row.models ?? [])])
      for (const quirk of Object.keys(rule.quirks ?? {})) expect(known).toContain(quirk);
  });

  it('has rules that can be reached', () => {
    const sources = (row.models ?? []).map(({ match, at, when }) => [match, at, ...Object.values(when ?? {})].join());
    expect(new Set(sources).size).toBe(sources.length);
    for (const { match } of row.models ?? []) expect(match.flags).not.toMatch(/[gy]/);
  });
});

/** The first rule that matches, laid over the row: as the policy reads it. */
function ruled(id: string, model: string): Provider {
  const row = providers[id];
  if (row === undefined) throw new Error(`no row ${id}`);
  return specialise(row, model, row.base).row;
}

const refusesAll: [string, readonly string[]][] = [
  ['openai/gpt-4o', ['reasoning', 'verbosity']],
  ['openai/gpt-4', ['output', 'reasoning']],
  ['openai/gpt-3.5-turbo-16k', ['output']],
  ['openai/o3', ['logprobs', 'topLogprobs', 'topP', 'presencePenalty', 'frequencyPenalty', 'verbosity', 'temperature']],
  ['openai/o1-mini', ['tools', 'toolChoice', 'output', 'temperature']],
  [
    'openai/gpt-5-mini',
    ['temperature', 'topP', 'stop', 'logitBias', 'audio', 'webSearch', 'logprobs', 'word thinking'],
  ],
  ['openai/gpt-5.1', ['stop', 'presencePenalty', 'temperature', 'topP']],
  ['openai/gpt-5.2-pro', ['topP', 'temperature', 'logprobs']],
  ['openai/gpt-5-search-api', ['temperature', 'tools', 'n', 'stop', 'seed', 'reasoning']],
  ['anthropic/claude-3-5-haiku-latest', ['reasoning']],
  ['mistral/mistral-large-latest', ['n', 'logitBias', 'reasoning', 'presencePenalty', 'streamOptions']],
  ['groq/llama-3.3-70b-versatile', ['reasoning']],
  ['groq/openai/gpt-oss-120b', ['word thinking']],
  ['xai/grok-3', ['parallelToolCalls', 'word max_completion_tokens', 'prediction', 'reasoning']],
  ['xai/grok-3-mini', ['stop', 'frequencyPenalty']],
  ['xai/grok-4-fast-non-reasoning', ['stop', 'frequencyPenalty', 'reasoning']],
  ['nvidia_nim/nvidia/nemotron-4-340b-reward', ['temperature', 'stop', 'tools']],
  ['nvidia_nim/google/codegemma-1.1-7b', ['seed', 'tools']],
  ['perplexity/sonar', ['tools', 'toolChoice', 'n', 'stop', 'seed', 'reasoning', 'user']],
  ['fireworks_ai/llama-v3p1-8b-instruct', ['logitBias', 'seed', 'parallelToolCalls', 'topLogprobs', 'reasoning']],
  ['cerebras/llama3.1-8b', ['n', 'presencePenalty', 'frequencyPenalty', 'logprobs', 'parallelToolCalls', 'reasoning']],
  ['nvidia_nim/meta/llama3-70b-instruct', ['n', 'logprobs', 'user', 'logitBias']],
  ['nvidia_nim/google/gemma-2-9b-it', ['tools', 'output', 'presencePenalty']],
  ['sambanova/Llama-4-Maverick', ['n', 'seed', 'presencePenalty', 'logprobs']],
  ['ai21/jamba-large', ['topP', 'presencePenalty', 'logprobs', 'user', 'parallelToolCalls']],
  ['deepinfra/meta-llama/x', ['seed', 'logprobs', 'parallelToolCalls', 'user']],
  ['zai/glm-4-flash', ['n', 'seed', 'reasoning', 'output', 'word max_completion_tokens']],
  ['zai/glm-4.6', ['word reasoning_effort']],
  ['volcengine/doubao', ['output', 'parallelToolCalls']],
  ['moonshot/kimi-k2', ['word functions', 'word function_call', 'reasoning']],
  ['ollama/llama3.2', ['presencePenalty', 'logprobs', 'word thinking']],
  ['cohere/command-r', ['reasoning', 'output', 'logprobs', 'word max_completion_tokens']],
  ['cohere_chat/command-a-reasoning-08-2025', ['output', 'logprobs']],
  ['lm_studio/x', ['reasoning', 'verbosity']],
];

const takesAll: [string, readonly string[]][] = [
  ['openai/gpt-4o', ['output', 'tools', 'prediction', 'webSearch', 'store', 'serviceTier', 'logitBias', 'n', 'stop']],
  ['openai/gpt-5-chat-latest', ['temperature', 'topP', 'stop', 'logprobs']],
  ['openai/gpt-5-mini', ['reasoning', 'verbosity', 'tools', 'output', 'seed', 'parallelToolCalls']],
  ['openai/o3', ['reasoning', 'tools', 'output', 'stop']],
  ['openai/gpt-5-search-api', ['webSearch', 'verbosity', 'output', 'maxTokens']],
  ['anthropic/claude-sonnet-4-5', ['reasoning', 'tools']],
  ['mistral/mistral-large-latest', ['seed', 'stop', 'tools', 'parallelToolCalls', 'output']],
  ['mistral/magistral-medium-latest', ['reasoning']],
  ['groq/openai/gpt-oss-120b', ['reasoning']],
  ['xai/grok-3', ['stop', 'frequencyPenalty', 'logitBias', 'webSearch', 'n', 'logprobs']],
  ['xai/grok-3-mini', ['reasoning']],
  ['perplexity/sonar-reasoning-pro', ['reasoning', 'webSearch', 'presencePenalty']],
  ['deepseek/deepseek-chat', ['reasoning', 'n', 'logprobs', 'word thinking']],
  ['openrouter/anthropic/claude-sonnet-4.5', ['reasoning']],
  ['openrouter/deepseek/deepseek-r1', ['reasoning']],
  ['hosted_vllm/x', ['reasoning', 'logitBias', 'word thinking']],
  ['litellm_proxy/x', ['reasoning', 'verbosity']],
  ['cerebras/gpt-oss-120b', ['reasoning', 'seed', 'user']],
  ['zai/glm-4.6', ['reasoning', 'stop', 'tools']],
  ['together_ai/x', ['logitBias', 'seed', 'prediction', 'word functions']],
];

describe('parameters by model (LITELLM.md 4.2, 4.3)', () => {
  const targets = (name: string): string[] => {
    const slash = name.indexOf('/');
    return (ruled(name.slice(0, slash), name.slice(slash + 1)).refuses ?? []).map(targetOf);
  };
  it.each(refusesAll)('%s refuses %j', (name, wanted) => {
    expect(targets(name)).toEqual(expect.arrayContaining([...wanted]));
  });
  it.each(takesAll)('%s takes %j', (name, wanted) => {
    expect(targets(name).filter((one) => wanted.includes(one))).toEqual([]);
  });

  it.each([
    ['openai', 'gpt-4o', {}],
    ['openai', 'o4-mini', { max_tokens: 'max_completion_tokens' }],
    ['openai', 'ft:gpt-5-nano:org', { max_tokens: 'max_completion_tokens' }],
    ['openai', 'gpt-5-chat-latest', {}],
    ['mistral', 'magistral-small', { max_completion_tokens: 'max_tokens', seed: 'random_seed' }],
    ['perplexity', 'sonar-deep-research', { max_completion_tokens: 'max_tokens' }],
    ['fireworks_ai', 'accounts/fireworks/models/deepseek-v3p1', { max_completion_tokens: 'max_tokens' }],
    ['groq', 'llama-3.3-70b-versatile', {}],
  ])('%s/%s renames %j', (id, model, renames) => {
    expect(ruled(id, model).renames ?? {}).toEqual(renames);
  });
});

describe('Claude by model (LITELLM.md 5.2)', () => {
  it.each([
    ['claude-3-haiku-20240307', 4096, true, false, false],
    ['claude-3-opus-latest', 4096, true, false, false],
    ['claude-3-5-sonnet-20241022', 8192, true, false, false],
    ['claude-3-5-haiku-latest', 8192, true, false, false],
    ['claude-3-7-sonnet-20250219', 64_000, true, true, false],
    ['claude-sonnet-4-20250514', 64_000, true, true, false],
    ['claude-sonnet-4-0', 64_000, true, true, false],
    ['claude-opus-4-20250514', 32_000, true, true, false],
    ['claude-opus-4-1-20250805', 32_000, false, true, false],
    ['claude-sonnet-4-5-20250929', 64_000, false, true, false],
    ['claude-haiku-4-5', 64_000, false, true, false],
    ['claude-opus-4-5', 64_000, false, true, false],
    ['claude-sonnet-4-6', 64_000, false, true, true],
    ['claude-opus-4-6', 64_000, false, true, true],
    ['claude-opus-5', 64_000, false, true, true],
    ['claude-unheard-of', 4096, false, true, false],
  ])('%s: %i tokens', (model, maxTokens, forcedTool, thinks, adaptive) => {
    const row = ruled('anthropic', model);
    expect({
      maxTokens: row.fill?.maxTokens,
      forcedTool: row.lacks?.includes('schema-output') ?? false,
      thinks: !(row.refuses ?? []).includes('reasoning'),
      adaptive: Object.hasOwn(row.quirks ?? {}, 'adaptiveThinking'),
      temperature: row.clamp?.temperature,
    }).toEqual({ maxTokens, forcedTool, thinks, adaptive, temperature: [0, 1] });
  });
});

describe('names', () => {
  it.each([
    ['gpt-4o', 'openai'],
    ['gpt-5.1', 'openai'],
    ['o3-mini', 'openai'],
    ['o1', 'openai'],
    ['chatgpt-4o-latest', 'openai'],
    ['ft:gpt-4o-mini:acme::1', 'openai'],
    ['codex-mini-latest', 'openai'],
    ['claude-3-5-sonnet-20241022', 'anthropic'],
    ['gemini-2.5-pro', 'gemini'],
    ['deepseek-chat', 'deepseek'],
    ['mistral-large-latest', 'mistral'],
    ['codestral-latest', 'mistral'],
    ['magistral-small-2509', 'mistral'],
    ['grok-4', 'xai'],
    ['sonar', 'perplexity'],
    ['sonar-pro', 'perplexity'],
    ['kimi-k2-0905-preview', 'moonshot'],
    ['glm-4.6', 'zai'],
    ['qwen-max', 'dashscope'],
  ])('%s means %s', (name, provider) => {
    expect(bareNames.find(({ match }) => match.test(name))?.provider).toBe(provider);
  });
  it.each([
    'llama-3.3-70b',
    'gpt-oss-120b',
    'qwen3-32b',
    'omni',
    'phi-4',
    'deepseek-r1',
    'gemma-3',
    'my-gpt-4',
    'mistral',
  ])('%s means nobody', (name) => {
    expect(bareNames.find(({ match }) => match.test(name))).toBeUndefined();
  });
  it('point to rows', () => {
    for (const { provider } of [...bareNames, ...localServers]) expect(providers).toHaveProperty([provider]);
    for (const [provider, model] of Object.entries(defaultModels)) {
      expect(providers).toHaveProperty([provider]);
      expect(model).not.toBe('');
    }
    for (const { base } of localServers) expect(new URL(base).hostname).toBe('127.0.0.1');
  });
});

it('has at least 60 rows', () => {
  expect(rows.length).toBeGreaterThanOrEqual(60);
});
