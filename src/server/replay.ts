import { Writable } from 'node:stream';
import type { Facts, ProxyError } from '../hub/index.ts';
import type { KeptAnswer } from '../ledger/index.ts';
import type { Life } from './calls.ts';
import type { Streaming } from './pump.ts';

/** A kept stream, told again in the pieces in which it went out, at the client's pace. */
export class Replay implements Streaming {
  readonly type: string;
  readonly #kept: KeptAnswer;
  readonly #stallMs: number;
  readonly #life: Life | undefined;
  #next = 0;
  #at = 0;
  #stall: NodeJS.Timeout | undefined;

  /** `stallMs`: how long a client may not read before it is given up. */
  constructor(kept: KeptAnswer, stallMs: number, life: Life | undefined) {
    this.type = kept.type;
    this.#kept = kept;
    this.#stallMs = stallMs;
    this.#life = life;
  }

  facts(): Facts {
    return this.#kept.facts;
  }

  attach(res: Writable, done: (error?: ProxyError) => void): void {
    this.#life?.onEnd((reason) => {
      clearTimeout(this.#stall);
      res.destroy();
      done(reason);
    });
    res.on('drain', () => this.#write(res, done));
    this.#write(res, done);
  }

  #write(res: Writable, done: (error?: ProxyError) => void): void {
    clearTimeout(this.#stall);
    const { pieces, body } = this.#kept;
    while (this.#next < pieces.length) {
      const end = this.#at + (pieces[this.#next++] ?? 0);
      const piece = body.subarray(this.#at, end);
      this.#at = end;
      if (res.destroyed) return;
      if (res.write(piece)) continue;
      this.#stall = setTimeout(() => res.destroy(), this.#stallMs);
      return;
    }
    if (res.writableEnded) return;
    res.end();
    done();
  }
}

/** The same stream; its bytes are handed to `keep` when it has gone out complete, unless they are more than `most`. */
export function recorded(stream: Streaming, most: number, keep: (pieces: readonly Buffer[]) => void): Streaming {
  return {
    type: stream.type,
    facts: () => stream.facts(),
    attach: (res, done) => {
      const tee = new Tee(res, most);
      stream.attach(tee, (error) => {
        // Behind what the client has not taken yet.
        if (error === undefined) tee.once('finish', () => tee.pieces !== undefined && keep(tee.pieces));
        done(error);
      });
    },
  };
}

/** Writes on to `res`, at its pace, and remembers. */
class Tee extends Writable {
  /** Undefined once they are too many. */
  pieces: Buffer[] | undefined = [];
  readonly #res: Writable;
  readonly #most: number;
  #size = 0;

  constructor(res: Writable, most: number) {
    super({ highWaterMark: 2 ** 16 });
    this.#res = res;
    this.#most = most;
    res.once('close', () => this.destroy());
  }

  override _write(chunk: Buffer, _encoding: string, next: () => void): void {
    this.#size += chunk.length;
    if (this.#size > this.#most) this.pieces = undefined;
    // A copy: a kept slice would keep the whole of what came from the socket.
    this.pieces?.push(Buffer.from(chunk));
    if (this.#res.destroyed || this.#res.write(chunk)) next();
    else this.#res.once('drain', next);
  }

  override _final(next: () => void): void {
    this.#res.end();
    next();
  }

  override _destroy(_error: Error | null, next: (error: null) => void): void {
    if (!this.#res.writableEnded) this.#res.destroy();
    next(null);
  }
}
