import { type Deployment, type Fallback, ProxyError } from '../hub/index.ts';
import { fallbacksFor, specialFor } from './fallbacks.ts';
import { tryGroup } from './group.ts';
import { type Named, named, straightTo } from './names.ts';
import type { Trial, Tried, Try } from './trial.ts';

/** Sends a call to a deployment; settles when the first bytes of the answer are ready. */
export type Send<T> = (to: Deployment, at: Try) => Promise<T>;

const first: Try = { retries: 0, fallbacks: 0, mostRetries: 0 };
const nothing = () => {};

/** What is wrong with an answer, if another group is to give a better one. */
export type Blames<T> = (value: T) => ProxyError | undefined;

/**
 * Chooses a deployment for a model name and tries it; when it fails, others of its group, then other groups. Rejects with
 * the last provider's error, with invalid-request for a name that nobody has, and as soon as the call is over.
 */
export async function attempt<T>(trial: Trial, send: Send<T>, blames?: Blames<T>): Promise<Tried<T>> {
  const { config, operation, model } = trial;
  const to = trial.wishes === undefined ? straightTo(config, operation, model) : undefined;
  if (to === undefined) return tryGroups(trial, send, blames);
  return { value: await send(to, first), deployment: to, retries: 0, fallbacks: 0, mostRetries: 0, over: nothing };
}

async function tryGroups<T>(trial: Trial, send: Send<T>, blames?: Blames<T>): Promise<Tried<T>> {
  const { config, operation, pin, life, wishes } = trial;
  /** Nobody else can be asked. */
  const fixed = pin !== undefined || trial.once === true;
  const begun = trial.means.now();
  const asked = config.modelFor?.[operation] ?? trial.model;
  const seen = new Set<Fallback>([asked]);
  const waiting: Fallback[] = [];
  let retries = 0;
  let fallbacks = 0;
  let fallback: Fallback | undefined;
  let last: ProxyError | undefined;
  /** Requests that were made again count for the whole call. */
  const counted: Send<T> = (to, at) => {
    retries = at.retries;
    return send(to, at);
  };
  for (;;) {
    const name = fallback === undefined ? asked : nameOf(fallback);
    const group = groupOf(trial, name, fallback === undefined ? pin : undefined, last);
    if (group !== undefined) {
      seen.add(group.group);
      if (fallback !== undefined) fallbacks++;
      try {
        const tried = await tryGroup({ trial, name, group, begun, retries, fallbacks, fallback }, counted);
        const blamed = fixed || fallbacks >= config.routing.maxFallbacks ? undefined : blames?.(tried.value);
        const others = blamed && specialFor(blamed, { name, group, config, wishes });
        if (blamed === undefined || others?.some((one) => !seen.has(one)) !== true) return tried;
        tried.over();
        throw blamed;
      } catch (thrown) {
        if (!(thrown instanceof ProxyError) || fixed || life?.reason !== undefined) throw thrown;
        last = worse(last, thrown);
        const next = fallbacksFor(thrown, { name, group, config, wishes });
        waiting.unshift(...next.filter((one) => !seen.has(one)));
        for (const one of next) seen.add(one);
      }
    }
    fallback = fallbacks < config.routing.maxFallbacks ? waiting.shift() : undefined;
    if (fallback === undefined) throw last === undefined ? last : summed(last, retries, fallbacks);
  }
}

function nameOf(fallback: Fallback): string {
  return typeof fallback === 'string' ? fallback : fallback.model;
}

/** Undefined: a fallback that nobody is called. */
function groupOf({ config, operation }: Trial, name: string, pin: string | undefined, last: ProxyError | undefined) {
  try {
    return named(config, operation, name, pin) satisfies Named;
  } catch (thrown) {
    if (last === undefined) throw thrown;
    return undefined;
  }
}

/** What the last one said, and in a few words who that was. */
function summed(error: ProxyError, retries: number, fallbacks: number): ProxyError {
  const { kind, message, status, facts } = error;
  if (retries + fallbacks === 0 || facts.provider === undefined || facts.model === undefined) return error;
  const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
  const tried = `${counted(retries, 'retry', 'retries')}, ${counted(fallbacks, 'fallback', 'fallbacks')}`;
  return new ProxyError(kind, `${message} (${facts.provider}/${facts.model}, ${status}; ${tried})`, facts);
}

/** That nobody could be asked says less than what a provider said before. */
function worse(before: ProxyError | undefined, now: ProxyError): ProxyError {
  return before !== undefined && now.facts.provider === undefined ? before : now;
}
