import { describe, expect, test } from 'vitest';
import { providers } from '../../../src/dialects/index.ts';
import type { HubEvent, JsonObject } from '../../../src/hub/index.ts';
import { collect, decodeReply, fixedGiven } from '../codecs.ts';
import { factsOf, told1by1 } from '../provider-half.ts';
import { validate } from '../validators.ts';

const half = { dialect: 'cohere', vendor: 'cohere' } as const;

const frame = (event: JsonObject): string => `event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`;
const message = (type: string, index: number, content: JsonObject): JsonObject => ({
  type,
  index,
  delta: { message: content },
});
const begun: JsonObject = { type: 'message-start', id: 'r1', delta: { message: { role: 'assistant' } } };
const part = (index: number, type: 'text' | 'thinking', ...pieces: string[]): JsonObject[] => [
  message('content-start', index, { content: { type, [type]: '' } }),
  ...pieces.map((piece) => message('content-delta', index, { content: { [type]: piece } })),
  { type: 'content-end', index },
];
const plan = (text: string): JsonObject => ({ type: 'tool-plan-delta', delta: { message: { tool_plan: text } } });
const begin = (index: number, id: string, name: string): JsonObject =>
  message('tool-call-start', index, { tool_calls: { id, type: 'function', function: { name, arguments: '' } } });
const args = (index: number, text: string): JsonObject =>
  message('tool-call-delta', index, { tool_calls: { function: { arguments: text } } });
const end = (index: number): JsonObject => ({ type: 'tool-call-end', index });
const cited = (start: number, stop: number, more: JsonObject = {}): JsonObject =>
  message('citation-start', 0, {
    citations: {
      start,
      end: stop,
      text: 'x',
      sources: [{ type: 'document', id: 'd', document: { id: 'd', url: 'https://d.test', title: 'D', snippet: 'q' } }],
      ...more,
    },
  });
const over = (reason: string, more: JsonObject = {}): JsonObject => ({
  type: 'message-end',
  delta: { finish_reason: reason, usage: { tokens: { input_tokens: 3, output_tokens: 2 } }, ...more },
});

function tell(...events: JsonObject[]): HubEvent[] {
  const stream = events.map(frame).join('');
  return told1by1(half, stream);
}

const rows: [name: string, events: JsonObject[], expected: object][] = [
  [
    'plan, then parallel calls',
    [
      begun,
      plan('I will '),
      plan('look.'),
      begin(0, 'a', 'one'),
      args(0, '{"x"'),
      args(0, ':1}'),
      end(0),
      begin(1, 'b', 'two'),
      end(1),
      over('TOOL_CALL'),
    ],
    {
      text: 'I will look.',
      calls: [
        ['a', 'one', { x: 1 }],
        ['b', 'two', {}],
      ],
      finish: 'tool_calls',
    },
  ],
  [
    'calls that overlap are told one after the other',
    [
      begun,
      begin(0, 'a', 'one'),
      begin(1, 'b', 'two'),
      args(1, '{"y":2}'),
      args(0, '{"x":1}'),
      end(1),
      end(0),
      over('TOOL_CALL'),
    ],
    {
      calls: [
        ['a', 'one', { x: 1 }],
        ['b', 'two', { y: 2 }],
      ],
    },
  ],
  [
    'thinking, an empty text, a call',
    [
      begun,
      ...part(0, 'thinking', 'hm', 'm'),
      ...part(1, 'text'),
      begin(0, 'a', 'one'),
      args(0, '{}'),
      end(0),
      over('TOOL_CALL'),
    ],
    { thinking: 'hmm', text: '', calls: [['a', 'one', {}]] },
  ],
  [
    'a text that begins with its first piece',
    [
      begun,
      message('content-start', 0, { content: { type: 'text', text: 'He' } }),
      ...part(0, 'text', 'y').slice(1),
      over('COMPLETE'),
    ],
    { text: 'Hey', finish: 'stop', usage: { input: 3, output: 2, cacheRead: 0 } },
  ],
  ['no message-start', [...part(0, 'text', 'x'), over('MAX_TOKENS')], { text: 'x', finish: 'length' }],
  [
    'a part without its end',
    [begun, ...part(0, 'thinking', 'a').slice(0, 2), ...part(1, 'text', 'b'), over('COMPLETE')],
    { thinking: 'a', text: 'b' },
  ],
  ['a call without a name is none', [begun, begin(0, 'a', ''), args(0, '{}'), over('COMPLETE')], { calls: [] }],
  [
    'unknown events',
    [begun, { type: 'debug', prompt: 'p' }, ...part(0, 'text', 'x'), over('ERROR_TOXIC')],
    { text: 'x', finish: 'content_filter' },
  ],
];

test.each(rows)('%s', (_name, events, expected) => {
  expect(factsOf(collect(tell(...events)))).toMatchObject(expected);
});

test('the events of these tests are Cohere’s', () => {
  for (const [, events] of rows.slice(0, 4)) {
    expect(validate('cohere', events.map(frame).join(''), 'stream').errors).toEqual([]);
  }
});

describe('citations', () => {
  test('offsets count characters, also for texts that have ended, one citation a source', () => {
    const told = tell(begun, ...part(0, 'text', 'a😀b', ' cited'), cited(2, 9), over('COMPLETE'));
    const marks = told.flatMap((event) => (event.type === 'mark' && event.citation ? [event.citation] : []));
    expect(marks).toMatchObject([{ url: 'https://d.test', title: 'D', file: 'd', quote: 'q', start: 3, end: 10 }]);
    expect('a😀b cited'.slice(3, 10)).toBe('b cited');
  });

  test.each<[string, JsonObject, number]>([
    ['the part by its number', { content_index: 1 }, 1],
    ['the first text', {}, 1],
    ['not a thought', { content_index: 0, type: 'THINKING_CONTENT' }, 0],
    ['not a part that is not there', { content_index: 7 }, 0],
  ])('are about %s', (_name, more, count) => {
    const events = [
      begun,
      ...part(0, 'thinking', 't'),
      ...part(1, 'text', 'cited'),
      cited(0, 5, more),
      over('COMPLETE'),
    ];
    const told = tell(...events);
    expect(told.filter((event) => event.type === 'mark' && event.citation)).toHaveLength(count);
  });

  test('of a plan and of a whole reply', () => {
    const reply = decodeReply('cohere', {
      id: 'r',
      finish_reason: 'TOOL_CALL',
      message: {
        role: 'assistant',
        tool_plan: 'I look.',
        content: [{ type: 'text', text: 'é😀z' }],
        citations: [
          { start: 2, end: 3, sources: [{ id: 'https://u.test', tool_output: {} }], type: 'TEXT_CONTENT' },
          { start: 0, end: 1, sources: [], type: 'PLAN' },
        ],
      },
    });
    expect(reply.choices[0]?.blocks).toMatchObject([
      { text: 'é😀z', citations: [{ url: 'https://u.test', start: 3, end: 4 }] },
      { text: 'I look.', citations: [{ start: 0, end: 1 }] },
    ]);
  });
});

test('log probabilities in OpenAI’s form', () => {
  const delta = {
    ...message('content-delta', 0, { content: { text: 'hi' } }),
    logprobs: { text: 'hi', token_ids: [1, 2], logprobs: [-1, -2] },
  };
  const told = tell(begun, delta, over('COMPLETE'));
  expect(told.find((event) => event.type === 'mark')).toMatchObject({
    logprobs: { content: [{ token: 'hi', logprob: -3, bytes: [104, 105] }] },
  });
});

describe('errors in streams', () => {
  test.each<[string, JsonObject[], object]>([
    [
      'told at the end',
      [begun, ...part(0, 'text', 'x'), over('ERROR', { error: 'the model broke' })],
      { kind: 'upstream', message: 'the model broke' },
    ],
    ['too many tokens', [begun, over('ERROR', { error: 'too many tokens: ...' })], { kind: 'context-window' }],
    ['in place of an event', [begun, { message: 'internal server error' }], { kind: 'upstream' }],
    ['no end', [begun, ...part(0, 'text', 'x')], { kind: 'bad-upstream-reply' }],
    ['nothing', [], { kind: 'bad-upstream-reply' }],
  ])('%s', (_name, events, expected) => {
    const told = tell(...events);
    const errors = told.flatMap((event) => (event.type === 'error' ? [event.error] : []));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject(expected);
    expect(told.at(-1)?.type).toBe('error');
  });

  test('an event that is no JSON', () => {
    expect(told1by1(half, `${frame(begun)}data: <html>\n\n`).at(-1)).toMatchObject({
      error: { kind: 'bad-upstream-reply' },
    });
  });
});

test.each<[string, JsonObject, string]>([
  ['no message', { id: 'x' }, 'bad-upstream-reply'],
  ['an error', { id: 'x', message: 'too many tokens' }, 'context-window'],
])('a whole reply that is %s', (_name, body, kind) => {
  const read = () => providers.cohere.provider.decodeResponse(body, fixedGiven(), {});
  expect(read).toThrow(expect.objectContaining({ kind }));
});
