import type { JsonObject, Usage } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { self } from './carried.ts';

/** Tokens as this API reports them: cached and cache-writing ones beside `input_tokens`, in the hub part of `input`. */
export function readUsage(raw: JsonObject): Usage {
  const cacheRead = count(raw['cache_read_input_tokens']);
  const cacheWrite = count(raw['cache_creation_input_tokens']);
  const cacheWrite1h = countIn(raw['cache_creation'], 'ephemeral_1h_input_tokens');
  const reasoning = countIn(raw['output_tokens_details'], 'thinking_tokens');
  const requests = countIn(raw['server_tool_use'], 'web_search_requests');
  const usage: Usage = {
    input: (count(raw['input_tokens']) ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: count(raw['output_tokens']) ?? 0,
  };
  if (cacheRead !== undefined) usage.cacheRead = cacheRead;
  if (cacheWrite !== undefined) usage.cacheWrite = cacheWrite;
  if (cacheWrite1h !== undefined) usage.cacheWrite1h = cacheWrite1h;
  if (reasoning !== undefined) usage.reasoning = reasoning;
  if (requests !== undefined) usage.requests = requests;
  usage.raw = { by: self, value: raw };
  return usage;
}

/** Counts of a stream are totals: a later record replaces what it names and is never added (nulls say nothing). */
export function mergeUsage(before: JsonObject, later: JsonObject): JsonObject {
  // By hand: entries made into an object again and spread cost 3 us.
  const merged = Object.assign({}, before);
  for (const name in later) {
    const value = later[name];
    if (value !== null && value !== undefined && name !== '__proto__') merged[name] = value;
  }
  return merged;
}

/** The record of a whole message with every field that the SDK's type requires. */
export function writeUsage(usage: Usage | undefined): JsonObject {
  const own = usage?.raw?.by === self ? usage.raw.value : {};
  const more = {
    cache_creation: writeCacheCreation(usage),
    inference_geo: null,
    server_tool_use: writeSearches(usage),
    service_tier: null,
  };
  // Not a literal that begins with a spread: new names behind one cost 2 to 5 us, here 0.3.
  return Object.assign(writeCounts(usage), more, own);
}

/**
 * The record of `message_start`. Some clients (LangChain) take the prompt's tokens from here only and add those of
 * `message_delta` to the answer's: so what a provider says early is told, and of the answer nothing. What no provider has
 * said yet is 0, never an estimate, which they would show as counted; `message_delta` has the whole truth.
 */
export function writeStartUsage(usage: Usage | undefined): JsonObject {
  if (usage === undefined || usage.raw?.by === self) return writeUsage(usage);
  const { reasoning: _, ...rest } = usage;
  return writeUsage({ ...rest, output: 0 });
}

/** The record of `message_delta`: totals, also of what `message_start` could not know yet. */
export function writeDeltaUsage(usage: Usage | undefined): JsonObject {
  const searches = writeSearches(usage);
  return { ...writeCounts(usage), ...(searches === null ? {} : { server_tool_use: searches }) };
}

function writeCounts(usage: Usage | undefined): JsonObject {
  const read = usage?.cacheRead ?? 0;
  const written = usage?.cacheWrite ?? 0;
  return {
    // Sums of other providers do not always add up; a negative count would break clients' bookkeeping.
    input_tokens: Math.max(0, (usage?.input ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: usage?.output ?? 0,
    ...(usage?.reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: usage.reasoning } }),
  };
}

function writeCacheCreation(usage: Usage | undefined): JsonObject | null {
  if (usage?.cacheWrite1h === undefined) return null;
  return {
    ephemeral_1h_input_tokens: usage.cacheWrite1h,
    ephemeral_5m_input_tokens: Math.max(0, (usage.cacheWrite ?? 0) - usage.cacheWrite1h),
  };
}

function writeSearches(usage: Usage | undefined): JsonObject | null {
  return usage?.requests === undefined ? null : { web_search_requests: usage.requests };
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function countIn(record: JsonValue | undefined, name: string): number | undefined {
  return isObject(record) ? count(record[name]) : undefined;
}
