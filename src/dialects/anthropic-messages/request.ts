import {
  type At,
  type HubRequest,
  type Json,
  type JsonObject,
  type Message,
  type Output,
  type Params,
  ProxyError,
  type Tool,
  type ToolChoice,
} from '../../hub/index.ts';
import {
  asArray,
  asBoolean,
  asList,
  asNumber,
  asObject,
  asOneOf,
  asString,
  FieldError,
  firstMember,
  type JsonValue,
  type Members,
  optional,
} from '../../wire/index.ts';
import { unsaidOfTools, unsaidWithin } from '../unsaid.ts';
import { readSearch } from '../web-search.ts';
import { readCarried, self } from './carried.ts';
import { decodeContent } from './decode-blocks.ts';
import { asked, threadNotFound } from './error.ts';
import { decodeReasoning } from './reasoning.ts';

const roles = ['user', 'assistant', 'system'] as const;
/** Read into the hub; every other top-level word stays in this dialect (DECISIONS.md 11). */
const understood = [
  'model',
  'messages',
  'system',
  'stream',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'tools',
  'tool_choice',
  'metadata',
  'thinking',
  'output_config',
  'output_format',
];

/** The least a body must be, seen in the bytes: messages that are objects with a role. `max_tokens` may be missing. */
export function check(body: Members): void {
  asked(() => {
    if (body.has('model')) optional(asString, body.get('model'), 'model');
    const list = body.elements('messages');
    if (list === undefined) {
      throw new FieldError('messages', body.has('messages') ? 'must be an array' : 'is missing: it must be an array');
    }
    if (list.length === 0) throw new FieldError('messages', 'must hold at least one message');
    list.forEach((element, index) => {
      const path = `messages[${index}]`;
      if (element[0] !== 0x7b) throw new FieldError(path, 'must be an object');
      asOneOf(roles)(roleOf(element, path), `${path}.role`);
    });
  });
}

function roleOf(element: Buffer, path: string): JsonValue | undefined {
  try {
    const role = firstMember(element, 'role');
    return role === undefined ? undefined : JSON.parse(role.toString('utf8'));
  } catch (thrown) {
    if (thrown instanceof FieldError || thrown instanceof SyntaxError) throw new FieldError(path, 'is not valid JSON');
    throw thrown;
  }
}

export function decodeRequest(body: JsonObject, at: At): HubRequest {
  return asked(() => readRequest(body, at));
}

function readRequest(body: JsonObject, at: At): HubRequest {
  const thread = optional(asObject, body['thread'], 'thread');
  if (thread?.['type'] === 'continue') throw threadNotFound(String(thread['previous_message_id']));
  const tools = optional(asList(decodeTool), body['tools'], 'tools');
  const choice = optional(asObject, body['tool_choice'], 'tool_choice');
  const toolChoice = choice === undefined ? undefined : decodeToolChoice(choice);
  const output = decodeOutput(body);
  const extra = decodeExtra(body);
  return {
    from: self,
    model: optional(asString, body['model'], 'model') ?? at.model,
    messages: [...decodeSystem(body['system'] ?? undefined), ...decodeMessages(body['messages'])],
    stream: optional(asBoolean, body['stream'], 'stream') ?? false,
    params: decodeParams(body, choice),
    ...(tools === undefined ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(output === undefined ? {} : { output }),
    ...(Object.keys(extra).length === 0 ? {} : { extra: { [self]: extra } }),
    unknown: {},
  };
}

function decodeSystem(system: JsonValue | undefined): Message[] {
  if (system === undefined || system === '') return [];
  const blocks = decodeContent(system, 'system');
  return blocks.length === 0 ? [] : [{ role: 'system', blocks }];
}

function decodeMessages(value: JsonValue | undefined): Message[] {
  const list = asArray(value, 'messages');
  if (list.length === 0) throw new FieldError('messages', 'must hold at least one message');
  return list.map((item, index) => {
    const path = `messages[${index}]`;
    const node = asObject(item, path);
    return {
      role: asOneOf(roles)(node['role'], `${path}.role`),
      blocks: decodeContent(node['content'], `${path}.content`),
      ...readCarried(node, ['role', 'content']),
    };
  });
}

function decodeParams(body: JsonObject, choice: JsonObject | undefined): Params {
  const params: Params = {};
  const maxTokens = optional(asNumber, body['max_tokens'], 'max_tokens');
  const temperature = optional(asNumber, body['temperature'], 'temperature');
  const topP = optional(asNumber, body['top_p'], 'top_p');
  const topK = optional(asNumber, body['top_k'], 'top_k');
  const stop = optional(asList(asString), body['stop_sequences'], 'stop_sequences');
  const user = optional(asString, metadata(body)['user_id'], 'metadata.user_id');
  const reasoning = decodeReasoning(body);
  if (maxTokens !== undefined) params.maxTokens = maxTokens;
  if (temperature !== undefined) params.temperature = temperature;
  if (topP !== undefined) params.topP = topP;
  if (topK !== undefined) params.topK = topK;
  if (stop !== undefined) params.stop = stop;
  if (user !== undefined) params.user = user;
  if (reasoning !== undefined) params.reasoning = reasoning;
  const serial = 'disable_parallel_tool_use';
  if (optional(asBoolean, choice?.[serial], `tool_choice.${serial}`) === true) params.parallelToolCalls = false;
  return params;
}

/** Words without a hub name, and what the hub does not carry of those that have one. */
function decodeExtra(body: JsonObject): JsonObject {
  const extra: JsonObject = { ...readCarried({ ...body, cache_control: null }, understood).extra?.[self] };
  const mark = body['cache_control'] ?? null;
  if (mark !== null) extra['cache_control'] = mark;
  const thinking = optional(asObject, body['thinking'], 'thinking');
  if (thinking !== undefined) extra['thinking'] = thinking;
  const config = without(optional(asObject, body['output_config'], 'output_config'), 'format');
  if (config !== undefined) extra['output_config'] = config;
  const meta = without(metadata(body), 'user_id');
  if (meta !== undefined) extra['metadata'] = meta;
  return extra;
}

function metadata(body: JsonObject): JsonObject {
  return optional(asObject, body['metadata'], 'metadata') ?? {};
}

function without(node: JsonObject | undefined, name: string): JsonObject | undefined {
  const entries = Object.entries(node ?? {}).filter(([key, value]) => key !== name && value !== null);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Typed tools are Anthropic's own, whether its servers or the client run them. */
function decodeTool(value: JsonValue | undefined, path: string): Tool {
  const node = asObject(value, path);
  const type = optional(asString, node['type'], `${path}.type`) ?? 'custom';
  if (type !== 'custom') {
    const search = /^web_search_\d{8}$/.test(type) ? { search: readSearch(node, node) } : {};
    return { kind: 'hosted', dialect: self, value: node, ...search };
  }
  const description = optional(asString, node['description'], `${path}.description`);
  const strict = optional(asBoolean, node['strict'], `${path}.strict`);
  return {
    kind: 'function',
    name: asString(node['name'], `${path}.name`),
    ...(description === undefined ? {} : { description }),
    schema: asObject(node['input_schema'], `${path}.input_schema`),
    ...(strict === undefined ? {} : { strict }),
    ...readCarried(node, ['type', 'name', 'description', 'input_schema', 'strict']),
  };
}

function decodeToolChoice(choice: JsonObject): ToolChoice {
  const kind = asOneOf(['auto', 'any', 'tool', 'none'])(choice['type'], 'tool_choice.type');
  return kind === 'tool' ? { kind: 'one', name: asString(choice['name'], 'tool_choice.name') } : { kind };
}

/** `output_format` is the word of the beta form; the hub wants a name, which this API does not have. */
function decodeOutput(body: JsonObject): Output | undefined {
  const config = optional(asObject, body['output_config'], 'output_config');
  const [path, value]: [string, Json | undefined] =
    (config?.['format'] ?? null) === null
      ? ['output_format', body['output_format']]
      : ['output_config.format', config?.['format']];
  const format = optional(asObject, value, path);
  if (format === undefined) return undefined;
  if (format['type'] !== 'json_schema') {
    throw new ProxyError('invalid-request', `'${path}.type' must be "json_schema"`, { param: `${path}.type` });
  }
  return { kind: 'schema', name: 'response', schema: asObject(format['schema'], `${path}.schema`) };
}

/** Who may call a tool matters only where programs can. */
const ofTools = ['allowed_callers'];

export function unsaid(request: HubRequest): string[] {
  const config = request.extra?.[self]?.['output_config'];
  return [...unsaidWithin(config, 'output_config', ['effort']), ...unsaidOfTools(request, self, ofTools)];
}
