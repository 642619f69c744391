import type { HubRequest, Json, JsonObject, Tool } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { encodeMessages } from './encode-messages.ts';
import { self } from './params.ts';
import type { CohereQuirks } from './quirks.ts';

/** The body for v2 chat. Throws invalid-request for what it has no form for. */
export function encodeRequest(request: HubRequest, quirks: Partial<CohereQuirks>): JsonObject {
  return {
    ...request.unknown,
    ...request.extra?.[self],
    model: request.model,
    messages: encodeMessages(request, quirks),
    ...encodeSampling(request),
    ...encodeTools(request),
    ...encodeThinking(request),
    ...encodeOutput(request),
    ...(request.stream ? { stream: true } : {}),
  };
}

function encodeSampling({ params }: HubRequest): JsonObject {
  const { maxTokens, temperature, topP, topK, stop, seed, presencePenalty, frequencyPenalty, logprobs } = params;
  const texts = stop?.filter((text) => text !== '') ?? [];
  return {
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { p: topP }),
    ...(topK === undefined ? {} : { k: topK }),
    ...(texts.length === 0 ? {} : { stop_sequences: texts }),
    ...(seed === undefined ? {} : { seed }),
    ...(presencePenalty === undefined ? {} : { presence_penalty: presencePenalty }),
    ...(frequencyPenalty === undefined ? {} : { frequency_penalty: frequencyPenalty }),
    ...(logprobs === true ? { logprobs } : {}),
  };
}

type FunctionTool = Extract<Tool, { kind: 'function' }>;

/** The API cannot name the one tool that must be called, so the others are not offered. */
function encodeTools({ tools = [], toolChoice }: HubRequest): JsonObject {
  const known = tools.filter((tool) => tool.kind === 'function');
  const one = toolChoice?.kind === 'one' ? known.filter(({ name }) => name === toolChoice.name) : [];
  const offered = one.length === 0 ? known : one;
  if (offered.length === 0) return {};
  const choice = choices[toolChoice?.kind ?? 'auto'];
  return {
    tools: offered.map(encodeTool),
    ...(offered.every(isStrict) ? { strict_tools: true } : {}),
    ...(choice === undefined ? {} : { tool_choice: choice }),
  };
}

/** The API refuses `auto`, its default. */
const choices = { auto: undefined, none: 'NONE', any: 'REQUIRED', one: 'REQUIRED' } as const;

/** Strict tools must require something. */
function isStrict({ strict, schema }: FunctionTool): boolean {
  return strict === true && isObject(schema) && Array.isArray(schema['required']) && schema['required'].length > 0;
}

function encodeTool({ name, description, schema }: FunctionTool): JsonObject {
  return {
    type: 'function',
    function: { name, ...(description === undefined ? {} : { description }), parameters: objectSchema(schema) },
  };
}

function objectSchema(schema: Json): JsonObject {
  return isObject(schema) ? schema : { type: 'object', properties: {} };
}

/** LITELLM.md 4.4. */
const budgets: ReadonlyMap<string, number> = new Map([
  ['minimal', 128],
  ['low', 1024],
  ['medium', 2048],
  ['high', 4096],
]);

function encodeThinking({ params: { reasoning } }: HubRequest): JsonObject {
  if (reasoning === undefined) return {};
  const { effort, budget = budgets.get(effort ?? '') } = reasoning;
  if (budget === 0 || effort === 'none' || effort === 'disable') return { thinking: { type: 'disabled' } };
  return { thinking: { type: 'enabled', ...(budget === undefined ? {} : { token_budget: budget }) } };
}

function encodeOutput({ output }: HubRequest): JsonObject {
  switch (output?.kind) {
    case undefined:
      return {};
    case 'json':
      return { response_format: { type: 'json_object' } };
    case 'schema':
      return { response_format: { type: 'json_object', json_schema: objectSchema(output.schema) } };
  }
}
