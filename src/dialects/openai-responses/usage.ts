import type { JsonObject, Usage } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { self } from './own.ts';

/** Cached tokens are part of the input, reasoning is part of the output. `searches`: web searches that the answer tells of. */
export function readUsage(response: JsonObject, searches: number): Usage | undefined {
  const record = response.usage;
  if (!isObject(record)) return undefined;
  const prompt = isObject(record.input_tokens_details) ? record.input_tokens_details : {};
  const answer = isObject(record.output_tokens_details) ? record.output_tokens_details : {};
  const input = count(record.input_tokens) ?? 0;
  const output = count(record.output_tokens) ?? 0;
  const cacheRead = count(prompt.cached_tokens);
  const cacheWrite = count(prompt.cache_write_tokens);
  const reasoning = count(answer.reasoning_tokens);
  // Some leave reasoning out of the output, but not out of the total.
  const apart = reasoning !== undefined && count(record.total_tokens) === input + output + reasoning;
  return {
    input,
    output: apart ? output + reasoning : output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(searches === 0 ? {} : { requests: searches }),
    raw: { by: self, value: record },
  };
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
