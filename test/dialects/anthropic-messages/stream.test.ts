import { expect, test } from 'vitest';
import { type HubEvent, type JsonObject, ProxyError, seal, type Usage } from '../../../src/hub/index.ts';
import { findIllegal } from '../legal.ts';
import { validate } from '../validators.ts';
import { chatRequest, client, comparable, decodeText, encodeEvents, fixedGiven, parseSse, sse } from './codec.ts';

const self = 'anthropic-messages' as const;
const theirs = { by: 'openai-chat' as const, value: 'proof' };
const start: JsonObject = {
  type: 'message_start',
  message: {
    id: 'msg_x',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 1 },
  },
};
const open = (index: number, content_block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, more: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta: more });
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index });
const end = (reason: string, usage: JsonObject = { output_tokens: 5 }): JsonObject[] => [
  { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage },
  { type: 'message_stop' },
];
const say = (index: number, text: string): JsonObject => delta(index, { type: 'text_delta', text });
const input = (index: number, partial_json: string): JsonObject =>
  delta(index, { type: 'input_json_delta', partial_json });
const text: JsonObject = { type: 'text', text: '' };
const use = (id: string, given: JsonObject = {}): JsonObject => ({ type: 'tool_use', id, name: 'n', input: given });

/** The blocks as they were told, one line each. */
function told(events: readonly HubEvent[]): string[] {
  const lines = new Map<number, string>();
  for (const event of events) {
    if (event.type === 'open')
      lines.set(event.block, `${event.head.type}:${event.head.type === 'tool-call' ? `${event.head.id} ` : ''}`);
    if (event.type === 'text' || event.type === 'thinking' || event.type === 'args') {
      lines.set(event.block, `${lines.get(event.block)}${event.text}`);
    }
    if (event.type === 'mark' && event.signature !== undefined)
      lines.set(event.block, `${lines.get(event.block)} <${event.signature.value}>`);
  }
  return [...lines.values()];
}

test.each<[string, JsonObject[], string[]]>([
  ['text', [open(0, text), say(0, 'a'), say(0, 'b'), stop(0)], ['text:ab']],
  ['text that came with the start', [open(0, { type: 'text', text: 'a' }), say(0, 'b'), stop(0)], ['text:ab']],
  [
    'blocks that overlap are told one after the other',
    [open(0, text), open(1, use('x')), say(0, 'a'), input(1, '{"q"'), say(0, 'b'), input(1, ':1}'), stop(1), stop(0)],
    ['text:ab', 'tool-call:x {"q":1}'],
  ],
  ['a block that is never stopped', [open(0, text), say(0, 'a')], ['text:a']],
  ['an index used again', [open(0, text), say(0, 'a'), open(0, text), say(0, 'b'), stop(0)], ['text:a', 'text:b']],
  [
    'a second message_start',
    [open(0, text), say(0, 'a'), start, stop(0), open(0, text), say(0, 'b'), stop(0)],
    ['text:a', 'text:b'],
  ],
  ['input in the start', [open(0, use('x', { a: 1 })), stop(0)], ['tool-call:x {"a":1}']],
  [
    'input in pieces, the first one empty',
    [open(0, use('x')), input(0, ''), input(0, '{"a'), input(0, '":1}'), stop(0)],
    ['tool-call:x {"a":1}'],
  ],
  ['no input at all', [open(0, use('x')), input(0, ''), stop(0)], ['tool-call:x {}']],
  [
    'thinking, its signature in pieces',
    [
      open(0, { type: 'thinking', thinking: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'h' }),
      delta(0, { type: 'signature_delta', signature: 's' }),
      delta(0, { type: 'signature_delta', signature: 'ig' }),
      stop(0),
    ],
    ['thinking:h <sig>'],
  ],
  [
    'thinking without text',
    [
      open(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'signature_delta', signature: 's' }),
      stop(0),
    ],
    ['thinking: <s>'],
  ],
  [
    'odd events',
    [
      { type: 'dream' },
      { type: 'ping' },
      open(0, text),
      delta(0, { type: 'dream_delta' }),
      say(7, 'nowhere'),
      say(0, 'a'),
      stop(0),
      stop(3),
    ],
    ['text:a'],
  ],
])('decodes %s', (_name, events, blocks) => {
  const out = decodeText(sse(start, ...events, ...end('end_turn')));
  expect(findIllegal(out)).toEqual([]);
  expect(out.filter(({ type }) => type === 'error')).toEqual([]);
  expect(told(out)).toEqual(blocks);
});

test('server tools open when they are whole', () => {
  const server = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} };
  const out = decodeText(
    sse(
      start,
      open(0, server),
      input(0, ''),
      input(0, '{"query":"q"}'),
      stop(0),
      open(1, { type: 'compaction', content: null }),
      delta(1, { type: 'compaction_delta', content: 'short' }),
      stop(1),
      ...end('end_turn'),
    ),
  );
  expect(findIllegal(out)).toEqual([]);
  expect(out.filter(({ type }) => type === 'open')).toEqual([
    {
      type: 'open',
      choice: 0,
      block: 0,
      head: { type: 'opaque', dialect: self, value: { ...server, input: { query: 'q' } } },
    },
    {
      type: 'open',
      choice: 0,
      block: 1,
      head: { type: 'opaque', dialect: self, value: { type: 'compaction', content: 'short' } },
    },
  ]);
});

test('redacted thinking is known at its start', () => {
  const out = decodeText(sse(start, open(0, { type: 'redacted_thinking', data: 'd' }), stop(0), ...end('end_turn')));
  expect(out[1]).toEqual({
    type: 'open',
    choice: 0,
    block: 0,
    head: { type: 'thinking', text: '', redacted: true, signature: { by: self, value: 'd' } },
  });
});

test('the last count of each kind counts, and none is added', () => {
  const out = decodeText(
    sse(
      start,
      ...end('end_turn', { input_tokens: 900, cache_read_input_tokens: 50, output_tokens: 5, server_tool_use: null }),
    ),
  );
  expect(out.findLast(({ type }) => type === 'usage')).toMatchObject({
    usage: { input: 950, cacheRead: 50, output: 5 },
  });
  expect(out[0]).toMatchObject({ type: 'start', id: 'msg_x', model: 'm', usage: { input: 9 } });
});

test.each<[string, string, object]>([
  ['the end of the socket', sse(start, open(0, text), say(0, 'a')), { kind: 'bad-upstream-reply' }],
  ['nothing', '', { kind: 'bad-upstream-reply' }],
  [
    'message_stop without a reason',
    sse(start, open(0, text), stop(0), { type: 'message_stop' }),
    { kind: 'bad-upstream-reply' },
  ],
  [
    'an error event',
    sse(start, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, ...end('end_turn')),
    { kind: 'overloaded', message: 'Overloaded' },
  ],
  ['half an event', `${sse(start)}event: content_block_delta\ndata: {"type":"conte`, { kind: 'bad-upstream-reply' }],
])('%s is an error, once and last', (_name, stream, expected) => {
  const out = comparable(decodeText(stream));
  expect(out.at(-1)).toMatchObject({ type: 'error', ...expected });
  expect(out.filter((event) => JSON.stringify(event).startsWith('{"type":"error"'))).toHaveLength(1);
});

test('a reason without message_stop is a finish', () => {
  const out = decodeText(sse(start, open(0, text), say(0, 'a'), ...end('max_tokens').slice(0, 1)));
  expect(findIllegal(out)).toEqual([]);
  expect(out.find(({ type }) => type === 'finish')).toMatchObject({ finish: { reason: 'length' } });
});

const head: HubEvent = { type: 'start', id: 'x', model: 'm', created: 1 };
const finish: HubEvent = { type: 'finish', choice: 0, finish: { reason: 'stop' } };

test('usage that comes after the finish is in message_delta', () => {
  const stream = encodeEvents([
    head,
    finish,
    { type: 'usage', usage: { input: 30, output: 4, cacheRead: 20, requests: 1 } },
  ]);
  expect(validate('anthropic', stream, 'stream').errors).toEqual([]);
  expect(parseSse(stream).find(({ type }) => type === 'message_delta')).toEqual({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 20,
      output_tokens: 4,
      server_tool_use: { web_search_requests: 1 },
    },
  });
});

test('an error ends everything', () => {
  const encoder = client.encodeStream(chatRequest(), fixedGiven());
  encoder.event(head);
  const frame = encoder.event({ type: 'error', error: new ProxyError('rate-limit', 'slow "down"') });
  expect(frame).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"slow \\"down\\""}}\n\n',
  );
  expect([encoder.event(head), encoder.event(finish), encoder.end()]).toEqual(['', '', '']);
});

test('a stream without a finish is an error, never an invented end', () => {
  expect(encodeEvents([head])).toMatch(/event: error\n.*\n\n$/);
});

test('other choices are left out, pings stay between frames', () => {
  const stream = encodeEvents([
    { type: 'ping' },
    head,
    { type: 'ping' },
    { type: 'open', choice: 1, block: 0, head: { type: 'text', text: '' } },
    { type: 'text', choice: 1, block: 0, text: 'not for you' },
    { type: 'close', choice: 1, block: 0 },
    { type: 'finish', choice: 1, finish: { reason: 'length' } },
    finish,
  ]);
  expect(stream).not.toContain('not for you');
  expect(stream.match(/event: ping/g)).toHaveLength(1);
  expect(validate('anthropic', stream, 'stream').errors).toEqual([]);
});

test('a call begins like a real one, and late proofs follow their block', () => {
  const stream = encodeEvents([
    head,
    { type: 'open', choice: 0, block: 4, head: { type: 'tool-call', id: 'c.1', name: 'n', args: '' } },
    { type: 'args', choice: 0, block: 4, text: '{"a"' },
    { type: 'args', choice: 0, block: 4, text: ':"\u2028\ud800"}' },
    { type: 'mark', choice: 0, block: 4, signature: theirs },
    { type: 'close', choice: 0, block: 4 },
    { type: 'open', choice: 0, block: 7, head: { type: 'text', text: '' } },
    { type: 'mark', choice: 0, block: 7, signature: theirs },
    { type: 'close', choice: 0, block: 7 },
    finish,
  ]);
  expect(validate('anthropic', stream, 'stream').errors).toEqual([]);
  expect(parseSse(stream).slice(1, -2)).toEqual([
    open(0, { caller: { type: 'direct' }, type: 'tool_use', id: 'c_1', name: 'n', input: {} }),
    input(0, ''),
    input(0, '{"a"'),
    input(0, ':"\u2028\ud800"}'),
    stop(0),
    open(1, { type: 'redacted_thinking', data: `${seal(theirs)}.call:c_1` }),
    stop(1),
    open(2, text),
    stop(2),
    open(3, { type: 'redacted_thinking', data: `${seal(theirs)}.text` }),
    stop(3),
  ]);
});

test.each<[string, Usage | undefined, object]>([
  ['nothing', undefined, { input_tokens: 0, output_tokens: 0 }],
  [
    'the prompt by another maker, and what it has written by then',
    { input: 30, output: 4, cacheRead: 20, reasoning: 3, raw: { by: 'gemini', value: {} } },
    { input_tokens: 10, cache_read_input_tokens: 20, output_tokens: 0 },
  ],
  [
    'its own record',
    {
      input: 30,
      output: 4,
      raw: { by: self, value: { input_tokens: 30, output_tokens: 4, service_tier: 'standard' } },
    },
    { input_tokens: 30, output_tokens: 4, service_tier: 'standard' },
  ],
])('what is known at the beginning is in message_start: %s', (_, usage, told) => {
  const stream = encodeEvents([{ ...head, ...(usage === undefined ? {} : { usage }) }, finish]);
  expect(validate('anthropic', stream, 'stream').errors).toEqual([]);
  const [start, delta] = parseSse(stream);
  expect(start).toMatchObject({ message: { usage: told } });
  expect(start?.['message']).not.toHaveProperty('usage.output_tokens_details');
  expect(delta).toMatchObject({ usage: { output_tokens: usage?.output ?? 0 } });
});
