import type { Carried, JsonObject } from '../../hub/index.ts';

export const self = 'openai-responses';

/** The fields of an object that have no hub name; null says nothing. */
export function others(object: JsonObject, known: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => value !== null && !known.has(key)));
}

/** Keeps what only this dialect understands, if there is any. */
export function keep(fields: JsonObject): { extra?: { [self]: JsonObject } } {
  return Object.keys(fields).length === 0 ? {} : { extra: { [self]: fields } };
}

/** What this dialect once kept. */
export function kept(carried: Carried): JsonObject {
  return carried.extra?.[self] ?? {};
}
