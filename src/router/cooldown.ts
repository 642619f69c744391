import { type Deployment, kinds, type ProxyError, type Routing } from '../hub/index.ts';
import { counters } from './callable.ts';
import type { Named } from './names.ts';
import type { Means } from './trial.ts';

/** LiteLLM's: more than half of at least so many requests of a minute. */
const leastRequests = 5;
const failing = 0.5;
/** A deployment that is alone rests only when so many requests of a minute all failed: there is no other to call. */
const aloneRequests = 1000;
/** A key that was refused is no better in five seconds. */
const refusedMs = 600_000;
/** Whatever a provider says about waiting. */
const longestMs = 24 * 3_600_000;

/** Counts a failure of a deployment, and lets it rest when it is time (LITELLM.md 9.2). */
export function failed(error: ProxyError, to: Deployment, group: Named, routing: Routing, means: Means): void {
  if (!counts(error)) return;
  const { shared } = means;
  const fails = shared.add(counters.failed(to.id), 1);
  if (!routing.cooldowns) return;
  const ms = restMs(error, to, group, routing, means, fails);
  if (ms !== undefined && ms > 0) shared.rest(to.id, means.now() + Math.min(ms, longestMs));
}

/** 429, 401, 404, 408 and what is no 4xx; other 4xx, and what we did not find ourselves, are the request's own mistake. */
function counts(error: ProxyError): boolean {
  const { kind, status, facts } = error;
  if (!kinds[kind].coolDown || (kind === 'not-found' && facts.upstream === undefined)) return false;
  return status < 400 || status > 499 || status === 429 || status === 401 || status === 404 || status === 408;
}

/** How long the provider says that one should wait; a server that says 0 says nothing. */
export function waitOf({ facts }: ProxyError): number | undefined {
  return facts.retryAfterMs === 0 ? undefined : facts.retryAfterMs;
}

/** Undefined: it goes on. */
function restMs(
  error: ProxyError,
  to: Deployment,
  group: Named,
  routing: Routing,
  means: Means,
  fails: number,
): number | undefined {
  const { kind } = error;
  const usual = waitOf(error) ?? to.share?.cooldownMs ?? routing.cooldownMs;
  const total = fails + means.shared.read(counters.answered(to.id));
  if (group.all.length === 1) return total >= aloneRequests && fails >= total ? usual : undefined;
  const allowed = routing.allowedFailsPolicy?.[kind];
  if (allowed === undefined && kind === 'rate-limit') return usual;
  if (allowed === undefined && kind === 'authentication') return isLast(to, group, means) ? undefined : refusedMs;
  const most = allowed ?? routing.allowedFails;
  if (most !== undefined) return fails > most ? usual : undefined;
  return total >= leastRequests && fails / total > failing ? usual : undefined;
}

/** Whether all others rest: then clients are told what is wrong, not that there is nobody. */
function isLast({ id }: Deployment, { all }: Named, { shared }: Means): boolean {
  return all.every((other) => other.id === id || shared.resting(other.id) !== undefined);
}
