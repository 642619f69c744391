import type { At, HubRequest, Json, JsonObject, Output, Params, Tool, ToolChoice } from '../../hub/index.ts';
import {
  asArray,
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
import { readCache } from './cache.ts';
import { asInvalidRequest } from './check.ts';
import { keep, others } from './extra.ts';
import { decodeMessages } from './message.ts';
import { namedWords, plainWords, words } from './params.ts';

/** Strict where it reads: throws invalid-request naming the field. Explicit nulls, which SDKs send, mean absent. */
export function decodeRequest(body: JsonObject, at: At): HubRequest {
  return asInvalidRequest(() => {
    const tools = decodeTools(body);
    const choice = decodeChoice(body);
    const output = decodeOutput(body);
    const store = optional(asBoolean, body.store, 'store');
    return {
      from: 'openai-chat',
      model: at.model || (optional(asString, body.model, 'model') ?? ''),
      messages: decodeMessages(body.messages, 'messages'),
      stream: at.stream,
      params: decodeParams(body),
      ...decodeNamed(body),
      ...(tools === undefined ? {} : { tools }),
      ...(choice === undefined ? {} : { toolChoice: choice }),
      ...(output === undefined ? {} : { output }),
      ...(store === undefined ? {} : { store }),
      ...keep(ownWords(body, choice, output)),
      unknown: others(body, allWords),
    };
  });
}

const allWords: ReadonlySet<string> = new Set(
  [
    ...words,
    ...Object.values(plainWords),
    ...Object.values(namedWords),
    'max_tokens',
    'reasoning_effort',
    'thinking',
    'tools',
    'tool_choice',
    'response_format',
    'stream',
    'store',
  ].filter((word) => word !== plainWords.topK),
);

/** What an encoder of this dialect needs to say the same again: spellings, and values without a hub name. */
function ownWords(body: JsonObject, choice: ToolChoice | undefined, output: Output | undefined): JsonObject {
  const own: JsonObject = {};
  const remember = (name: string, value: Json | undefined): void => {
    if (value !== undefined && value !== null) own[name] = value;
  };
  remember('max_completion_tokens', body.max_completion_tokens);
  remember('thinking', body.thinking);
  remember('moderation', body.moderation);
  remember('prompt_cache_options', body.prompt_cache_options);
  if (Array.isArray(body.functions)) own.functions = true;
  const limited = choice !== undefined && 'only' in choice;
  if ((limited || choice === undefined) && isObject(body.tool_choice)) own.tool_choice = body.tool_choice;
  if (isObject(body.response_format)) {
    const { type, json_schema: schema } = body.response_format;
    if (output === undefined && type !== 'text') own.response_format = body.response_format;
    if (output?.kind === 'schema' && isObject(schema)) {
      const more = others(schema, schemaFields);
      if (Object.keys(more).length > 0) own.json_schema = more;
    }
  }
  return own;
}

const readers = {
  temperature: asNumber,
  topP: asNumber,
  seed: asNumber,
  n: asNumber,
  presencePenalty: asNumber,
  frequencyPenalty: asNumber,
  logitBias: asObject,
  logprobs: asBoolean,
  topLogprobs: asNumber,
  parallelToolCalls: asBoolean,
  user: asString,
  stop: (value, path) => (typeof value === 'string' ? [value] : asList(asString)(value, path)),
} as const satisfies { [P in keyof Params]?: Read<unknown> };

const wordOf: Readonly<Record<string, string>> = plainWords;
const plainReaders = Object.entries(readers).map(([name, read]) => [name, wordOf[name] ?? name, read] as const);

function decodeParams(body: JsonObject): Params {
  const params: Params = {};
  const most =
    optional(asNumber, body.max_completion_tokens, 'max_completion_tokens') ??
    optional(asNumber, body.max_tokens, 'max_tokens');
  if (most !== undefined) params.maxTokens = most;
  for (const [name, word, read] of plainReaders) {
    const value = optional<unknown>(read, body[word], word);
    if (value !== undefined) Object.assign(params, { [name]: value });
  }
  if (params.stop?.length === 1 && params.stop[0] === '') delete params.stop;
  const reasoning = decodeReasoning(body);
  return reasoning === undefined ? params : { ...params, reasoning };
}

/** OpenAI's effort as a word or an agent's object, and the `thinking` of other APIs that LiteLLM takes everywhere. */
function decodeReasoning(body: JsonObject): Params['reasoning'] {
  const word = body.reasoning_effort;
  const effort = isObject(word)
    ? optional(asString, word.effort, 'reasoning_effort.effort')
    : optional(asString, word, 'reasoning_effort');
  const summary = isObject(word) ? optional(asString, word.summary, 'reasoning_effort.summary') : undefined;
  const thinking = optional(asObject, body.thinking, 'thinking');
  const budget =
    thinking?.type === 'disabled' ? 0 : optional(asNumber, thinking?.budget_tokens, 'thinking.budget_tokens');
  if (effort === undefined && thinking === undefined) return undefined;
  if (effort === undefined && budget === undefined) return { effort: 'medium' };
  return {
    ...(effort === undefined ? {} : { effort }),
    ...(budget === undefined ? {} : { budget }),
    ...(summary === undefined ? {} : { summary }),
  };
}

const namedReaders: Partial<Record<keyof typeof namedWords, Read<Json>>> = {
  streamOptions: asObject,
  modalities: asArray,
  verbosity: asString,
  serviceTier: asString,
  safetyIdentifier: asString,
  promptCacheKey: asString,
  promptCacheRetention: asString,
  maxRetries: asNumber,
  extraHeaders: asObject,
};

function decodeNamed(body: JsonObject): { named?: NonNullable<HubRequest['named']> } {
  const named: NonNullable<HubRequest['named']> = {};
  for (const name of namedParams) {
    const word = namedWords[name];
    const value = body[word];
    if (value === undefined || value === null) continue;
    named[name] = namedReaders[name]?.(value, word) ?? value;
  }
  return Object.keys(named).length === 0 ? {} : { named };
}

function isNamed(name: string): name is keyof typeof namedWords {
  return name in namedWords;
}
const namedParams = Object.keys(namedWords).filter(isNamed);

function decodeTools(body: JsonObject): Tool[] | undefined {
  const tools = optional(asArray, body.tools, 'tools');
  const functions = optional(asArray, body.functions, 'functions');
  if (tools === undefined && functions === undefined) return undefined;
  return [
    ...(tools ?? []).map((tool, index) => decodeTool(asObject(tool, `tools[${index}]`), `tools[${index}]`)),
    ...(functions ?? []).map((one, index) => readTool(asObject(one, `functions[${index}]`), `functions[${index}]`, {})),
  ];
}

const toolFields = new Set(['type', 'function', 'cache_control']);

function decodeTool(tool: JsonObject, path: string): Tool {
  if (tool.type !== undefined) asString(tool.type, `${path}.type`);
  if (tool.type !== undefined && tool.type !== 'function')
    return { kind: 'hosted', dialect: 'openai-chat', value: tool };
  const fields = asObject(tool.function, `${path}.function`);
  return { ...readTool(fields, `${path}.function`, others(tool, toolFields)), ...readCache(tool.cache_control) };
}

const functionFields = new Set(['name', 'description', 'parameters', 'strict', 'cache_control']);

function readTool(fields: JsonObject, path: string, around: JsonObject): Tool {
  const description = optional(asString, fields.description, `${path}.description`);
  const strict = optional(asBoolean, fields.strict, `${path}.strict`);
  const inside = others(fields, functionFields);
  return {
    kind: 'function',
    name: asString(fields.name, `${path}.name`),
    schema: optional(asObject, fields.parameters, `${path}.parameters`) ?? { type: 'object', properties: {} },
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
    ...readCache(fields.cache_control),
    ...keep(Object.keys(inside).length === 0 ? around : { ...around, function: inside }),
  };
}

/** undefined: not given, or a form that only this dialect knows. */
function decodeChoice(body: JsonObject): ToolChoice | undefined {
  const word = body.tool_choice ?? body.function_call ?? undefined;
  const path = body.tool_choice === undefined || body.tool_choice === null ? 'function_call' : 'tool_choice';
  if (word === undefined) return undefined;
  const kind = isObject(word) ? word.type : word;
  if (kind === 'auto' || kind === 'none') return { kind };
  if (kind === 'required' || kind === 'any') return { kind: 'any' };
  const choice = asObject(word, path);
  if (path === 'function_call') return { kind: 'one', name: asString(choice.name, `${path}.name`) };
  if (choice.type === 'allowed_tools') return decodeAllowed(choice, path);
  if (choice.type !== 'function') {
    asString(choice.type, `${path}.type`);
    return undefined;
  }
  const named = isObject(choice.function) ? choice.function : choice;
  return { kind: 'one', name: asString(named.name, `${path}.function.name`) };
}

/** Also as the Responses form writes it, one level higher. */
function decodeAllowed(choice: JsonObject, path: string): ToolChoice {
  const nested = choice.allowed_tools !== undefined;
  const at = nested ? `${path}.allowed_tools` : path;
  const allowed = nested ? asObject(choice.allowed_tools, at) : choice;
  const only = asList(allowedName)(allowed.tools, `${at}.tools`);
  return { kind: allowed.mode === 'required' ? 'any' : 'auto', only };
}

function allowedName(value: Json | undefined, path: string): string {
  const tool = asObject(value, path);
  const named = [tool.function, tool.custom].find(isObject) ?? tool;
  return typeof named.name === 'string' ? named.name : asString(tool.type, `${path}.type`);
}

const schemaFields = new Set(['name', 'schema', 'strict']);

function decodeOutput(body: JsonObject): Output | undefined {
  const format = optional(asObject, body.response_format, 'response_format');
  if (format === undefined) return undefined;
  if (format.type === 'json_object') return { kind: 'json' };
  if (format.type !== 'json_schema') {
    if (typeof format.type !== 'string') throw new FieldError('response_format.type', 'must be a string');
    return undefined;
  }
  const path = 'response_format.json_schema';
  const fields = asObject(format.json_schema, path);
  const strict = optional(asBoolean, fields.strict, `${path}.strict`);
  return {
    kind: 'schema',
    name: optional(asString, fields.name, `${path}.name`) ?? 'response',
    schema: optional(asObject, fields.schema, `${path}.schema`) ?? {},
    ...(strict === undefined ? {} : { strict }),
  };
}
