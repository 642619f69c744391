import type { Entry, Price, Provider, Usage } from '../hub/index.ts';
import { loadPrices, type ModelRates, modelsNow, priceBy, priceNow, ratesNow, windowNow } from './price.ts';

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
   * Tells a finished call. Its cost is filled in when it can be known; that is at once but for the first
   * ones, which wait for the price list. `model`: whose price counts, where it is not the one that answered.
   */
  record(entry: Entry, provider?: Provider, model?: string): void;
  /** Resolves when every recorded call has been told. */
  settled(): Promise<void>;
}

export function createLedger(tell: (entry: Entry) => void): Ledger {
  let waiting: Promise<void> | undefined;
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
        tell(priced(entry, provider, model));
        return;
      }
      const told: Promise<void> = loading.then(() => tell(priced(entry, provider, model)));
      waiting = Promise.all([waiting, told]).then(() => {});
    },
    async settled() {
      await waiting;
    },
  };
}
