import { type HubRequest, type Json, type JsonObject, ProxyError } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { encodeTools } from './encode-tools.ts';
import { allowsBudget, calledTools, encodeTurns, flatten } from './encode-turns.ts';
import { stopSequencePaths } from './finish.ts';
import { topWords } from './params.ts';
import type { BedrockQuirks } from './quirks.ts';
import { encodeReasoning, roomFor, type Thinking } from './reasoning.ts';

/** The body for Converse and ConverseStream, which have one form. Throws invalid-request for what it has no form for. */
export function encodeRequest(request: HubRequest, quirks: Partial<BedrockQuirks>): JsonObject {
  if (quirks.instead !== undefined) throw new ProxyError('invalid-request', quirks.instead, { param: 'model' });
  const { system, messages } = encodeTurns(request, quirks);
  const { top, fields } = splitUnknown(request.unknown);
  const wanted = encodeReasoning(request, quirks);
  const thinking = wanted.budget === undefined || allowsBudget(messages) ? wanted : { fields: {} };
  const thinks = thinking.claude === true || isEnabled(fields['thinking']);
  const { toolConfig, tool_choice } = encodeTools(request, calledTools(messages), thinks, quirks);
  const inference = { ...encodeInference(request, thinking, thinks), ...top.inferenceConfig };
  const additional: JsonObject = {
    ...encodeTopK(request, fields, thinks, quirks),
    ...thinking.fields,
    ...(tool_choice === undefined ? {} : { tool_choice }),
  };
  return {
    ...(system.length === 0 ? {} : { system }),
    messages: messages.map(({ role, pieces }) => ({ role, content: flatten(pieces) })),
    ...(Object.keys(inference).length === 0 ? {} : { inferenceConfig: inference }),
    ...(toolConfig === undefined ? {} : { toolConfig }),
    ...encodeTier(request),
    ...encodeStopPath(request, quirks),
    ...top.words,
    ...encodeOutput(request, top.words),
    ...(Object.keys(additional).length === 0 ? {} : { additionalModelRequestFields: additional }),
  };
}

interface Unknown {
  top: { words: JsonObject; inferenceConfig: JsonObject };
  /** For `additionalModelRequestFields`: whatever this API itself does not know is the model's affair. */
  fields: JsonObject;
}

function splitUnknown(unknown: JsonObject): Unknown {
  const { additionalModelRequestFields: given, inferenceConfig, ...others } = unknown;
  const entries = Object.entries(others);
  return {
    top: {
      words: Object.fromEntries(entries.filter(([word]) => topWords.includes(word))),
      inferenceConfig: isObject(inferenceConfig) ? inferenceConfig : {},
    },
    fields: {
      ...Object.fromEntries(entries.filter(([word]) => !topWords.includes(word) && word !== 'toolConfig')),
      ...(isObject(given) ? given : {}),
    },
  };
}

function isEnabled(thinking: Json | undefined): boolean {
  return isObject(thinking) && thinking['type'] !== 'disabled';
}

/** While Claude thinks it takes no other temperature than 1, and `top_p` only near 1. */
function encodeInference(request: HubRequest, thinking: Thinking, thinks: boolean): JsonObject {
  const { maxTokens = roomFor(thinking), temperature, topP, stop } = request.params;
  const texts = stop?.filter((text) => /\S/.test(text)) ?? [];
  const stopping = texts.length === 0 ? {} : { stopSequences: texts };
  if (thinking.unbound === true) return stopping;
  return {
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(temperature === undefined || (thinks && temperature !== 1) ? {} : { temperature }),
    ...(topP === undefined || (thinks && topP < 0.95) ? {} : { topP }),
    ...stopping,
  };
}

/** Clients whose dialect has no `top_k` say it all the same. While Claude thinks it is refused. */
function encodeTopK(
  { params }: HubRequest,
  { top_k: said, ...fields }: JsonObject,
  thinks: boolean,
  { topK: path = 'top_k' }: Partial<BedrockQuirks>,
): JsonObject {
  const value = params.topK ?? said;
  if (value === undefined || thinks) return fields;
  const [first = path, second] = path.split('.');
  if (second === undefined) return { ...fields, [first]: value };
  const inner = isObject(fields[first]) ? fields[first] : {};
  return { ...fields, [first]: { ...inner, [second]: value } };
}

/** OpenAI's tiers by this API's names. */
const tiers: Readonly<Record<string, string>> = {
  auto: 'default',
  default: 'default',
  flex: 'flex',
  priority: 'priority',
  reserved: 'reserved',
};

function encodeTier({ named }: HubRequest): JsonObject {
  const wanted = named?.serviceTier;
  const type = typeof wanted === 'string' && Object.hasOwn(tiers, wanted) ? tiers[wanted] : undefined;
  return type === undefined ? {} : { serviceTier: { type } };
}

/** Which sequence stopped an answer only Claude's own fields tell. */
function encodeStopPath({ params, stream }: HubRequest, { claude }: Partial<BedrockQuirks>): JsonObject {
  const path = stopSequencePaths[stream ? 1 : 0];
  if (claude !== true || path === undefined || params.stop === undefined || params.stop.length === 0) return {};
  return { additionalModelResponseFieldPaths: [path] };
}

function encodeOutput({ output }: HubRequest, given: JsonObject): JsonObject {
  if (output?.kind !== 'schema') return {};
  if (!isObject(output.schema)) {
    throw new ProxyError('invalid-request', 'the schema of the output must be an object', { param: 'response_format' });
  }
  const jsonSchema = { schema: JSON.stringify(closed(output.schema)), name: output.name };
  const config = isObject(given['outputConfig']) ? given['outputConfig'] : {};
  return { outputConfig: { ...config, textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
}

/** Keywords whose values are data, not schemas. */
const values = ['const', 'enum', 'default', 'examples'];

/** Object schemas must say `additionalProperties: false`. */
function closed(schema: JsonObject): JsonObject {
  const entries = Object.entries(schema).map(([key, value]) => [key, values.includes(key) ? value : closedIn(value)]);
  const out: JsonObject = Object.fromEntries(entries);
  const isOpen = out['type'] === 'object' && !Object.hasOwn(out, 'additionalProperties');
  return isOpen ? { ...out, additionalProperties: false } : out;
}

function closedIn(value: Json): Json {
  if (Array.isArray(value)) return value.map(closedIn);
  return isObject(value) ? closed(value) : value;
}
