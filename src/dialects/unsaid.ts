import type { DialectId, HubRequest, Json } from '../hub/index.ts';
import { isObject } from '../wire/index.ts';

/** Words of tools that only their own dialect has, as paths, each once. `told`: those that are told in another way. */
export function unsaidOfTools({ tools = [] }: HubRequest, by: DialectId, told: readonly string[]): string[] {
  const words = new Set<string>();
  for (const tool of tools) {
    for (const word of wordsIn(tool.extra?.[by], told)) words.add(`tools[*].${word}`);
  }
  return [...words];
}

/** The words of an object of a request that are kept for its own dialect, as paths below `path`. */
export function unsaidWithin(value: Json | undefined, path: string, told: readonly string[] = []): string[] {
  return wordsIn(value, told).map((word) => `${path}.${word}`);
}

function wordsIn(value: Json | undefined, told: readonly string[]): string[] {
  if (!isObject(value)) return [];
  return Object.keys(value).filter((word) => value[word] !== null && value[word] !== false && !told.includes(word));
}
