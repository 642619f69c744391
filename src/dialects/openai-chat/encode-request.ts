import type { HubRequest, Json, JsonObject, Tool } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { writeCache } from './cache.ts';
import { encodeMessage } from './encode-message.ts';
import { kept } from './extra.ts';
import { fitMessages } from './fit-messages.ts';
import { namedWords, plainWords } from './params.ts';
import type { OpenAIChatQuirks } from './quirks.ts';
import { encodeReasoning } from './reasoning.ts';
import { stripSchema } from './schema.ts';

type Quirks = Partial<OpenAIChatQuirks>;

/** Streams always ask for usage; the reply's side withholds it from a client that did not. */
export function encodeRequest(request: HubRequest, quirks: Quirks): JsonObject {
  const tools = (request.tools ?? []).flatMap((tool) => encodeTool(tool, quirks));
  // words about tools are refused where there are none; a client of this dialect may say what it likes
  const toolless = tools.length === 0 && (request.tools !== undefined || request.from !== 'openai-chat');
  const { parallel_tool_calls: parallel, ...params } = encodeParams(request, quirks);
  return {
    ...request.unknown,
    model: request.model,
    messages: fitMessages(
      request.messages.flatMap((message) => encodeMessage(message, request.from, quirks)),
      quirks,
      request.from,
    ),
    ...params,
    ...encodeNamed(request),
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolless ? {} : encodeChoice(request, quirks)),
    ...(toolless || parallel === undefined ? {} : { parallel_tool_calls: parallel }),
    ...encodeOutput(request),
    ...(request.store === undefined ? {} : { store: request.store }),
    ...(request.stream ? { stream: true } : {}),
  };
}

function encodeParams(request: HubRequest, quirks: Quirks): JsonObject {
  const { params } = request;
  const own = kept(request);
  const out: JsonObject = {};
  if (params.maxTokens !== undefined) {
    out['max_completion_tokens' in own ? 'max_completion_tokens' : 'max_tokens'] = params.maxTokens;
  }
  for (const [name, word] of Object.entries(plainWords)) {
    const value = valueIn(params, name);
    const empty = Array.isArray(value) && value.length === 0;
    if (value !== undefined && !empty) out[word] = value;
  }
  // OpenAI refuses it alone; other forms ask for alternatives and for probabilities apart.
  if (params.logprobs !== true && request.from !== 'openai-chat') delete out.top_logprobs;
  if (params.user !== undefined && request.from !== 'openai-chat') out.user = shortId(params.user);
  return { ...out, ...encodeReasoning(request, quirks) };
}

/** OpenAI refuses ids of more than 64 characters; agents of other vendors send three in one. */
function shortId(user: string): string {
  return user.length <= 64 ? user : [...user].slice(0, 64).join('');
}

function valueIn(params: object, name: string): Json | undefined {
  const found: [string, Json] | undefined = Object.entries(params).find(([param]) => param === name);
  return found?.[1];
}

const neverSent: ReadonlySet<string> = new Set(['streamOptions', 'metadata', 'maxRetries', 'extraHeaders']);

function encodeNamed(request: HubRequest): JsonObject {
  const out: JsonObject = {};
  const own = kept(request);
  for (const name of ['moderation', 'prompt_cache_options']) {
    const value = own[name];
    if (value !== undefined) out[name] = value;
  }
  for (const [name, word] of Object.entries(namedWords)) {
    const value = valueIn(request.named ?? {}, name);
    if (value !== undefined && !neverSent.has(name)) out[word] = value;
  }
  const { metadata, streamOptions } = request.named ?? {};
  if (request.store === true && isObject(metadata) && Object.values(metadata).every((one) => typeof one === 'string')) {
    out.metadata = metadata;
  }
  if (request.stream) out.stream_options = { ...(isObject(streamOptions) ? streamOptions : {}), include_usage: true };
  return out;
}

function encodeTool(tool: Tool, quirks: Quirks): JsonObject[] {
  if (tool.kind === 'hosted') return tool.dialect === 'openai-chat' ? [tool.value] : [];
  if (tool.kind === 'custom') return [];
  const { function: inside, ...around } = kept(tool);
  const declared: JsonObject = {
    ...(isObject(inside) ? inside : {}),
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    parameters: tool.schema,
    ...(tool.strict === undefined ? {} : { strict: tool.strict }),
  };
  const words = quirks.stripSchemaWords;
  const wanted = words === undefined ? declared : stripSchema(declared, new Set(words));
  return [{ ...around, type: 'function', function: wanted, ...writeCache(tool, quirks.stripCacheMarks) }];
}

function encodeChoice({ toolChoice, extra }: HubRequest, quirks: Quirks): JsonObject {
  const own = extra?.['openai-chat']?.tool_choice;
  const unsaid = toolChoice === undefined || 'only' in toolChoice;
  if (unsaid && own !== undefined) return { tool_choice: own };
  if (toolChoice === undefined) return {};
  const word = quirks.toolChoiceOption ? 'tool_choice_option' : 'tool_choice';
  switch (toolChoice.kind) {
    case 'auto':
    case 'none':
      return { [word]: toolChoice.kind };
    case 'any':
      return { [word]: quirks.requiredAsAny ? 'any' : 'required' };
    case 'one':
      return { tool_choice: { type: 'function', function: { name: toolChoice.name } } };
  }
}

function encodeOutput({ output, extra }: HubRequest): JsonObject {
  const own = extra?.['openai-chat'] ?? {};
  if (output === undefined) return own.response_format === undefined ? {} : { response_format: own.response_format };
  switch (output.kind) {
    case 'json':
      return { response_format: { type: 'json_object' } };
    case 'schema': {
      const strict = output.strict === undefined ? {} : { strict: output.strict };
      const more = isObject(own.json_schema) ? own.json_schema : {};
      const schema = { ...more, name: output.name, schema: output.schema, ...strict };
      return { response_format: { type: 'json_schema', json_schema: schema } };
    }
  }
}
