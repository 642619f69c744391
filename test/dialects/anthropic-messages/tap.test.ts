import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/hub/index.ts';
import { ProxyError } from '../../../src/hub/index.ts';
import { client, fixedGiven, sse, tapChunks } from './codec.ts';

const start: JsonObject = {
  type: 'message_start',
  message: {
    id: 'msg_x',
    type: 'message',
    role: 'assistant',
    model: 'theirs',
    content: [],
    usage: { input_tokens: 9, output_tokens: 1 },
    metadata: { model: 'kept' },
  },
};
const say: JsonObject = {
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: '"type":"message_stop" "model":"theirs"' },
};
const end: JsonObject = {
  type: 'message_delta',
  delta: { stop_reason: 'end_turn' },
  usage: { input_tokens: 800, output_tokens: 5 },
};
const stop: JsonObject = { type: 'message_stop' };

test('only the name of the model changes', () => {
  const { out, facts } = tapChunks([Buffer.from(sse(start, say, end, stop))], 'mine');
  expect(out).toBe(sse(start, say, end, stop).replace('"model":"theirs"', '"model":"mine"'));
  expect(facts).toEqual({
    id: 'msg_x',
    model: 'theirs',
    finish: 'end_turn',
    firstTokenAt: 1_760_000_000_000,
    usage: { input: 800, output: 5, raw: { by: 'anthropic-messages', value: { input_tokens: 800, output_tokens: 5 } } },
  });
});

test.each<[string, string, string]>([
  ['what follows message_stop is dropped', sse(start, end, stop, say, stop), sse(start, end, stop)],
  ['a missing message_stop is supplied', sse(start, say, end), sse(start, say, end, stop)],
  ['a second message_start is withheld', sse(start, say, start, end, stop), sse(start, say, end, stop)],
  [
    'comments and the unknown pass',
    `: hello\n\n${sse(start, { type: 'dream' }, end, stop)}`,
    `: hello\n\n${sse(start, { type: 'dream' }, end, stop)}`,
  ],
  ['a last frame without its blank line is completed', sse(start, end, stop).slice(0, -1), sse(start, end, stop)],
  [
    'CRLF and no event names',
    sse(start, say, end, stop)
      .replaceAll(/event: .*\n/g, '')
      .replaceAll('\n', '\r\n'),
    sse(start, say, end, stop)
      .replaceAll(/event: .*\n/g, '')
      .replaceAll('\n', '\r\n'),
  ],
])('%s', (_name, stream, expected) => {
  expect(tapChunks([Buffer.from(stream)]).out).toBe(expected);
});

test.each<[string, string]>([
  ['no stop reason', sse(start, say)],
  ['nothing at all', ''],
  ['half a frame', `${sse(start, say)}event: content_block_delta\ndata: {"type":"con`],
])('%s ends in one error event', (_name, stream) => {
  const { out } = tapChunks([Buffer.from(stream)]);
  expect(out.match(/^event: error$/gm)).toHaveLength(1);
  expect(out).not.toContain('\ndata: {"type":"con\n');
  expect(out.endsWith('\n\n')).toBe(true);
});

test.each<[string, string, object]>([
  [
    'an error frame',
    sse({ type: 'error', error: { type: 'rate_limit_error', message: 'slow' } }),
    { kind: 'rate-limit', message: 'slow' },
  ],
  ['a frame that is no JSON', 'event: message_start\ndata: {"type"\n\n', { kind: 'bad-upstream-reply' }],
  ['message_stop without a reason', sse(stop), { kind: 'bad-upstream-reply' }],
])('%s is thrown', (_name, frame, expected) => {
  const tap = client.tap({ model: 'mine' }, fixedGiven());
  expect(tap.begun).toBe(false);
  expect(() => tap.see(Buffer.from(frame))).toThrow(expect.objectContaining(expected));
  expect(tap.begun).toBe(false);
});

test.each<[string, JsonObject[], RegExp]>([
  ['the cause is told', [start, say], /^event: error\ndata: .*broke/],
  ['a finished answer is whole all the same', [start, say, end], /^event: message_stop\n/],
  ['nothing follows the end', [start, end, stop], /^$/],
])('a broken socket: %s', (_name, events, expected) => {
  const tap = client.tap({}, fixedGiven());
  for (const event of events) tap.see(Buffer.from(sse(event)));
  expect(tap.over(new ProxyError('connection', 'it broke'))).toMatch(expected);
  expect(tap.over()).toBe('');
  expect(tap.begun).toBe(true);
});
