import type { Carried, DialectId, JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';

/** The name of this wire format, under which its own fields travel through the hub. */
export const self: DialectId & 'anthropic-messages' = 'anthropic-messages';

/**
 * What a node carries beside the fields its reader knows: the cache mark, and everything else under this dialect's name.
 * Null means absent everywhere in this API. `Object.fromEntries` and spreads define keys, so a `__proto__` stays a key.
 */
export function readCarried(node: JsonObject, known: readonly string[]): Pick<Carried, 'cache' | 'extra'> {
  const rest = Object.fromEntries(
    Object.entries(node).filter(([key, value]) => value !== null && key !== 'cache_control' && !known.includes(key)),
  );
  const cache = readCache(node['cache_control']);
  // A mark with fields that the hub has no name for (scope) is kept whole as well.
  if (isObject(node['cache_control']) && (cache === undefined || !isPlainMark(node['cache_control']))) {
    rest['cache_control'] = node['cache_control'];
  }
  return {
    ...(cache === undefined ? {} : { cache }),
    ...(Object.keys(rest).length === 0 ? {} : { extra: { [self]: rest } }),
  };
}

/** The cache mark and this dialect's own fields, ready to be spread into a wire node. */
export function writeCarried(node: Carried): JsonObject {
  return {
    ...(node.cache === undefined ? {} : { cache_control: writeCache(node.cache) }),
    ...node.extra?.[self],
  };
}

/** The same without the mark: for replies and whole messages, which have none. */
export function writeExtra(node: Carried): JsonObject {
  return { ...node.extra?.[self] };
}

function readCache(mark: JsonValue | undefined): Carried['cache'] {
  if (!isObject(mark) || mark['type'] !== 'ephemeral') return undefined;
  const ttl = mark['ttl'];
  return ttl === '5m' || ttl === '1h' ? { ttl } : {};
}

function writeCache(cache: NonNullable<Carried['cache']>): JsonObject {
  return { type: 'ephemeral', ...(cache.ttl === undefined ? {} : { ttl: cache.ttl }) };
}

function isPlainMark(mark: JsonObject): boolean {
  const { type: _type, ttl, ...more } = mark;
  return Object.keys(more).length === 0 && (ttl === undefined || ttl === null || ttl === '5m' || ttl === '1h');
}
