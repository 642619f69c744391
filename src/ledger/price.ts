import type { Price, Provider, Usage } from '../hub/index.ts';

type List = typeof import('@pydantic/genai-prices');
type Rates = NonNullable<ReturnType<typeof ratesOf>>;

let list: List | undefined;
let loading: Promise<void> | undefined;
const known = new Map<string, Rates | 'unknown' | 'ask'>();
/** Names of models come from clients: the memory of them has an end. */
const mostKnown = 2000;

/** Undefined once the list is there; a list that cannot be read leaves every price unknown. */
export function loadPrices(): Promise<void> | undefined {
  if (list !== undefined) return undefined;
  loading ??= new Promise<void>((resolve) => setImmediate(resolve))
    .then(() => import('@pydantic/genai-prices'))
    .then(
      (module) => {
        list = module;
      },
      () => {},
    );
  return loading;
}

/** Dollars of a call, cache reads and writes at their own rates; undefined for an unknown model. */
export function priceNow(usage: Usage, provider: Provider, model: string): number | undefined {
  if (list === undefined) return undefined;
  const key = `${provider.id}/${model}`;
  let rates = known.get(key);
  if (rates === undefined) {
    rates = lookUp(list, provider, model);
    if (known.size >= mostKnown) known.clear();
    known.set(key, rates);
  }
  if (rates === 'unknown') return undefined;
  // The library takes 0.3 ms a call, which is what a whole passed request costs: multiply where rates are plain.
  const quick = rates === 'ask' ? undefined : multiply(usage, rates);
  return quick ?? ask(list, usage, provider, model)?.total_price;
}

/** Dollars of a call by the user's own prices, where they are there; cached tokens cost what others do unless they say so. */
export function priceBy(usage: Usage, own: Price | undefined): number | undefined {
  if (own === undefined || (own.input ?? own.output ?? own.call) === undefined) return undefined;
  const { input, output, cacheRead = 0, cacheWrite = 0 } = usage;
  const rate = own.input ?? 0;
  return (
    Math.max(0, input - cacheRead - cacheWrite) * rate +
    cacheRead * (own.cacheRead ?? rate) +
    cacheWrite * (own.cacheWrite ?? rate) +
    output * (own.output ?? 0) +
    (own.call ?? 0)
  );
}

/** Tokens; undefined for an unknown model. */
export function windowNow(provider: Provider, model: string): number | undefined {
  if (list === undefined) return undefined;
  return ask(list, { input: 1, output: 1 }, provider, model)?.model.context_window;
}

/** The names of a provider's models, as far as the price list knows them and they are still served. */
export function modelsNow(provider: Provider): string[] {
  const found = list?.findProvider({ providerId: provider.id });
  return (found?.models ?? []).filter(({ deprecated }) => deprecated !== true).map(({ id }) => id);
}

/** Dollars a token, of the usual kinds, for prompts of ordinary length. */
export function ratesNow(provider: Provider, model: string): ModelRates {
  const found = list === undefined ? null : ask(list, { input: 1, output: 1 }, provider, model);
  const rates = found === null ? undefined : ratesOf(found.model_price);
  if (rates === undefined) return {};
  const { input, output, read, write } = rates;
  return {
    input,
    output,
    ...(read === undefined ? {} : { cacheRead: read }),
    ...(write === undefined ? {} : { cacheWrite: write }),
  };
}

/** Dollars a token; what the price list does not say is missing. */
export interface ModelRates {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
}

function lookUp(prices: List, provider: Provider, model: string): Rates | 'unknown' | 'ask' {
  const found = ask(prices, { input: 1, output: 1 }, provider, model);
  if (found === null) return 'unknown';
  // A list of prices has dates and hours in it.
  if (Array.isArray(found.model.prices)) return 'ask';
  return ratesOf(found.model_price) ?? 'ask';
}

function ask(prices: List, usage: Usage, provider: Provider, model: string) {
  const counts: Record<string, number> = { input_tokens: usage.input, output_tokens: usage.output };
  if (usage.cacheRead !== undefined) counts['cache_read_tokens'] = usage.cacheRead;
  if (usage.cacheWrite !== undefined) counts['cache_write_tokens'] = usage.cacheWrite;
  if (usage.cacheWrite1h !== undefined) counts['cache_write_1h_tokens'] = usage.cacheWrite1h;
  if (usage.audioIn !== undefined) counts['input_audio_tokens'] = usage.audioIn;
  if (usage.audioOut !== undefined) counts['output_audio_tokens'] = usage.audioOut;
  try {
    return (
      prices.calcPrice(counts, model, { providerId: provider.id }) ??
      (provider.base.startsWith('http') ? prices.calcPrice(counts, model, { providerApiUrl: provider.base }) : null)
    );
  } catch {
    // It throws on counts that contradict each other, which some providers report.
    return null;
  }
}

/** Dollars by the token, up to `upTo` tokens of prompt. */
function ratesOf(price: Record<string, number | undefined | { base: number; tiers: { start: number }[] }>) {
  let upTo = Number.POSITIVE_INFINITY;
  const rate = (key: string): number | undefined => {
    const found = price[key];
    if (found === undefined || typeof found === 'number') return found === undefined ? undefined : found / 1e6;
    for (const tier of found.tiers) upTo = Math.min(upTo, tier.start);
    return found.base / 1e6;
  };
  if (price['requests_kcount'] !== undefined) return undefined;
  const input = rate('input_mtok');
  const output = rate('output_mtok');
  if (input === undefined || output === undefined) return undefined;
  const read = rate('cache_read_mtok');
  const write = rate('cache_write_mtok');
  const hour = rate('cache_write_1h_mtok');
  return { input, output, read, write, hour, upTo };
}

/** Undefined when a count needs a rate that is not plain. */
function multiply(usage: Usage, rates: Rates): number | undefined {
  const { input, output, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0 } = usage;
  if (input > rates.upTo || usage.audioIn !== undefined || usage.audioOut !== undefined) return undefined;
  if (cacheRead > 0 && rates.read === undefined) return undefined;
  if (cacheWrite > 0 && rates.write === undefined) return undefined;
  if (cacheWrite1h > 0 && rates.hour === undefined) return undefined;
  const plain = input - cacheRead - cacheWrite;
  if (plain < 0 || cacheWrite1h > cacheWrite) return undefined;
  return (
    plain * rates.input +
    cacheRead * (rates.read ?? 0) +
    (cacheWrite - cacheWrite1h) * (rates.write ?? 0) +
    cacheWrite1h * (rates.hour ?? 0) +
    output * rates.output
  );
}
