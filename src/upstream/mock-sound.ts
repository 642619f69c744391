import { FieldError } from '../wire/index.ts';

/** One red point. */
export const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==',
  'base64',
);

const rate = 24_000;

/** A hum for WAV and PCM, silence for MP3: a tenth of a second for every word. Throws FieldError for formats that it cannot make. */
export function sound(text: string, format: string): { type: string; bytes: Buffer } {
  const seconds = Math.min(60, Math.max(1, text.split(/\s+/).length)) / 10;
  switch (format) {
    case 'mp3':
      return { type: 'audio/mpeg', bytes: silence(seconds) };
    case 'wav': {
      const samples = hum(seconds);
      return { type: 'audio/wav', bytes: Buffer.concat([wavHead(samples.length), samples]) };
    }
    case 'pcm':
      return { type: 'audio/pcm', bytes: hum(seconds) };
    default:
      throw new FieldError('response_format', "must be 'mp3', 'wav' or 'pcm': mock models make no other sound");
  }
}

/** 16 bits, one channel. */
function hum(seconds: number): Buffer {
  const count = Math.round(seconds * rate);
  const samples = Buffer.alloc(2 * count);
  for (let at = 0; at < count; at++) {
    samples.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * at) / rate)), 2 * at);
  }
  return samples;
}

function wavHead(length: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(2 * rate, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(length, 40);
  return head;
}

/** Frames of MPEG 1 layer III, 32 kbit/s and 44.1 kHz in one channel, with nothing in them: 26 ms each. */
function silence(seconds: number): Buffer {
  const frame = Buffer.alloc(104);
  frame.set([0xff, 0xfb, 0x10, 0xc4]);
  return Buffer.concat(Array.from({ length: Math.max(2, Math.ceil(seconds / 0.026)) }, () => frame));
}
