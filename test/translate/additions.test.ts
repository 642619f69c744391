import { describe, expect, it } from 'vitest';
import type { ClientId } from '../../src/dialects/index.ts';
import type { JsonObject } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { plan, planEmbeddings } from '../../src/translate/index.ts';
import { type Body, callOf, deployment, hello, sent } from './desk.ts';

/** The body that reaches a provider for a client's body and what the configuration adds. */
function asked(client: ClientId, provider: string, adds: JsonObject, body: Body): JsonObject {
  const row = providers[provider];
  if (row === undefined) throw new Error(provider);
  return sent(plan(callOf(client, body), deployment(row, { adds, provider: row, model: 'some-model' })));
}

const anthropic = { model: 'm', max_tokens: 9, messages: hello };
const json = { type: 'json_object' };

describe('what the configuration adds to a body', () => {
  it.each<[string, ClientId, string, JsonObject, Body, JsonObject]>([
    ['is set where bytes pass', 'openai-chat', 'hosted_vllm', { min_p: 0.1 }, {}, { min_p: 0.1 }],
    ['yields to the request', 'openai-chat', 'hosted_vllm', { min_p: 0.1 }, { min_p: 0.5 }, { min_p: 0.5 }],
    [
      'may be OpenAI’s own words',
      'openai-chat',
      'hosted_vllm',
      { response_format: json },
      {},
      { response_format: json },
    ],
    [
      'is set in bodies of another form',
      'anthropic-messages',
      'hosted_vllm',
      { min_p: 0.1 },
      anthropic,
      { min_p: 0.1 },
    ],
    [
      'is OpenAI’s word for a client of another form',
      'anthropic-messages',
      'hosted_vllm',
      { service_tier: 'flex' },
      anthropic,
      { service_tier: 'flex' },
    ],
    [
      'is said in the provider’s words',
      'openai-chat',
      'ollama_chat',
      { response_format: json },
      {},
      { format: 'json' },
    ],
    ['stands beside them', 'openai-chat', 'ollama_chat', { keep_alive: '5m' }, {}, { keep_alive: '5m' }],
    [
      'lies where the provider keeps options',
      'openai-chat',
      'ollama_chat',
      { num_ctx: 4096 },
      {},
      { options: { num_ctx: 4096 } },
    ],
    [
      'lies where Bedrock keeps a model’s own',
      'openai-chat',
      'bedrock',
      { mine: 1 },
      {},
      { additionalModelRequestFields: { mine: 1 } },
    ],
    [
      'survives drop_params at strict providers',
      'openai-chat',
      'openai',
      { new_word: 1 },
      { drop_params: true },
      { new_word: 1 },
    ],
  ])('%s (%s to %s)', (_, client, provider, adds, body, wanted) => {
    const found = asked(client, provider, adds, { model: 'm', messages: hello, ...body });
    expect(found).toMatchObject(wanted);
  });

  it('is held against what the model takes, as if the request said it', () => {
    const row = providers['hosted_vllm'];
    const to = deployment({ ...row, refuses: ['output'] }, { adds: { response_format: json } });
    expect(() => plan(callOf('openai-chat', { model: 'm', messages: hello }), to)).toThrow(/response_format/);
  });

  it.each([
    ['openai', { dimensions: 64, mine: 1 }, {}, { dimensions: 64, mine: 1 }],
    ['openai', { dimensions: 64 }, { dimensions: 8 }, { dimensions: 8 }],
    ['cohere', { input_type: 'search_query' }, {}, { input_type: 'search_query' }],
  ])('is in requests for vectors, too (%s %j)', (provider, adds, body, wanted) => {
    const row = providers[provider];
    if (row === undefined) throw new Error(provider);
    const call = callOf('openai-chat', { model: 'm', input: 'x', ...body }, { operation: 'embeddings' });
    const [part] = planEmbeddings(call, deployment(row, { adds, provider: row, model: 'embed-x' })).parts;
    if (part === undefined) throw new Error('nothing is sent');
    expect(sent(part)).toMatchObject(wanted);
  });
});

describe('defaults of the configuration', () => {
  const row = providers['hosted_vllm'];
  it.each<[Body, JsonObject]>([
    [{}, { temperature: 0.3 }],
    [{ temperature: 1 }, { temperature: 1 }],
    [{ temperature: 0 }, { temperature: 0 }],
  ])('yield to the request: %j', (body, wanted) => {
    const to = deployment(row ?? {}, { defaults: { temperature: 0.3 } });
    expect(sent(plan(callOf('openai-chat', { model: 'm', messages: hello, ...body }), to))).toMatchObject(wanted);
  });

  it('reason where the request is silent about it', () => {
    const openai = providers['openai'];
    if (openai === undefined) throw new Error('openai');
    const to = deployment(openai, { provider: openai, model: 'gpt-5.1', defaults: { reasoning: { effort: 'high' } } });
    const body = { model: 'm', messages: hello };
    expect(sent(plan(callOf('openai-chat', body), to))).toMatchObject({ reasoning_effort: 'high' });
    expect(() => plan(callOf('openai-chat', { ...body, temperature: 0.2 }), to)).toThrow(/temperature/);
    const without = { ...body, temperature: 0.2, reasoning_effort: 'none' };
    expect(sent(plan(callOf('openai-chat', without), to))).toMatchObject({
      temperature: 0.2,
      reasoning_effort: 'none',
    });
  });
});
