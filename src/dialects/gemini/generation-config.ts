import type { HubRequest, Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { jsonSchema } from './encode-tools.ts';
import { toOpenApi } from './open-api-schema.ts';
import { self } from './own.ts';
import { configWords } from './params.ts';
import type { GeminiQuirks } from './quirks.ts';
import { encodeThinking } from './reasoning.ts';

/** `generationConfig`: what the client wrote in this API's own words, and over it what the hub knows. */
export function encodeConfig(request: HubRequest, quirks: Partial<GeminiQuirks>): JsonObject {
  const {
    maxTokens,
    temperature,
    topP,
    topK,
    stop,
    seed,
    n,
    presencePenalty,
    frequencyPenalty,
    logprobs,
    topLogprobs,
  } = request.params;
  const thinking = encodeThinking(request, quirks);
  return {
    ...ownConfig(request),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(stop === undefined || stop.length === 0 ? {} : { stopSequences: stop }),
    ...(seed === undefined ? {} : { seed }),
    ...(n === undefined ? {} : { candidateCount: n }),
    ...(presencePenalty === undefined ? {} : { presencePenalty }),
    ...(frequencyPenalty === undefined ? {} : { frequencyPenalty }),
    ...(logprobs === undefined ? {} : { responseLogprobs: logprobs }),
    ...(logprobs !== true || topLogprobs === undefined ? {} : { logprobs: topLogprobs }),
    ...encodeOutput(request, quirks),
    ...encodeModalities(request),
    ...(thinking === undefined ? {} : { thinkingConfig: thinking }),
  };
}

function ownConfig(request: HubRequest): JsonObject {
  const out: JsonObject = {};
  const { generationConfig, generation_config } = request.unknown;
  const written = request.extra?.[self]?.['generationConfig'];
  // What a client of this form wrote of thinking stands as long as it is asked for: see encodeThinking.
  const { thinkingConfig: _thinking, ...own } = isObject(written) ? written : {};
  for (const config of [generationConfig, generation_config, own]) {
    if (isObject(config)) Object.assign(out, config);
  }
  for (const [word, value] of Object.entries(request.unknown)) {
    const name = configWords.get(word);
    if (name !== undefined && value !== null) out[name] = value;
  }
  return out;
}

function encodeOutput({ output }: HubRequest, quirks: Partial<GeminiQuirks>): JsonObject {
  if (output === undefined) return {};
  const json = { responseMimeType: 'application/json' };
  if (output.kind === 'json') return json;
  if (!isObject(output.schema)) return json;
  return quirks.openApiSchemas
    ? { ...json, responseSchema: ordered(toOpenApi(output.schema).schema) }
    : { ...json, responseJsonSchema: jsonSchema(output.schema) };
}

/** Older models sort the properties unless they are told their order. */
function ordered(schema: JsonObject): JsonObject {
  const properties = isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  return properties.length === 0 || schema['propertyOrdering'] !== undefined
    ? schema
    : { ...schema, propertyOrdering: properties };
}

/** OpenAI's `modalities` in capitals, and the voice of its `audio`. */
function encodeModalities({ named }: HubRequest): JsonObject {
  const wanted: Json[] = Array.isArray(named?.modalities) ? named.modalities : [];
  const modalities = wanted.flatMap((one) => (typeof one === 'string' ? [one.toUpperCase()] : []));
  const voice = isObject(named?.audio) ? named.audio['voice'] : undefined;
  const config = { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice ?? null } } };
  return {
    ...(modalities.length === 0 ? {} : { responseModalities: modalities }),
    ...(typeof voice === 'string' ? { speechConfig: config } : {}),
  };
}
