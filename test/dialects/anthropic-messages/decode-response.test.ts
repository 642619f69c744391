import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/hub/index.ts';
import { client, fixedGiven, provider } from './codec.ts';

const self = 'anthropic-messages' as const;
const message = (more: JsonObject): JsonObject => ({
  id: 'msg_x',
  type: 'message',
  role: 'assistant',
  model: 'claude-x',
  content: [],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 2 },
  ...more,
});

test.each<[string, JsonObject, object]>([
  [
    'stop sequence',
    { stop_reason: 'stop_sequence', stop_sequence: 'END' },
    { reason: 'stop', raw: 'stop_sequence', stopSequence: 'END' },
  ],
  ['length', { stop_reason: 'max_tokens' }, { reason: 'length', raw: 'max_tokens' }],
  [
    'a full context',
    { stop_reason: 'model_context_window_exceeded' },
    { reason: 'length', raw: 'model_context_window_exceeded' },
  ],
  ['calls', { stop_reason: 'tool_use' }, { reason: 'tool-calls', raw: 'tool_use' }],
  ['pause', { stop_reason: 'pause_turn' }, { reason: 'pause', raw: 'pause_turn' }],
  ['refusal', { stop_reason: 'refusal' }, { reason: 'refusal', raw: 'refusal' }],
  ['a word of the future', { stop_reason: 'constructor' }, { reason: 'other', raw: 'constructor' }],
  ['nothing', { stop_reason: null }, { reason: 'other' }],
])('decodes the finish: %s', (_name, more, finish) => {
  expect(provider.decodeResponse(message(more), fixedGiven(), {}).choices[0]?.finish).toEqual(finish);
});

test('decodes what has no hub name', () => {
  const response = provider.decodeResponse(
    message({
      content: [
        { type: 'tool_use', id: 'a', name: 'b', input: {}, caller: { type: 'code_execution_20250825', tool_id: 't' } },
        { type: 'dream' },
        'odd',
      ],
      stop_details: { type: 'refusal' },
      dream: 1,
      usage: {
        input_tokens: 1,
        cache_read_input_tokens: 10,
        cache_creation_input_tokens: 100,
        cache_creation: { ephemeral_1h_input_tokens: 40, ephemeral_5m_input_tokens: 60 },
        output_tokens: 7,
        server_tool_use: { web_search_requests: 3 },
        output_tokens_details: { thinking_tokens: 5 },
      },
    }),
    fixedGiven(),
    {},
  );
  expect(response).toMatchObject({
    id: 'msg_x',
    created: 1_760_000_000,
    extra: { [self]: { dream: 1 } },
    usage: { input: 111, output: 7, cacheRead: 10, cacheWrite: 100, cacheWrite1h: 40, requests: 3, reasoning: 5 },
  });
  expect(response.choices).toEqual([
    {
      index: 0,
      blocks: [
        {
          type: 'tool-call',
          id: 'a',
          name: 'b',
          args: '{}',
          extra: { [self]: { caller: { type: 'code_execution_20250825', tool_id: 't' } } },
        },
        { type: 'opaque', dialect: self, value: { type: 'dream' } },
      ],
      finish: { reason: 'stop', raw: 'end_turn' },
      extra: { [self]: { stop_details: { type: 'refusal' } } },
    },
  ]);
});

test.each<[string, JsonObject, object]>([
  ['no message', { id: 'x' }, { kind: 'bad-upstream-reply' }],
  ['content of text', message({ content: 'x' }), { kind: 'bad-upstream-reply' }],
  [
    'an error in a 200',
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    { kind: 'overloaded', message: 'Overloaded' },
  ],
])('glance and decode refuse %s', (_name, body, expected) => {
  const refused = expect.objectContaining(expected);
  expect(() => provider.decodeResponse(body, fixedGiven(), {})).toThrow(refused);
  expect(() => client.glance(body)).toThrow(refused);
});
