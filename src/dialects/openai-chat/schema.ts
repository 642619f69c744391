import type { Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';

/** Below these keywords the keys are names that the user chose. */
const maps: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
]);
/** Below these keywords lies data, not schema. */
const data: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples', 'example']);
/** Deeper schemas pass as they are: a hostile one must not overflow the stack. */
const deepest = 200;

/** A function's declaration without some keywords, anywhere in its schema. */
export function stripSchema(declared: JsonObject, words: ReadonlySet<string>): JsonObject {
  return stripObject(declared, words, deepest);
}

function stripObject(schema: JsonObject, words: ReadonlySet<string>, depth: number): JsonObject {
  const kept = Object.entries(schema).filter(([key]) => !words.has(key));
  return Object.fromEntries(
    kept.map(([key, value]) => [key, data.has(key) ? value : strip(value, words, depth - 1, maps.has(key))]),
  );
}

function strip(value: Json, words: ReadonlySet<string>, depth: number, names: boolean): Json {
  if (depth <= 0) return value;
  if (Array.isArray(value)) return value.map((one) => strip(one, words, depth - 1, false));
  if (!isObject(value)) return value;
  if (!names) return stripObject(value, words, depth);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, strip(one, words, depth - 1, false)]));
}
