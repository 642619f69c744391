import type { Carried, DialectId, JsonObject } from '../../hub/index.ts';
import type { BedrockQuirks } from './quirks.ts';

/** The name of this wire format, under which its own fields travel through the hub. */
export const self: DialectId & 'bedrock-converse' = 'bedrock-converse';

/** A cache mark is a block of its own, behind what it marks. */
export function cachePoint(cache: Carried['cache'], quirks: Partial<BedrockQuirks>): JsonObject | undefined {
  if (cache === undefined || quirks.caches === 'none') return undefined;
  const ttl = quirks.cacheTtl === true ? cache.ttl : undefined;
  return { cachePoint: { type: 'default', ...(ttl === undefined ? {} : { ttl }) } };
}
