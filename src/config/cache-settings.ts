import type { CacheSettings, Operation } from '../hub/index.ts';
import { known } from './entry-params.ts';
import { type Environment, firstSet } from './environment.ts';
import type { FileContent } from './schema.ts';

type LitellmSettings = NonNullable<FileContent['litellm_settings']>;
type CacheParams = NonNullable<LitellmSettings['cache_params']>;

const MB = 1024 * 1024;
const usualMb = 64;

/** LiteLLM's names of calls and what they are here. */
const operations: Readonly<Record<string, readonly Operation[]>> = {
  completion: ['chat'],
  text_completion: ['chat'],
  anthropic_messages: ['chat'],
  responses: ['chat'],
  embedding: ['embeddings'],
  rerank: ['rerank'],
  transcription: ['transcription'],
};

export interface Cache {
  cache?: CacheSettings;
  secrets: string[];
  warnings: string[];
}

/** `litellm_settings.cache` (LITELLM.md 9.3). Redis may be said by variables: REDIS_URL, or REDIS_HOST and its like. */
export function cacheOf(settings: LitellmSettings, env: Environment): Cache {
  if (settings.cache !== true) return { secrets: [], warnings: [] };
  const params = settings.cache_params ?? {};
  const type = params.type ?? 'local';
  const url = type === 'redis' ? redisUrl(params, settings.redis_url, env) : undefined;
  const lacking = type === 'redis' && url === undefined;
  const other = type !== 'local' && type !== 'redis';
  const ttlMs = params.ttl ?? (type === 'redis' ? params.default_in_redis_ttl : params.default_in_memory_ttl);
  const named = (params.supported_call_types ?? []).flatMap(
    (name) => operations[name.replace(/^a(?=[a-z])(?!nth)/, '')] ?? [],
  );
  const cache: CacheSettings = {
    kind: url === undefined ? 'memory' : 'redis',
    most: Math.round((params.max_size_mb ?? usualMb) * MB),
    onDemand: params.mode === 'default_off',
    operations: params.supported_call_types === undefined ? ['chat', 'embeddings', 'rerank'] : [...new Set(named)],
    ...known({ ttlMs, namespace: params.namespace, url }),
  };
  return {
    cache,
    secrets: url === undefined ? [] : [url, ...[new URL(url).password, params.password ?? ''].filter(Boolean)],
    warnings: [
      ...(lacking ? ['cache_params: redis has no host: set it, or REDIS_URL; answers are kept in memory'] : []),
      ...(other ? [`cache_params.type: ${type} is not there in this version; answers are kept in memory`] : []),
    ],
  };
}

function redisUrl(params: CacheParams, own: string | undefined, env: Environment): string | undefined {
  const whole = params.url ?? own ?? (params.host === undefined ? firstSet(env, ['REDIS_URL'])?.value : undefined);
  if (whole !== undefined) return URL.canParse(whole) ? whole : undefined;
  const host = params.host ?? firstSet(env, ['REDIS_HOST'])?.value;
  if (host === undefined) return undefined;
  const port = params.port ?? firstSet(env, ['REDIS_PORT'])?.value ?? 6379;
  const password = params.password ?? firstSet(env, ['REDIS_PASSWORD'])?.value;
  const user =
    password === undefined ? '' : `${encodeURIComponent(params.username ?? '')}:${encodeURIComponent(password)}@`;
  const url = `${params.ssl === true ? 'rediss' : 'redis'}://${user}${host}:${port}`;
  return URL.canParse(url) ? url : undefined;
}
