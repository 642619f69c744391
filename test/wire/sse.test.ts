import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldError, type Frame, framer, readFrame } from '../../src/wire/index.ts';

const most = 1 << 24;

function cutFrames(chunks: readonly Buffer[], maxFrame = most): string[] {
  const out: string[] = [];
  const cut = framer('sse', maxFrame, {
    bytes: (frame) => out.push(frame.toString('latin1')),
  });
  for (const chunk of chunks) cut.push(chunk);
  cut.end();
  return out;
}

function readFrames(chunks: readonly Buffer[]): Frame[] {
  const out: Frame[] = [];
  const cut = framer('sse', most, { frame: (frame) => out.push(frame) });
  for (const chunk of chunks) cut.push(chunk);
  cut.end();
  return out;
}

/** The judge: another parser's events, in our form. */
function judged(text: string): Frame[] {
  const out: Frame[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => out.push(event === undefined ? { data } : { event, data }),
  });
  parser.feed(text);
  return out;
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const word = fc.stringMatching(/^[a-zé€😀 :{}"]{0,12}$/u);
const line = fc.oneof(
  { weight: 4, arbitrary: word.map((text) => `data: ${text}`) },
  word.map((text) => `data:${text}`),
  word.map((text) => `event: ${text}`),
  fc.constantFrom(
    'data',
    'event',
    ': comment',
    ':',
    'id: 7',
    'retry: 10',
    'foo: bar',
    ' data: x',
    'datax: y',
    'event:',
  ),
);
const uniform = lineEnd.chain((end) =>
  fc
    .array(fc.array(line, { maxLength: 4 }), { maxLength: 6 })
    .map((blocks) => blocks.map((lines) => [...lines, ''].map((one) => one + end).join('')).join('')),
);
const mixed = fc.array(fc.tuple(fc.oneof(line, fc.constant('')), lineEnd)).map((lines) => lines.flat().join(''));
const cuts = fc.array(fc.nat(400), { maxLength: 12 });

describe('framer, laws', () => {
  it.each([
    ['one kind of line end', uniform],
    ['mixed line ends', mixed],
  ])('%s: the frames do not depend on the cuts, and are the stream when joined', (_, streams) => {
    fc.assert(
      fc.property(streams, cuts, (text, places) => {
        const bytes = Buffer.from(text);
        const whole = cutFrames([bytes]);
        expect(cutFrames(cutAt(bytes, places))).toEqual(whole);
        expect(cutFrames(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(whole);
        expect(whole.join('')).toBe(bytes.toString('latin1'));
        expect(readFrames(cutAt(bytes, places))).toEqual(readFrames([bytes]));
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['one kind of line end', uniform],
    ['mixed line ends', mixed],
  ])('%s: what is read agrees with eventsource-parser', (_, streams) => {
    fc.assert(
      fc.property(streams, cuts, (text, places) => {
        const complete = `${text}\n\n`;
        expect(readFrames(cutAt(Buffer.from(complete), places))).toEqual(judged(complete));
      }),
      { numRuns: 400 },
    );
  });

  it('a frame read alone is the frame that the framer reads', () => {
    fc.assert(
      fc.property(mixed, (text) => {
        const alone = cutFrames([Buffer.from(text)]).flatMap((frame) => readFrame(Buffer.from(frame, 'latin1')) ?? []);
        expect(alone).toEqual(readFrames([Buffer.from(text)]));
      }),
    );
  });
});

const table: readonly [
  name: string,
  chunks: readonly (string | number[])[],
  frames: readonly string[],
  read: readonly Frame[],
][] = [
  ['an ordinary event', ['data: a\n\n'], ['data: a\n\n'], [{ data: 'a' }]],
  [
    'two events in one chunk',
    ['data: a\n\ndata: b\n\n'],
    ['data: a\n\n', 'data: b\n\n'],
    [{ data: 'a' }, { data: 'b' }],
  ],
  ['event and data', ['event: ping\ndata: {}\n\n'], ['event: ping\ndata: {}\n\n'], [{ event: 'ping', data: '{}' }]],
  ['data before event', ['data: {}\nevent: ping\n\n'], ['data: {}\nevent: ping\n\n'], [{ event: 'ping', data: '{}' }]],
  ['only one blank after the colon is cut off', ['data:  a\n\n'], ['data:  a\n\n'], [{ data: ' a' }]],
  ['no blank after the colon', ['data:a\n\n'], ['data:a\n\n'], [{ data: 'a' }]],
  ['several data lines', ['data: a\ndata: b\n\n'], ['data: a\ndata: b\n\n'], [{ data: 'a\nb' }]],
  ['a comment before the first event', [': hi\n\ndata: a\n\n'], [': hi\n\n', 'data: a\n\n'], [{ data: 'a' }]],
  ['a comment inside an event', ['data: a\n: hi\ndata: b\n\n'], ['data: a\n: hi\ndata: b\n\n'], [{ data: 'a\nb' }]],
  ['event without data', ['event: a\n\n'], ['event: a\n\n'], []],
  ['an event name lasts one event', ['event: a\n\ndata: b\n\n'], ['event: a\n\n', 'data: b\n\n'], [{ data: 'b' }]],
  ['empty data', ['data:\n\n'], ['data:\n\n'], [{ data: '' }]],
  ['extra blank lines', ['\n\ndata: a\n\n\n'], ['\n', '\n', 'data: a\n\n', '\n'], [{ data: 'a' }]],
  ['CRLF', ['data: a\r\n\r\ndata: b\r\n\r\n'], ['data: a\r\n\r\n', 'data: b\r\n\r\n'], [{ data: 'a' }, { data: 'b' }]],
  ['CRLF cut inside the line end', ['data: a\r', '\n\r\n'], ['data: a\r\n\r\n'], [{ data: 'a' }]],
  [
    'CRLF cut inside the blank line',
    ['data: a\r\n\r', '\ndata: b\r\n\r\n'],
    ['data: a\r\n\r\n', 'data: b\r\n\r\n'],
    [{ data: 'a' }, { data: 'b' }],
  ],
  ['CR', ['data: a\r\rdata: b\r\r'], ['data: a\r\r', 'data: b\r\r'], [{ data: 'a' }, { data: 'b' }]],
  [
    'CR cut between the two',
    ['data: a\r', '\rdata: b\r\r'],
    ['data: a\r\r', 'data: b\r\r'],
    [{ data: 'a' }, { data: 'b' }],
  ],
  [
    'an LF-framed event after a CRLF one',
    ['data: a\r\n\r\ndata: b\n\n'],
    ['data: a\r\n\r\n', 'data: b\n\n'],
    [{ data: 'a' }, { data: 'b' }],
  ],
  ['a bare CR is a line end', ['data: a\rdata: b\n\n'], ['data: a\rdata: b\n\n'], [{ data: 'a\nb' }]],
  ['BOM at the start', [[0xef, 0xbb, 0xbf], 'data: a\n\n'], ['data: a\n\n'], [{ data: 'a' }]],
  ['BOM cut in two', [[0xef], [0xbb, 0xbf], 'data: a\n\n'], ['data: a\n\n'], [{ data: 'a' }]],
  ['half a BOM is no BOM', [[0xef, 0xbb], 'x\n\n'], ['\xef\xbbx\n\n'], []],
  [
    'a BOM later is text',
    ['data: a\n\n', [0xef, 0xbb, 0xbf], 'data: b\n\n'],
    ['data: a\n\n', '\xef\xbb\xbfdata: b\n\n'],
    [{ data: 'a' }],
  ],
  [
    'a character cut in two',
    [[...Buffer.from('data: é\n\n')].slice(0, 7), [...Buffer.from('data: é\n\n')].slice(7)],
    ['data: \xc3\xa9\n\n'],
    [{ data: 'é' }],
  ],
  ['NUL and lone escapes stay text', ['data: \0\\ud800\n\n'], ['data: \0\\ud800\n\n'], [{ data: '\0\\ud800' }]],
  ['an unfinished tail', ['data: a\n\ndata: b'], ['data: a\n\n', 'data: b'], [{ data: 'a' }, { data: 'b' }]],
  ['an unfinished tail after one line end', ['data: a\n'], ['data: a\n'], [{ data: 'a' }]],
  ['an unfinished tail of half a BOM', [[0xef]], ['\xef'], []],
  ['nothing', [], [], []],
  ['empty chunks', ['', 'data: a\n', '', '\n'], ['data: a\n\n'], [{ data: 'a' }]],
];

describe('framer, traps', () => {
  it.each(table)('%s', (_, chunks, frames, read) => {
    const buffers = chunks.map((chunk) => Buffer.from(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
    expect(cutFrames(buffers)).toEqual(frames);
    expect(readFrames(buffers)).toEqual(read);
  });

  it.each([['\n\n'], ['\r\r']])('hands an event out as soon as its blank line %j is there', (end) => {
    const out: Frame[] = [];
    const cut = framer('sse', most, { frame: (frame) => out.push(frame) });
    cut.push(Buffer.from(`data: a${end}`));
    expect(out).toEqual([{ data: 'a' }]);
  });

  it('does not change when the chunk it was cut from is used again', () => {
    const out: Buffer[] = [];
    const cut = framer('sse', most, { bytes: (frame) => out.push(frame) });
    const slab = Buffer.from('data: abc');
    cut.push(slab);
    slab.fill(0x78);
    cut.push(Buffer.from('\n\n'));
    expect(out.map(String)).toEqual(['data: abc\n\n']);
  });
});

describe('framer, limits', () => {
  it.each([
    ['in one chunk', 1_000],
    ['in pieces', 10],
    ['byte by byte', 1],
  ])('a frame of just the limit passes, one byte more does not, %s', (_, size) => {
    const cut = (bytes: Buffer): Buffer[] =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (__, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
    const frame = Buffer.from(`data: ${'x'.repeat(92)}\n\n`);
    expect(cutFrames(cut(Buffer.concat([frame, frame])), frame.length)).toHaveLength(2);
    expect(() => cutFrames(cut(Buffer.concat([frame, frame])), frame.length - 1)).toThrow(FieldError);
  });

  it('throws before the frame has ended', () => {
    const cut = framer('sse', 100, { bytes: () => undefined });
    expect(() => cut.push(Buffer.alloc(101, 0x61))).toThrow('more than 100 bytes');
  });

  it.each([
    ['data lines', 'x'],
    ['CR lines', '\rdata:x'],
  ])('a long frame of %s costs linear time', (_, filling) => {
    const time = (bytes: number): number => {
      const chunk = Buffer.from(filling.repeat(Math.ceil(1_000 / filling.length)));
      const started = process.cpuUsage();
      const cut = framer('sse', 1 << 26, { bytes: () => undefined });
      for (let sent = 0; sent < bytes; sent += chunk.length) cut.push(chunk);
      cut.push(Buffer.from('\n\n'));
      const used = process.cpuUsage(started);
      return used.user + used.system;
    };
    time(2_000_000);
    const small = Math.min(time(2_000_000), time(2_000_000), time(2_000_000));
    const large = Math.min(time(16_000_000), time(16_000_000));
    expect(large).toBeLessThan(8 * 5 * Math.max(small, 1_000));
  });
});
