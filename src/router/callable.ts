import { type Deployment, ProxyError, type Routing, type Shared } from '../hub/index.ts';
import type { Named } from './names.ts';

const minuteMs = 60_000;
/** When a place at a deployment becomes free cannot be known. */
const crowdedMs = 1000;
const mostNamed = 5;

/** Counters of a deployment, by the minute. */
export const counters = {
  requests: (id: string) => `rpm:${id}`,
  tokens: (id: string) => `tpm:${id}`,
  answered: (id: string) => `ok:${id}`,
  failed: (id: string) => `fail:${id}`,
};

/**
 * Deployments whose tags the request has; `any` of them, or `all` of the request's. Without a match those tagged
 * `default`; requests without tags take these where there are some. Throws authentication (LiteLLM: 401).
 */
export function tagged(
  all: readonly Deployment[],
  tags: readonly string[],
  rule: NonNullable<Routing['tags']>,
  model: string,
): readonly Deployment[] {
  const usual = all.filter((to) => to.share?.tags?.includes('default') === true);
  if (tags.length === 0) return usual.length > 0 ? usual : all;
  const fitting = all.filter(({ share }) => {
    const has = (tag: string): boolean => share?.tags?.includes(tag) === true;
    return rule === 'any' ? tags.some(has) : tags.every(has);
  });
  if (fitting.length > 0) return fitting;
  if (usual.length > 0) return usual;
  const text = `Not allowed to access model due to tags configuration. Passed model=${model} and tags=[${tags.join(', ')}]`;
  throw new ProxyError('authentication', text);
}

/** Deployments whose window holds the prompt; one that is not known holds all. Throws context-window. */
export function roomy(all: readonly Deployment[], tokens: number, model: string): readonly Deployment[] {
  const fitting = all.filter(({ share }) => share?.window === undefined || tokens <= share.window);
  if (fitting.length > 0) return fitting;
  const widest = all.reduce((most, { share }) => Math.max(most, share?.window ?? 0), 0);
  const text =
    `Context Window exceeded for given call. No models have context window large enough for this call: ` +
    `${model} takes ${widest} tokens of prompt, this one has about ${tokens}`;
  throw new ProxyError('context-window', text, { param: 'messages' });
}

/** Those that may be called now: not resting, below their limits. Throws rate-limit that says when to come again. */
export function awake(
  { group }: Named,
  all: readonly Deployment[],
  shared: Shared,
  now: number,
): readonly Deployment[] {
  const able = all.filter((to) => freeAt(to, shared, now) === undefined);
  if (able.length > 0) return able;
  const soonest = all.reduce((least, to) => Math.min(least, freeAt(to, shared, now) ?? now), Number.POSITIVE_INFINITY);
  const retryAfterMs = Math.max(1, soonest - now);
  const resting = all.filter(({ id }) => shared.resting(id) !== undefined).map(({ id }) => id);
  const text =
    `No deployments available for selected model, Try again in ${Math.ceil(retryAfterMs / 1000)} seconds. ` +
    `Passed model=${group}. cooldown_list=[${shorten(resting)}]`;
  throw new ProxyError('rate-limit', text, { retryAfterMs });
}

/** When a deployment may be called again; undefined: now. */
export function freeAt({ id, share }: Deployment, shared: Shared, now: number): number | undefined {
  const rests = shared.resting(id);
  if (rests !== undefined || share === undefined) return rests;
  const { rpm, tpm, parallel } = share;
  const full =
    (rpm !== undefined && shared.read(counters.requests(id)) >= rpm) ||
    (tpm !== undefined && shared.read(counters.tokens(id)) >= tpm);
  if (full) return (Math.floor(now / minuteMs) + 1) * minuteMs;
  return parallel !== undefined && shared.busy(id, 0) >= parallel ? now + crowdedMs : undefined;
}

function shorten(ids: readonly string[]): string {
  const more = ids.length - mostNamed;
  return [...ids.slice(0, mostNamed), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
