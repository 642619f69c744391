import { type Deployment, ProxyError } from '../hub/index.ts';
import {
  type Call,
  countsNot,
  estimateInput,
  hasCounter,
  linksToFetch,
  planCount,
  writeCount,
} from '../translate/index.ts';
import { type Answer, send, type Wish } from './answer.ts';
import type { House } from './house.ts';

/**
 * Counts the tokens of a call's prompt: by the provider's own counter where it has one that knows the model, else by an
 * estimate, which the answer says. Rejects with a ProxyError.
 */
export async function count(house: House, call: Call, to: Deployment, wish: Wish): Promise<Answer> {
  if (!hasCounter(call, to)) return estimate(call);
  try {
    const links = linksToFetch(call, to);
    const found = links.length === 0 ? undefined : await house.media.gather(links, wish.life);
    return await send(house, call, to, wish, planCount(call, to, found));
  } catch (thrown) {
    if (!(thrown instanceof ProxyError) || !countsNot(thrown, call, to)) throw thrown;
    return estimate(call);
  }
}

/** Asks nobody. */
export async function estimate(call: Call): Promise<Answer> {
  const body = JSON.stringify(writeCount(call, await estimateInput(call.request())));
  return { kind: 'whole', headers: {}, dropped: [], estimated: true, type: 'application/json', body, facts: {} };
}
