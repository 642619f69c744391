import type { Block } from '../hub/index.ts';

type Media = Extract<Block, { type: 'media' }>;

/**
 * Roughly what a picture, a file or a sound costs a model, read from the bytes where they are there. Pictures: a token
 * for 750 pixels, after being made smaller to 1568 pixels and 1.15 megapixels (Anthropic's rule, the published ones of
 * others lie near it); PDF pages, seconds of sound and video: the middle of what vendors publish.
 */
export function mediaTokens({ media, source, detail }: Media, countText: (text: string) => number): number {
  switch (media) {
    case 'image':
      return detail === 'low'
        ? lowDetail
        : imageTokens(source.kind === 'base64' ? sizeOf(head(source.data)) : undefined);
    case 'audio':
      return source.kind === 'base64'
        ? Math.max(1, Math.round((bytesOf(source.data) / audioRate) * perSecond))
        : unseen;
    case 'video':
      return source.kind === 'base64' ? Math.max(unseen, Math.round(bytesOf(source.data) / videoBytes)) : unseen;
    case 'file':
      return source.kind === 'base64' ? fileTokens(source.mime, source.data, countText) : unseen;
  }
}

/** OpenAI's price of a picture in low detail. */
const lowDetail = 85;
/** A picture or file of unknown size: links, and ids of uploads. */
const unseen = 1500;
const perPage = 2000;
/** Bytes a second of what is usually sent (MP3 of 128 kbit/s), and Gemini's tokens a second of sound. */
const audioRate = 16_000;
const perSecond = 32;
/** Bytes a token of video: 290 tokens a second (Gemini) at 2 Mbit/s. */
const videoBytes = 860;

const longest = 1568;
const mostPixels = 1_150_000;

function imageTokens(size: Size | undefined): number {
  if (size === undefined) return unseen;
  const { width, height } = size;
  const scale = Math.min(1, longest / Math.max(width, height), Math.sqrt(mostPixels / (width * height)));
  return Math.max(1, Math.ceil((width * scale * height * scale) / 750));
}

function fileTokens(mime: string, data: string, countText: (text: string) => number): number {
  if (/^text\/|[/+](?:json|xml|yaml)$/.test(mime)) return countText(Buffer.from(data, 'base64').toString('utf8'));
  if (mime.startsWith('image/')) return imageTokens(sizeOf(head(data)));
  if (mime !== 'application/pdf') return unseen;
  const pages = Buffer.from(data, 'base64')
    .toString('latin1')
    .match(/\/Type\s*\/Page(?![a-zA-Z])/g);
  // Pages inside compressed objects are not seen: 50 kB is a page's usual size.
  return perPage * Math.max(1, pages?.length ?? Math.round(bytesOf(data) / 50_000));
}

function bytesOf(base64: string): number {
  return Math.floor((base64.length * 3) / 4);
}

/** The size of a picture stands in its first bytes; in a JPEG behind what cameras write before it. */
function head(base64: string): Buffer {
  return Buffer.from(base64.slice(0, 512 * 1024), 'base64');
}

interface Size {
  width: number;
  height: number;
}

/** PNG, GIF, WebP and JPEG; undefined: none of them, or a broken one. */
function sizeOf(bytes: Buffer): Size | undefined {
  if (bytes.length < 30) return undefined;
  const size = readSize(bytes);
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
}

function readSize(bytes: Buffer): Size | undefined {
  if (bytes.readUInt32BE(0) === 0x89504e47) return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  const name = bytes.toString('latin1', 0, 4);
  if (name === 'GIF8') return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  if (name === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return webpSize(bytes);
  return bytes.readUInt16BE(0) === 0xffd8 ? jpegSize(bytes) : undefined;
}

/** https://developers.google.com/speed/webp/docs/riff_container: lossy, lossless and extended. */
function webpSize(bytes: Buffer): Size | undefined {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
  }
  return undefined;
}

/** The first frame header (SOF0 to SOF15, the tables among them aside) holds the size. */
function jpegSize(bytes: Buffer): Size | undefined {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
