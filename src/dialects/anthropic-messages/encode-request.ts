import { type HubRequest, type Json, type JsonObject, ProxyError } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { self } from './carried.ts';
import { encodeTools } from './encode-tools.ts';
import { allowsBudget, calledTools, encodeTurns, someBlock, type Turn } from './encode-turns.ts';
import { asked } from './error.ts';
import type { AnthropicQuirks } from './quirks.ts';
import { encodeReasoning, roomFor, type Thinking } from './reasoning.ts';

/** The body for a Messages API. Throws invalid-request for what it has no form for. */
export function encodeRequest(request: HubRequest, quirks: Partial<AnthropicQuirks>): JsonObject {
  return asked(() => writeRequest(request, quirks));
}

function writeRequest(request: HubRequest, quirks: Partial<AnthropicQuirks>): JsonObject {
  const { system, messages } = encodeTurns(request);
  const wanted = encodeReasoning(request, quirks);
  const thinking = wanted.budget === undefined || allowsBudget(messages) ? wanted : {};
  const thinks = thinking.thinking !== undefined && thinking.thinking['type'] !== 'disabled';
  const own = { ...request.extra?.[self] };
  const config = encodeConfig(request, own, thinking);
  const metadata = encodeMetadata(request, own);
  for (const word of ['thinking', 'output_config', 'metadata']) delete own[word];
  return {
    ...(thinks ? withoutTopK(request.unknown) : request.unknown),
    ...own,
    model: request.model,
    ...(system.length === 0 ? {} : { system }),
    messages: messages.map(writeTurn),
    ...encodeSampling(request, thinking, thinks),
    ...(thinking.thinking === undefined ? {} : { thinking: thinking.thinking }),
    ...encodeTools(request, calledTools(messages), thinks),
    ...(config === undefined ? {} : { output_config: config }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(request.stream ? { stream: true } : {}),
  };
}

/** Clients whose dialect has no `top_k` say it all the same. */
function withoutTopK({ top_k: _refused, ...unknown }: JsonObject): JsonObject {
  return unknown;
}

function writeTurn(turn: Turn): JsonObject {
  return { ...turn.extra, role: turn.role, content: turn.content };
}

/** While the model thinks the API takes no `top_k`, no other temperature than 1, and `top_p` only near 1. */
function encodeSampling(request: HubRequest, thinking: Thinking, thinks: boolean): JsonObject {
  const { maxTokens = roomFor(thinking, request.params.reasoning), temperature, topP, topK, stop } = request.params;
  const texts = stop?.filter((text) => /\S/.test(text)) ?? [];
  return {
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined || (thinks && temperature !== 1) ? {} : { temperature }),
    ...(topP === undefined || (thinks && topP < 0.95) ? {} : { top_p: topP }),
    ...(topK === undefined || thinks ? {} : { top_k: topK }),
    ...(texts.length === 0 ? {} : { stop_sequences: texts }),
  };
}

/** `output_config`: what the client of this dialect wrote, with the effort and the schema as the hub has them now. */
function encodeConfig(request: HubRequest, own: JsonObject, thinking: Thinking): JsonObject | undefined {
  const { effort: _effort, ...rest } = isObject(own['output_config']) ? own['output_config'] : {};
  const config: JsonObject = {
    ...rest,
    ...(thinking.effort === undefined ? {} : { effort: thinking.effort }),
    ...(request.output?.kind === 'schema' ? { format: encodeFormat(request.output.schema) } : {}),
  };
  return Object.keys(config).length === 0 ? undefined : config;
}

function encodeFormat(schema: Json): JsonObject {
  if (!isObject(schema)) {
    throw new ProxyError('invalid-request', 'the schema of the output must be an object', { param: 'response_format' });
  }
  return { type: 'json_schema', schema: closed(schema) };
}

/** Keywords whose values are data, not schemas. */
const values = ['const', 'enum', 'default', 'examples'];

/** The API answers 400 for object schemas that do not say `additionalProperties: false`; Anthropic's SDK adds it too. */
function closed(schema: JsonObject): JsonObject {
  const entries = Object.entries(schema).map(([key, value]) => [key, values.includes(key) ? value : closedIn(value)]);
  const out: JsonObject = Object.fromEntries(entries);
  const isObjectSchema = out['type'] === 'object' && !Object.hasOwn(out, 'additionalProperties');
  return isObjectSchema ? { ...out, additionalProperties: false } : out;
}

function closedIn(value: Json): Json {
  if (Array.isArray(value)) return value.map(closedIn);
  return isObject(value) ? closed(value) : value;
}

/** The API forbids personal data in `user_id`; what a client of this dialect wrote is its own affair. */
function encodeMetadata(request: HubRequest, own: JsonObject): JsonObject | undefined {
  const rest = isObject(own['metadata']) ? own['metadata'] : {};
  const user = request.params.user;
  const allowed = user !== undefined && (request.from === self || !isPersonal(user));
  const metadata: JsonObject = { ...rest, ...(allowed ? { user_id: user } : {}) };
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

function isPersonal(user: string): boolean {
  return user.length > 512 || /^[^\s@]+@[^\s@]+$/.test(user) || /^\+?[\d\s().-]{7,20}$/.test(user);
}

/** Beta marks by top-level word. */
const betas: Readonly<Record<string, string>> = {
  mcp_servers: 'mcp-client-2025-11-20',
  context_management: 'context-management-2025-06-27',
  output_format: 'structured-outputs-2025-11-13',
  speed: 'fast-mode-2026-02-01',
};

/** The beta marks without which the API refuses the body; clients that know them send them themselves as well. */
export function requires(body: JsonObject): Record<string, string> {
  const needed = Object.entries(betas).flatMap(([word, beta]) => (body[word] === undefined ? [] : [beta]));
  if (someBlock(body['messages'], usesFile)) needed.push('files-api-2025-04-14');
  return needed.length === 0 ? {} : { 'anthropic-beta': needed.join(',') };
}

function usesFile(block: JsonObject): boolean {
  const source = block['source'];
  return block['type'] === 'container_upload' || (isObject(source) && source['type'] === 'file');
}
