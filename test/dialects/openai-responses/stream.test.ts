import { describe, expect, test } from 'vitest';
import type { Block, HubEvent, JsonObject } from '../../../src/hub/index.ts';
import { fixedGiven } from '../codecs.ts';
import { findIllegal } from '../legal.ts';
import { collect, decodeEvents, provider, response } from './codec.ts';

type Event = JsonObject & { type: string };

const created: Event = { type: 'response.created', response: response([], { status: 'in_progress' }) };
const completed = (output: JsonObject[] = [], more: JsonObject = {}): Event => ({
  type: 'response.completed',
  response: response(output, more),
});
const added = (index: number, item: JsonObject): Event => ({
  type: 'response.output_item.added',
  output_index: index,
  item,
});
const done = (index: number, item: JsonObject): Event => ({
  type: 'response.output_item.done',
  output_index: index,
  item,
});
const piece = (type: string, index: number, delta: string, more: JsonObject = {}): Event => ({
  type: `response.${type}.delta`,
  output_index: index,
  delta,
  ...more,
});

const message = (text: string, more: JsonObject = {}): JsonObject => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: text === '' ? [] : [{ type: 'output_text', text, annotations: [], ...more }],
});
const call = (n: number, args: string): JsonObject => ({
  type: 'function_call',
  id: `fc_${n}`,
  call_id: `call_${n}`,
  name: `tool_${n}`,
  arguments: args,
});
const reasoning = (more: JsonObject = {}): JsonObject => ({ type: 'reasoning', id: 'rs_1', summary: [], ...more });
const summary = (...texts: string[]): JsonObject => ({
  summary: texts.map((text) => ({ type: 'summary_text', text })),
});

/** The blocks that a stream tells, in short: `text:`, `thinking:` with its proof, `call:`. */
function told(events: readonly HubEvent[]): string[] {
  expect(findIllegal(events)).toEqual([]);
  return (collect(events).choices[0]?.blocks ?? []).map(shortly);
}

function shortly(block: Block): string {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return `${block.type}:${block.text}`;
    case 'thinking':
      return `thinking:${block.text}${block.signature === undefined ? '' : `#${block.signature.value}`}`;
    case 'tool-call':
      return `call:${block.id}:${block.name}${block.args}`;
    case 'opaque':
      return `opaque:${JSON.stringify(block.value).slice(9, 30)}`;
    case 'media':
    case 'tool-result':
      return block.type;
  }
}

const streams: [string, Event[], string[]][] = [
  [
    'two calls whose arguments overlap are told one after the other',
    [
      added(0, call(1, '')),
      added(1, call(2, '')),
      piece('function_call_arguments', 0, '{"a"'),
      piece('function_call_arguments', 1, '{"b"'),
      piece('function_call_arguments', 0, ':1}'),
      piece('function_call_arguments', 1, ':2}'),
      done(1, call(2, '{"b":2}')),
      done(0, call(1, '{"a":1}')),
      completed(),
    ],
    ['call:call_1:tool_1{"a":1}', 'call:call_2:tool_2{"b":2}'],
  ],
  [
    'thoughts give way to the answer; their late end adds only the proof',
    [
      added(0, reasoning()),
      piece('reasoning_text', 0, 'Hm.'),
      added(1, message('')),
      piece('output_text', 1, 'Yes'),
      done(1, message('Yes')),
      done(0, reasoning({ content: [{ type: 'reasoning_text', text: 'Hm.' }], encrypted_content: 'e' })),
      completed(),
    ],
    ['thinking:Hm.', 'text:Yes', 'thinking:#e'],
  ],
  [
    'thoughts that go on behind the answer come after it',
    [
      piece('reasoning_text', 0, 'Hm'),
      piece('output_text', 1, 'Yes'),
      piece('reasoning_text', 0, 'm.'),
      piece('output_text', 1, '.'),
      done(1, message('Yes.')),
      done(0, reasoning({ content: [{ type: 'reasoning_text', text: 'Hmm.' }] })),
      completed(),
    ],
    ['thinking:Hm', 'text:Yes.', 'thinking:m.'],
  ],
  [
    'the proof of a done item wins over the first one and over the last one',
    [
      added(0, reasoning({ encrypted_content: 'early' })),
      done(0, reasoning({ encrypted_content: 'right' })),
      done(1, message('Yes')),
      completed([reasoning({ encrypted_content: 'late' }), message('Yes')]),
    ],
    ['thinking:#right', 'text:Yes'],
  ],
  [
    'parts of a summary',
    [
      piece('reasoning_summary_text', 0, '**A**', { summary_index: 0 }),
      piece('reasoning_summary_text', 0, '**B', { summary_index: 1 }),
      piece('reasoning_summary_text', 0, '**', { summary_index: 1 }),
      done(0, reasoning({ ...summary('**A**', '**B**'), encrypted_content: 'e' })),
      completed(),
    ],
    ['thinking:**A**\n\n**B**#e'],
  ],
  [
    'a summary and the thoughts themselves are not both told',
    [
      piece('reasoning_text', 0, 'long'),
      piece('reasoning_summary_text', 0, 'short'),
      done(0, reasoning({ ...summary('short'), content: [{ type: 'reasoning_text', text: 'long' }] })),
      completed(),
    ],
    ['thinking:long'],
  ],
  [
    'a call that comes whole, by its end only',
    [
      added(0, call(1, '')),
      { type: 'response.function_call_arguments.done', output_index: 0, arguments: '{}' },
      done(0, call(1, '{}')),
      completed(),
    ],
    ['call:call_1:tool_1{}'],
  ],
  [
    'a call that comes whole, announced',
    [added(0, call(1, '{"a":1}')), done(0, call(1, '{"a":1}')), completed()],
    ['call:call_1:tool_1{"a":1}'],
  ],
  [
    'a call whose name comes last',
    [
      added(0, { type: 'function_call', id: 'fc_1' }),
      piece('function_call_arguments', 0, '{}'),
      done(0, call(1, '{}')),
      completed(),
    ],
    ['call:call_1:tool_1{}'],
  ],
  ['nothing but the end', [completed([reasoning(summary('Hm.')), message('Yes')])], ['thinking:Hm.', 'text:Yes']],
  [
    'an item without a done event',
    [added(0, message('')), piece('output_text', 0, 'Ye'), completed([message('Yes')])],
    ['text:Yes'],
  ],
  [
    'deltas without indexes',
    [
      { type: 'response.output_item.added', item: message('') },
      { type: 'response.output_text.delta', delta: 'Yes' },
      { type: 'response.output_item.done', item: message('Yes') },
      { type: 'response.output_item.done', item: call(1, '{}') },
      completed(),
    ],
    ['text:Yes', 'call:call_1:tool_1{}'],
  ],
  [
    'parts whose index counts what came before them',
    [piece('output_text', 0, 'Yes', { content_index: 1 }), done(0, message('Yes')), completed([message('Yes')])],
    ['text:Yes'],
  ],
  [
    'a refusal',
    [
      added(0, message('')),
      piece('refusal', 0, 'No'),
      done(0, { ...message(''), content: [{ type: 'refusal', refusal: 'No.' }] }),
      completed(),
    ],
    ['refusal:No.'],
  ],
  [
    'an empty message says nothing',
    [
      added(0, message('')),
      {
        type: 'response.content_part.done',
        output_index: 0,
        content_index: 0,
        part: { type: 'output_text', text: '' },
      },
      done(0, { ...message(''), content: [{ type: 'output_text', text: '' }] }),
      completed(),
    ],
    [],
  ],
  [
    'things of the future are opaque',
    [
      added(0, { type: 'dream' }),
      done(0, { type: 'dream', of: 'sheep' }),
      { type: 'response.dream.delta' },
      completed(),
    ],
    ['opaque:dream","of":"sheep"}'],
  ],
];

test.each(streams)('%s', (_name, events, expected) => {
  expect(told(decodeEvents(created, ...events))).toEqual(expected);
  expect(told(decodeEvents(...events))).toEqual(expected);
});

const ends: [string, Event, { reason: string; raw?: string }][] = [
  [
    'a length',
    completed([message('a')], { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
    { reason: 'length', raw: 'max_output_tokens' },
  ],
  [
    'a filter',
    { type: 'response.incomplete', response: { incomplete_details: { reason: 'content_filter' } } },
    { reason: 'content-filter', raw: 'content_filter' },
  ],
  ['calls', completed([call(1, '{}')]), { reason: 'tool-calls', raw: 'completed' }],
  [
    'calls of custom tools',
    completed([{ type: 'custom_tool_call', name: 'x' }]),
    { reason: 'tool-calls', raw: 'completed' },
  ],
  ['nothing special', completed([message('a')]), { reason: 'stop', raw: 'completed' }],
];

test.each(ends)('the finish: %s', (_name, last, finish) => {
  const events = decodeEvents(created, last);
  expect(findIllegal(events)).toEqual([]);
  expect(events.find((event) => event.type === 'finish')).toMatchObject({ finish });
});

const failures: [string, Event[], JsonObject][] = [
  ['no end', [created, piece('output_text', 0, 'Ye')], { kind: 'bad-upstream-reply' }],
  ['nothing', [], { kind: 'bad-upstream-reply' }],
  [
    'a failed response',
    [created, { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded', message: 'Slow.' } } }],
    { kind: 'rate-limit', message: 'Slow.' },
  ],
  [
    'a flat error event',
    [created, { type: 'error', code: 'server_error', message: 'Oh.', param: null, sequence_number: 3 }],
    { kind: 'upstream', message: 'Oh.', facts: { code: 'server_error' } },
  ],
  [
    'a nested error event',
    [{ type: 'error', error: { type: 'invalid_request_error', code: 'context_length_exceeded', message: 'Long.' } }],
    { kind: 'context-window', message: 'Long.' },
  ],
  [
    'a refused prompt',
    [created, { type: 'response.failed', response: { error: { code: 'invalid_prompt', message: 'No.' } } }],
    { kind: 'invalid-request', message: 'No.' },
  ],
  [
    'a failed status in the last event',
    [completed([], { status: 'failed', error: { code: 'server_error', message: 'x' } })],
    { kind: 'upstream' },
  ],
];

test.each(failures)('an error: %s', (_name, events, error) => {
  const decoded = decodeEvents(...events, piece('output_text', 0, 'more'));
  expect(findIllegal(decoded)).toEqual([]);
  expect(decoded.filter((event) => event.type === 'error')).toMatchObject([{ error }]);
});

describe('citations', () => {
  const annotation = { type: 'url_citation', url: 'https://x.test', title: 'X', start_index: 1, end_index: 3 };
  const cited = message('😀ab', { annotations: [annotation] });
  const expected = [{ url: 'https://x.test', title: 'X', start: 2, end: 4 }];

  test.each<[string, Event[]]>([
    [
      'as they come',
      [
        piece('output_text', 0, '😀ab'),
        { type: 'response.output_text.annotation.added', output_index: 0, annotation },
        done(0, cited),
      ],
    ],
    ['at the end of the item', [piece('output_text', 0, '😀ab'), done(0, cited)]],
    ['whole', []],
  ])('count UTF-16 units: %s', (_name, events) => {
    const events_ = decodeEvents(created, ...events, completed([cited]));
    expect(findIllegal(events_)).toEqual([]);
    expect(collect(events_).choices[0]?.blocks).toMatchObject([{ type: 'text', text: '😀ab', citations: expected }]);
  });

  test('in a whole reply', () => {
    const { choices } = provider.decodeResponse(response([cited]), fixedGiven(), {});
    expect(choices[0]?.blocks).toMatchObject([{ citations: expected }]);
  });
});

test('log probabilities have the form of the hub', () => {
  const logprobs = [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }];
  const events = decodeEvents(
    created,
    piece('output_text', 0, 'a', { logprobs }),
    done(0, message('a', { logprobs })),
    completed(),
  );
  expect(collect(events).choices[0]?.logprobs).toEqual({ content: logprobs, refusal: null });
  const whole = provider.decodeResponse(response([message('a', { logprobs })]), fixedGiven(), {});
  expect(whole.choices[0]?.logprobs).toEqual({ content: logprobs, refusal: null });
});

const usages: [string, JsonObject, JsonObject][] = [
  [
    'cached, written and thought',
    {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 5 },
      total_tokens: 17,
    },
    { input: 10, output: 7, cacheRead: 4, cacheWrite: 2, reasoning: 5 },
  ],
  [
    'thought beside the output',
    { input_tokens: 10, output_tokens: 2, output_tokens_details: { reasoning_tokens: 5 }, total_tokens: 17 },
    { input: 10, output: 7, reasoning: 5 },
  ],
];

test.each(usages)('usage: %s', (_name, usage, expected) => {
  expect(collect(decodeEvents(created, completed([message('a')], { usage }))).usage).toMatchObject(expected);
  expect(provider.decodeResponse(response([message('a')], { usage }), fixedGiven(), {}).usage).toMatchObject(expected);
});

const strange: [string, JsonObject, JsonObject][] = [
  [
    'a failed one',
    response([], { status: 'failed', error: { code: 'server_error', message: 'Oh.' } }),
    { kind: 'upstream', message: 'Oh.' },
  ],
  ['an error in a 200', { error: { message: 'Oh.', code: 'rate_limit_exceeded' } }, { kind: 'rate-limit' }],
  ['no response', { id: 'x' }, { kind: 'bad-upstream-reply' }],
];

test.each(strange)('a whole reply that is none: %s', (_name, body, error) => {
  expect(() => provider.decodeResponse(body, fixedGiven(), {})).toThrow(expect.objectContaining(error));
});
