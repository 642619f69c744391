import type { ServerResponse } from 'node:http';
import { ProxyError } from '../hub/index.ts';

/** One request under way, from its head to the last byte of its answer. */
export interface Life {
  /** Aborted with a ProxyError as its reason: the client left, or the server is closing. */
  readonly signal: AbortSignal;
}

/** The requests under way: counted for the limit, ended when the server closes. */
export class Calls {
  readonly #open = new Set<AbortController>();
  #empty: (() => void) | undefined;
  closing = false;

  get count(): number {
    return this.#open.size;
  }

  /** Follows a response until it closes. */
  begin(res: ServerResponse): Life {
    const controller = new AbortController();
    this.#open.add(controller);
    res.once('close', () => {
      this.#open.delete(controller);
      if (!res.writableFinished)
        controller.abort(new ProxyError('cancelled', 'the client left before the answer was complete'));
      if (this.#open.size === 0) this.#empty?.();
    });
    return controller;
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#empty = resolve;
    });
  }

  /** Ends what is still under way with an error. */
  endAll(reason: ProxyError): void {
    for (const controller of this.#open) controller.abort(reason);
  }
}

/** What a request is told that comes while the server closes, or that did not finish in time. */
export function shuttingDown(): ProxyError {
  return new ProxyError('overloaded', 'the proxy is shutting down', { retryAfterMs: 1000 });
}
