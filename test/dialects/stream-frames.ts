import { createParser } from 'eventsource-parser';
import type { Framing } from '../../src/wire/index.ts';
import { decodeFrames, encodeFrames } from './binary-frames.ts';

/** One frame of a stream: its name, where it has one, and its text. */
export interface TextFrame {
  event?: string;
  data: string;
}

/** A whole stream as its frames, read without our framers. */
export function readFrames(framing: Framing, stream: Buffer): TextFrame[] {
  switch (framing) {
    case 'sse': {
      const frames: TextFrame[] = [];
      const parser = createParser({
        onEvent: ({ event, data }) => frames.push(event === undefined ? { data } : { event, data }),
      });
      parser.feed(stream.toString());
      return frames;
    }
    case 'ndjson':
      return stream
        .toString()
        .split('\n')
        .filter((line) => line !== '')
        .map((data) => ({ data }));
    case 'eventstream':
      return decodeFrames(stream).map(({ event, payload }) => ({ event, data: JSON.stringify(payload) }));
  }
}

/** The same frames on the wire again. */
export function writeFrames(framing: Framing, frames: readonly TextFrame[]): Buffer {
  switch (framing) {
    case 'sse':
      return Buffer.from(
        frames.map(({ event, data }) => `${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n\n`).join(''),
      );
    case 'ndjson':
      return Buffer.from(frames.map(({ data }) => `${data}\n`).join(''));
    case 'eventstream':
      return encodeFrames(frames.map(({ event = '', data }) => ({ event, payload: JSON.parse(data) })));
  }
}
