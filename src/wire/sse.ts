import { Cutter } from './cutter.ts';
import { eventstream } from './eventstream.ts';
import type { Frame } from './frame.ts';
import { ndjson } from './ndjson.ts';

/** `sse`: Server-sent events; `ndjson`: a JSON text on every line; `eventstream`: AWS's binary frames. */
export type Framing = 'sse' | 'ndjson' | 'eventstream';

/**
 * `bytes`: whole frames, terminator included, as they came; `frame`: frames read (those without data are skipped).
 * `skim` is asked at the borders of frames, where line ends are LF only: it may take frames that lie whole in the chunk,
 * and says up to where.
 */
export type FrameSink =
  | { bytes(frame: Buffer): void; skim?(chunk: Buffer, from: number): number }
  | { frame(frame: Frame): void };

export interface Framer {
  push(chunk: Buffer): void;
  /** Hands out an unfinished tail as a last frame. */
  end(): void;
}

const bom = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Cuts a byte stream into frames: an event's lines and the blank line behind them; a byte order mark at the very start is
 * cut off. Throws FieldError when one frame grows over `maxFrame` bytes.
 */
export function framer(framing: Framing, maxFrame: number, sink: FrameSink): Framer {
  switch (framing) {
    case 'sse': {
      return withoutBom(new Cutter(maxFrame, sink));
    }
    case 'ndjson':
      return ndjson(maxFrame, sink);
    case 'eventstream':
      return eventstream(maxFrame, sink);
  }
}

function withoutBom(cutter: Cutter): Framer {
  let head: Buffer | undefined = Buffer.alloc(0);
  const push = (chunk: Buffer): void => {
    if (head === undefined) {
      cutter.push(chunk);
      return;
    }
    const start: Buffer = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (start.length < bom.length && bom.subarray(0, start.length).equals(start)) {
      head = start;
      return;
    }
    head = undefined;
    cutter.push(bom.equals(start.subarray(0, bom.length)) ? start.subarray(bom.length) : start);
  };
  const end = (): void => {
    if (head !== undefined && head.length > 0) cutter.push(head);
    head = undefined;
    cutter.end();
  };
  return { push, end };
}
