import type { HubRequest, Json, JsonObject, Output } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { encodeItems, instructionsOf } from './encode-items.ts';
import { encodeTools } from './encode-tools.ts';
import { kept, self } from './own.ts';
import type { OpenAIResponsesQuirks } from './quirks.ts';
import { encodeReasoning } from './reasoning.ts';

type Quirks = Partial<OpenAIResponsesQuirks>;

/**
 * The body for a Responses API. Nothing is stored there unless the client asked for it: a conversation lives in its
 * client, with the proofs of the model's thoughts. Throws invalid-request for media that the API does not take.
 */
export function encodeRequest(request: HubRequest, quirks: Quirks): JsonObject {
  const own = { ...request.unknown, ...kept(request) };
  const include = encodeInclude(request, quirks, own);
  const text = encodeText(request, own);
  const instructions = instructionsOf(request);
  return {
    ...own,
    model: request.model,
    ...(instructions === undefined ? {} : { instructions }),
    input: encodeItems(request, quirks),
    ...encodeSampling(request),
    ...encodeNamed(request),
    ...encodeReasoning(request, quirks, own),
    ...(text === undefined ? {} : { text }),
    ...encodeTools(request),
    // Clients of this dialect mean true when they leave it out.
    ...(request.store === undefined && request.from === self ? {} : { store: request.store ?? false }),
    ...(include.length === 0 ? {} : { include }),
    ...(request.stream ? { stream: true } : {}),
  };
}

/** The API refuses to be asked for less. */
const leastTokens = 16;

function encodeSampling({ params, from }: HubRequest): JsonObject {
  const { maxTokens, temperature, topP, topLogprobs, user } = params;
  return {
    ...(maxTokens === undefined ? {} : { max_output_tokens: Math.max(leastTokens, maxTokens) }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topLogprobs === undefined ? {} : { top_logprobs: topLogprobs }),
    ...(user === undefined ? {} : { user: from === self ? user : shortId(user) }),
  };
}

/** OpenAI refuses ids of more than 64 characters; agents of other vendors send three in one. */
function shortId(user: string): string {
  return user.length <= 64 ? user : [...user].slice(0, 64).join('');
}

const namedWords = {
  serviceTier: 'service_tier',
  safetyIdentifier: 'safety_identifier',
  promptCacheKey: 'prompt_cache_key',
  promptCacheRetention: 'prompt_cache_retention',
  contextManagement: 'context_management',
} as const;

function encodeNamed({ named = {}, store, from }: HubRequest): JsonObject {
  const out: JsonObject = {};
  for (const [name, value] of Object.entries(named)) {
    if (isNamed(name) && value !== null) out[namedWords[name]] = value;
  }
  const { metadata } = named;
  const texts = isObject(metadata) && Object.values(metadata).every((one) => typeof one === 'string');
  // Elsewhere it is for logging, and this API keeps it with the answer.
  if (texts && (store === true || from === self)) out.metadata = metadata;
  return out;
}

function isNamed(name: string): name is keyof typeof namedWords {
  return Object.hasOwn(namedWords, name);
}

/** Proofs of thoughts come only when asked for, and only from models that think. */
function encodeInclude({ params }: HubRequest, { efforts }: Quirks, own: JsonObject): Json[] {
  const include = Array.isArray(own.include) ? [...own.include] : [];
  if (efforts !== undefined) include.push('reasoning.encrypted_content');
  if (params.logprobs === true) include.push('message.output_text.logprobs');
  return [...new Set(include)];
}

function encodeText({ output, named }: HubRequest, own: JsonObject): JsonObject | undefined {
  const verbosity = named?.verbosity ?? undefined;
  const text: JsonObject = {
    ...(isObject(own.text) ? own.text : {}),
    ...(output === undefined ? {} : { format: { ...formatOf(own), ...encodeFormat(output) } }),
    ...(verbosity === undefined ? {} : { verbosity }),
  };
  return Object.keys(text).length === 0 ? undefined : text;
}

function formatOf({ text }: JsonObject): JsonObject {
  return isObject(text) && isObject(text.format) ? text.format : {};
}

function encodeFormat(output: Output): JsonObject {
  switch (output.kind) {
    case 'json':
      return { type: 'json_object' };
    case 'schema': {
      const strict = output.strict === undefined ? {} : { strict: output.strict };
      return {
        type: 'json_schema',
        name: output.name,
        schema: isObject(output.schema) ? output.schema : {},
        ...strict,
      };
    }
  }
}
