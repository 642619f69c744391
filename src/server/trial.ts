import { type Deployment, type Fallback, isFiltered, ProxyError, ratedModel } from '../hub/index.ts';
import { attempt, type Means, type Trial, type Tried, type Try } from '../router/index.ts';
import { type Call, estimateInput, steer } from '../translate/index.ts';
import { type Members, members, splice } from '../wire/index.ts';
import type { Answer, Wish } from './answer.ts';
import type { House } from './house.ts';
import { changesOf, headerTags, wishesOf } from './wishes.ts';

/** Asks one deployment. */
export type Ask = (house: House, call: Call, to: Deployment, wish: Wish) => Promise<Answer>;

/** How a call is asked, beside what it is. */
export interface Asking {
  ask: Ask;
  wish: Wish;
  /** The id of a deployment, whatever the model is called. */
  pin?: string;
  /** See `Trial.once`. */
  once?: true;
  /** The call with another body, for a fallback that has members of its own. Throws invalid-request. */
  remake(body: Members, model: string): { call: Call; wish: Wish };
  /** Hears of every attempt before it is made. */
  trying(to: Deployment, at: Try): void;
}

/** Asks the model that a call names, deployment by deployment, group by group, until one answers. Rejects with a ProxyError. */
export function tryModels(house: House, call: Call, asking: Asking): Promise<Tried<Answer>> {
  const { config } = house;
  const { ask } = asking;
  let other: { fallback: Fallback; call: Call; wish: Wish } | undefined;
  const madeFor = (fallback: Fallback): { call: Call; wish: Wish } => {
    if (other?.fallback !== fallback) other = { fallback, ...fallenBack(call, fallback, asking) };
    return other;
  };
  /** A caller's key is for one provider: the first that is asked. */
  let keyed: string | undefined;
  const wishFor = (to: Deployment, wish: Wish): Wish => {
    if (wish.key === undefined) return wish;
    if (config.clientKeys || to.clientKey === true) keyed ??= to.provider.id;
    if (keyed === to.provider.id && (config.clientKeys || to.clientKey === true)) return wish;
    const { key: _, ...rest } = wish;
    return rest;
  };
  const send = (to: Deployment, at: Try): Promise<Answer> => {
    asking.trying(to, at);
    const made = at.fallback === undefined ? undefined : madeFor(at.fallback);
    return ask(house, made?.call ?? call, to, wishFor(to, made?.wish ?? asking.wish));
  };
  const tokens: Trial['tokens'] = (window, fallback) =>
    tokensOf(fallback === undefined ? call : madeFor(fallback).call, window);
  const trial = trialOf(house, call, asking);
  if (config.routing.checksWindow) Object.assign(trial, { tokens });
  const [first] = config.deployments;
  if (config.routing.strategy !== 'cost' || first === undefined) return attempt(trial, send, stopped);
  // The cheapest is known once the price list is there.
  if (config.deployments.some((to) => house.means.price(to) !== undefined)) return attempt(trial, send, stopped);
  return house.ledger.rates(first.provider, first.model).then(() => attempt(trial, send, stopped));
}

/** LiteLLM's rule: a whole answer that a filter stopped counts as a refusal where content_policy_fallbacks take it up. */
function stopped(answer: Answer): ProxyError | undefined {
  if (answer.kind !== 'whole' || !isFiltered(answer.facts.finish)) return undefined;
  return new ProxyError('content-policy', 'Response output was blocked.');
}

function trialOf({ config, means }: House, call: Call, { wish, pin, once }: Asking): Trial {
  const { model, operation, stream, body, headers } = call;
  const trial: Trial = { model, operation, config, means, stream };
  if (wish.life !== undefined) trial.life = wish.life;
  if (pin !== undefined) trial.pin = pin;
  if (once !== undefined) trial.once = once;
  if (wish.key !== undefined) trial.callersKey = true;
  const wishes = wishesOf(body, headers);
  if (wishes !== undefined) trial.wishes = wishes;
  if (config.routing.tags !== undefined) trial.tags = [...steer(body).tags, ...headerTags(headers)];
  return trial;
}

/** The answer's model is then the fallback's (LITELLM.md 9.2); what was decoded is used again. */
function fallenBack(call: Call, fallback: Fallback, { wish, remake }: Asking): { call: Call; wish: Wish } {
  if (typeof fallback === 'string') return { call: { ...call, model: fallback }, wish };
  const set = changesOf(fallback);
  if (Object.keys(set).length === 0) return { call: { ...call, model: fallback.model }, wish };
  return remake(members(splice(call.body, { set })), fallback.model);
}

/** A token is no shorter than a byte: what is shorter than the window fits without being decoded. */
async function tokensOf(call: Call, window: number): Promise<number> {
  if (call.operation !== 'chat' || call.body.body.length <= window) return 0;
  return estimateInput(call.request());
}

/** The router's world: this process's clock, dice and timers, and the prices of the ledger. */
export function meansOf({ ledger, shared }: Pick<House, 'ledger' | 'shared'>): Means {
  return {
    shared,
    now: Date.now,
    random: Math.random,
    wait,
    price: (to) => ledger.price({ input: 1, output: 1 }, to.provider, ratedModel(to), to.price),
  };
}

/** Resolves after so long, or when the call is over. */
function wait(ms: number, life?: { onEnd(listener: (reason: ProxyError) => void): void }): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    life?.onEnd(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
