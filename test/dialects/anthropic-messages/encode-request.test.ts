import { expect, test } from 'vitest';
import type { HubRequest, JsonObject } from '../../../src/hub/index.ts';
import { validate } from '../validators.ts';
import { a, assistant, call, look, type Row, result, t, think, tr, u, use, user } from './builders.ts';
import { at, chatRequest, decode, provider, text } from './codec.ts';

const hi = { messages: [u(t('hi'))] };
const reasoning = (
  value: NonNullable<HubRequest['params']['reasoning']>,
  more: HubRequest['params'] = {},
): Partial<HubRequest> => ({
  params: { maxTokens: 20_000, reasoning: value, ...more },
});
const enabled = (budget: number): JsonObject => ({ type: 'enabled', budget_tokens: budget });

const words: Row[] = [
  ['max_tokens is left to the policy', { params: {} }, { ...hi, max_tokens: undefined as never }],
  [
    'with thinking it is the budget and room',
    { params: { reasoning: { effort: 'high' } } },
    { max_tokens: 8192, thinking: enabled(4096) },
  ],
  ['effort low', reasoning({ effort: 'low' }), { thinking: enabled(1024) }],
  ['effort minimal', reasoning({ effort: 'minimal' }), { thinking: enabled(1024) }],
  ['effort medium', reasoning({ effort: 'medium' }), { thinking: enabled(2048) }],
  ['an unknown effort', reasoning({ effort: 'toString' }), { thinking: enabled(2048) }],
  ['effort none', reasoning({ effort: 'none' }), { thinking: undefined as never }],
  ['budget', reasoning({ budget: 5000 }), { thinking: enabled(5000) }],
  ['budget 0', reasoning({ budget: 0 }), { thinking: undefined as never }],
  [
    'effort is fitted under max_tokens',
    { params: { maxTokens: 3000, reasoning: { effort: 'high' } } },
    { thinking: enabled(1500) },
  ],
  [
    'no room to think',
    { params: { maxTokens: 500, reasoning: { effort: 'high' } } },
    { thinking: undefined as never, max_tokens: 500 },
  ],
  [
    'while the model thinks it is not forced, and not sampled otherwise',
    {
      ...reasoning({ effort: 'low' }, { temperature: 0.2, topK: 5, topP: 0.5 }),
      tools: [look],
      toolChoice: { kind: 'one', name: 'look' },
    },
    {
      tool_choice: { type: 'auto' },
      temperature: undefined as never,
      top_k: undefined as never,
      top_p: undefined as never,
    },
  ],
  [
    'no thinking where the client lost the thinking of the open call',
    {
      ...reasoning({ effort: 'low' }),
      messages: [user(text('a')), assistant(call('x')), user(result('x'))],
      tools: [look],
    },
    { thinking: undefined as never },
  ],
  [
    'but where it kept it',
    {
      ...reasoning({ effort: 'low' }),
      messages: [user(text('a')), assistant(think('t'), call('x')), user(result('x'))],
      tools: [look],
    },
    { thinking: enabled(1024) },
  ],
  ['stop without blank ones', { params: { maxTokens: 1, stop: ['\n', 'END'] } }, { stop_sequences: ['END'] }],
  ['only blank stops', { params: { maxTokens: 1, stop: ['\n', ' '] } }, { stop_sequences: undefined as never }],
  [
    'sampling',
    { params: { maxTokens: 1, temperature: 0.5, topP: 0.9, topK: 3 } },
    { temperature: 0.5, top_p: 0.9, top_k: 3 },
  ],
  ['user', { params: { maxTokens: 1, user: 'u-1' } }, { metadata: { user_id: 'u-1' } }],
  ['an e-mail address is no user id', { params: { maxTokens: 1, user: 'a@b.test' } }, { metadata: undefined as never }],
  [
    'a phone number is none either',
    { params: { maxTokens: 1, user: '+49 221 123456' } },
    { metadata: undefined as never },
  ],
  [
    'tools: a schema of the right type, strictness, marks',
    {
      tools: [
        { kind: 'function', name: 'a', description: 'd', schema: {}, strict: true, cache: {} },
        { kind: 'function', name: 'b', schema: null },
        { kind: 'hosted', dialect: 'openai-chat', value: { type: 'bash_20250124', name: 'bash' } },
        { kind: 'hosted', dialect: 'openai-chat', value: { type: 'web_search_preview' } },
      ],
      toolChoice: { kind: 'any' },
      params: { maxTokens: 1, parallelToolCalls: false },
    },
    {
      tools: [
        {
          name: 'a',
          description: 'd',
          input_schema: { type: 'object', properties: {} },
          strict: true,
          cache_control: { type: 'ephemeral' },
        },
        { name: 'b', input_schema: { type: 'object', properties: {} } },
        { type: 'bash_20250124', name: 'bash' },
      ],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    },
  ],
  [
    'one call at a time without a choice is auto',
    { tools: [look], params: { maxTokens: 1, parallelToolCalls: false } },
    { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
  ],
  [
    'a choice without tools is nothing',
    { toolChoice: { kind: 'any' }, params: { maxTokens: 1, parallelToolCalls: false } },
    { tool_choice: undefined as never },
  ],
  [
    'web search options are the search tool',
    {
      named: {
        webSearch: {
          search_context_size: 'low',
          user_location: { type: 'approximate', approximate: { city: 'Köln', country: 'DE' } },
        },
      },
    },
    {
      tools: [
        {
          type: 'web_search_20250305',
          name: 'web_search',
          max_uses: 1,
          user_location: { type: 'approximate', city: 'Köln', country: 'DE' },
        },
      ],
    },
  ],
  [
    'an output schema is closed where it is open by silence',
    {
      output: {
        kind: 'schema',
        name: 'n',
        schema: {
          type: 'object',
          properties: {
            a: { type: 'object', enum: [{ type: 'object' }] },
            b: { type: 'object', additionalProperties: true },
          },
        },
      },
    },
    {
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: {
              a: { type: 'object', enum: [{ type: 'object' }], additionalProperties: false },
              b: { type: 'object', additionalProperties: true },
            },
            additionalProperties: false,
          },
        },
      },
    },
  ],
  ['JSON without a schema is nothing', { output: { kind: 'json' } }, { output_config: undefined as never }],
  [
    'unknown words go along, known ones win',
    { unknown: { model: 'x', inference_geo: 'eu' } },
    { model: 'claude', inference_geo: 'eu' },
  ],
  ['stream', { stream: true }, { stream: true }],
];

test.each(words)('%s', (_name, more, expected) => {
  const body = provider.encodeRequest(chatRequest(more), {});
  for (const [key, value] of Object.entries(expected)) expect(body[key]).toEqual(value);
  expect(validate('anthropic', { max_tokens: 30_000, ...body }, 'request').errors).toEqual([]);
});

test.each([
  ['effort', { effort: 'minimal' }, 'low'],
  ['as it is', { effort: 'xhigh' }, 'xhigh'],
  ['a big budget', { budget: 12_000 }, 'high'],
  ['a budget', { budget: 6_000 }, 'medium'],
  ['a small budget', { budget: 1_024 }, 'low'],
])('adaptive models: %s', (_name, value, effort) => {
  const body = provider.encodeRequest(chatRequest(reasoning(value)), { adaptiveThinking: true });
  expect(body).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort } });
  expect(validate('anthropic', body, 'request').errors).toEqual([]);
});

test.each<[string, JsonObject, JsonObject]>([
  [
    'files',
    { messages: [u({ type: 'image', source: { type: 'file', file_id: 'f' } })] },
    { 'anthropic-beta': 'files-api-2025-04-14' },
  ],
  [
    'files inside results',
    {
      messages: [
        u({
          type: 'tool_result',
          tool_use_id: 'x',
          content: [{ type: 'document', source: { type: 'file', file_id: 'f' } }],
        }),
      ],
    },
    { 'anthropic-beta': 'files-api-2025-04-14' },
  ],
  ['servers', { messages: [], mcp_servers: [] }, { 'anthropic-beta': 'mcp-client-2025-11-20' }],
  ['nothing', { messages: [u(t('x'))], output_config: {} }, {}],
])('beta marks for %s', (_name, body, headers) => {
  expect(provider.requires?.(body)).toEqual(headers);
});

test('what a client of this dialect wrote goes back as it wrote it', () => {
  const body: JsonObject = {
    model: 'claude',
    max_tokens: 9000,
    system: [{ ...t('s'), cache_control: { type: 'ephemeral', scope: 'global' } }],
    messages: [
      u(
        {
          type: 'document',
          source: { type: 'content', content: [t('a'), t('b')] },
          title: 'x',
          citations: { enabled: true },
          context: 'c',
        },
        { type: 'search_result', source: 'x', title: 't', content: [t('r')] },
        t('go'),
      ),
      a(
        { type: 'thinking', thinking: '', signature: 'sig' },
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'q' } },
        { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
        use('x'),
      ),
      u({ ...tr('x'), is_error: true, cache_control: { type: 'ephemeral', ttl: '5m' } }),
    ],
    tools: [
      { name: 'look', input_schema: { type: 'object', required: [] }, defer_loading: true },
      { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
    ],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: {
      effort: 'max',
      format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } },
    },
    metadata: { user_id: 'a@b.test' },
    service_tier: 'auto',
    container: 'c1',
    context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
    cache_control: { type: 'ephemeral' },
    stream: true,
  };
  expect(validate('anthropic', body, 'request', { beta: true, unknown: 'warn' }).errors).toEqual([]);
  expect(provider.encodeRequest(decode(body), {})).toEqual(body);
  // Reasoning that the policy took away stays away, in both of its words.
  const request = decode(body);
  const { reasoning: _gone, ...params } = request.params;
  const without = provider.encodeRequest({ ...request, params }, {});
  expect(without['thinking']).toBeUndefined();
  expect(without['output_config']).toEqual({
    format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } },
  });
});

test.each<[string, string, Record<string, string>, JsonObject]>([
  ['as it is', '', {}, { path: '/v1/messages', headers: { 'anthropic-version': '2023-06-01' } }],
  [
    "the client's marks",
    'beta=true&x=1',
    { 'anthropic-version': '2024-01-01', 'anthropic-beta': 'a,b', 'x-api-key': 'mine' },
    { path: '/v1/messages?beta=true', headers: { 'anthropic-version': '2024-01-01', 'anthropic-beta': 'a,b' } },
  ],
])('target: %s', (_name, query, headers, expected) => {
  const target = provider.target({ ...at, query: new URLSearchParams(query), headers });
  expect(target).toEqual({
    method: 'POST',
    path: expected['path'],
    headers: { 'content-type': 'application/json', ...(expected['headers'] as object) },
  });
});
