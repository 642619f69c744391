import * as z from 'zod/v4';
import type { Json } from '../hub/index.ts';
import {
  any,
  fields,
  flag,
  type Leaf,
  listOf,
  mapOf,
  number,
  seconds,
  text,
  texts,
  whole,
  word,
} from './schema-leaf.ts';
import { isJson } from './tree.ts';

const retries = fields({
  BadRequestErrorRetries: whole(0, 100),
  AuthenticationErrorRetries: whole(0, 100),
  TimeoutErrorRetries: whole(0, 100),
  RateLimitErrorRetries: whole(0, 100),
  ContentPolicyViolationErrorRetries: whole(0, 100),
  InternalServerErrorRetries: whole(0, 100),
}).partial();

const fails = fields({
  BadRequestErrorAllowedFails: whole(),
  AuthenticationErrorAllowedFails: whole(),
  TimeoutErrorAllowedFails: whole(),
  RateLimitErrorAllowedFails: whole(),
  ContentPolicyViolationErrorAllowedFails: whole(),
  InternalServerErrorAllowedFails: whole(),
}).partial();

/** A name, or members of the body to change, `model` among them. */
const fallback: Leaf<Json> = z.unknown().transform((value, context): Json => {
  const named = typeof value === 'object' && value !== null && 'model' in value && typeof value.model === 'string';
  if (isJson(value) && (named || (typeof value === 'string' && value.trim() !== ''))) return value;
  context.issues.push({ code: 'custom', message: 'expected the name of a model', input: value });
  return z.NEVER;
});

const fallbacks = listOf(mapOf(listOf(fallback)));

/** Accepted in router_settings and in litellm_settings. */
const shared = {
  num_retries: whole(0, 100).describe('How often a failed call is tried again; 2 in groups of several deployments'),
  timeout: seconds(0.001).describe('Seconds to the first byte, and between two chunks of a stream'),
  stream_timeout: seconds(0.001).describe('Seconds to the first byte of a stream'),
  fallbacks: fallbacks.describe('What is tried when a group has failed: - group: [other, another]'),
  context_window_fallbacks: fallbacks.describe('... when the prompt is too long'),
  content_policy_fallbacks: fallbacks.describe("... when the provider's filter refused"),
  default_fallbacks: listOf(fallback).describe('... for every group, behind its own'),
  max_fallbacks: whole(0, 100).describe('Most of them for one call; 5'),
  allowed_fails: whole().describe('Failures a minute, more of which make a deployment rest'),
  allowed_fails_policy: fails.describe('The same by kind of error'),
  cooldown_time: seconds().describe('Seconds of rest; 5'),
  retry_policy: retries.describe('Retries by kind of error'),
  model_group_retry_policy: mapOf(retries).describe('The same by group'),
  model_group_alias: mapOf(any()).describe('Further names: alias: group, or alias: {model: group, hidden: true}'),
};

const strategies = [
  'simple-shuffle',
  'least-busy',
  'latency-based-routing',
  'usage-based-routing',
  'usage-based-routing-v2',
  'cost-based-routing',
] as const;

const redis = {
  redis_url: text().describe('redis://user:password@host:port'),
  redis_host: text(),
  redis_port: whole(1, 65_535),
  redis_password: text(),
};

export const routerSchema = fields({
  routing_strategy: word(strategies).describe('How a deployment of a group is chosen; simple-shuffle'),
  ...shared,
  retry_after: seconds().describe('The least wait in seconds before a retry'),
  disable_cooldowns: flag().describe('Nobody rests'),
  enable_pre_call_checks: flag().describe('Leave out deployments whose window is too small for the prompt'),
  enable_tag_filtering: flag().describe("Choose by the tags of a request and of a deployment's litellm_params"),
  tag_filtering_match_any: flag().describe('One tag in common is enough; true'),
  ...redis,
}).partial();

export const litellmSchema = fields({
  drop_params: flag().describe('Leave out parameters that a provider does not know, instead of answering 400'),
  add_function_to_prompt: flag().describe('Write tools into the prompt where the provider has none'),
  request_timeout: seconds(0.001).describe('Seconds; 600'),
  ...shared,
  max_budget: number().describe('Dollars; calls are refused once they are spent'),
  cache: flag().describe('Answer equal calls once'),
  cache_params: fields({
    type: word(['local', 'redis', 'redis-semantic', 'qdrant-semantic', 's3', 'gcs', 'disk', 'azure-blob']),
    ttl: seconds().describe('Seconds that an answer is kept'),
    default_in_memory_ttl: seconds(),
    default_in_redis_ttl: seconds(),
    namespace: text(),
    mode: word(['default_on', 'default_off']).describe('default_off: only calls that ask for it'),
    supported_call_types: texts(),
    max_size_mb: number(0.001, 100_000).describe('Memory for answers; 64'),
    url: text(),
    host: text(),
    port: whole(1, 65_535),
    username: text(),
    password: text(),
    ssl: flag(),
  }).partial(),
  redis_url: redis.redis_url,
  return_wildcard_routes: flag().describe('List patterns at /v1/models as they are'),
}).partial();

export const generalSchema = fields({
  master_key: text().describe('The key that callers need'),
  completion_model: text().describe('The model of every chat, whatever the request says'),
  embedding_model: text().describe('The same for embeddings'),
  image_generation_model: text().describe('The same for images'),
  moderation_model: text().describe('The same for moderations'),
  max_request_size_mb: number(0.001, 1024).describe('Largest body of a request; 100'),
  max_response_size_mb: number(0.001, 1024).describe('Largest answer that is not a stream; 64'),
  global_max_parallel_requests: whole(1).describe('Most requests at a time; more are answered with 503'),
  max_parallel_requests: whole(1).describe('The same'),
  allow_client_side_credentials: flag().describe("Callers may send their own provider key as the body's api_key"),
  always_include_stream_usage: flag().describe('Streams of OpenAI clients end with usage, asked for or not'),
  litellm_key_header_name: text().describe('A further header that may hold the key of a caller'),
  forward_client_headers_to_llm_api: flag().describe("Native mounts send clients' x-* headers on"),
  forward_llm_provider_auth_headers: flag().describe("A caller's own provider key goes up on native mounts"),
  pass_through_endpoints: any().describe('Paths of your own: [{path, target, headers}]'),
  return_wildcard_routes: flag().describe('List patterns at /v1/models as they are'),
}).partial();

export const variablesSchema = mapOf(text()).describe('Environment variables, set before anything else is read');
export const includeSchema = texts().describe('Further files; lists are joined, maps are merged');
