import type { JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';

/**
 * Log probabilities as the hub has them, a record per token; here they are lists side by side. undefined: there are none.
 * The first token of an echoed prompt has no probability: it is left out.
 */
export function readLogprobs(value: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(value) || !Array.isArray(value.tokens)) return undefined;
  const chosen = Array.isArray(value.token_logprobs) ? value.token_logprobs : [];
  const tops = Array.isArray(value.top_logprobs) ? value.top_logprobs : [];
  const content = value.tokens.flatMap((token, index): JsonObject[] => {
    const logprob = chosen[index];
    if (typeof token !== 'string' || typeof logprob !== 'number') return [];
    const top = tops[index];
    const others = isObject(top) ? Object.entries(top) : [];
    const alternatives = others.flatMap(([other, its]) => (typeof its === 'number' ? [entry(other, its)] : []));
    return [{ ...entry(token, logprob), top_logprobs: alternatives }];
  });
  return content.length === 0 ? undefined : { content, refusal: null };
}

function entry(token: string, logprob: number): JsonObject {
  return { token, logprob, bytes: [...Buffer.from(token)] };
}
