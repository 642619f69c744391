import type { At, HubRequest, Json, JsonObject, Message, Output, Params } from '../../hub/index.ts';
import {
  asArray,
  asBoolean,
  asNumber,
  asObject,
  asString,
  isObject,
  type JsonValue,
  optional,
  type Read,
} from '../../wire/index.ts';
import { unsaidOfTools, unsaidWithin } from '../unsaid.ts';
import { asked } from './check.ts';
import { decodeInput } from './decode-items.ts';
import { decodeChoice, decodeTools } from './decode-tools.ts';
import { keep, kept, others, self } from './own.ts';

/** Strict: throws invalid-request naming the field. Explicit nulls, which SDKs send, mean absent. */
export function decodeRequest(body: JsonObject, at: At): HubRequest {
  return asked(() => readRequest(body, at));
}

function readRequest(body: JsonObject, at: At): HubRequest {
  const tools = decodeTools(body.tools);
  const { choice, own } = decodeChoice(body.tool_choice);
  const output = decodeOutput(body);
  const previous = optional(asString, body.previous_response_id, 'previous_response_id');
  const store = optional(asBoolean, body.store, 'store');
  const named = decodeNamed(body);
  return {
    from: self,
    model: at.model || (optional(asString, body.model, 'model') ?? ''),
    messages: [...decodeInstructions(body.instructions), ...decodeInput(body.input, 'input')],
    stream: at.stream,
    params: decodeParams(body),
    ...(Object.keys(named).length === 0 ? {} : { named }),
    ...(tools === undefined ? {} : { tools }),
    ...(choice === undefined ? {} : { toolChoice: choice }),
    ...(output === undefined ? {} : { output }),
    ...(previous === undefined ? {} : { previous }),
    ...(store === undefined ? {} : { store }),
    ...keep(ownWords(body, own)),
    unknown: {},
  };
}

/** A text goes back where it came from: it does not belong to the conversation that is kept. */
function decodeInstructions(value: JsonValue | undefined): Message[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return decodeInput(value, 'instructions');
  const text = asString(value, 'instructions');
  return [{ role: 'system', blocks: [{ type: 'text', text }], ...keep({ instructions: true }) }];
}

const numbers = [
  ['maxTokens', 'max_output_tokens'],
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topLogprobs', 'top_logprobs'],
] as const satisfies readonly (readonly [keyof Params, string])[];

const logprobs = 'message.output_text.logprobs';

function decodeParams(body: JsonObject): Params {
  const params: Params = {};
  for (const [name, word] of numbers) {
    const value = optional(asNumber, body[word], word);
    if (value !== undefined) params[name] = value;
  }
  const parallel = optional(asBoolean, body.parallel_tool_calls, 'parallel_tool_calls');
  const user = optional(asString, body.user, 'user');
  const reasoning = optional(asObject, body.reasoning, 'reasoning');
  const effort = optional(asString, reasoning?.effort, 'reasoning.effort');
  const summary = optional(asString, reasoning?.summary, 'reasoning.summary');
  if (parallel !== undefined) params.parallelToolCalls = parallel;
  if (user !== undefined) params.user = user;
  // A wish for summaries alone does not ask for thoughts.
  if (effort !== undefined) params.reasoning = { effort, ...(summary === undefined ? {} : { summary }) };
  if (optional(asArray, body.include, 'include')?.includes(logprobs) === true) params.logprobs = true;
  return params;
}

const namedWords = {
  serviceTier: ['service_tier', asString],
  safetyIdentifier: ['safety_identifier', asString],
  promptCacheKey: ['prompt_cache_key', asString],
  promptCacheRetention: ['prompt_cache_retention', asString],
  contextManagement: ['context_management', (value) => value ?? null],
  metadata: ['metadata', asObject],
} as const satisfies { [P in keyof NonNullable<HubRequest['named']>]: readonly [string, Read<Json>] };

function decodeNamed(body: JsonObject): NonNullable<HubRequest['named']> {
  const named: NonNullable<HubRequest['named']> = {};
  for (const [name, [word, read]] of Object.entries(namedWords)) {
    const value = optional<Json>(read, body[word], word);
    if (value !== undefined) Object.assign(named, { [name]: value });
  }
  const verbosity = optional(asString, textOf(body).verbosity, 'text.verbosity');
  if (verbosity !== undefined) named.verbosity = verbosity;
  return named;
}

function textOf(body: JsonObject): JsonObject {
  return optional(asObject, body.text, 'text') ?? {};
}

function decodeOutput(body: JsonObject): Output | undefined {
  const format = optional(asObject, textOf(body).format, 'text.format');
  if (format === undefined) return undefined;
  switch (asString(format.type, 'text.format.type')) {
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema': {
      const strict = optional(asBoolean, format.strict, 'text.format.strict');
      return {
        kind: 'schema',
        name: optional(asString, format.name, 'text.format.name') ?? 'response',
        schema: optional(asObject, format.schema, 'text.format.schema') ?? {},
        ...(strict === undefined ? {} : { strict }),
      };
    }
    default:
      return undefined;
  }
}

const understood: ReadonlySet<string> = new Set([
  ...['model', 'input', 'instructions', 'tools', 'tool_choice', 'stream', 'store', 'parallel_tool_calls', 'user'],
  ...['reasoning', 'include', 'text'],
  ...numbers.map(([, word]) => word),
  ...Object.values(namedWords).map(([word]) => word),
]);

/** What this dialect needs to say the same again; words that nobody knows stay here too. */
function ownWords(body: JsonObject, choice: JsonObject | undefined): JsonObject {
  const own = others(body, understood);
  if (choice !== undefined) own.tool_choice = choice;
  const include = Array.isArray(body.include) ? body.include.filter((one) => one !== logprobs) : [];
  if (include.length > 0) own.include = include;
  const { effort, summary, ...reasoning } = isObject(body.reasoning) ? body.reasoning : {};
  if ((effort ?? null) === null && (summary ?? null) !== null) reasoning.summary = summary ?? null;
  remember(own, 'reasoning', reasoning);
  const { format, verbosity: _, ...text } = textOf(body);
  if (isObject(format)) {
    const more = format.type === 'json_schema' ? others(format, schemaFields) : {};
    remember(text, 'format', format.type === 'json_object' || format.type === 'json_schema' ? more : format);
  }
  remember(own, 'text', text);
  // The answer repeats it: nesting that cannot be written is told before anything is sent.
  JSON.stringify([own, body.metadata]);
  return own;
}

const schemaFields = new Set(['type', 'name', 'schema', 'strict']);

function remember(own: JsonObject, name: string, fields: JsonObject): void {
  if (Object.keys(fields).length > 0) own[name] = fields;
}

/** What is wanted beside the answer is told, or nobody else has it. */
const ofReasoning = ['summary', 'generate_summary'];

export function unsaid(request: HubRequest): string[] {
  const { tool_choice: choice, text, reasoning } = kept(request);
  return [
    ...(choice !== undefined && request.toolChoice === undefined ? ['tool_choice'] : []),
    ...unsaidWithin(text, 'text', ['format']),
    ...unsaidWithin(reasoning, 'reasoning', ofReasoning),
    ...unsaidOfTools(request, self, ['namespace', 'output_schema']),
  ];
}
