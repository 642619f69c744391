import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { asProxyError, type Headers, ProxyError, type Trust } from '../hub/index.ts';
import { type Inflater, inflater } from './inflate.ts';
import { openOnce, type Seat } from './pool.ts';
import { connectionError, timeoutError } from './trouble.ts';

/** Who hears the reply, synchronously. Exactly one of `end` and `fail` is called, nothing after it or after `abort`. */
export interface Receiver {
  head(status: number, headers: Headers): void;
  /** Never compressed. */
  data(chunk: Buffer): void;
  end(): void;
  fail(error: ProxyError): void;
}

/** A request under way. */
export interface Exchange {
  pause(): void;
  resume(): void;
  /** At any stage; closes the socket. */
  abort(): void;
}

export type Request = Seat & { origin: string };
const longest = 2 ** 31 - 1;
const socketErrors = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'ECONNABORTED', 'EPIPE']);

/** One request from the moment it is asked for to its last byte: time-out, pressure, inflation, the one repeat. */
export class Transfer implements Exchange, Dispatcher.DispatchHandler {
  readonly #request: Request;
  readonly #receiver: Receiver;
  readonly #timeoutMs: number;
  readonly #trust: Trust | undefined;
  readonly #timer: NodeJS.Timeout;
  #seat: Seat;
  #controller: Dispatcher.DispatchController | undefined;
  #inflater: Inflater | undefined;
  #came: Buffer[] = [];
  readonly #turn = () => this.#hand();
  #begun = false;
  #over = false;
  #failed = false;
  #repeated = false;
  /** Reasons not to read on: the client's socket, the inflater. */
  #held = false;
  #choked = false;
  #reused = false;
  #bytesBefore = 0;
  #written = 0;

  constructor(request: Request, receiver: Receiver, timeoutMs: number, trust: Trust | undefined) {
    this.#request = request;
    this.#seat = request;
    this.#receiver = receiver;
    this.#timeoutMs = timeoutMs;
    this.#trust = trust;
    this.#timer = setTimeout(() => this.#late(), timeoutMs > 0 ? Math.min(timeoutMs, longest) : longest);
  }

  start(dispatcher: Dispatcher): void {
    if (!this.#over) dispatcher.dispatch(this.#seat, this);
  }

  pause(): void {
    this.#held = true;
    this.#controller?.pause();
  }

  resume(): void {
    this.#held = false;
    this.#timer.refresh();
    if (!this.#choked) this.#controller?.resume();
  }

  abort(): void {
    if (!this.#over) this.#stop(new Error('aborted'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) {
      controller.abort(new Error('aborted'));
      return;
    }
    this.#controller = controller;
    const lane = this.#seat.lane;
    this.#reused = lane !== undefined && lane.served > 0;
    this.#bytesBefore = lane?.socket?.bytesRead ?? 0;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (this.#over || status < 200) return;
    this.#begun = true;
    this.#timer.refresh();
    const encoding = encodingOf(headers);
    if (encoding === undefined) {
      this.#tell(() => this.#receiver.head(status, headers));
      return;
    }
    const { 'content-encoding': _encoding, 'content-length': _length, ...plain } = headers;
    this.#inflater = this.#openInflater(encoding);
    if (this.#inflater !== undefined) this.#tell(() => this.#receiver.head(status, plain));
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    if (this.#inflater !== undefined) {
      this.#timer.refresh();
      this.#inflater.push(chunk);
    } else if (this.#came.push(chunk) === 1) process.nextTick(this.#turn);
  }

  onResponseEnd(): void {
    if (this.#seat.lane !== undefined) this.#seat.lane.served++;
    this.#hand();
    if (this.#over) return;
    if (this.#inflater !== undefined) this.#inflater.end();
    else this.#end();
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, cause: Error): void {
    this.#hand();
    if (this.#over) return;
    if (this.#mayRepeat(cause)) {
      this.#repeated = true;
      this.#controller = undefined;
      const { lane, ...again } = this.#seat;
      this.#seat = again;
      const once = openOnce(this.#request.origin, this.#trust);
      once.dispatch(this.#seat, this);
      once.close().catch(() => {});
      return;
    }
    // A body that broke says why itself.
    this.#fail(cause instanceof ProxyError ? cause : connectionError(cause, this.#request.origin, this.#begun));
  }

  /**
   * What one read of the socket brings is handed on in one piece. Providers send each event by itself, and a pass over
   * the stream, a timer and a write for each of them cost three times as much as for all.
   */
  #hand(): void {
    const [first] = this.#came;
    if (first === undefined || this.#over) return;
    const piece = this.#came.length === 1 ? first : Buffer.concat(this.#came);
    this.#came = [];
    this.#timer.refresh();
    this.#data(piece);
  }

  #mayRepeat(cause: Error): boolean {
    if (!this.#reused || this.#begun || this.#repeated || this.#request.body instanceof Readable) return false;
    if (!('code' in cause) || !socketErrors.has(String(cause.code))) return false;
    return (this.#seat.lane?.socket?.bytesRead ?? 0) === this.#bytesBefore;
  }

  #openInflater(encoding: string): Inflater | undefined {
    const opened = inflater(encoding, {
      data: (chunk) => {
        if (!this.#over) this.#data(chunk);
      },
      end: () => {
        if (!this.#over) this.#end();
      },
      fail: (cause) => this.#stop(cause, this.#unreadable(`a broken ${encoding} body`, cause)),
      full: () => {
        this.#choked = true;
        this.#controller?.pause();
      },
      flows: () => {
        this.#choked = false;
        if (!this.#held) this.#controller?.resume();
      },
    });
    if (opened === undefined) {
      this.#stop(new Error('aborted'), this.#unreadable(`a body in the unknown encoding '${encoding}'`));
    }
    return opened;
  }

  #unreadable(what: string, cause?: Error): ProxyError {
    return new ProxyError('bad-upstream-reply', `${this.#request.origin} sent ${what}`, { cause });
  }

  #data(chunk: Buffer): void {
    try {
      this.#receiver.data(chunk);
    } catch (thrown) {
      this.#stop(new Error('aborted'), asProxyError(thrown));
    }
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#tell(() => this.#receiver.end());
  }

  #late(): void {
    // A client that does not read is not the provider's silence.
    if (this.#held || this.#choked) return;
    if (this.#uploads()) {
      this.#timer.refresh();
      return;
    }
    this.#stop(new Error('timeout'), timeoutError(this.#request.origin, this.#timeoutMs, this.#begun));
  }

  /** An upload that goes on is not silence. */
  #uploads(): boolean {
    const written = this.#seat.lane?.socket?.bytesWritten ?? 0;
    const goesOn = this.#request.body instanceof Readable && !this.#begun && written > this.#written;
    this.#written = written;
    return goesOn;
  }

  /** Closes the socket, and tells the receiver if there is something to tell. */
  #stop(reason: Error, error?: ProxyError): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#inflater?.stop();
    this.#seat.gone = true;
    this.#controller?.abort(reason);
    if (error !== undefined) this.#fail(error);
  }

  #fail(error: ProxyError): void {
    this.#over = true;
    this.#failed = true;
    clearTimeout(this.#timer);
    this.#inflater?.stop();
    this.#tell(() => this.#receiver.fail(error));
  }

  /** Undici would swallow what a receiver throws. */
  #tell(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      const error = asProxyError(thrown);
      if (!this.#over) this.#stop(new Error('aborted'), error);
      else if (!this.#failed) this.#fail(error);
    }
  }
}

/** Undefined: the bytes are what they say. */
function encodingOf({ 'content-encoding': said }: Headers): string | undefined {
  if (said === undefined) return undefined;
  const encoding = String(said).trim().toLowerCase();
  return encoding === '' || encoding === 'identity' ? undefined : encoding;
}
