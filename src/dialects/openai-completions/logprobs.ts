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

/** Writes the hub's records as lists side by side; `text_offset` runs on from piece to piece of an answer. */
export class LegacyLogprobs {
  /** `offset`: where the first token begins, in characters. */
  constructor(private offset: number) {}

  write(value: JsonValue | undefined): JsonObject | undefined {
    const records = isObject(value) && Array.isArray(value.content) ? value.content.filter(isObject) : [];
    if (records.length === 0) return undefined;
    return {
      tokens: records.map(tokenOf),
      token_logprobs: records.map(({ logprob }) => (typeof logprob === 'number' ? logprob : null)),
      top_logprobs: records.map(alternatives),
      text_offset: records.map((record) => {
        const at = this.offset;
        this.offset += tokenOf(record).length;
        return at;
      }),
    };
  }
}

function tokenOf({ token }: JsonObject): string {
  return typeof token === 'string' ? token : '';
}

/** The likeliest tokens; the chosen one is among them. */
function alternatives(record: JsonObject): JsonObject {
  const others = Array.isArray(record.top_logprobs) ? record.top_logprobs.filter(isObject) : [];
  return Object.fromEntries(
    [...others, record].flatMap(({ token, logprob }) =>
      typeof token === 'string' && typeof logprob === 'number' ? [[token, logprob] as const] : [],
    ),
  );
}
