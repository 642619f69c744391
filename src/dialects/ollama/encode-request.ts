import type { HubRequest, Json, JsonObject, Params } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodePrompt } from './encode-prompt.ts';
import { self, words } from './params.ts';
import type { OllamaQuirks } from './quirks.ts';

type Quirks = Partial<OllamaQuirks>;

/** The body for /api/chat or, by a quirk, /api/generate. Throws invalid-request for what they have no form for. */
export function encodeRequest(request: HubRequest, quirks: Quirks): JsonObject {
  const { top, options } = sort(request);
  const chosen = { ...options, ...encodeOptions(request, quirks) };
  return {
    ...(quirks.generate === true ? top : without(top, promptWords)),
    model: request.model,
    ...(quirks.generate === true
      ? promptOf(request)
      : { messages: encodeMessages(request, quirks), ...encodeTools(request) }),
    ...(Object.keys(chosen).length === 0 ? {} : { options: chosen }),
    ...encodeThink(request.params, quirks),
    ...encodeFormat(request),
    ...encodeLogprobs(request.params),
    // Said in any case: these servers stream unless they are told not to.
    stream: request.stream,
  };
}

/**
 * Words without a hub name: those that clients of this API wrote stay where they were. Of others' words the API's own ones
 * stay at the top, and all the rest are options.
 */
function sort({ unknown, extra }: HubRequest): { top: JsonObject; options: JsonObject } {
  const { options: chosen, ...own } = extra?.[self] ?? {};
  const top: JsonObject = { ...own };
  const options: JsonObject = {};
  for (const list of [unknown['options'], chosen]) Object.assign(options, isObject(list) ? list : {});
  for (const [word, value] of Object.entries(unknown)) {
    if (word === 'options') continue;
    if (words.includes(word) || ownWords.has(word)) top[word] = value;
    else if (value !== null) options[word] = value;
  }
  return { top, options };
}

/** A client's own prompt with a gap in it, not the one that was made of it for others. */
function promptOf(request: HubRequest): JsonObject {
  const encoded = encodePrompt(request);
  const own = request.extra?.[self];
  if (own?.['suffix'] === undefined) return encoded;
  const { system: _made, ...rest } = encoded;
  const { prompt = '', system } = own;
  return { ...rest, prompt, ...(system === undefined ? {} : { system }) };
}

/** Words of /api/generate. */
const promptWords: ReadonlySet<string> = new Set([
  'prompt',
  'system',
  'suffix',
  'template',
  'context',
  'raw',
  'images',
]);

function without(body: JsonObject, words: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([word]) => !words.has(word)));
}

const ownWords: ReadonlySet<string> = new Set(['think', 'format', 'logprobs', 'top_logprobs']);

/**
 * LiteLLM's mapping: the chat form has a penalty on repetition only (LITELLM.md 4.3); 0 would reward it. Clients of this
 * API say which of the two they mean.
 */
function encodeOptions({ params, from }: HubRequest, quirks: Quirks): JsonObject {
  const { maxTokens, temperature, topP, topK, stop, seed, presencePenalty, frequencyPenalty } = params;
  const penalty = quirks.generate === true || from === self ? 'frequency_penalty' : 'repeat_penalty';
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
