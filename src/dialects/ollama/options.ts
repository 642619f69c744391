import type { JsonObject, Output, Params } from '../../hub/index.ts';
import {
  asBoolean,
  asList,
  asNumber,
  asObject,
  asString,
  FieldError,
  isObject,
  optional,
  type Read,
} from '../../wire/index.ts';

const readers = {
  num_predict: ['maxTokens', asNumber],
  temperature: ['temperature', asNumber],
  top_p: ['topP', asNumber],
  top_k: ['topK', asNumber],
  seed: ['seed', asNumber],
  presence_penalty: ['presencePenalty', asNumber],
  frequency_penalty: ['frequencyPenalty', asNumber],
  stop: ['stop', (value, path) => (typeof value === 'string' ? [value] : asList(asString)(value, path))],
} as const satisfies Record<string, readonly [keyof Params, Read<unknown>]>;

const words = Object.entries(readers);

/** What the model is to do; `rest`: the options without a hub name, such as the length of the context. */
export function decodeOptions(body: JsonObject): { params: Params; rest: JsonObject } {
  const rest: JsonObject = { ...optional(asObject, body['options'], 'options') };
  const params: Params = {};
  for (const [word, [name, read]] of words) {
    const value = optional<unknown>(read, rest[word], `options.${word}`);
    delete rest[word];
    if (value !== undefined) Object.assign(params, { [name]: value });
  }
  // Below 0: without end (-1), to the end of the context (-2).
  if (params.maxTokens !== undefined && params.maxTokens < 0) {
    rest['num_predict'] = params.maxTokens;
    delete params.maxTokens;
  }
  const reasoning = decodeThink(body);
  const logprobs = optional(asBoolean, body['logprobs'], 'logprobs');
  const topLogprobs = optional(asNumber, body['top_logprobs'], 'top_logprobs');
  if (reasoning !== undefined) params.reasoning = reasoning;
  if (logprobs !== undefined) params.logprobs = logprobs;
  if (topLogprobs !== undefined) params.topLogprobs = topLogprobs;
  return { params, rest };
}

/** Yes, no or a level; yes is what others call medium. */
function decodeThink({ think }: JsonObject): Params['reasoning'] {
  if (think === undefined || think === null || think === '') return undefined;
  if (typeof think === 'boolean') return { effort: think ? 'medium' : 'none' };
  if (typeof think === 'string') return { effort: think };
  throw new FieldError('think', 'must be true, false or a level');
}

/** '' asks for nothing. */
export function decodeFormat({ format }: JsonObject): Output | undefined {
  if (format === undefined || format === null || format === '') return undefined;
  if (format === 'json') return { kind: 'json' };
  if (isObject(format)) return { kind: 'schema', name: 'response', schema: format };
  throw new FieldError('format', 'must be "json" or a JSON schema');
}
