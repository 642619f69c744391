import type { HubRequest, Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { plainWords } from './params.ts';
import { writePrompt } from './prompt.ts';

export const self = 'openai-completions';

/** The most alternatives of a token that the API tells. */
const mostAlternatives = 5;

/** The body for a completions API. Throws invalid-request for media. */
export function encodeRequest(request: HubRequest): JsonObject {
  const own = request.extra?.[self] ?? {};
  return {
    ...request.unknown,
    ...own,
    model: request.model,
    prompt: own.prompt ?? writePrompt(request),
    ...encodeParams(request),
    ...encodeLogprobs(request),
    ...encodeStream(request),
  };
}

function encodeParams({ params }: HubRequest): JsonObject {
  const given = new Map<string, Json>(Object.entries(params));
  const out: JsonObject = {};
  for (const [name, word] of Object.entries(plainWords)) {
    const value = given.get(name);
    const empty = Array.isArray(value) && value.length === 0;
    if (value !== undefined && !empty) out[word] = value;
  }
  return out;
}

/** One number for both; 0 asks for the chosen tokens alone. */
function encodeLogprobs({ params }: HubRequest): JsonObject {
  const { logprobs, topLogprobs } = params;
  if (logprobs !== true) return {};
  return { logprobs: Math.min(mostAlternatives, Math.max(0, topLogprobs ?? 0)) };
}

/** Streams always ask for usage; the reply's side withholds it from a client that did not. */
function encodeStream({ stream, named }: HubRequest): JsonObject {
  if (!stream) return {};
  const options = named?.streamOptions;
  return { stream: true, stream_options: { ...(isObject(options) ? options : {}), include_usage: true } };
}
