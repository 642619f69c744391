import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { providers } from '../dialects/index.ts';
import { type Deployment, type DialectId, type Headers, isSecret } from '../hub/index.ts';
import type { Try } from '../router/index.ts';
import { version } from './version.ts';

/** Names and values one after the other: Node writes such a list without building a map. */
export type HeaderList = string[];

const fixed = new WeakMap<Deployment, { list: HeaderList; fresh: HeaderList; returns: ReadonlySet<string> }>();
const passed =
  /^(?:retry-after|retry-after-ms|x-should-retry|x-ratelimit-.*|anthropic-ratelimit-.*|openai-(?:processing-ms|version|organization))$/;

const untried = ['x-litellm-attempted-retries', '0', 'x-litellm-attempted-fallbacks', '0'];

/** What only the deployment decides, made once for each; `fresh`: and that nothing was tried before. */
function describe(to: Deployment) {
  const known = fixed.get(to);
  if (known !== undefined) return known;
  const list: HeaderList = [];
  const put = (name: string, value: string) => list.push(name, visible(value));
  put('x-litellm-model-id', to.id);
  put('x-litellm-model-group', to.group);
  put('x-litellm-model-api-base', shownBase(to));
  put('x-litellm-version', version);
  put('x-modelport-model', to.model);
  put('x-modelport-provider', to.provider.id);
  const dialects = [to.row.dialect, ...(to.row.also ?? [])];
  const returns = new Set(dialects.flatMap((id) => providers[id].provider.returns.map((name) => name.toLowerCase())));
  const made = { list, fresh: [...list, ...untried], returns };
  fixed.set(to, made);
  return made;
}

/** Base URL without user-info and query. */
export function shownBase(to: Deployment): string {
  if (!URL.canParse(to.base)) return to.origin;
  const { origin, pathname } = new URL(to.base);
  return origin === 'null' ? to.base : origin + (pathname === '/' ? '' : pathname);
}

/** Ids of a call, under the names that SDKs and dashboards look for. */
export function idHeaders(id: string, requestId: string): HeaderList {
  return ['x-request-id', requestId, 'request-id', requestId, 'x-litellm-call-id', id];
}

const sane = /^[\w.:/+=-]{1,200}$/;

/** The client's own (`x-litellm-call-id`) where it is a sane one; it is logged, so it may be no key. */
export function callIdOf({ headers }: IncomingMessage, redact: (text: string) => string): string {
  const own = headers['x-litellm-call-id'];
  return typeof own === 'string' && sane.test(own) && redact(own) === own ? own : randomUUID();
}

/** The client's own id where it is a sane one, else one made of the call's. */
export function requestIdOf(req: IncomingMessage, dialect: DialectId, callId: string): string {
  const own = req.headers['x-request-id'];
  if (typeof own === 'string' && sane.test(own)) return own;
  return `${dialect === 'anthropic-messages' ? 'req_' : 'req-'}${callId}`;
}

let latest = { agent: '', product: '-' };

/** The product of a user-agent: `OpenAI/JS 6.1` -> `OpenAI/JS`, `curl/8.5` -> `curl`. Most calls come from the one before's. */
export function productOf(agent: string | undefined): string {
  if (agent === undefined) return '-';
  if (latest.agent !== agent) latest = { agent, product: readProduct(agent) };
  return latest.product;
}

function readProduct(agent: string): string {
  const product = agent.split(' ', 1)[0]?.replace(/\/v?\d.*$/, '');
  return product === undefined || !/^[\w./@+-]{1,60}$/.test(product) ? '-' : product;
}

/** Who was asked, and what was tried before (absent: nothing). */
export function triedHeaders(to: Deployment, at: Try | undefined): HeaderList {
  const { retries = 0, fallbacks = 0, mostRetries = 0 } = at ?? {};
  const { list, fresh } = describe(to);
  if (retries === 0 && fallbacks === 0 && mostRetries === 0) return fresh.slice();
  return [
    ...list,
    ...['x-litellm-attempted-retries', String(retries), 'x-litellm-max-retries', String(mostRetries)],
    ...['x-litellm-attempted-fallbacks', String(fallbacks), 'x-modelport-retries', String(retries)],
  ];
}

/** What is known of an answer; `at`: what was tried before, `cost` in dollars, `overheadMs`: what was not waiting for the provider. */
interface Told {
  ms: number;
  overheadMs?: number | undefined;
  at?: Try;
  dropped: readonly string[];
  cost: number | undefined;
  estimated: boolean;
}

/** Everything but content-type and length. Providers may echo keys: see `redact`. */
export function answerHeaders(
  to: Deployment,
  upstream: Headers,
  told: Told,
  redact: (text: string) => string,
): HeaderList {
  const { returns } = describe(to);
  const all = triedHeaders(to, told.at);
  all.push('x-litellm-response-duration-ms', String(told.ms));
  if (told.overheadMs !== undefined) all.push('x-litellm-overhead-duration-ms', String(told.overheadMs));
  if (told.cost !== undefined) all.push('x-litellm-response-cost', String(told.cost));
  if (told.estimated) all.push('x-modelport-estimated', 'true');
  if (told.dropped.length > 0) all.push('x-modelport-dropped-params', visible(told.dropped.join(',')).slice(0, 1000));
  for (const name in upstream) {
    if (!passed.test(name) && !returns.has(name)) continue;
    const value = upstream[name];
    if (value === undefined || name === 'x-request-id' || name === 'request-id') continue;
    const text = String(value);
    all.push(name, visible(isSecret(text) ? redact(text) : text));
  }
  return all;
}

/** A header's value may hold nothing else. */
export function visible(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
