import type { Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { field, listIn, textIn } from './own.ts';

/** Puts pieces of arguments where their paths say (`partialArgs` of a functionCall, PartialArg); texts of one path are joined. */
export function addPartialArgs(args: JsonObject, call: JsonObject): void {
  for (const piece of listIn(call, 'partialArgs')) {
    if (!isObject(piece)) continue;
    const value = readValue(piece);
    const path = stepsOf(textIn(piece, 'jsonPath') ?? '');
    if (value !== undefined && path.length > 0) put(args, path, value);
  }
}

function readValue(piece: JsonObject): Json | undefined {
  const value = field(piece, 'stringValue') ?? field(piece, 'numberValue') ?? field(piece, 'boolValue');
  if (value !== undefined) return value;
  return Object.hasOwn(piece, 'nullValue') || Object.hasOwn(piece, 'null_value') ? null : undefined;
}

/** The steps of `$.a.b[0]['c d']`. */
function stepsOf(path: string): (string | number)[] {
  return [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/g)].map(
    ([, name, place, single, double]) => (place === undefined ? (name ?? single ?? double ?? '') : Number(place)),
  );
}

function put(args: JsonObject, path: readonly (string | number)[], value: Json): void {
  let at: JsonObject | Json[] = args;
  for (const [n, step] of path.entries()) {
    const last = n === path.length - 1;
    const before: Json | undefined = read(at, step);
    if (last) {
      write(at, step, typeof before === 'string' && typeof value === 'string' ? before + value : value);
      return;
    }
    const inner: JsonObject | Json[] =
      isObject(before) || Array.isArray(before) ? before : typeof path[n + 1] === 'number' ? [] : {};
    if (inner !== before) write(at, step, inner);
    at = inner;
  }
}

function read(at: JsonObject | Json[], step: string | number): Json | undefined {
  if (Array.isArray(at)) return typeof step === 'number' ? at[step] : undefined;
  return Object.hasOwn(at, step) ? at[step] : undefined;
}

/** Lists grow by one at a time, whatever place is named; a member is defined, so that `__proto__` is one like others. */
function write(at: JsonObject | Json[], step: string | number, value: Json): void {
  if (Array.isArray(at)) {
    at[typeof step === 'number' ? Math.min(step, at.length) : at.length] = value;
    return;
  }
  Object.defineProperty(at, step, { value, writable: true, enumerable: true, configurable: true });
}
