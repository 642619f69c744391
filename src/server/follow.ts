import { type Headers, ProxyError } from '../hub/index.ts';
import type { Outgoing } from '../translate/index.ts';
import type { Exchange, Receiver, Sending, Upstream } from '../upstream/index.ts';

type Next = NonNullable<Outgoing['next']>;

/**
 * Sends a request to a provider that may answer with a job instead of its result: as long as the reply says so, it asks
 * again at our own base, with the same key. What the receiver hears is the result. `sending.timeoutMs` counts for all of
 * it; `most` bytes are read of one reply.
 */
export function follow(upstream: Upstream, sending: Sending, next: Next, receiver: Receiver, most: number): Exchange {
  const following = new Following(upstream, sending, next, receiver, most);
  following.start();
  return following;
}

const nothing = Buffer.alloc(0);

class Following implements Receiver, Exchange {
  readonly #upstream: Upstream;
  readonly #sending: Sending;
  readonly #next: Next;
  readonly #receiver: Receiver;
  readonly #most: number;
  readonly #begun = Date.now();
  #exchange: Exchange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #status = 0;
  #headers: Headers = {};
  /** The reply is a result, or no reply at all, and goes on as it comes. */
  #passing = false;
  #chunks: Buffer[] = [];
  #size = 0;
  #over = false;

  constructor(upstream: Upstream, sending: Sending, next: Next, receiver: Receiver, most: number) {
    this.#upstream = upstream;
    this.#sending = sending;
    this.#next = next;
    this.#receiver = receiver;
    this.#most = most;
  }

  start(): void {
    this.#exchange = this.#upstream.send(this.#sending, this);
  }

  head(status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
    this.#passing = status >= 300 || !/json/.test(String(headers['content-type'] ?? 'json'));
    if (this.#passing) this.#receiver.head(status, headers);
  }

  data(chunk: Buffer): void {
    if (this.#passing) {
      this.#receiver.data(chunk);
      return;
    }
    this.#size += chunk.length;
    this.#chunks.push(chunk);
    if (this.#size <= this.#most) return;
    // Too much for a job: what is left to say about it the receiver says.
    this.#handOn();
  }

  end(): void {
    if (this.#passing) {
      this.#receiver.end();
      return;
    }
    const body = Buffer.concat(this.#chunks, this.#size);
    const next = this.#next(body);
    if (next === undefined) {
      this.#handOn();
      if (!this.#over) this.#receiver.end();
      return;
    }
    this.#chunks = [];
    this.#size = 0;
    this.#timer = setTimeout(() => this.#again(next.path), next.afterMs);
  }

  fail(error: ProxyError): void {
    this.#receiver.fail(error);
  }

  pause(): void {
    this.#exchange?.pause();
  }

  resume(): void {
    this.#exchange?.resume();
  }

  abort(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#exchange?.abort();
  }

  #handOn(): void {
    const body = this.#chunks.length === 0 ? nothing : Buffer.concat(this.#chunks, this.#size);
    this.#passing = true;
    this.#chunks = [];
    this.#receiver.head(this.#status, this.#headers);
    if (!this.#over) this.#receiver.data(body);
  }

  #again(path: string): void {
    const { timeoutMs, base } = this.#sending;
    const left = timeoutMs - (Date.now() - this.#begun);
    if (timeoutMs > 0 && left <= 0) {
      const origin = new URL(base).origin;
      const seconds = Math.round(timeoutMs / 100) / 10;
      const text = `${origin} had no result after ${seconds} s: raise --request_timeout, or look at the server`;
      this.#receiver.fail(new ProxyError('timeout', text));
      return;
    }
    const { prefer: _p, 'content-type': _c, ...headers } = this.#sending.headers;
    const asking = { ...this.#sending, method: 'GET', path, headers, body: null, timeoutMs: Math.max(0, left) };
    try {
      this.#exchange = this.#upstream.send(asking, this);
    } catch (thrown) {
      const error = thrown instanceof ProxyError ? thrown : new ProxyError('internal', 'the request could not be made');
      this.#receiver.fail(error);
    }
  }
}
