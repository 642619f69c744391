import type { Finish, HubRequest, HubResponse, JsonObject, ProxyError, Usage } from '../../hub/index.ts';
import type { Given } from '../dialect.ts';
import { errorBody } from '../openai-error.ts';
import { encodeRequest } from './encode-request.ts';
import { kept, self } from './own.ts';

/** What a response is called and what was asked, as it stands in it from its beginning to its end. */
export function answerHead(
  request: HubRequest,
  { id, created, extra }: Pick<HubResponse, 'id' | 'created' | 'extra'>,
  given: Given,
): JsonObject {
  const own = kept(extra === undefined ? {} : { extra });
  const ours = extra?.[self] === undefined && !id.startsWith('resp_');
  return {
    ...defaults,
    ...own,
    ...echo(request),
    id: ours || id === '' ? given.id('resp_') : id,
    object: 'response',
    created_at: created > 0 ? created : Math.floor(given.now() / 1000),
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    model: request.model,
    output: [],
    previous_response_id: request.previous ?? null,
    usage: null,
  };
}

/** What a response says of things that nobody asked for. */
const defaults: JsonObject = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  parallel_tool_calls: true,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  user: null,
  metadata: {},
};

/** The members of a request that its response repeats. */
const repeated = [
  ...['instructions', 'max_output_tokens', 'max_tool_calls', 'metadata', 'parallel_tool_calls', 'prompt_cache_key'],
  ...['prompt_cache_retention', 'reasoning', 'safety_identifier', 'temperature', 'text', 'tool_choice', 'tools'],
  ...['top_logprobs', 'top_p', 'truncation', 'user'],
];

function echo(request: HubRequest): JsonObject {
  const [first] = request.messages;
  const asked = encodeRequest({ ...request, from: self, messages: first === undefined ? [] : [first] }, {});
  const said = repeated.filter((word) => (asked[word] ?? null) !== null);
  const echoed: JsonObject = Object.fromEntries(said.map((word) => [word, asked[word] ?? null]));
  const { maxTokens } = request.params;
  if (maxTokens !== undefined) echoed.max_output_tokens = maxTokens;
  if (echoed.reasoning !== undefined) echoed.reasoning = { effort: null, summary: null, ...asObject(echoed.reasoning) };
  if (echoed.text !== undefined) echoed.text = { format: { type: 'text' }, ...asObject(echoed.text) };
  return echoed;
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

/** How a response ends. DECISIONS.md 14: a safety or policy stop is incomplete. */
export function answerEnd(finish: Finish, usage: Usage | undefined, given: Given): JsonObject {
  const reason = incomplete[finish.reason];
  const told = { usage: usage === undefined ? null : writeUsage(usage) };
  if (reason !== undefined) return { status: 'incomplete', incomplete_details: { reason }, ...told };
  return { status: 'completed', completed_at: Math.floor(given.now() / 1000), ...told };
}

const incomplete: Readonly<Partial<Record<Finish['reason'], string>>> = {
  length: 'max_output_tokens',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
};

function writeUsage(usage: Usage): JsonObject {
  if (usage.raw?.by === self) return usage.raw.value;
  const { input, output, cacheRead = 0, cacheWrite = 0, reasoning = 0 } = usage;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

/** How a response fails that has begun. */
export function answerError(error: ProxyError): JsonObject {
  return { status: 'failed', error: { code: codeOf(error), message: messageOf(error) } };
}

export function messageOf(error: ProxyError): string {
  const { error: told } = errorBody(error);
  return typeof told === 'object' && told !== null && 'message' in told ? String(told.message) : error.message;
}

/** The words that agents act on: they compact at the first, wait at the second. */
export function codeOf(error: ProxyError): string {
  switch (error.kind) {
    case 'context-window':
      return 'context_length_exceeded';
    case 'rate-limit':
      return error.facts.code ?? 'rate_limit_exceeded';
    case 'invalid-request':
    case 'unsupported-params':
    case 'content-policy':
      return error.facts.code ?? 'invalid_prompt';
    case 'overloaded':
    case 'authentication':
    case 'permission':
    case 'not-found':
    case 'budget':
    case 'timeout':
    case 'cancelled':
    case 'upstream':
    case 'connection':
    case 'bad-upstream-reply':
    case 'internal':
      return error.facts.code ?? 'server_error';
  }
}
