import type { Carried, JsonObject } from '../../hub/index.ts';

/** The fields of an object that the dialect has no hub name for; null is what SDKs send for "not given". */
export function others(object: JsonObject, known: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => value !== null && !known.has(key)));
}

/** Keeps what only this dialect understands, if there is any. */
export function keep(fields: JsonObject): { extra?: NonNullable<Carried['extra']> } {
  return Object.keys(fields).length === 0 ? {} : { extra: { 'openai-chat': fields } };
}

/** What this dialect once kept. */
export function kept(carried: Carried): JsonObject {
  return carried.extra?.['openai-chat'] ?? {};
}
