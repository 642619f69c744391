import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldError, type Frame, framer } from '../../src/wire/index.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

function message(headers: Record<string, string>, body: string): Buffer {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }] as const);
  return Buffer.from(codec.encode({ headers: Object.fromEntries(typed), body: Buffer.from(body) }));
}

function event(type: string, body: string): Buffer {
  return message({ ':message-type': 'event', ':event-type': type }, body);
}

function read(chunks: readonly Buffer[], most = 1 << 20): Frame[] {
  const frames: Frame[] = [];
  const cut = framer('eventstream', most, { frame: (frame) => frames.push(frame) });
  for (const chunk of chunks) cut.push(chunk);
  cut.end();
  return frames;
}

function cutBytes(chunks: readonly Buffer[]): Buffer[] {
  const out: Buffer[] = [];
  const cut = framer('eventstream', 1 << 20, { bytes: (frame) => out.push(Buffer.from(frame)) });
  for (const chunk of chunks) cut.push(chunk);
  cut.end();
  return out;
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

const chunk = (json: string) =>
  event('chunk', JSON.stringify({ bytes: Buffer.from(json).toString('base64'), p: 'abc' }));

describe('messages', () => {
  it.each<[string, Buffer, Frame]>([
    ['an event', event('contentBlockDelta', '{"a":"é"}'), { event: 'contentBlockDelta', data: '{"a":"é"}' }],
    ['an event without a body', event('ping', ''), { event: 'ping', data: '' }],
    ['an event without a type', message({}, '{}'), { data: '{}' }],
    ["the model's own event", chunk('{"type":"ping"}'), { data: '{"type":"ping"}' }],
    ['a chunk that wraps nothing', event('chunk', '{"a":1}'), { event: 'chunk', data: '{"a":1}' }],
    [
      'an exception',
      message({ ':message-type': 'exception', ':exception-type': 'throttlingException' }, '{"message":"slow"}'),
      { event: '!throttlingException', data: '{"message":"slow"}' },
    ],
    [
      'an error without a body',
      message({ ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'broke' }, ''),
      { event: '!InternalFailure', data: '{"message":"broke"}' },
    ],
  ])('%s', (_, bytes, frame) => {
    expect(read([bytes])).toEqual([frame]);
  });
});

describe('laws', () => {
  const bodies = fc.array(
    fc.tuple(fc.stringMatching(/^[a-zA-Z]{1,12}$/), fc.string({ unit: 'grapheme', maxLength: 300 })),
    {
      maxLength: 6,
    },
  );

  it('the messages do not depend on the cuts, and are the stream when joined', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 8 }), (messages, places) => {
        const bytes = Buffer.concat(messages.map(([type, body]) => event(`x${type}`, body)));
        const expected = messages.map(([type, body]): Frame => ({ event: `x${type}`, data: body }));
        expect(read([bytes])).toEqual(expected);
        expect(read(cutAt(bytes, places))).toEqual(expected);
        expect(read(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(expected);
        expect(Buffer.concat(cutBytes(cutAt(bytes, places))).equals(bytes)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  const two = Buffer.concat([event('one', '{"a":1}'), event('two', '{"b":2}')]);

  it('no damaged byte is believed', () => {
    for (let at = 0; at < two.length; at++) {
      const damaged = Buffer.from(two);
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      expect(() => read([damaged]), `byte ${at}`).toThrow(FieldError);
    }
  });

  it('a stream that stops inside a message says so', () => {
    const border = event('one', '{"a":1}').length;
    for (let at = 1; at < two.length; at++) {
      if (at === border) expect(read([two.subarray(0, at)])).toHaveLength(1);
      else expect(() => read([two.subarray(0, at)]), `stopped at ${at}`).toThrow(/ends inside an event/);
    }
  });
});

describe('lengths', () => {
  const long = (length: number) => {
    const head = Buffer.alloc(12);
    head.writeUInt32BE(length);
    return head;
  };
  it.each([0, 1, 4, 15, 0xffff_ffff, 0x8000_0000, 100_001])('%i bytes are not waited for', (length) => {
    expect(() => read([long(length)], 100_000)).toThrow(FieldError);
  });

  it('an event of just the most bytes is taken, one more is not', () => {
    const bytes = event('one', 'x'.repeat(1000));
    expect(read([bytes], bytes.length)).toHaveLength(1);
    expect(() => read([bytes], bytes.length - 1)).toThrow(/more than/);
  });

  it('a header that claims to be longer than its message is refused', () => {
    const bytes = event('one', '{}');
    bytes.writeUInt32BE(0x00ff_ffff, 4);
    expect(() => read([bytes])).toThrow(FieldError);
  });
});

it('a long event in small pieces costs linear time', () => {
  const bytes = event('one', 'x'.repeat(4_000_000));
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 1000) pieces.push(bytes.subarray(at, at + 1000));
  const began = performance.now();
  expect(read(pieces, 1 << 24)[0]?.data.length).toBe(4_000_000);
  expect(performance.now() - began).toBeLessThan(5000);
});
