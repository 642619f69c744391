import type { JsonObject, Usage } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { self } from './carried.ts';

/** Tokens as this API reports them: cached and cache-writing ones beside `inputTokens`, in the hub part of `input`. */
export function readUsage(raw: JsonObject): Usage {
  const cacheRead = count(raw['cacheReadInputTokens']) ?? count(raw['cacheReadInputTokenCount']);
  const cacheWrite = count(raw['cacheWriteInputTokens']) ?? count(raw['cacheWriteInputTokenCount']);
  const cacheWrite1h = keptForAnHour(raw['cacheDetails']);
  return {
    input: (count(raw['inputTokens']) ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: count(raw['outputTokens']) ?? 0,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(cacheWrite1h === undefined ? {} : { cacheWrite1h }),
    raw: { by: self, value: raw },
  };
}

function keptForAnHour(details: JsonValue | undefined): number | undefined {
  if (!Array.isArray(details)) return undefined;
  const counts = details.flatMap((one) =>
    isObject(one) && one['ttl'] === '1h' ? (count(one['inputTokens']) ?? []) : [],
  );
  return counts.length === 0 ? undefined : counts.reduce((sum, one) => sum + one, 0);
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
