import type { Carried, Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';

/** LiteLLM's extension: `cache_control` on messages, parts and tools. */
export function readCache(value: Json | undefined): { cache?: NonNullable<Carried['cache']> } {
  if (!isObject(value)) return {};
  return { cache: value.ttl === '5m' || value.ttl === '1h' ? { ttl: value.ttl } : {} };
}

export function writeCache(carried: Carried, strip: true | undefined): JsonObject {
  if (carried.cache === undefined || strip) return {};
  return { cache_control: { type: 'ephemeral', ...carried.cache } };
}
