import { type Deployment, type Fallback, ProxyError, type Usage } from '../hub/index.ts';
import type { Send } from './attempt.ts';
import { awake, counters, freeAt, roomy, tagged } from './callable.ts';
import { failed } from './cooldown.ts';
import type { Named } from './names.ts';
import { backOffMs, mayRetry, mayWait, patienceMs, retriesFor } from './patience.ts';
import { paceOf, pick } from './pick.ts';
import type { Trial, Tried, Try } from './trial.ts';

/** A group, and what went before it in the same call. */
interface Turn {
  trial: Trial;
  /** As the group was asked for. */
  name: string;
  group: Named;
  /** When the call began. */
  begun: number;
  retries: number;
  fallbacks: number;
  fallback: Fallback | undefined;
}

/** How slow a time-out counts for the strategy that looks at times (LiteLLM's). */
const lateMs = 1_000_000;

/** Tries deployments of one group. Rejects with the error of the last one. */
export async function tryGroup<T>(turn: Turn, send: Send<T>): Promise<Tried<T>> {
  const { trial, group } = turn;
  const { config, means, life } = trial;
  if (turn.fallback === undefined) pretend(trial);
  const fitting = await fittingOf(turn);
  const asked = new Set<string>();
  let last: ProxyError | undefined;
  for (let again = 0; ; again++) {
    const to = choose(trial, group, fitting, asked, last);
    const mostRetries = retriesFor(undefined, config.routing, group, to, trial.wishes?.retries);
    const at: Try = { retries: turn.retries + again, fallbacks: turn.fallbacks, mostRetries };
    if (turn.fallback !== undefined) at.fallback = turn.fallback;
    try {
      return await ask(trial, group, to, at, send);
    } catch (thrown) {
      if (!(thrown instanceof ProxyError) || life?.reason !== undefined) throw thrown;
      asked.add(to.id);
      last = thrown;
      const ms = waitBefore(turn, fitting, asked, to, thrown, again);
      if (ms === undefined) throw thrown;
      if (ms > 0) await means.wait(ms, life);
      if (life?.reason !== undefined) throw life.reason;
    }
  }
}

function pretend({ wishes, model }: Trial): void {
  if (wishes?.pretends === undefined) return;
  throw new ProxyError(wishes.pretends, `This is a mock exception for model=${model}, to trigger a fallback.`);
}

/** Those that may take the call at all: by tags and by the size of the prompt. */
async function fittingOf({ trial, group, name, fallback }: Turn): Promise<readonly Deployment[]> {
  const { routing } = trial.config;
  const all = routing.tags === undefined ? group.all : tagged(group.all, trial.tags ?? [], routing.tags, name);
  const narrowest = all.reduce((least, { share }) => Math.min(least, share?.window ?? least), Number.POSITIVE_INFINITY);
  if (!routing.checksWindow || trial.tokens === undefined || narrowest === Number.POSITIVE_INFINITY) return all;
  return roomy(all, await trial.tokens(narrowest, fallback), name);
}

/** Of those that can be called one that was not asked yet, if there is one. Throws the `last` error when there is none. */
function choose(
  { config, means, stream }: Trial,
  group: Named,
  fitting: readonly Deployment[],
  asked: ReadonlySet<string>,
  last: ProxyError | undefined,
): Deployment {
  const { shared, now } = means;
  // Others may have let all of them rest while this call waited.
  if (last !== undefined && fitting.every((to) => freeAt(to, shared, now()) !== undefined)) throw last;
  const able = awake(group, fitting, shared, now());
  const fresh = asked.size === 0 ? able : able.filter(({ id }) => !asked.has(id));
  const [first, ...rest] = fresh.length > 0 ? fresh : able;
  if (first === undefined) throw new ProxyError('internal', `there is no deployment of ${group.group}`);
  return pick([first, ...rest], config.routing, means, { stream: stream === true });
}

/** Milliseconds to wait before the next attempt; undefined: there is none. */
function waitBefore(
  { trial, group, begun }: Turn,
  fitting: readonly Deployment[],
  asked: ReadonlySet<string>,
  to: Deployment,
  error: ProxyError,
  again: number,
): number | undefined {
  const { means, wishes, config } = trial;
  const { routing } = config;
  const now = means.now();
  const free = fitting.map((one) => freeAt(one, means.shared, now));
  const others = fitting.some(({ id }, place) => free[place] === undefined && !asked.has(id));
  if (trial.once === true || !mayRetry(error, routing, group.group, others)) return undefined;
  if (again >= retriesFor(error, routing, group, to, wishes?.retries)) return undefined;
  if (now - begun >= patienceMs) return undefined;
  if (others) return 0;
  const pause = backOffMs(error, again, routing.retryAfterMs, means.random());
  const soonest = Math.min(...free.map((until) => until ?? now)) - now;
  return pause !== undefined && mayWait(error, soonest) ? Math.max(pause, soonest) : undefined;
}

async function ask<T>(trial: Trial, group: Named, to: Deployment, at: Try, send: Send<T>): Promise<Tried<T>> {
  const { shared, now } = trial.means;
  const looks = looksOf(trial, to);
  const start = now();
  if (looks.busy) shared.busy(to.id, 1);
  if (looks.requests) shared.add(counters.requests(to.id), 1);
  let value: T;
  try {
    value = await send(to, at);
  } catch (thrown) {
    if (looks.busy) shared.busy(to.id, -1);
    if (thrown instanceof ProxyError) broke(trial, group, to, thrown);
    throw thrown;
  }
  shared.add(counters.answered(to.id), 1);
  const readyMs = now() - start;
  let over = false;
  return {
    ...at,
    value,
    deployment: to,
    over({ usage, error } = {}) {
      if (over) return;
      over = true;
      if (looks.busy) shared.busy(to.id, -1);
      if (error !== undefined) broke(trial, group, to, error);
      else if (looks.times) took(trial, to, readyMs, usage);
      if (usage !== undefined && looks.tokens) shared.add(counters.tokens(to.id), usage.input + usage.output);
    },
  };
}

/** What strategies and limits look at, and must be kept. */
function looksOf({ config }: Trial, { share }: Deployment) {
  const { strategy } = config.routing;
  return {
    busy: strategy === 'least-busy' || share?.parallel !== undefined,
    requests: strategy === 'usage' || share?.rpm !== undefined,
    tokens: strategy === 'usage' || share?.tpm !== undefined,
    times: strategy === 'latency',
  };
}

function broke(trial: Trial, group: Named, to: Deployment, error: ProxyError): void {
  const { config, means, life, stream, callersKey } = trial;
  if (life?.reason !== undefined) return;
  if (callersKey === true && (error.kind === 'authentication' || error.kind === 'rate-limit')) return;
  failed(error, to, group, config.routing, means);
  const late = config.routing.strategy === 'latency' && error.kind === 'timeout';
  if (late) means.shared.took(paceOf(to.id, stream === true), lateMs);
}

function took({ means, stream }: Trial, { id }: Deployment, readyMs: number, usage: Usage | undefined): void {
  const output = usage?.output ?? 0;
  if (stream === true) means.shared.took(paceOf(id, true), readyMs);
  else if (output > 0) means.shared.took(paceOf(id, false), readyMs / output);
}
