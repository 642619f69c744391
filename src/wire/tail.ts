import { FieldError } from './json.ts';

/**
 * The unfinished frame. Its bytes are copied once into a buffer that doubles, so a frame costs linear time in any cut
 * (a list of chunks would cost an object for every byte of a stream cut into single bytes), and what is kept pins
 * nobody's 64 kB read buffer.
 */
export class Tail {
  readonly #most: number;
  #room: Buffer | undefined;
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get empty(): boolean {
    return this.#room === undefined;
  }

  /** Keeps the bytes of `chunk` from `start`. Throws FieldError when the frame gets too long. */
  keep(chunk: Buffer, start: number): void {
    this.#add(chunk, start, chunk.length);
  }

  /** The whole frame: what was kept and the bytes of `chunk` from `start` to `end`, which are not copied if nothing was. */
  finish(chunk: Buffer, start: number, end: number): Buffer {
    if (this.#room === undefined) {
      if (end - start > this.#most) throw this.#tooLong();
      return chunk.subarray(start, end);
    }
    this.#add(chunk, start, end);
    return this.release() ?? chunk.subarray(start, end);
  }

  /** What was kept, and nothing is kept any more. */
  release(): Buffer | undefined {
    const frame = this.#room?.subarray(0, this.#length);
    this.#room = undefined;
    this.#length = 0;
    return frame;
  }

  #add(chunk: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#most) throw this.#tooLong();
    if (this.#room === undefined || this.#room.length < length) {
      const grown = Buffer.allocUnsafe(Math.max(length, Math.min(2 * length, this.#most), 512));
      this.#room?.copy(grown, 0, 0, this.#length);
      this.#room = grown;
    }
    chunk.copy(this.#room, this.#length, start, end);
    this.#length = length;
  }

  #tooLong(): FieldError {
    this.release();
    return new FieldError('', `has an event of more than ${this.#most} bytes`);
  }
}
