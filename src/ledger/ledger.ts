import type { Entry, Price, Provider, Usage } from '../hub/index.ts';
import { loadPrices, type ModelRates, modelsNow, priceBy, priceNow, ratesNow, windowNow } from './price.ts';

/** Sums over all calls since the start; `cost` in dollars, of the calls whose price is known. */
interface Totals {
  calls: number;
  failed: number;
  input: number;
  output: number;
  cost: number;
}

export interface Ledger {
  /** Dollars by the user's `own` prices, else by the list; undefined when the model is not in it, or it is not loaded yet. */
  price(usage: Usage, provider: Provider, model: string, own?: Price): number | undefined;
  /** The tokens of conversation that a model takes; undefined when the price list does not say. */
  window(provider: Provider, model: string): Promise<number | undefined>;
  /** The names of a provider's models, as far as they are known. */
  models(provider: Provider): Promise<string[]>;
  /** Dollars a token. */
  rates(provider: Provider, model: string): Promise<ModelRates>;
  /**
   * Keeps a finished call. Its cost is filled in when it can be known; then the call is told, at once but for the first
   * ones, which wait for the price list. `model`: whose price counts, where it is not the one that answered.
   */
  record(entry: Entry, provider?: Provider, model?: string): void;
  /** Resolves when every recorded call has been told. */
  settled(): Promise<void>;
  totals(): Readonly<Totals>;
  /** The last calls, oldest first. */
  recent(): readonly Entry[];
}

const kept = 200;

export function createLedger(tell: (entry: Entry) => void): Ledger {
  const totals: Totals = { calls: 0, failed: 0, input: 0, output: 0, cost: 0 };
  const ring: Entry[] = [];
  let waiting: Promise<void> | undefined;
  const keep = (entry: Entry): void => {
    totals.calls++;
    if (entry.status >= 400) totals.failed++;
    totals.input += entry.usage?.input ?? 0;
    totals.output += entry.usage?.output ?? 0;
    totals.cost += entry.cost ?? 0;
    if (ring.length === kept) ring.shift();
    ring.push(entry);
    tell(entry);
  };
  const priced = (entry: Entry, provider: Provider | undefined, model = entry.upstreamModel ?? entry.model): Entry => {
    if (entry.cost !== undefined || entry.usage === undefined || provider === undefined) return entry;
    const cost = priceNow(entry.usage, provider, model);
    return cost === undefined ? entry : { ...entry, cost };
  };
  return {
    price: (usage, provider, model, own) => priceBy(usage, own) ?? priceNow(usage, provider, model),
    async window(provider, model) {
      await loadPrices();
      return windowNow(provider, model);
    },
    async models(provider) {
      await loadPrices();
      return modelsNow(provider);
    },
    async rates(provider, model) {
      await loadPrices();
      return ratesNow(provider, model);
    },
    record(entry, provider, model) {
      const loading = entry.usage === undefined || provider === undefined ? undefined : loadPrices();
      if (loading === undefined) {
        keep(priced(entry, provider, model));
        return;
      }
      const told: Promise<void> = loading.then(() => keep(priced(entry, provider, model)));
      waiting = Promise.all([waiting, told]).then(() => {});
    },
    async settled() {
      await waiting;
    },
    totals: () => totals,
    recent: () => ring,
  };
}
