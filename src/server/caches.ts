import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CacheFact, type Config, type JsonObject, ProxyError } from '../hub/index.ts';
import { type Cache, Caches, type RedisLibrary } from '../ledger/index.ts';
import { loadOptional } from '../upstream/index.ts';
import { isObject, readJson } from '../wire/index.ts';
import { readBody } from './body.ts';
import type { House } from './house.ts';
import type { Sink } from './index.ts';

/** Opened at once where there is one, so that the first call finds Redis connected. `tell`: to the other processes. */
export function openCaches(
  { cache }: Config,
  sink: Pick<Sink, 'note'>,
  tell: ((fact: CacheFact) => void) | undefined,
): Caches {
  const caches = new Caches({
    now: Date.now,
    note: (level, text) => sink.note(level, text),
    loadRedis: () => loadOptional('ioredis', 'a cache in Redis', isRedis),
    ...(tell === undefined ? {} : { tell }),
  });
  if (cache !== undefined) caches.of(cache);
  return caches;
}

function isRedis(found: unknown): found is RedisLibrary {
  return typeof found === 'function' && 'Redis' in found && typeof found.Redis === 'function';
}

/** `GET /cache/ping`: whether the cache answers, and how it is set. Rejects with overloaded when it does not. */
export async function pingCache(house: House): Promise<JsonObject> {
  await asked(house, (cache) => cache.ping());
  const params = describe(house.config);
  return {
    status: 'healthy',
    cache_type: cacheType(house.config),
    ping_response: true,
    set_cache_response: 'success',
    litellm_cache_params: params,
  };
}

/** `POST /cache/delete` with `{"keys": [...]}`, which answers call `x-litellm-cache-key`. Rejects with invalid-request. */
export async function dropCached(house: House, req: IncomingMessage, res: ServerResponse): Promise<JsonObject> {
  const life = house.calls.begin(res);
  const body = await readBody(req, res, house.config.maxBody, life);
  const keys = readKeys(body);
  const deleted = await asked(house, (cache) => cache.drop(keys));
  return { status: 'success', deleted };
}

/** `POST /cache/flushall`: every answer of ours goes, and nothing else that Redis holds. */
export async function flushCache(house: House): Promise<JsonObject> {
  await asked(house, (cache) => cache.clear());
  return { status: 'success' };
}

async function asked<T>({ config, caches }: House, ask: (cache: Cache) => Promise<T>): Promise<T> {
  if (config.cache === undefined) {
    throw new ProxyError('overloaded', 'Cache not initialized: set litellm_settings.cache in the config file');
  }
  try {
    return await ask(caches.of(config.cache));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProxyError('overloaded', `the cache does not answer: ${reason}`, { cause });
  }
}

/** LiteLLM's word for the kind of cache; null: there is none. */
export function cacheType({ cache }: Config): string | null {
  switch (cache?.kind) {
    case 'memory':
      return 'local';
    case 'redis':
      return 'redis';
    case undefined:
      return null;
  }
}

function describe(config: Config): JsonObject {
  const { cache } = config;
  return {
    type: cacheType(config),
    ttl: cache?.ttlMs === undefined ? null : cache.ttlMs / 1000,
    namespace: cache?.namespace ?? null,
    mode: cache?.onDemand === true ? 'default_off' : 'default_on',
    supported_call_types: [...(cache?.operations ?? [])],
  };
}

function readKeys(body: Buffer): string[] {
  const read = readJson(body.toString('utf8'));
  const keys = isObject(read) ? read['keys'] : undefined;
  const texts = Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : undefined;
  if (texts !== undefined && Array.isArray(keys) && texts.length === keys.length) return texts;
  throw new ProxyError('invalid-request', "'keys' must be an array of strings", { param: 'keys' });
}
