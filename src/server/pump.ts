import type { Writable } from 'node:stream';
import type { Facts, ProxyError } from '../hub/index.ts';
import type { Relay } from '../translate/index.ts';
import type { Exchange } from '../upstream/index.ts';

const flushMs = 200;
const pingMs = 15_000;

/** What the pump tells: once `ready`, or once `failed`, then `done` after the last byte; `error` when the answer broke. */
export interface PumpEvents {
  ready(): void;
  failed(thrown: unknown): void;
  /** Any thrown value as the error the client is told. */
  asError(thrown: unknown): ProxyError;
}

/** An answer that comes in pieces. */
export interface Streaming {
  readonly type: string;
  facts(): Facts;
  /** Writes what has come so far and goes on from there; the head must be written already. `done`: after the last byte. */
  attach(res: Writable, done: (error?: ProxyError) => void): void;
}

/**
 * A relay between two sockets. Until the first bytes for the client exist nothing is sent, so an early error can still
 * be an HTTP error (or another attempt). From `attach` on there is one write per chunk; a full client socket pauses the
 * provider's, and a client that leaves ends the exchange.
 */
export class Pump implements Streaming {
  readonly #relay: Relay;
  readonly #exchange: () => Exchange | undefined;
  readonly #events: PumpEvents;
  readonly #stallMs: number;
  #early: (Buffer | string)[] = [];
  #begun = false;
  #over = false;
  #res: Writable | undefined;
  #done: (error?: ProxyError) => void = () => {};
  #error: ProxyError | undefined;
  #flush: NodeJS.Timeout | undefined;
  #ping: NodeJS.Timeout | undefined;
  #stall: NodeJS.Timeout | undefined;

  /** `stallMs`: how long a client may not read before it is given up. */
  constructor(relay: Relay, exchange: () => Exchange | undefined, stallMs: number, events: PumpEvents) {
    this.#relay = relay;
    this.#exchange = exchange;
    this.#stallMs = stallMs;
    this.#events = events;
  }

  get type(): string {
    return this.#relay.type;
  }

  facts(): Facts {
    return this.#relay.facts();
  }

  push(chunk: Buffer): void {
    if (this.#over) return;
    try {
      const bytes = this.#relay.push(chunk);
      if (bytes.length > 0) this.#write(bytes);
      else if (!this.#begun) this.#flush ??= setTimeout(() => this.#release(), flushMs);
      if (this.#relay.broken() === undefined) return;
      this.#exchange()?.abort();
      this.end();
    } catch (thrown) {
      this.#exchange()?.abort();
      this.end(this.#events.asError(thrown));
    }
  }

  /** The provider is done, or `cause` ended it. */
  end(cause?: ProxyError): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#flush);
    this.#error = cause;
    try {
      const bytes = this.#relay.end(cause);
      if (bytes.length > 0) this.#write(bytes);
      else if (!this.#begun && cause !== undefined) this.#events.failed(cause);
      else if (!this.#begun) this.#write('');
    } catch (thrown) {
      if (!this.#begun) this.#events.failed(thrown);
      this.#error ??= this.#events.asError(thrown);
    }
    this.#error ??= this.#relay.broken();
    if (this.#res !== undefined) this.#finish(this.#res);
  }

  /** Writes what has come so far and goes on from there; the head must be written already. */
  attach(res: Writable, done: (error?: ProxyError) => void): void {
    this.#res = res;
    this.#done = done;
    res.on('drain', () => {
      clearTimeout(this.#stall);
      this.#exchange()?.resume();
    });
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) this.#send(res, bytes);
    if (this.#over) this.#finish(res);
    else this.#ping = setTimeout(() => this.#keepAlive(res), pingMs);
  }

  /** The client left: nothing more is read or written. */
  stop(reason: ProxyError): void {
    this.#over = true;
    this.#exchange()?.abort();
    this.#clear();
    this.#done(reason);
  }

  #release(): void {
    if (this.#over || this.#begun) return;
    const bytes = this.#relay.flush();
    if (bytes.length > 0) this.#write(bytes);
  }

  #write(bytes: Buffer | string): void {
    if (!this.#begun) {
      this.#begun = true;
      clearTimeout(this.#flush);
      this.#events.ready();
    }
    if (this.#res === undefined) this.#early.push(bytes);
    else this.#send(this.#res, bytes);
  }

  #send(res: Writable, bytes: Buffer | string): void {
    this.#ping?.refresh();
    if (bytes.length === 0 || res.destroyed || res.write(bytes) || this.#over) return;
    this.#exchange()?.pause();
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => res.destroy(), this.#stallMs);
  }

  /** A relay hands out whole frames only, so that between two writes there is always a border. */
  #keepAlive(res: Writable): void {
    if (this.#relay.ping !== '' && !res.writableNeedDrain) res.write(this.#relay.ping);
    this.#ping?.refresh();
  }

  #finish(res: Writable): void {
    this.#clear();
    if (this.#relay.raw === true && this.#error !== undefined) res.destroy();
    else res.end();
    this.#done(this.#error);
  }

  #clear(): void {
    clearTimeout(this.#flush);
    clearTimeout(this.#ping);
    clearTimeout(this.#stall);
  }
}
