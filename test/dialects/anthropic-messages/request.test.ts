import { describe, expect, test } from 'vitest';
import { type JsonObject, seal } from '../../../src/hub/index.ts';
import { members } from '../../../src/wire/index.ts';
import { client, decode } from './codec.ts';

const self = 'anthropic-messages' as const;
const hi = { role: 'user', content: 'hi' };
const base = (more: JsonObject): JsonObject => ({ model: 'm', max_tokens: 5, messages: [hi], ...more });
const block = (node: JsonObject): JsonObject => base({ messages: [{ role: 'user', content: [node] }] });
const theirs = { by: 'openai-chat' as const, value: 'proof', id: 'rs_1' };

describe('blocks', () => {
  test.each<[string, JsonObject, object]>([
    [
      'text',
      { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'a', cache: { ttl: '1h' } },
    ],
    ['null is absent', { type: 'text', text: 'a', cache_control: null, citations: null }, { type: 'text', text: 'a' }],
    [
      'a mark with more to it',
      { type: 'text', text: 'a', cache_control: { type: 'ephemeral', scope: 'x' } },
      { type: 'text', text: 'a', cache: {}, extra: { [self]: { cache_control: { type: 'ephemeral', scope: 'x' } } } },
    ],
    [
      'image of bytes',
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } },
      { type: 'media', media: 'image', source: { kind: 'base64', mime: 'image/png', data: 'AA' } },
    ],
    [
      'image by file',
      { type: 'image', source: { type: 'file', file_id: 'f' } },
      { type: 'media', media: 'image', source: { kind: 'file-id', id: 'f' } },
    ],
    [
      'document by URL',
      { type: 'document', source: { type: 'url', url: 'u' }, title: 't', context: 'c', citations: { enabled: true } },
      {
        type: 'media',
        media: 'file',
        source: { kind: 'url', url: 'u' },
        name: 't',
        extra: { [self]: { context: 'c', citations: { enabled: true } } },
      },
    ],
    [
      'document of text',
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'é' } },
      { type: 'media', media: 'file', source: { kind: 'base64', mime: 'text/plain', data: 'w6k=' } },
    ],
    [
      'a source of the future',
      { type: 'image', source: { type: 'beam' } },
      { type: 'opaque', dialect: self, value: { type: 'image', source: { type: 'beam' } } },
    ],
    [
      'thinking',
      { type: 'thinking', thinking: 'a', signature: 's' },
      { type: 'thinking', text: 'a', signature: { by: self, value: 's' } },
    ],
    [
      'sealed thinking',
      { type: 'thinking', thinking: 'a', signature: seal(theirs) },
      { type: 'thinking', text: 'a', signature: theirs },
    ],
    ['unsigned thinking', { type: 'thinking', thinking: 'a', signature: '' }, { type: 'thinking', text: 'a' }],
    [
      'redacted thinking',
      { type: 'redacted_thinking', data: 'd' },
      { type: 'thinking', text: '', redacted: true, signature: { by: self, value: 'd' } },
    ],
    [
      'sealed proof without text',
      { type: 'redacted_thinking', data: seal(theirs) },
      { type: 'thinking', text: '', signature: theirs },
    ],
    [
      'call',
      { type: 'tool_use', id: 'i', name: 'n', input: { a: 1 }, caller: { type: 'direct' } },
      { type: 'tool-call', id: 'i', name: 'n', args: '{"a":1}' },
    ],
    [
      'result of text',
      { type: 'tool_result', tool_use_id: 'i', content: 'x' },
      { type: 'tool-result', callId: 'i', content: [{ type: 'text', text: 'x' }] },
    ],
    [
      'result of blocks',
      {
        type: 'tool_result',
        tool_use_id: 'i',
        is_error: true,
        content: [
          { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } },
          { type: 'search_result', source: 's' },
        ],
      },
      {
        type: 'tool-result',
        callId: 'i',
        failed: true,
        content: [
          { type: 'text', text: 'x', cache: {} },
          { type: 'opaque', dialect: self, value: { type: 'search_result', source: 's' } },
        ],
      },
    ],
    ['result of nothing', { type: 'tool_result', tool_use_id: 'i' }, { type: 'tool-result', callId: 'i', content: [] }],
    ['what is to come', { type: 'dream', x: 1 }, { type: 'opaque', dialect: self, value: { type: 'dream', x: 1 } }],
  ])('%s', (_name, node, expected) => {
    expect(decode(block(node)).messages[0]?.blocks).toEqual([expected]);
  });

  test('proofs of calls and texts find what they belong to', () => {
    const body = base({
      messages: [
        hi,
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'a' },
            { type: 'redacted_thinking', data: `${seal(theirs)}.text` },
            { type: 'redacted_thinking', data: `${seal({ ...theirs, value: 'c' })}.call:i` },
            { type: 'tool_use', id: 'i', name: 'n', input: {} },
          ],
        },
      ],
    });
    expect(decode(body).messages[1]?.blocks).toEqual([
      { type: 'text', text: 'a', signature: theirs },
      { type: 'tool-call', id: 'i', name: 'n', args: '{}', signature: { ...theirs, value: 'c' } },
    ]);
  });
});

test.each<[string, JsonObject, object]>([
  [
    'system text',
    { system: 'be kind' },
    { messages: [{ role: 'system', blocks: [{ type: 'text', text: 'be kind' }] }, expect.anything()] },
  ],
  ['system of null', { system: null }, { messages: [expect.objectContaining({ role: 'user' })] }],
  ['stop', { stop_sequences: ['a'], top_k: 3, temperature: null }, { params: { maxTokens: 5, stop: ['a'], topK: 3 } }],
  [
    'user',
    { metadata: { user_id: 'u', more: 1 } },
    { params: { maxTokens: 5, user: 'u' }, extra: { [self]: { metadata: { more: 1 } } } },
  ],
  [
    'budget',
    { thinking: { type: 'enabled', budget_tokens: 2000 } },
    { params: { maxTokens: 5, reasoning: { budget: 2000 } } },
  ],
  ['no thinking', { thinking: { type: 'disabled' } }, { params: { maxTokens: 5, reasoning: { effort: 'none' } } }],
  ['adaptive', { thinking: { type: 'adaptive' } }, { params: { maxTokens: 5, reasoning: { effort: 'medium' } } }],
  ['a kind of the future', { thinking: { type: 'between_tools' } }, { params: { reasoning: { effort: 'medium' } } }],
  [
    'adaptive with effort',
    { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
    { params: { maxTokens: 5, reasoning: { effort: 'max' } } },
  ],
  ['effort alone', { output_config: { effort: 'low' } }, { params: { maxTokens: 5, reasoning: { effort: 'low' } } }],
  [
    'schema',
    { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    { output: { kind: 'schema', name: 'response', schema: { type: 'object' } } },
  ],
  [
    'schema of the beta form',
    { output_format: { type: 'json_schema', schema: { type: 'object' } } },
    { output: { kind: 'schema', name: 'response', schema: { type: 'object' } } },
  ],
  [
    'tools',
    {
      tools: [
        {
          type: 'custom',
          name: 'a',
          input_schema: { type: 'object' },
          cache_control: { type: 'ephemeral' },
          defer_loading: true,
        },
        { type: 'bash_20250124', name: 'bash' },
      ],
      tool_choice: { type: 'tool', name: 'a', disable_parallel_tool_use: true },
    },
    {
      tools: [
        {
          kind: 'function',
          name: 'a',
          schema: { type: 'object' },
          cache: {},
          extra: { [self]: { defer_loading: true } },
        },
        { kind: 'hosted', dialect: self, value: { type: 'bash_20250124', name: 'bash' } },
      ],
      toolChoice: { kind: 'one', name: 'a' },
      params: { maxTokens: 5, parallelToolCalls: false },
    },
  ],
  [
    'words of the future stay at home',
    { dream: 1, service_tier: 'auto' },
    { unknown: {}, extra: { [self]: { dream: 1, service_tier: 'auto' } } },
  ],
  ['a stream', { stream: true }, { stream: true }],
])('decodes %s', (_name, more, expected) => {
  expect(decode(base(more))).toMatchObject(expected);
});

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

test.each<[string, string | JsonObject, string | undefined]>([
  ['no messages', { model: 'm' }, 'messages'],
  ['messages of text', { messages: 'hi' }, 'messages'],
  ['no message', { messages: [] }, 'messages'],
  ['a message of text', { messages: ['hi'] }, 'messages[0]'],
  ['a message of null', { messages: [hi, null] }, 'messages[1]'],
  ['no role', { messages: [{ content: 'x' }] }, 'messages[0].role'],
  ['a role of number', { messages: [{ role: 1, content: 'x' }] }, 'messages[0].role'],
  ['an odd role', { messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
  ['a model of number', { model: 1, messages: [hi] }, 'model'],
])('check and decode refuse %s', (_name, body, param) => {
  const refused = expect.objectContaining({ kind: 'invalid-request', facts: expect.objectContaining({ param }) });
  expect(() => client.check(members(Buffer.from(JSON.stringify(body))))).toThrow(refused);
  expect(() => decode(body as JsonObject)).toThrow(refused);
});

test.each<[string, JsonObject]>([
  ['what can be sent', { model: 'm', messages: [hi] }],
  ['a system message', { messages: [{ role: 'system', content: 'x' }, hi] }],
  ['what the provider should judge', { model: null, messages: [{ role: 'user' }], max_tokens: 'many' }],
])('check lets pass %s', (_name, body) => {
  expect(() => client.check(members(Buffer.from(JSON.stringify(body))))).not.toThrow();
});

test.each<[string, JsonObject, string]>([
  ['content', { messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
  ['a block', { messages: [{ role: 'user', content: ['x'] }] }, 'messages[0].content[0]'],
  ['a type', { messages: [{ role: 'user', content: [{ text: 'x' }] }] }, 'messages[0].content[0].type'],
  ['a text', { messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
  ['a source', { messages: [{ role: 'user', content: [{ type: 'image' }] }] }, 'messages[0].content[0].source'],
  [
    'a nested text',
    {
      messages: [
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 1 }] }] },
      ],
    },
    'messages[0].content[0].content[0].text',
  ],
  ['a system', { system: 5 }, 'system'],
  ['max_tokens', { max_tokens: '5' }, 'max_tokens'],
  ['stops', { stop_sequences: ['a', 1] }, 'stop_sequences[1]'],
  ['a tool', { tools: [{ name: 'a' }] }, 'tools[0].input_schema'],
  ['tools', { tools: {} }, 'tools'],
  ['a choice', { tool_choice: { type: 'maybe' } }, 'tool_choice.type'],
  ['a choice of text', { tool_choice: 'auto' }, 'tool_choice'],
  ['thinking', { thinking: { type: 1 } }, 'thinking.type'],
  ['a budget', { thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
  ['a format', { output_config: { format: { type: 'xml' } } }, 'output_config.format.type'],
  ['metadata', { metadata: 'x' }, 'metadata'],
  ['stream', { stream: 'yes' }, 'stream'],
])('decode refuses %s', (_name, more, param) => {
  expect(() => decode(base(more))).toThrow(
    expect.objectContaining({
      kind: 'invalid-request',
      message: expect.stringContaining(`'${param}'`),
      facts: expect.objectContaining({ param }),
    }),
  );
});

test('nesting that no stack holds is refused', () => {
  const body = JSON.parse(
    `{"messages":[{"role":"user","content":[{"type":"tool_use","id":"a","name":"b","input":${nested(100_000)}}]}]}`,
  );
  expect(() => decode(body)).toThrow(expect.objectContaining({ kind: 'invalid-request' }));
});

test('a key named __proto__ stays a key', () => {
  const request = decode(
    JSON.parse('{"messages":[{"role":"user","content":"x","__proto__":{"a":1}}],"__proto__":{"polluted":true}}'),
  );
  expect(Object.getPrototypeOf(request.extra?.[self])).toBe(Object.prototype);
  expect(Object.keys(request.extra?.[self] ?? {})).toEqual(['__proto__']);
  expect({}).not.toHaveProperty('polluted');
});
