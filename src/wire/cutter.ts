import { type Frame, readFrame, readFrames } from './frame.ts';
import type { FrameSink } from './sse.ts';
import { Tail } from './tail.ts';

const lf = 0x0a;
const cr = 0x0d;
const blankLine = Buffer.from('\n\n');

/**
 * What a CR at the end of what was seen so far means, since an LF right behind it would belong to it:
 * `line`: it ended a line; `blank`: it ended a blank line, and the frame waits for the next byte; `sent`: it ended a frame
 * that was handed out at once, because the line before ended in a bare CR too: such a stream has no LF to wait for.
 */
type Hanging = 'no' | 'line' | 'blank' | 'sent';

/** Finds the blank lines of an event stream, whatever its line ends are and wherever its bytes were cut. */
export class Cutter {
  readonly #maxFrame: number;
  readonly #tail: Tail;
  readonly #take: (frame: Buffer) => void;
  /** Undefined: bytes are wanted. */
  readonly #read: ((frame: Frame) => void) | undefined;
  readonly #skim: ((chunk: Buffer, from: number) => number) | undefined;
  #atLineStart = true;
  #hanging: Hanging = 'no';

  constructor(maxFrame: number, sink: FrameSink) {
    this.#maxFrame = maxFrame;
    this.#tail = new Tail(maxFrame);
    this.#take = takerOf(sink);
    if ('bytes' in sink) this.#skim = sink.skim?.bind(sink);
    else this.#read = sink.frame.bind(sink);
  }

  push(chunk: Buffer): void {
    let start = 0;
    if (this.#hanging !== 'no' || chunk.includes(cr)) start = this.#cutAny(chunk);
    else if (this.#read === undefined) start = this.#cutLf(chunk, 0, false);
    else {
      if (!this.#tail.empty) start = this.#cutLf(chunk, 0, true);
      if (this.#tail.empty) start = this.#readLf(chunk, start, this.#read);
    }
    if (start < chunk.length) this.#tail.keep(chunk, start);
  }

  end(): void {
    const rest = this.#tail.release();
    if (rest !== undefined) this.#take(rest);
  }

  /** The usual stream has no CR: one search for each line. Returns where the unfinished frame begins. */
  #cutLf(chunk: Buffer, from: number, once: boolean): number {
    const skim = chunk.length > this.#maxFrame ? undefined : this.#skim;
    let start = this.#atLineStart && this.#tail.empty ? (skim?.(chunk, from) ?? from) : from;
    let at = start;
    while (at < chunk.length) {
      if (this.#atLineStart && chunk[at] === lf) {
        at++;
        this.#hand(chunk, start, at);
        start = skim?.(chunk, at) ?? at;
        at = start;
        if (once) break;
        continue;
      }
      const found = chunk.indexOf(lf, at);
      this.#atLineStart = found >= 0;
      if (found < 0) break;
      at = found + 1;
    }
    return start;
  }

  /** The same where frames are read: all whole ones of the chunk are one text. */
  #readLf(chunk: Buffer, start: number, read: (frame: Frame) => void): number {
    const last = chunk.lastIndexOf(blankLine);
    const end = last + blankLine.length;
    if (last < start || end - start > this.#maxFrame) return this.#cutLf(chunk, start, false);
    readFrames(chunk.toString('utf8', start, end), read);
    this.#atLineStart = chunk[chunk.length - 1] === lf;
    return end;
  }

  #cutAny(chunk: Buffer): number {
    let start = 0;
    let nextLf = -1;
    let nextCr = -1;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#hanging !== 'no') {
        const joins = chunk[at] === lf;
        if (this.#hanging === 'blank') {
          this.#hand(chunk, start, joins ? at + 1 : at);
          start = joins ? at + 1 : at;
        }
        const ended = this.#hanging === 'line';
        this.#hanging = 'no';
        if (joins) continue;
        if (ended && chunk[at] === cr) {
          this.#hanging = 'sent';
          this.#hand(chunk, start, at + 1);
          start = at + 1;
          continue;
        }
      }
      if (nextLf < at) nextLf = next(chunk, lf, at);
      if (nextCr < at) nextCr = next(chunk, cr, at);
      const end = Math.min(nextLf, nextCr);
      if (end > at) this.#atLineStart = false;
      at = end;
      if (end === chunk.length) break;
      if (nextCr < nextLf) this.#hanging = this.#atLineStart ? 'blank' : 'line';
      else if (this.#atLineStart) {
        this.#hand(chunk, start, at + 1);
        start = at + 1;
      }
      this.#atLineStart = true;
    }
    return start;
  }

  #hand(chunk: Buffer, start: number, end: number): void {
    this.#take(this.#tail.finish(chunk, start, end));
  }
}

function takerOf(sink: FrameSink): (frame: Buffer) => void {
  if ('bytes' in sink) return (frame) => sink.bytes(frame);
  return (bytes) => {
    const frame = readFrame(bytes);
    if (frame !== undefined) sink.frame(frame);
  };
}

function next(chunk: Buffer, byte: number, from: number): number {
  const found = chunk.indexOf(byte, from);
  return found < 0 ? chunk.length : found;
}
