import { type ByKind, type Deployment, kinds, type ProxyError, type Routing } from '../hub/index.ts';
import { waitOf } from './cooldown.ts';
import type { Named } from './names.ts';

/** LiteLLM's for groups of several deployments (DECISIONS.md 9). */
const usualRetries = 2;
/** A longer wait is the client's to decide. */
const longestWaitMs = 60_000;
const firstBackOffMs = 500;
const longestBackOffMs = 8000;
/** After so long no further attempt begins: nobody waits for it any more. */
export const patienceMs = 600_000;

/** How often a request may be made again after this error; the rule for its kind wins. */
export function retriesFor(
  error: ProxyError | undefined,
  routing: Routing,
  { group, all }: Named,
  to: Deployment | undefined,
  asked: number | undefined,
): number {
  const usual = routing.retries ?? (all.length > 1 ? usualRetries : 0);
  const ruled = error === undefined ? undefined : ruleOf(error, routing, group);
  return ruled ?? asked ?? to?.share?.retries ?? usual;
}

/** Whether another attempt may succeed. `others`: whether there is a deployment that was not asked yet. */
export function mayRetry(error: ProxyError, routing: Routing, group: string, others: boolean): boolean {
  const { kind } = error;
  if (kind === 'cancelled' || kind === 'internal') return false;
  if (kinds[kind].retry || error.status === 409 || (ruleOf(error, routing, group) ?? 0) > 0) return true;
  return others && (kind === 'authentication' || kind === 'permission' || kind === 'not-found');
}

function ruleOf({ kind }: ProxyError, { groupRetryPolicy, retryPolicy }: Routing, group: string): number | undefined {
  const own: ByKind | undefined =
    groupRetryPolicy !== undefined && Object.hasOwn(groupRetryPolicy, group) ? groupRetryPolicy[group] : undefined;
  return own?.[kind] ?? retryPolicy?.[kind];
}

/**
 * How long to wait before the same deployment is asked again: as long as it says itself, else exponentially longer, with
 * jitter. Undefined: it says that it will take too long.
 */
export function backOffMs(error: ProxyError, earlier: number, least: number, random: number): number | undefined {
  const told = waitOf(error);
  if (told !== undefined) return told > longestWaitMs ? undefined : Math.max(told, least);
  const ms = Math.min(firstBackOffMs * 2 ** earlier, longestBackOffMs);
  return Math.max(least, ms * (0.75 + random / 4));
}

/** Whether a call waits until the first of its deployments is free again: as long as for any back-off, or as the provider said. */
export function mayWait(error: ProxyError, ms: number): boolean {
  return ms <= Math.max(waitOf(error) ?? 0, longestBackOffMs);
}
