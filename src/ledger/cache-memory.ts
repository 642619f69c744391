import type { CacheSettings } from '../hub/index.ts';
import type { Cache, KeptAnswer } from './cache.ts';

/** LiteLLM's, for caches in memory. */
const usualTtlMs = 600_000;
/** What an entry takes beside its key and its bytes, roughly. */
const entryBytes = 500;

interface Slot {
  answer: KeptAnswer;
  until: number;
  size: number;
}

/** Keeps at most `most` bytes: the answer that nobody has asked for the longest goes first. */
export function memoryCache(
  { most, ttlMs = usualTtlMs }: Pick<CacheSettings, 'most' | 'ttlMs'>,
  now: () => number,
): Cache {
  /** A Map remembers the order in which keys came; one that is asked for is put behind the others. */
  const slots = new Map<string, Slot>();
  let held = 0;
  const remove = (key: string): boolean => {
    held -= slots.get(key)?.size ?? 0;
    return slots.delete(key);
  };
  return {
    async find(key) {
      const slot = slots.get(key);
      if (slot === undefined) return undefined;
      if (slot.until <= now()) {
        remove(key);
        return undefined;
      }
      slots.delete(key);
      slots.set(key, slot);
      return slot.answer;
    },
    keep(key, answer, own = ttlMs) {
      remove(key);
      const size = answer.body.length + 8 * answer.pieces.length + 2 * key.length + entryBytes;
      if (size > most || own <= 0) return;
      slots.set(key, { answer, until: now() + own, size });
      held += size;
      for (const oldest of slots.keys()) {
        if (held <= most) return;
        remove(oldest);
      }
    },
    drop: async (keys) => keys.filter(remove).length,
    async clear() {
      slots.clear();
      held = 0;
    },
    ping: async () => {},
    close: () => slots.clear(),
  };
}
