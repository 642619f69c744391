import type { Json, JsonObject } from '../hub/index.ts';

/** What a file of configuration holds, once read: plain values. */
export type Tree = null | boolean | number | bigint | string | Date | Tree[] | TreeMap;

export interface TreeMap {
  [key: string]: Tree;
}

export function isTreeMap(value: Tree | undefined): value is TreeMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function isJson(value: unknown): value is Json {
  if (value === null || ['string', 'boolean', 'number'].includes(typeof value)) return true;
  if (typeof value !== 'object') return false;
  return Array.isArray(value) ? value.every(isJson) : Object.values(value).every(isJson);
}

export function isJsonMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
