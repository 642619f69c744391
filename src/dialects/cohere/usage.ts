import type { JsonObject, Usage } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { self } from './params.ts';

/** `tokens` is what the model read and wrote, cached and thought ones included; `billed_units` leaves out what Cohere adds. */
export function readUsage(raw: JsonValue | undefined): Usage | undefined {
  if (!isObject(raw)) return undefined;
  const billed = isObject(raw['billed_units']) ? raw['billed_units'] : {};
  const tokens = isObject(raw['tokens']) ? raw['tokens'] : billed;
  const usage: Usage = { input: count(tokens, 'input_tokens') ?? 0, output: count(tokens, 'output_tokens') ?? 0 };
  const cacheRead = count(raw, 'cached_tokens');
  const reasoning = count(tokens, 'reasoning_tokens');
  const requests = count(billed, 'search_units');
  if (cacheRead !== undefined) usage.cacheRead = cacheRead;
  if (reasoning !== undefined) usage.reasoning = reasoning;
  if (requests !== undefined) usage.requests = requests;
  usage.raw = { by: self, value: raw };
  return usage;
}

function count(record: JsonObject, name: string): number | undefined {
  const value = record[name];
  return typeof value === 'number' ? value : undefined;
}
