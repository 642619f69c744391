import type { Readable } from 'node:stream';
import type { Deployment, Facts, Headers, ProxyError } from '../hub/index.ts';
import { ProxyError as Failure } from '../hub/index.ts';
import { type Call, failure, idleAnswer, linksToFetch, type Outgoing, plan, type Whole } from '../translate/index.ts';
import {
  credentials,
  type Exchange,
  joinHeaders,
  type Receiver,
  type Sending,
  timeoutError,
} from '../upstream/index.ts';
import type { Life } from './calls.ts';
import { follow } from './follow.ts';
import type { House } from './house.ts';
import { ownHeaders } from './native-headers.ts';
import { Pump, type Streaming } from './pump.ts';

/** A provider's answer, when its first bytes are ready to go to the client. */
export type Answer = {
  headers: Headers;
  dropped: readonly string[];
  estimated?: true;
  /** Milliseconds from the request to the first bytes for the client; absent: several requests, or none. */
  waitedMs?: number;
  /** Where it lies in the cache, or will; `hit`: it came from there. */
  cache?: { key: string; hit: boolean };
} & ({ kind: 'whole'; type: string; body: Buffer | string; facts: Facts } | { kind: 'stream'; pump: Streaming });

export interface Wish {
  /** The caller's own key, where that is allowed. */
  key?: string;
  timeoutMs?: number;
  /** To the first bytes of a stream. */
  streamTimeoutMs?: number;
  /** A body that goes up as it comes, in place of the plan's. */
  upload?: Readable;
  /** Its end ends the call; a probe has none. */
  life?: Life;
}

/** Sends a call to one deployment. Rejects with a ProxyError while nothing has gone to the client; the end of `wish.life` ends it. */
export function ask(house: House, call: Call, to: Deployment, wish: Wish): Promise<Answer> {
  const idle = idleAnswer(call, to);
  if (idle !== undefined) return Promise.resolve({ ...idle, headers: {}, dropped: [] });
  const links = linksToFetch(call, to);
  if (links.length === 0) return send(house, call, to, wish, plan(call, to));
  return house.media.gather(links, wish.life).then((found) => send(house, call, to, wish, plan(call, to, found)));
}

/** Sends one request of a call and waits for the answer's first bytes. */
export function send(house: House, call: Call, to: Deployment, wish: Wish, outgoing: Outgoing): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const firstMs = outgoing.stream ? firstOf(to, wish) : undefined;
    const usualMs = least(to.timeoutMs, wish.timeoutMs);
    const timeoutMs = usualMs > 0 && firstMs !== undefined ? Math.max(usualMs, firstMs) : usualMs;
    const hearing = new Hearing(house, outgoing, to, timeoutMs, resolve, (thrown) => reject(located(thrown, to)));
    const key = credentials(to, wish.key);
    const callers = house.config.forwardClientHeaders === true ? ownHeaders(call.headers) : {};
    const sending = (keys: Record<string, string>): Sending => ({
      method: outgoing.target.method,
      model: to.model,
      base: to.base,
      path: outgoing.target.path,
      headers: headersFor(outgoing, to, keys, wish.key !== undefined, callers),
      body: wish.upload ?? outgoing.body,
      timeoutMs,
      trust: to.trust,
    });
    const start = (ready: Sending): void => {
      if (wish.life?.reason !== undefined) throw wish.life.reason;
      const { next } = outgoing;
      const most = house.config.maxReply;
      hearing.exchange =
        next === undefined ? house.upstream.send(ready, hearing) : follow(house.upstream, ready, next, hearing, most);
      if (firstMs !== undefined && (timeoutMs === 0 || firstMs < timeoutMs)) hearing.hurry(firstMs);
    };
    if (wish.life?.reason !== undefined) throw wish.life.reason;
    if (house.sink.debug) explain(house, call, to, outgoing);
    if (typeof key !== 'function') start(sending(key));
    else {
      const unsigned = sending({});
      key(unsigned, house.upstream)
        .then((made) => start({ ...unsigned, headers: { ...unsigned.headers, ...made } }))
        .catch((thrown) => reject(located(thrown, to)));
    }
    wish.life?.onEnd((reason) => hearing.cancel(reason));
  });
}

/** Milliseconds to the first bytes of a stream, where that is not the time-out of all; of request and deployment the lower. */
function firstOf(to: Deployment, { streamTimeoutMs, timeoutMs }: Wish): number | undefined {
  if (streamTimeoutMs === undefined && to.streamTimeoutMs === undefined) return undefined;
  return least(to.streamTimeoutMs ?? to.timeoutMs, streamTimeoutMs ?? timeoutMs);
}

/** The lower of two time-outs; 0 is none. */
function least(ms: number, wanted: number | undefined): number {
  if (wanted === undefined) return ms;
  return ms > 0 ? Math.min(ms, wanted) : wanted;
}

/** Where a call goes, and with `--detailed_debug` what was asked and what is sent; never headers. */
function explain({ sink, redact }: House, call: Call, to: Deployment, { target, body, dropped }: Outgoing): void {
  const left = dropped.length === 0 ? '' : `, without ${dropped.join(', ')}`;
  sink.note(
    'debug',
    redact(
      `${call.id} ${call.model} -> ${to.provider.id}/${to.model} ${target.method} ${to.origin}${target.path}${left}`,
    ),
  );
  if (!sink.bodies) return;
  sink.note('debug', redact(`${call.id} asked ${call.body.body.toString('utf8', 0, mostShown)}`));
  sink.note('debug', redact(`${call.id} sent ${body.toString('utf8', 0, mostShown)}`));
}

const mostShown = 2 ** 18;

/** `callersKey`: it wins over a header of the deployment. `own`: the caller's, which nothing of ours gives way to. */
function headersFor(
  { target }: Outgoing,
  to: Deployment,
  keys: Record<string, string>,
  callersKey: boolean,
  own: Record<string, string>,
): Record<string, string> {
  const headers = { 'content-type': 'application/json' };
  return callersKey
    ? joinHeaders(own, headers, target.headers, to.headers, keys)
    : joinHeaders(own, headers, target.headers, keys, to.headers);
}

/** The same error with the deployment's names where it has none, and what starts a server that does not run. */
function located(thrown: unknown, to: Deployment): ProxyError {
  const error = failure(thrown);
  if (error.facts.provider !== undefined) return error;
  const { starts } = to.row;
  const advice = starts === undefined || error.facts.nobody === undefined ? '' : ` Start it with: ${starts}`;
  return new Failure(error.kind, `${error.message}${advice}`, {
    ...error.facts,
    provider: to.provider.id,
    model: to.model,
  });
}

const mostErrorBytes = 2 ** 20;
const nothing = Buffer.alloc(0);

/** Hears one reply and decides by its head what it is: refused, whole or a stream. */
class Hearing implements Receiver {
  exchange: Exchange | undefined;
  readonly #house: House;
  readonly #outgoing: Outgoing;
  readonly #to: Deployment;
  readonly #timeoutMs: number;
  readonly #promise: { resolve(answer: Answer): void; reject(thrown: unknown): void };
  #hurry: NodeJS.Timeout | undefined;
  #status = 0;
  #headers: Headers = {};
  #whole: Whole | undefined;
  #pump: Pump | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  readonly #began = performance.now();

  constructor(
    house: House,
    outgoing: Outgoing,
    to: Deployment,
    timeoutMs: number,
    resolve: (answer: Answer) => void,
    reject: (thrown: unknown) => void,
  ) {
    this.#house = house;
    this.#outgoing = outgoing;
    this.#to = to;
    this.#timeoutMs = timeoutMs;
    this.#promise = { resolve, reject };
  }

  /** Gives up unless the first bytes for the client come in time. */
  hurry(ms: number): void {
    this.#hurry = setTimeout(() => {
      this.exchange?.abort();
      this.#reject(timeoutError(this.#to.origin, ms, false));
    }, ms);
  }

  /** The client left or the server closes. */
  cancel(reason: ProxyError): void {
    this.exchange?.abort();
    if (reason.kind === 'cancelled') this.#pump?.stop(reason);
    else this.#pump?.end(reason);
    this.#reject(reason);
  }

  head(status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
    if (status >= 400) return;
    const reply = this.#outgoing.reply({ status, headers });
    if (reply instanceof Failure) {
      this.#giveUp(reply);
      return;
    }
    if (reply.kind === 'whole') {
      this.#whole = reply;
      return;
    }
    const pump = new Pump(reply, () => this.exchange, this.#timeoutMs, {
      ready: () =>
        this.#resolve({ kind: 'stream', headers, dropped: this.#outgoing.dropped, waitedMs: this.#waited(), pump }),
      failed: (thrown) => this.#reject(thrown),
      asError: (thrown) => located(thrown, this.#to),
    });
    this.#pump = pump;
  }

  data(chunk: Buffer): void {
    if (this.#pump !== undefined) {
      this.#pump.push(chunk);
      return;
    }
    this.#size += chunk.length;
    this.#chunks.push(chunk);
    if (this.#whole === undefined) {
      if (this.#size < mostErrorBytes) return;
      this.exchange?.abort();
      this.end();
    } else if (this.#size > this.#house.config.maxReply) {
      const most = Math.floor(this.#house.config.maxReply / 2 ** 20);
      this.#giveUp(new Failure('bad-upstream-reply', `the provider's reply is larger than ${most} MB`));
    }
  }

  end(): void {
    if (this.#pump !== undefined) {
      this.#pump.end();
      return;
    }
    const [first = nothing] = this.#chunks;
    const bytes = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [];
    try {
      if (this.#whole === undefined) throw this.#refusal(bytes);
      const waitedMs = this.#waited();
      const { body, facts } = this.#whole.read(bytes);
      const { type } = this.#whole;
      const { dropped } = this.#outgoing;
      this.#resolve({ kind: 'whole', headers: this.#headers, dropped, waitedMs, type, body, facts });
    } catch (thrown) {
      this.#reject(thrown);
    }
  }

  fail(error: ProxyError): void {
    if (this.#pump !== undefined) this.#pump.end(located(error, this.#to));
    // A status of 400 and more has said what is wrong; that its text broke off changes nothing.
    else if (this.#status >= 400) this.end();
    else this.#reject(error);
  }

  #resolve(answer: Answer): void {
    clearTimeout(this.#hurry);
    this.#promise.resolve(answer);
  }

  #reject(thrown: unknown): void {
    clearTimeout(this.#hurry);
    this.#promise.reject(thrown);
  }

  #waited(): number {
    return performance.now() - this.#began;
  }

  #refusal(bytes: Buffer): ProxyError {
    const text = bytes.subarray(0, mostErrorBytes).toString('utf8');
    return this.#outgoing.refused(this.#status, this.#headers, text);
  }

  #giveUp(error: ProxyError): void {
    this.exchange?.abort();
    this.#chunks = [];
    this.#reject(error);
  }
}
