import { randomUUID } from 'node:crypto';
import type { Given } from '../dialects/index.ts';
import { type Config, type ErrorFacts, type Headers, ProxyError, redactor, type Shared } from '../hub/index.ts';
import {
  type Caches,
  createLedger,
  createOwners,
  createResponses,
  createShared,
  type Ledger,
  type Owners,
  type Responses,
} from '../ledger/index.ts';
import type { Means } from '../router/index.ts';
import { createMedia, createUpstream, type Media, type Upstream } from '../upstream/index.ts';
import { openCaches } from './caches.ts';
import { Calls } from './calls.ts';
import type { Others, Sink } from './index.ts';
import { meansOf } from './trial.ts';

/** What every part of the server shares. */
export interface House {
  /** The current one: a call takes it once and never looks again. */
  config: Config;
  readonly sink: Sink;
  readonly upstream: Upstream;
  readonly media: Media;
  readonly ledger: Ledger;
  readonly responses: Responses;
  readonly owners: Owners;
  readonly shared: Shared;
  readonly means: Means;
  readonly caches: Caches;
  readonly calls: Calls;
  /** Other processes serve the same port. */
  readonly together: boolean;
  redact: (text: string) => string;
}

/** `others`: the processes that serve the same port. */
export function openHouse(config: Config, sink: Sink, others?: Others): House {
  const shared = createShared(Date.now);
  const responses = createResponses(Date.now, undefined, shared.tell);
  const owners = createOwners(undefined, shared.tell);
  const caches = openCaches(config, sink, others === undefined ? undefined : shared.tell);
  shared.hear((fact) => {
    if (fact.type === 'owned') owners.hear(fact);
    else if (fact.type === 'cached' || fact.type === 'uncached') caches.hear(fact);
    else responses.hear(fact);
  });
  others?.listen(shared.apply);
  if (others !== undefined) shared.onChange(others.tell);
  const ledger = createLedger((entry) => {
    if (entry.cost !== undefined) shared.spent(entry.cost);
    sink.call(entry);
  });
  return {
    config,
    sink,
    upstream: createUpstream(config.proxy, config.trust),
    media: createMedia({ privateHosts: config.privateMedia, trust: config.trust }),
    ledger,
    responses,
    owners,
    shared,
    means: meansOf({ ledger, shared }),
    caches,
    calls: new Calls(),
    together: others !== undefined,
    redact: remembering(redactor(config.secrets)),
  };
}

/** From the next call on another configuration holds; what is under way ends as it began. */
export function reload(house: House, config: Config): void {
  const secrets = [...new Set([...house.config.secrets, ...config.secrets])];
  house.config = { ...config, secrets };
  house.redact = remembering(redactor(secrets));
}

const mostRemembered = 500;

/** Routes and names of models are short, few and asked for with every call: each is searched once. */
function remembering(redact: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    if (text.length > 100) return redact(text);
    let clean = known.get(text);
    if (clean === undefined) {
      clean = redact(text);
      if (known.size >= mostRemembered) known.clear();
      known.set(text, clean);
    }
    return clean;
  };
}

/** The clock and the dice that dialects get. */
export const given: Given = {
  id: (prefix) => prefix + randomUUID().replaceAll('-', ''),
  now: Date.now,
};

/** The same error without secrets: providers echo keys in their errors. */
export function redacted(error: ProxyError, redact: House['redact']): ProxyError {
  const { param, code, type, upstream, ...facts } = error.facts;
  const clean = { ...facts };
  return new ProxyError(error.kind, redact(error.message), {
    ...clean,
    ...(param === undefined ? {} : { param: redact(param) }),
    ...(code === undefined ? {} : { code: redact(code) }),
    ...(type === undefined ? {} : { type: redact(type) }),
    ...(upstream === undefined ? {} : { upstream: cleanReply(upstream, redact) }),
  });
}

type Reply = NonNullable<ErrorFacts['upstream']>;

function cleanReply({ requestId, ...reply }: Reply, redact: House['redact']): Reply {
  const headers: Headers = {};
  for (const [name, value] of Object.entries(reply.headers)) {
    headers[name] = typeof value === 'string' ? redact(value) : value?.map(redact);
  }
  const clean = { ...reply, headers, body: redact(reply.body) };
  return requestId === undefined ? clean : { ...clean, requestId: redact(requestId) };
}
