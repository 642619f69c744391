/** Where a mock reply goes, as a network reply would. Nothing follows `end` or `fail`. */
export interface MockSink {
  data(chunk: Buffer): void;
  end(): void;
  fail(error: Error): void;
}

/** A piece of a reply and how long it is in coming. */
export interface Timed {
  waitMs: number;
  text: string | Buffer;
}

/** Plays the pieces of a reply at their pace; a paused one waits. `error`: how it ends, if not well. */
export class MockPlayer {
  readonly #timed: readonly Timed[];
  readonly #sink: MockSink;
  readonly #error: Error | undefined;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => {
    this.abort();
    const { reason } = this.#signal;
    this.#sink.fail(reason instanceof Error ? reason : new Error('aborted'));
  };
  #next = 0;
  #paused = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(timed: readonly Timed[], sink: MockSink, error: Error | undefined, signal: AbortSignal) {
    this.#timed = timed;
    this.#sink = sink;
    this.#error = error;
    this.#signal = signal;
    if (signal.aborted) queueMicrotask(this.#onAbort);
    else {
      signal.addEventListener('abort', this.#onAbort, { once: true });
      this.#wait();
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#timer === undefined) this.#wait();
  }

  abort(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  #wait(): void {
    if (this.#over) return;
    this.#timer = setTimeout(() => this.#play(), this.#timed[this.#next]?.waitMs ?? 0);
  }

  /** Hands out all that is due now. */
  #play(): void {
    this.#timer = undefined;
    let due = true;
    while (due && !this.#paused && !this.#over) {
      const piece = this.#timed[this.#next];
      if (piece === undefined) {
        this.#finish();
        return;
      }
      this.#next++;
      this.#sink.data(typeof piece.text === 'string' ? Buffer.from(piece.text) : piece.text);
      due = (this.#timed[this.#next]?.waitMs ?? 0) === 0;
    }
    if (!this.#paused) this.#wait();
  }

  #finish(): void {
    this.abort();
    if (this.#error === undefined) this.#sink.end();
    else this.#sink.fail(this.#error);
  }
}
