import { ProxyError } from '../hub/index.ts';
import { shuttingDown } from './calls.ts';
import type { House } from './house.ts';

/** Throws when there is no room or no money for one more call; the call itself is counted already. */
export function checkLimits(house: House): void {
  const { config, calls } = house;
  if (calls.closing) throw shuttingDown();
  if (config.maxConcurrent !== undefined && calls.count > config.maxConcurrent) {
    const text = `${config.maxConcurrent} requests are under way, which is the limit (--limit_concurrency)`;
    throw new ProxyError('overloaded', text, { retryAfterMs: 1000 });
  }
  checkBudget(house);
}

/** Throws when the money is spent. */
export function checkBudget({ config, shared }: House): void {
  const cost = config.maxBudget === undefined ? 0 : shared.spent(0);
  if (config.maxBudget !== undefined && cost >= config.maxBudget) {
    throw new ProxyError('budget', `Budget has been exceeded! Current cost: ${cost}, Max budget: ${config.maxBudget}`);
  }
}
