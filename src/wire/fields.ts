import { FieldError, type JsonMap, type JsonValue } from './json.ts';

/** Readers for foreign JSON. Each returns the value in its type or throws a FieldError that names the path. */
export type Read<T> = (value: JsonValue | undefined, path: string) => T;

export const asString: Read<string> = (value, path) => {
  if (typeof value === 'string') return value;
  throw new FieldError(path, problem('a string', value));
};

export const asNumber: Read<number> = (value, path) => {
  if (typeof value === 'number') return value;
  throw new FieldError(path, problem('a number', value));
};

export const asBoolean: Read<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw new FieldError(path, problem('true or false', value));
};

export const asObject: Read<JsonMap> = (value, path) => {
  if (isObject(value)) return value;
  throw new FieldError(path, problem('an object', value));
};

export const asArray: Read<JsonValue[]> = (value, path) => {
  if (Array.isArray(value)) return value;
  throw new FieldError(path, problem('an array', value));
};

/** Missing and null are undefined; anything else is read. */
export function optional<T>(read: Read<T>, value: JsonValue | undefined, path: string): T | undefined {
  return value === undefined || value === null ? undefined : read(value, path);
}

/** A list whose elements are read one by one. */
export function asList<T>(read: Read<T>): Read<T[]> {
  return (value, path) => asArray(value, path).map((one, index) => read(one, `${path}[${index}]`));
}

/** One of a closed set of words. */
export function asOneOf<W extends string>(words: readonly W[]): Read<W> {
  return (value, path) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw new FieldError(path, `must be one of ${words.map((word) => JSON.stringify(word)).join(', ')}`);
  };
}

export function isObject(value: JsonValue | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problem(wanted: string, value: JsonValue | undefined): string {
  return value === undefined ? `is missing: it must be ${wanted}` : `must be ${wanted}`;
}
