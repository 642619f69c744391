import { describe, expect, test } from 'vitest';
import { type Deployment, type JsonObject, ProxyError } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { plan } from '../../src/translate/index.ts';
import type { WrittenId } from '../dialects/codecs.ts';
import { validate } from '../dialects/validators.ts';
import { type Body, callOf, deployment, hello, sent } from './desk.ts';

/** A real row, as `--model` would serve it. */
function served(name: string, more: Partial<Deployment> = {}): Deployment {
  const cut = name.indexOf('/');
  const provider = providers[name.slice(0, cut)];
  if (provider === undefined) throw new Error(`no row for ${name}`);
  return deployment(provider, { model: name.slice(cut + 1), ...more });
}

function sentBy(client: WrittenId, name: string, body: Body, more: Partial<Deployment> = {}): JsonObject {
  return sent(plan(callOf(client, { model: 'x', messages: hello, ...body }), served(name, more)));
}

const agent = { max_tokens: 4096 };
const six = ['1', '2', '3', '4', '5', '6'];

describe('what is sent, in the words of the provider', () => {
  const rows: [string, WrittenId, string, Body, Record<string, unknown>][] = [
    [
      'an effort in an agent’s object',
      'openai-chat',
      'openai/gpt-5',
      { reasoning_effort: { effort: 'high', summary: 'auto' } },
      { reasoning_effort: 'high' },
    ],
    [
      'an object without an effort',
      'openai-chat',
      'openai/gpt-5',
      { reasoning_effort: { summary: 'auto' } },
      { reasoning_effort: undefined },
    ],
    ['more stop texts than OpenAI takes', 'openai-chat', 'openai/gpt-4o', { stop: six }, { stop: six.slice(0, 4) }],
    [
      'more stop texts in another dialect',
      'anthropic-messages',
      'openai/gpt-4o',
      { ...agent, stop_sequences: six },
      { stop: six.slice(0, 4) },
    ],
    ['stop texts of a server that takes any number', 'openai-chat', 'groq/m', { stop: six }, { stop: six }],
    ['no stop texts at all', 'anthropic-messages', 'groq/m', { ...agent, stop_sequences: [] }, { stop: undefined }],
    [
      'stream options without a stream',
      'openai-chat',
      'openai/gpt-4o',
      { stream_options: { include_usage: true } },
      { stream_options: undefined },
    ],
    [
      'a choice without tools',
      'anthropic-messages',
      'groq/m',
      { ...agent, tool_choice: { type: 'any', disable_parallel_tool_use: true } },
      { tool_choice: undefined, parallel_tool_calls: undefined },
    ],
    [
      'an effort beside no thinking',
      'anthropic-messages',
      'openai/gpt-4o',
      { ...agent, output_config: { effort: 'high' } },
      { reasoning_effort: undefined },
    ],
    [
      'an effort that the model takes',
      'anthropic-messages',
      'openai/gpt-5',
      { ...agent, output_config: { effort: 'high' } },
      { reasoning_effort: 'high' },
    ],
    [
      'an effort that the model does not know',
      'anthropic-messages',
      'openai/o3',
      { ...agent, thinking: { type: 'enabled', budget_tokens: 1024 } },
      { reasoning_effort: 'low' },
    ],
    [
      'the highest effort',
      'anthropic-messages',
      'openai/gpt-5',
      { ...agent, output_config: { effort: 'max' } },
      { reasoning_effort: 'high' },
    ],
    [
      'room for a budget that no model needs',
      'openai-chat',
      'anthropic/claude-opus-4-6',
      { thinking: { type: 'enabled', budget_tokens: 70_000 } },
      { max_tokens: 74_096, thinking: { type: 'adaptive' } },
    ],
    [
      'top_k while the model thinks',
      'openai-chat',
      'anthropic/claude-sonnet-4-5',
      { top_k: 3, reasoning_effort: 'low' },
      { top_k: undefined },
    ],
    ['top_k while it does not', 'openai-chat', 'anthropic/claude-sonnet-4-5', { top_k: 3 }, { top_k: 3 }],
    [
      'an effort that Claude 4.6 does not know',
      'openai-chat',
      'anthropic/claude-opus-4-6',
      { reasoning_effort: 'xhigh' },
      { output_config: { effort: 'high' } },
    ],
    [
      'the same for its successor',
      'openai-chat',
      'anthropic/claude-opus-4-7',
      { reasoning_effort: 'xhigh' },
      { output_config: { effort: 'xhigh' } },
    ],
    [
      'no thinking',
      'anthropic-messages',
      'openai/gpt-5',
      { ...agent, thinking: { type: 'disabled' } },
      { reasoning_effort: 'minimal' },
    ],
    [
      'no thinking where it has a word',
      'anthropic-messages',
      'openai/gpt-5.2',
      { ...agent, thinking: { type: 'disabled' } },
      { reasoning_effort: 'none' },
    ],
    [
      'no thinking where words are unknown',
      'anthropic-messages',
      'hosted_vllm/m',
      { ...agent, thinking: { type: 'disabled' } },
      { reasoning_effort: undefined },
    ],
    [
      'an effort for Mistral, which knows two',
      'openai-chat',
      'mistral/magistral-small',
      { reasoning_effort: 'low' },
      { reasoning_effort: 'high' },
    ],
    [
      'thinking where only efforts are known',
      'openai-chat',
      'hosted_vllm/m',
      { thinking: { type: 'enabled', budget_tokens: 12_000 } },
      { reasoning_effort: 'high', thinking: undefined },
    ],
    [
      'thinking for Mistral',
      'openai-chat',
      'mistral/magistral-small',
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      { reasoning_effort: 'high', thinking: undefined },
    ],
  ];
  test.each(rows)('%s: %s to %s', (_name, client, name, body, expected) => {
    const got = sentBy(client, name, body);
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, got[key]]))).toEqual(expected);
    // OpenAI's schema is not Groq's.
    if (name === 'groq/m' && 'stop' in body) return;
    const vendor = name.startsWith('mistral') ? 'mistral' : name.startsWith('anthropic') ? 'anthropic' : 'openai';
    expect(validate(vendor, got, vendor === 'openai' ? 'chat.request' : 'request').errors).toEqual([]);
  });

  test('an effort that is left out is named', () => {
    const body = { model: 'x', messages: hello, ...agent, output_config: { effort: 'high' } };
    expect(plan(callOf('anthropic-messages', body), served('openai/gpt-4o')).dropped).toEqual(['output_config.effort']);
  });

  test('tools that only their own vendor runs are named when they are left out', () => {
    const tools = [{ type: 'web_search_20250305', name: 'web_search' }];
    const body = { model: 'x', messages: hello, ...agent, tools };
    expect(plan(callOf('anthropic-messages', body), served('openai/gpt-4o')).dropped).toEqual(['tools[0]']);
    expect(plan(callOf('anthropic-messages', body), served('anthropic/claude-opus-4-6')).dropped).toEqual([]);
  });
});

describe('thinking that nobody signed, after the model changed', () => {
  const turn = (thinking: object) => ({
    ...agent,
    messages: [...hello, { role: 'assistant', content: [thinking, { type: 'text', text: 'yes' }] }, ...hello],
  });
  test('is left out for Claude, which refuses it', () => {
    const got = sentBy(
      'anthropic-messages',
      'anthropic/claude-opus-4-6',
      turn({ type: 'thinking', thinking: 'hm', signature: '' }),
    );
    expect(JSON.stringify(got['messages'])).not.toContain('thinking');
  });
  test('its own passes', () => {
    const signed = { type: 'thinking', thinking: 'hm', signature: 'c2ln' };
    const got = sentBy('anthropic-messages', 'anthropic/claude-opus-4-6', turn(signed));
    expect(JSON.stringify(got['messages'])).toContain(JSON.stringify(signed));
  });
});

describe('a schema for Groq', () => {
  const response_format = {
    type: 'json_schema',
    json_schema: { name: 'out', strict: true, schema: { type: 'object' } },
  };
  test.each([
    ['groq/openai/gpt-oss-20b', true],
    ['groq/moonshotai/kimi-k2-instruct', true],
    ['groq/llama-3.3-70b-versatile', false],
    ['groq/qwen/qwen3-32b', false],
  ])('%s takes it: %s', (name, takes) => {
    const got = sentBy('openai-chat', name, { response_format });
    if (takes) expect(got['response_format']).toEqual(response_format);
    else
      expect(got).toMatchObject({
        tools: [{ function: { name: 'json_tool_call' } }],
        tool_choice: { type: 'function' },
      });
  });
  test('the tool is not strict: a model without schemas does not know strict tools either', () => {
    expect(JSON.stringify(sentBy('openai-chat', 'groq/llama-3.3-70b-versatile', { response_format }))).not.toContain(
      'strict',
    );
  });
});

describe('bodies nested so deeply that they cannot be written', () => {
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  const chat = '"model":"x","messages":[{"role":"developer","content":"d"},{"role":"user","content":"hi"}]';
  const messages = '"model":"x","max_tokens":9,"messages":[{"role":"user","content":"hi"}]';
  test.each<[string, WrittenId, string, string]>([
    [
      'a schema',
      'openai-chat',
      'groq/m',
      `{${chat},"tools":[{"type":"function","function":{"name":"f","parameters":${deep}}}]}`,
    ],
    ['an unknown key', 'openai-chat', 'groq/m', `{${chat},"zzz":${deep}}`],
    [
      'arguments',
      'openai-chat',
      'anthropic/claude-opus-4-6',
      `{"model":"x","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":${JSON.stringify(deep)}}}]},{"role":"tool","tool_call_id":"a","content":"x"}]}`,
    ],
    [
      'a schema of another dialect',
      'anthropic-messages',
      'groq/m',
      `{${messages},"tools":[{"name":"f","input_schema":${deep}}]}`,
    ],
    [
      'an output schema',
      'anthropic-messages',
      'anthropic/claude-3-5-sonnet',
      `{${messages},"output_config":{"format":{"type":"json_schema","schema":${deep}}}}`,
    ],
  ])('%s is the client’s mistake', (_name, client, name, body) => {
    try {
      plan(callOf(client, body), served(name));
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(ProxyError);
      expect(thrown).toMatchObject({ kind: 'invalid-request', status: 400 });
    }
  });
});
