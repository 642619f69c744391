import type { Writable } from 'node:stream';
import { ProxyError } from '../hub/index.ts';

/** How long clients may take to read the error that ends their answers. */
const farewellMs = 500;

/**
 * One request under way, from its head to the last byte of its answer. An AbortSignal would say the same, at ten times
 * the cost (0.02 ms of a call's 0.2).
 */
export class Life {
  /** Why it is over: the client left, or the server closes. */
  reason: ProxyError | undefined;
  /** Where it lies in the list of those under way. */
  place = 0;
  #told: ((reason: ProxyError) => void) | undefined;

  /** Calls back when the life ends before its time, at once when it has; the latest listener is the only one. */
  onEnd(listener: (reason: ProxyError) => void): void {
    this.#told = listener;
    if (this.reason !== undefined) listener(this.reason);
  }

  end(reason: ProxyError): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.#told?.(reason);
  }
}

/**
 * The requests under way: counted for the limit, ended when the server closes. A list where the last fills the gap: a
 * Set that is added to and deleted from with every call leaves a chain of outgrown tables, through which the young
 * generation's collector took every call for alive (a third of a small call's CPU).
 */
export class Calls {
  readonly #open: Life[] = [];
  #empty: (() => void) | undefined;
  closing = false;

  get count(): number {
    return this.#open.length;
  }

  /** Follows a response, or a socket that is none of HTTP's any more, until it closes. */
  begin(res: Writable): Life {
    const life = new Life();
    life.place = this.#open.push(life) - 1;
    res.once('close', () => {
      this.#leave(life);
      if (!res.writableFinished) life.end(clientLeft());
      if (this.#open.length === 0) this.#empty?.();
    });
    return life;
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.#open.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#empty = resolve;
    });
  }

  /** Lets nothing new in, waits for what is under way at most `ms`, then ends it with an error. */
  async drain(ms: number): Promise<void> {
    this.closing = true;
    await within(ms, this.idle());
    this.endAll(shuttingDown());
    await within(farewellMs, this.idle());
  }

  /** Ends what is still under way with an error. */
  endAll(reason: ProxyError): void {
    for (const life of [...this.#open]) life.end(reason);
  }

  #leave({ place }: Life): void {
    const last = this.#open.pop();
    if (last === undefined || place === this.#open.length) return;
    last.place = place;
    this.#open[place] = last;
  }
}

async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    done,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}

function clientLeft(): ProxyError {
  return new ProxyError('cancelled', 'the client left before the answer was complete');
}

/** What a request is told that comes while the server closes, or that did not finish in time. */
export function shuttingDown(): ProxyError {
  return new ProxyError('overloaded', 'the proxy is shutting down', { retryAfterMs: 1000 });
}
