import { type Json, type JsonObject, type Params, type Price, params, type Share } from '../hub/index.ts';
import { nearest } from './nearest.ts';
import { type ModelInfo, type ModelParams, paramsSchema } from './schema-model.ts';
import { isJson, isJsonMap } from './tree.ts';

/** What litellm_params holds beside the words of its own. */
export interface Defaults {
  defaults: Params;
  adds: JsonObject;
}

/** Hears of a member that means nothing here, and of one that is wrong. */
export interface Told {
  ignored(word: string, hint?: string): void;
  wrong(word: string, problem: string): void;
}

/** Words of LiteLLM's own that have no meaning here; they would be unknown to every provider. */
const unmeant: ReadonlySet<string> = new Set([
  ...[
    'stream',
    'messages',
    'input',
    'prompt',
    'metadata',
    'model_info',
    'base_model',
    'deployment_id',
    'hf_model_name',
  ],
  ...[
    'merge_reasoning_content_in_choices',
    'use_in_pass_through',
    'use_litellm_proxy',
    'max_budget',
    'budget_duration',
  ],
  // LiteLLM's own, which no provider knows.
  ...[
    'supports_system_message',
    'cache_control_injection_points',
    'tpm_limit',
    'rpm_limit',
    'complete_response',
    'roles',
  ],
  ...['initial_prompt_value', 'final_prompt_value', 'bos_token', 'eos_token', 'custom_prompt_dict', 'text_completion'],
  ...[
    'allowed_model_region',
    'enable_json_schema_validation',
    'preset_cache_key',
    'no-store',
    'provider_specific_header',
  ],
  ...['max_agentic_steps', 'model_group', 'proxy_server_request'],
  ...['guardrails', 'caching', 'cache', 'ttl', 'no-log', 'callbacks', 'success_callback', 'failure_callback'],
  ...['prompt_id', 'prompt_variables', 'retry_policy', 'fallbacks', 'context_window_fallbacks', 'mock_timeout'],
  ...['mock_tool_calls', 'azure_ad_token_provider', 'custom_tokenizer', 'model_config', 'max_file_size_mb'],
  ...['azure_username', 'azure_password', 'azure_scope', 'default_api_key_tpm_limit', 'default_api_key_rpm_limit'],
]);
const unmeantPrefix =
  /^(?:litellm_|aws_|vertex_|azure_|s3_|gcs_|auto_router_|langfuse_|input_cost_per_|output_cost_per_)/;

/** Words long enough that another one which differs in a letter or two is a slip. */
const ownWords = Object.keys(paramsSchema.shape).filter((word) => word.length > 6);

/** Splits what a request may say as well into what every dialect knows and what goes to the provider as it is. */
export function readDefaults(entry: ModelParams, told: Told): Defaults {
  const read: Defaults = { defaults: {}, adds: {} };
  for (const [word, value] of Object.entries(entry)) {
    if (Object.hasOwn(paramsSchema.shape, word) || !isJson(value)) continue;
    const reader = Object.hasOwn(readers, word) ? readers[word] : undefined;
    if (reader !== undefined) {
      const problem = reader(value, read.defaults);
      if (problem !== undefined) told.wrong(word, `expected ${problem}`);
    } else if (unmeant.has(word) || unmeantPrefix.test(word)) told.ignored(word);
    else {
      const meant = openaiWords.has(word) ? undefined : nearest(word, ownWords);
      if (meant === undefined) read.adds[word] = value;
      else told.ignored(word, `did you mean ${meant}?`);
    }
  }
  Object.assign(read.adds, entry.extra_body);
  return read;
}

const openaiWords: ReadonlySet<string> = new Set(Object.values(params).flatMap(({ words }) => words));

/** Puts a value among the params; returns what was expected when it is none. */
type Reader = (value: Json, into: Params) => string | undefined;
type NumberParam =
  | 'maxTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'seed'
  | 'n'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'topLogprobs';

function numeric(name: NumberParam, what: string, fits: (value: number) => boolean): Reader {
  return (value, into) => {
    const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof read !== 'number' || !Number.isFinite(read) || !fits(read)) return what;
    into[name] = read;
    return undefined;
  };
}

const isWhole = (value: number): boolean => Number.isInteger(value);
const isCount = (value: number): boolean => isWhole(value) && value >= 1;
const penalty = (value: number): boolean => value >= -2 && value <= 2;

function truth(name: 'logprobs' | 'parallelToolCalls'): Reader {
  return (value, into) => {
    if (typeof value !== 'boolean') return 'true or false';
    into[name] = value;
    return undefined;
  };
}

/** The words of litellm_params for what every dialect can say. */
const readers: Readonly<Record<string, Reader>> = {
  max_tokens: numeric('maxTokens', 'a whole number of at least 1', isCount),
  max_completion_tokens: numeric('maxTokens', 'a whole number of at least 1', isCount),
  temperature: numeric('temperature', 'a number from 0 to 2', (value) => value >= 0 && value <= 2),
  top_p: numeric('topP', 'a number from 0 to 1', (value) => value >= 0 && value <= 1),
  top_k: numeric('topK', 'a whole number', isWhole),
  seed: numeric('seed', 'a whole number', isWhole),
  n: numeric('n', 'a whole number of at least 1', isCount),
  presence_penalty: numeric('presencePenalty', 'a number from -2 to 2', penalty),
  frequency_penalty: numeric('frequencyPenalty', 'a number from -2 to 2', penalty),
  top_logprobs: numeric('topLogprobs', 'a whole number', isWhole),
  logprobs: truth('logprobs'),
  parallel_tool_calls: truth('parallelToolCalls'),
  stop: (value, into) => {
    const list = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) return 'a text or a list of texts';
    into.stop = list;
    return undefined;
  },
  logit_bias: (value, into) => {
    if (!isJsonMap(value)) return 'a map';
    into.logitBias = value;
    return undefined;
  },
  user: (value, into) => {
    if (typeof value !== 'string') return 'a text';
    into.user = value;
    return undefined;
  },
  reasoning_effort: (value, into) => {
    const effort = isJsonMap(value) ? value['effort'] : value;
    if (typeof effort !== 'string') return 'a text such as low, medium or high';
    into.reasoning = { ...into.reasoning, effort };
    return undefined;
  },
  thinking: (value, into) => {
    if (!isJsonMap(value)) return 'a map such as {type: enabled, budget_tokens: 2048}';
    const { type, budget_tokens: budget } = value;
    if (type === 'disabled') into.reasoning = { ...into.reasoning, budget: 0 };
    else if (typeof budget === 'number') into.reasoning = { ...into.reasoning, budget };
    return undefined;
  },
};

/** How a deployment shares its group's calls; undefined where nothing is said. */
export function shareOf(entry: ModelParams, info: ModelInfo): Share | undefined {
  const share: Share = {};
  const { weight, rpm, tpm, order, tags } = entry;
  Object.assign(share, known({ weight, rpm, tpm, order, tags }));
  Object.assign(share, known({ parallel: entry.max_parallel_requests, cooldownMs: entry.cooldown_time }));
  Object.assign(share, known({ retries: entry.num_retries ?? entry.max_retries }));
  Object.assign(share, known({ window: info.max_input_tokens }));
  return Object.keys(share).length === 0 ? undefined : share;
}

/** Dollars; litellm_params win over model_info. */
export function priceOf(entry: ModelParams, info: ModelInfo): Price | undefined {
  const said = { ...known(info), ...known(entry) };
  const price: Price = known({
    input: said.input_cost_per_token,
    output: said.output_cost_per_token,
    cacheRead: said.cache_read_input_token_cost,
    cacheWrite: said.cache_creation_input_token_cost,
    call: said.input_cost_per_request,
  });
  return Object.keys(price).length === 0 ? undefined : price;
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are undefined. */
export function known<T extends object>(values: T): Known<T> {
  const found: Known<T> = {};
  for (const name in values) {
    const value = values[name];
    if (isThere(value)) found[name] = value;
  }
  return found;
}

function isThere<V>(value: V): value is Exclude<V, undefined> {
  return value !== undefined;
}
