import type { Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { listIn, numberIn, objectIn, textIn } from './own.ts';

/** `logprobsResult` in the form that the hub carries: OpenAI's list of tokens with their alternatives. */
export function readLogprobs(candidate: JsonObject): { logprobs?: Json } {
  const result = objectIn(candidate, 'logprobsResult');
  if (result === undefined) return {};
  const tops = listIn(result, 'topCandidates');
  const content = listIn(result, 'chosenCandidates').flatMap((chosen, place): JsonObject[] => {
    if (!isObject(chosen)) return [];
    const top = tops[place];
    const others = isObject(top) ? listIn(top, 'candidates') : [];
    return [{ ...readToken(chosen), top_logprobs: others.flatMap((one) => (isObject(one) ? [readToken(one)] : [])) }];
  });
  return content.length === 0 ? {} : { logprobs: { content, refusal: null } };
}

function readToken(node: JsonObject): JsonObject {
  const token = textIn(node, 'token') ?? '';
  return { token, logprob: numberIn(node, 'logProbability') ?? 0, bytes: [...Buffer.from(token)] };
}

/** OpenAI's list as `logprobsResult`. */
export function writeLogprobs(logprobs: Json | undefined): { logprobsResult?: JsonObject } {
  const content = isObject(logprobs) ? listIn(logprobs, 'content').filter(isObject) : [];
  if (content.length === 0) return {};
  const tops = content.map((token) => ({ candidates: listIn(token, 'top_logprobs').filter(isObject).map(writeToken) }));
  const result = { topCandidates: tops, chosenCandidates: content.map(writeToken) };
  return { logprobsResult: result };
}

function writeToken(token: JsonObject): JsonObject {
  return { token: token['token'] ?? '', logProbability: numberIn(token, 'logprob') ?? 0 };
}
