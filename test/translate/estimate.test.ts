import { expect, test } from 'vitest';
import type { Block, HubRequest } from '../../src/hub/index.ts';
import { estimateTokens } from '../../src/translate/estimate.ts';

function tokensOf(block: Block): number {
  const request: HubRequest = { from: 'openai-chat', model: 'm', messages: [], stream: false, params: {}, unknown: {} };
  const bare = estimateTokens({ ...request, messages: [{ role: 'user', blocks: [] }] });
  return estimateTokens({ ...request, messages: [{ role: 'user', blocks: [block] }] }) - bare;
}

function media(bytes: Buffer, mime = 'image/png', kind: 'image' | 'audio' | 'video' | 'file' = 'image'): Block {
  return { type: 'media', media: kind, source: { kind: 'base64', mime, data: bytes.toString('base64') } };
}

/** 40 bytes, with these at their places. */
function bytesWith(...parts: [number, Buffer][]): Buffer {
  const all = Buffer.alloc(40);
  for (const [place, part] of parts) part.copy(all, place);
  return all;
}

function little(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}

function big(...values: number[]): Buffer {
  return little(...values).swap16();
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
/** A camera's own segment of 12 bytes stands before the frame's. */
const jpeg = Buffer.concat([
  big(0xffd8, 0xffe1, 12),
  Buffer.alloc(10),
  big(0xffc2, 17),
  Buffer.from([8]),
  big(300, 500),
  Buffer.alloc(20),
]);
const lossless = Buffer.alloc(4);
lossless.writeUInt32LE(499 | (299 << 14));

const pixels = (500 * 300) / 750;

test.each<[string, Block, number]>([
  ['a PNG', media(bytesWith([0, big(0x8950, 0x4e47)], [16, big(0, 500, 0, 300)])), pixels],
  ['a GIF', media(bytesWith([0, text('GIF89a')], [6, little(500, 300)])), pixels],
  ['a lossy WebP', media(bytesWith([0, text('RIFF----WEBPVP8 ')], [26, little(500, 300)])), pixels],
  ['a lossless WebP', media(bytesWith([0, text('RIFF----WEBPVP8L')], [21, lossless])), pixels],
  [
    'an extended WebP',
    media(bytesWith([0, text('RIFF----WEBPVP8X')], [24, Buffer.from([243, 1, 0, 43, 1, 0])])),
    pixels,
  ],
  ['a JPEG behind its camera’s words', media(jpeg), pixels],
  ['a huge picture is made smaller', media(bytesWith([0, text('GIF89a')], [6, little(60_000, 60_000)])), 1534],
  ['no picture', media(Buffer.from('hello')), 1500],
  ['a broken one', media(bytesWith([0, big(0xffd8, 0xffff)])), 1500],
  ['a link', { type: 'media', media: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } }, 1500],
  ['in low detail', { type: 'media', media: 'image', detail: 'low', source: { kind: 'file-id', id: 'f' } }, 85],
  ['two pages', media(Buffer.from('%PDF /Type /Page /x /Type/Page /Type /Pages'), 'application/pdf', 'file'), 4000],
  ['pages that are not seen', media(Buffer.alloc(150_000), 'application/pdf', 'file'), 6000],
  ['a file of text', media(Buffer.from('one two three four'), 'text/plain', 'file'), 4],
  ['ten seconds of sound', media(Buffer.alloc(160_000), 'audio/mpeg', 'audio'), 320],
])('%s', (_, block, tokens) => {
  expect(tokensOf(block)).toBe(tokens);
});

test('a long text takes no longer than its beginning', () => {
  const word = 'word ';
  const long = tokensOf({ type: 'text', text: word.repeat(10 * 2 ** 20) });
  expect(long / (10 * 2 ** 20)).toBeCloseTo(1, 2);
});
