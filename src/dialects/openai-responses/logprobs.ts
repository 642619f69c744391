import type { Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';

/** Log probabilities in the hub's form (OpenAI's chat) as those of a part. */
export function writeLogprobs(logprobs: Json): JsonObject[] {
  const list = isObject(logprobs) && Array.isArray(logprobs.content) ? logprobs.content : [];
  return list.filter(isToken).map((one) => ({
    ...writeToken(one),
    top_logprobs: Array.isArray(one.top_logprobs) ? one.top_logprobs.filter(isToken).map(writeToken) : [],
  }));
}

/** Events know tokens only by their text. */
export function withoutBytes(logprobs: readonly JsonObject[]): JsonObject[] {
  return logprobs.map(({ bytes: _, top_logprobs: top, ...one }) => ({
    ...one,
    ...(Array.isArray(top) ? { top_logprobs: withoutBytes(top.filter(isObject)) } : {}),
  }));
}

function writeToken({ token = '', logprob = 0, bytes }: JsonObject): JsonObject {
  return { token, logprob, bytes: Array.isArray(bytes) ? bytes.filter((one) => typeof one === 'number') : [] };
}

function isToken(value: Json): value is JsonObject {
  return isObject(value) && typeof value.token === 'string' && typeof value.logprob === 'number';
}
