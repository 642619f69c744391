import { LRUCache } from 'lru-cache';
import type { CacheSettings } from '../hub/index.ts';
import type { Cache, KeptAnswer } from './cache.ts';

/** LiteLLM's, for caches in memory. */
const usualTtlMs = 600_000;
/** What an entry takes beside its key and its bytes, roughly. */
const entryBytes = 500;

/** Keeps at most `most` bytes: the answer that nobody has asked for the longest goes first. */
export function memoryCache(
  { most, ttlMs = usualTtlMs }: Pick<CacheSettings, 'most' | 'ttlMs'>,
  now: () => number,
): Cache {
  const answers = new LRUCache<string, KeptAnswer>({
    maxSize: Math.max(1, Math.floor(most)),
    sizeCalculation: ({ body, pieces }, key) => body.length + 8 * pieces.length + 2 * key.length + entryBytes,
    ttlResolution: 0,
    perf: { now },
  });
  return {
    find: async (key) => answers.get(key),
    keep(key, answer, own = ttlMs) {
      // No time at all would mean for ever.
      if (own > 0) answers.set(key, answer, { ttl: own });
      else answers.delete(key);
    },
    drop: async (keys) => keys.filter((key) => answers.delete(key)).length,
    clear: async () => answers.clear(),
    ping: async () => {},
    close: () => answers.clear(),
  };
}
