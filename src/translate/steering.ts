import { type Json, type JsonObject, ProxyError } from '../hub/index.ts';
import { isObject, type Members, readJson } from '../wire/index.ts';

/** What a body says to modelport itself (LITELLM.md 2.4-2.8). None of it goes upstream. */
export interface Steering {
  dropParams: boolean;
  /** `additional_drop_params`: words, or paths below the top level. */
  alsoDrop: readonly string[];
  /** `allowed_openai_params`. */
  allowed: readonly string[];
  /** `extra_body`, without what steers. */
  extraBody: JsonObject;
  /** Counts only when the server lets callers bring their own keys. */
  apiKey?: string;
  tags: readonly string[];
  metadata?: JsonObject;
  timeoutMs?: number;
  streamTimeoutMs?: number;
  mockResponse?: Json;
}

/** RELIABILITY.md K1: where a call goes and whose settings it uses is not the body's to say. */
export const refused: ReadonlySet<string> = new Set(['api_base', 'base_url', 'user_config']);

/** Left out and named, since callers may believe that they were obeyed (DECISIONS.md 13). */
const ignored: ReadonlySet<string> = new Set(['headers', 'extra_headers', 'litellm_params', 'proxy']);

/** LITELLM.md 2.5 and 2.6: words of LiteLLM's own, and words that choose credentials, prices, callbacks or hosts. */
const internal: ReadonlySet<string> = new Set([
  ...['drop_params', 'additional_drop_params', 'allowed_openai_params', 'extra_body', 'mock_response', 'mock_timeout'],
  ...['mock_tool_calls', 'mock_testing_fallbacks', 'tags', 'fallbacks', 'context_window_fallbacks'],
  ...['mock_testing_context_fallbacks', 'mock_testing_content_policy_fallbacks', 'disable_fallbacks', 'max_fallbacks'],
  ...['context_window_fallback_dict', 'content_policy_fallbacks', 'default_fallbacks', 'num_retries', 'max_retries'],
  ...['retry_policy', 'retry_strategy', 'cooldown_time', 'timeout', 'request_timeout', 'stream_timeout', 'caching'],
  ...['cache', 'cache_key', 'preset_cache_key', 'ttl', 's-maxage', 'no-log', 'guardrails', 'disable_global_guardrails'],
  ...['api_key', 'api_type', 'api_version', 'organization', 'azure_ad_token', 'azure_ad_token_provider', 'client'],
  ...['client_id', 'client_secret', 'tenant_id', 'ssl_verify', 'custom_llm_provider', 'custom_prompt_dict'],
  ...['model_list', 'model_info', 'base_model', 'deployment_id', 'region_name', 'allowed_model_region'],
  ...['hf_model_name', 'input_cost_per_token', 'output_cost_per_token', 'input_cost_per_second'],
  ...['output_cost_per_second', 'max_budget', 'budget_duration', 'rpm', 'tpm', 'max_parallel_requests'],
  ...['add_function_to_prompt', 'modify_params', 'merge_reasoning_content_in_choices', 'use_in_pass_through'],
  ...['callbacks', 'success_callback', 'failure_callback', 'logger_fn', 'logger_id', 'verbose', 'webhook_url'],
  ...['prompt_id', 'prompt_variables', 'proxy_server_request', 'fastest_response', 'enforced_params'],
]);
const internalPrefixes = ['litellm_', 'aws_', 'vertex_', 'langfuse_', 'langsmith_', 'user_api_key'];

/** Members that `extra_body` may not replace: they were decided from the body itself. */
const settled: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'metadata', '__proto__']);

/** Whether a top-level key speaks to the proxy; `named`: the caller is told that it was left out. */
export function steers(word: string): 'named' | 'silent' | undefined {
  if (ignored.has(word)) return 'named';
  const ours = internal.has(word) || internalPrefixes.some((prefix) => word.startsWith(prefix));
  return ours ? 'silent' : undefined;
}

/** What `readSteering` looks for. */
const spoken: ReadonlySet<string> = new Set([
  ...refused,
  ...['drop_params', 'additional_drop_params', 'allowed_openai_params', 'extra_body', 'tags', 'metadata'],
  ...['litellm_metadata', 'api_key', 'timeout', 'request_timeout', 'stream_timeout', 'mock_response'],
]);
const nothing: Steering = { dropParams: false, alsoDrop: [], allowed: [], extraBody: {}, tags: [] };
const read = new WeakMap<Members, Steering>();

/**
 * Reads a body's steering words once. Throws invalid-request naming the field that is refused or of a wrong type.
 * Most bodies have none, and are not put into the WeakMap: the young generation's collector takes the values of such a
 * map for alive, and an entry for each call was a third of all CPU.
 */
export function steer(body: Members): Steering {
  if (!body.names.some((word) => spoken.has(word))) return nothing;
  const known = read.get(body);
  if (known !== undefined) return known;
  const steering = readSteering(body);
  read.set(body, steering);
  return steering;
}

function readSteering(body: Members): Steering {
  for (const word of body.names) if (refused.has(word)) throw notHere(word);
  const steering: Steering = {
    dropParams: readFlag(body, 'drop_params'),
    alsoDrop: readWords(body, 'additional_drop_params'),
    allowed: readWords(body, 'allowed_openai_params'),
    extraBody: readExtraBody(body),
    tags: [],
  };
  const metadata = readMetadata(body);
  if (metadata !== undefined) steering.metadata = metadata;
  steering.tags = [...new Set([...readWords(body, 'tags'), ...tagsOf(metadata)])];
  const key = present(body, 'api_key');
  if (key !== undefined) {
    if (typeof key !== 'string') throw wrong('api_key', 'must be a string');
    if (key !== '') steering.apiKey = key;
  }
  const timeoutMs = readSeconds(body, 'timeout') ?? readSeconds(body, 'request_timeout');
  if (timeoutMs !== undefined) steering.timeoutMs = timeoutMs;
  const streamTimeoutMs = readSeconds(body, 'stream_timeout');
  if (streamTimeoutMs !== undefined) steering.streamTimeoutMs = streamTimeoutMs;
  const mockResponse = present(body, 'mock_response');
  if (mockResponse !== undefined) steering.mockResponse = mockResponse;
  return steering;
}

function present(body: Members, word: string): Json | undefined {
  return body.has(word) ? (body.get(word) ?? undefined) : undefined;
}

function readFlag(body: Members, word: string): boolean {
  const value = present(body, word);
  if (value === undefined || typeof value === 'boolean') return value === true;
  if (typeof value === 'string' && /^(?:true|false|)$/i.test(value)) return value.toLowerCase() === 'true';
  throw wrong(word, 'must be true or false');
}

function readWords(body: Members, word: string): string[] {
  const value = present(body, word);
  if (value === undefined) return [];
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (!Array.isArray(value)) throw wrong(word, 'must be an array of strings');
  return value.map((one, index) => {
    if (typeof one !== 'string') throw wrong(`${word}[${index}]`, 'must be a string');
    return one;
  });
}

function readSeconds(body: Members, word: string): number | undefined {
  const value = present(body, word);
  if (value === undefined) return undefined;
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  throw wrong(word, 'must be a number of seconds above 0');
}

function readExtraBody(body: Members): JsonObject {
  const value = present(body, 'extra_body');
  if (value === undefined) return {};
  if (!isObject(value)) throw wrong('extra_body', 'must be an object');
  const extra: JsonObject = {};
  for (const [word, one] of Object.entries(value)) {
    if (refused.has(word)) throw notHere(`extra_body.${word}`);
    if (!settled.has(word) && steers(word) === undefined) extra[word] = one;
  }
  return extra;
}

/** DECISIONS.md 12: a text is kept as `{"value": ...}`; multipart clients send objects as text. */
function readMetadata(body: Members): JsonObject | undefined {
  const both = ['litellm_metadata', 'metadata'].map((word) => present(body, word)).filter((one) => one !== undefined);
  if (both.length === 0) return undefined;
  return Object.assign({}, ...both.map(asMetadata));
}

function asMetadata(value: Json): JsonObject {
  if (isObject(value)) return value;
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return { value };
  const parsed = readJson(value);
  return isObject(parsed) ? parsed : { value };
}

function tagsOf(metadata: JsonObject | undefined): string[] {
  const tags = metadata?.tags;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

function notHere(path: string): ProxyError {
  return wrong(path, 'is not allowed in a request: where a call goes is set where the proxy is started');
}

function wrong(path: string, problem: string): ProxyError {
  return new ProxyError('invalid-request', `'${path}' ${problem}`, { param: path });
}
