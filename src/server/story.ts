import type { IncomingMessage } from 'node:http';
import {
  type Deployment,
  type DialectId,
  type Entry,
  type Facts,
  mask,
  type ProxyError,
  ratedModel,
} from '../hub/index.ts';
import type { Tried, Try } from '../router/index.ts';
import type { Call } from '../translate/index.ts';
import { callIdOf, type HeaderList, idHeaders, productOf, requestIdOf, triedHeaders } from './headers.ts';
import { type House, redacted } from './house.ts';

/** What is known of a request while it is served; told once, when it is over. */
export class Story {
  readonly house: House;
  readonly id: string;
  readonly requestId: string;
  readonly at = Date.now();
  /** The same on the clock that only goes forward. */
  readonly began = performance.now();
  readonly #client: string;
  readonly #route: string;
  #model = '-';
  #stream = false;
  #to: Deployment | undefined;
  #at: Try | undefined;
  #over: Tried<unknown>['over'] | undefined;
  #dropped: readonly string[] = [];
  #callersKey: string | undefined;
  #broke: ProxyError | undefined;
  #cost: number | undefined;
  #cached = false;
  #told = false;

  /** `route`: where the request's own URL is cut already. */
  constructor(house: House, req: IncomingMessage, dialect: DialectId, route = routeOf(req)) {
    this.house = house;
    this.id = callIdOf(req, house.redact);
    this.requestId = requestIdOf(req, dialect, this.id);
    this.#client = productOf(req.headers['user-agent']);
    this.#route = house.redact(route);
  }

  of(call: Call, callersKey: string | undefined): void {
    this.#model = call.model === '' ? '-' : call.model;
    this.#stream = call.stream;
    this.#callersKey = callersKey;
  }

  /** A request that is passed on unread. `cost`: dollars, where the user says so. */
  passing(model: string | undefined, stream: boolean, cost?: number): void {
    if (model !== undefined) this.#model = model;
    this.#stream = stream;
    this.#cost = cost;
  }

  /** An attempt begins: should it be the last one, this is who failed. */
  trying(to: Deployment, at: Try): void {
    this.#to = to;
    this.#at = at;
  }

  answered({ value, deployment, over }: Tried<{ dropped: readonly string[]; cache?: { hit: boolean } }>): void {
    this.answeredBy(deployment, value.dropped, over);
    this.#cached = value.cache?.hit === true;
  }

  /** `over`: hears how the answer ended. */
  answeredBy(to: Deployment, dropped: readonly string[], over?: Tried<unknown>['over']): void {
    this.#to = to;
    this.#dropped = dropped;
    this.#over = over;
  }

  /** Ids of the call and, once somebody was asked, who that was. */
  headers(): HeaderList {
    const ids = idHeaders(this.id, this.requestId);
    return this.#to === undefined || this.#at === undefined ? ids : [...ids, ...triedHeaders(this.#to, this.#at)];
  }

  /** Without our secrets, nor the key that the caller brought. */
  clean(error: ProxyError): ProxyError {
    const key = this.#callersKey;
    return redacted(error, (text) => this.house.redact(key === undefined ? text : text.replaceAll(key, mask(key))));
  }

  /** An error that is about to be told inside a stream: remembered, and handed on without secrets. */
  broken(error: ProxyError): ProxyError {
    this.#broke = this.clean(error);
    return this.#broke;
  }

  end(status: number, facts: Facts | undefined, error = this.#broke): void {
    if (this.#told) return;
    this.#told = true;
    this.#over?.(endOf(facts, error));
    const entry: Entry = {
      id: this.id,
      at: this.at,
      client: this.#client,
      route: this.#route,
      model: this.house.redact(this.#model),
      status,
      stream: this.#stream,
      ms: Date.now() - this.at,
      dropped: this.#dropped,
    };
    const provider = this.#to?.provider.id ?? error?.facts.provider;
    const model = this.#to?.model ?? error?.facts.model;
    if (this.#to !== undefined) entry.deployment = this.#to.id;
    const { retries = 0, fallbacks = 0 } = this.#at ?? {};
    if (retries > 0) entry.retries = retries;
    if (fallbacks > 0) entry.fallbacks = fallbacks;
    if (provider !== undefined) entry.provider = provider;
    if (model !== undefined) entry.upstreamModel = model;
    if (facts?.usage !== undefined) entry.usage = facts.usage;
    if (this.#cost !== undefined && status < 400) entry.cost = this.#cost;
    if (this.#cached) {
      entry.cached = true;
      entry.cost = 0;
    }
    const first = facts?.firstTokenAt ?? facts?.firstByteAt;
    if (first !== undefined) entry.firstTokenMs = first - this.at;
    if (error !== undefined) entry.error = this.clean(error).message;
    const to = this.#to;
    if (to?.price !== undefined && facts?.usage !== undefined && entry.cost === undefined) {
      const cost = this.house.ledger.price(facts.usage, to.provider, to.model, to.price);
      if (cost !== undefined) entry.cost = cost;
    }
    this.house.ledger.record(entry, to?.provider, to?.info === undefined ? undefined : ratedModel(to));
    if (error?.kind === 'internal') explain(this.house, error);
  }
}

function endOf(facts: Facts | undefined, error: ProxyError | undefined): Parameters<Tried<unknown>['over']>[0] {
  const end: Parameters<Tried<unknown>['over']>[0] = {};
  if (facts?.usage !== undefined) end.usage = facts.usage;
  if (error !== undefined) end.error = error;
  return end;
}

function routeOf(req: IncomingMessage): string {
  const url = req.url ?? '';
  const query = url.indexOf('?');
  return `${req.method} ${query < 0 ? url : url.slice(0, query)}`;
}

/** Our own mistakes are told to the terminal, since clients learn nothing of them. */
function explain({ sink, redact }: House, error: ProxyError): void {
  const cause = error.facts.cause instanceof Error ? error.facts.cause : error;
  sink.note('error', redact((sink.debug ? cause.stack : undefined) ?? `${cause.name}: ${cause.message}`));
}
