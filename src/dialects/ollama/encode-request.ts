import type { HubRequest, Json, JsonObject, Params } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodePrompt } from './encode-prompt.ts';
import { self, words } from './params.ts';
import type { OllamaQuirks } from './quirks.ts';

type Quirks = Partial<OllamaQuirks>;

/** The body for /api/chat or, by a quirk, /api/generate. Throws invalid-request for what they have no form for. */
export function encodeRequest(request: HubRequest, quirks: Quirks): JsonObject {
  const { top, options } = sort({ ...request.unknown, ...request.extra?.[self] });
  const chosen = { ...options, ...encodeOptions(request.params, quirks) };
  return {
    ...top,
    model: request.model,
    ...(quirks.generate === true
      ? encodePrompt(request)
      : { messages: encodeMessages(request, quirks), ...encodeTools(request) }),
    ...(Object.keys(chosen).length === 0 ? {} : { options: chosen }),
    ...encodeThink(request.params, quirks),
    ...encodeFormat(request),
    ...encodeLogprobs(request.params),
    // Said in any case: these servers stream unless they are told not to.
    stream: request.stream,
  };
}

/** Words that the request does not name in the hub's: the API's own ones stay at the top, all others are options. */
function sort(unknown: JsonObject): { top: JsonObject; options: JsonObject } {
  const top: JsonObject = {};
  const options: JsonObject = isObject(unknown['options']) ? { ...unknown['options'] } : {};
  for (const [word, value] of Object.entries(unknown)) {
    if (word === 'options') continue;
    if (words.includes(word) || ownWords.has(word)) top[word] = value;
    else if (value !== null) options[word] = value;
  }
  return { top, options };
}

const ownWords: ReadonlySet<string> = new Set(['think', 'format', 'logprobs', 'top_logprobs']);

/** LiteLLM's mapping: the chat form has a penalty on repetition only (LITELLM.md 4.3); 0 would reward it. */
function encodeOptions(params: Params, quirks: Quirks): JsonObject {
  const { maxTokens, temperature, topP, topK, stop, seed, presencePenalty, frequencyPenalty } = params;
  const penalty = quirks.generate === true ? 'frequency_penalty' : 'repeat_penalty';
  return {
    ...(maxTokens === undefined ? {} : { num_predict: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
    ...(seed === undefined ? {} : { seed }),
    ...(presencePenalty === undefined ? {} : { presence_penalty: presencePenalty }),
    ...(frequencyPenalty === undefined || frequencyPenalty === 0 ? {} : { [penalty]: frequencyPenalty }),
  };
}

/** Who says that no tool may be called gets none; no other choice can be said. */
function encodeTools({ tools = [], toolChoice }: HubRequest): JsonObject {
  const known = toolChoice?.kind === 'none' ? [] : tools.filter((tool) => tool.kind === 'function');
  if (known.length === 0) return {};
  return {
    tools: known.map(({ name, description, schema }) => ({
      type: 'function',
      function: { name, ...(description === undefined ? {} : { description }), parameters: objectSchema(schema) },
    })),
  };
}

function objectSchema(schema: Json): JsonObject {
  return isObject(schema) ? schema : { type: 'object', properties: {} };
}

const levels: ReadonlyMap<string, string> = new Map([
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'high'],
  ['max', 'high'],
]);

/** Agents ask every model for a budget; servers refuse it for models that cannot think. */
function encodeThink({ reasoning }: Params, quirks: Quirks): JsonObject {
  if (reasoning === undefined) return {};
  const { effort, budget } = reasoning;
  if (budget === 0 || effort === 'none' || effort === 'disable') return { think: false };
  if (effort === undefined && quirks.thinks !== true) return {};
  if (quirks.levels !== true) return { think: true };
  return { think: (effort === undefined ? levelOf(budget) : levels.get(effort)) ?? true };
}

function levelOf(budget: number | undefined): string | undefined {
  if (budget === undefined) return undefined;
  return budget < 2048 ? 'low' : budget < 8192 ? 'medium' : 'high';
}

function encodeFormat({ output }: HubRequest): JsonObject {
  switch (output?.kind) {
    case undefined:
      return {};
    case 'json':
      return { format: 'json' };
    case 'schema':
      return { format: isObject(output.schema) ? output.schema : 'json' };
  }
}

function encodeLogprobs({ logprobs, topLogprobs }: Params): JsonObject {
  return {
    ...(logprobs === true ? { logprobs } : {}),
    ...(topLogprobs === undefined || topLogprobs === 0 ? {} : { top_logprobs: topLogprobs }),
  };
}
