import type { Json, JsonObject } from '../hub/index.ts';
import { isObject } from '../wire/index.ts';

/** Deeper than any sane schema: where a schema contains itself by force, the value ends here. */
const deepest = 24;
const words: Readonly<Record<string, string>> = {
  date: '2026-01-02',
  time: '03:04:05Z',
  'date-time': '2026-01-02T03:04:05Z',
  duration: 'P1D',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** A value that a JSON schema accepts: the least that it asks for. Patterns and conditions (`not`, `if`) are not obeyed. */
export function satisfy(schema: Json | undefined): Json {
  return satisfyIn(schema, isObject(schema) ? schema : {}, 0);
}

function satisfyIn(schema: Json | undefined, root: JsonObject, depth: number): Json {
  if (!isObject(schema) || depth > deepest) return null;
  const inner = (one: Json | undefined): Json => satisfyIn(one, root, depth + 1);
  if (typeof schema['$ref'] === 'string') return inner(resolve(schema['$ref'], root));
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0] ?? null;
  const { allOf, anyOf, oneOf, ...rest } = schema;
  if (Array.isArray(allOf)) return inner(allOf.reduce<JsonObject>((all, one) => merge(all, one, root), rest));
  const options = anyOf ?? oneOf;
  if (Array.isArray(options)) return inner(merge(rest, pickOption(options, root), root));
  switch (typeOf(schema)) {
    case 'object':
      return satisfyObject(schema, inner);
    case 'array':
      return satisfyArray(schema, inner);
    case 'string':
      return satisfyString(schema);
    case 'integer':
    case 'number':
      return satisfyNumber(schema);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function typeOf(schema: JsonObject): Json {
  const type = schema['type'];
  if (Array.isArray(type)) return type.find((one) => one !== 'null') ?? 'null';
  if (type !== undefined) return type;
  if (schema['properties'] !== undefined || schema['required'] !== undefined) return 'object';
  return schema['items'] === undefined ? 'string' : 'array';
}

function satisfyObject(schema: JsonObject, inner: (schema: Json | undefined) => Json): JsonObject {
  const { properties, required, additionalProperties } = schema;
  const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
  const known = isObject(properties) ? properties : {};
  const other = isObject(additionalProperties) ? additionalProperties : { type: 'string' };
  const entries = names.map((name): [string, Json] => [name, inner(Object.hasOwn(known, name) ? known[name] : other)]);
  return Object.fromEntries(entries);
}

function satisfyArray(schema: JsonObject, inner: (schema: Json | undefined) => Json): Json[] {
  const { items, prefixItems } = schema;
  const first = Array.isArray(prefixItems) ? prefixItems : [];
  const wanted = numberAt(schema, 'minItems') ?? Math.max(1, first.length);
  const count = Math.min(wanted, numberAt(schema, 'maxItems') ?? wanted, 1_000);
  return Array.from({ length: count }, (_, index) =>
    inner(first[index] ?? (isObject(items) ? items : { type: 'string' })),
  );
}

function satisfyString(schema: JsonObject): string {
  const { format } = schema;
  const word = (typeof format === 'string' ? words[format] : undefined) ?? 'text';
  const least = Math.min(numberAt(schema, 'minLength') ?? 0, 100_000);
  return word.padEnd(least, word).slice(0, numberAt(schema, 'maxLength') ?? undefined);
}

function satisfyNumber(schema: JsonObject): number {
  const whole = typeOf(schema) === 'integer';
  const above = numberAt(schema, 'exclusiveMinimum');
  const below = numberAt(schema, 'exclusiveMaximum');
  const low = Math.max(numberAt(schema, 'minimum') ?? -Infinity, above ?? -Infinity);
  const high = Math.min(numberAt(schema, 'maximum') ?? Infinity, below ?? Infinity);
  const fits = (value: number): boolean =>
    value >= low && value <= high && value !== above && value !== below && (!whole || Number.isInteger(value));
  const step = numberAt(schema, 'multipleOf') ?? 1;
  const start = Number.isFinite(low) ? Math.ceil(low / step) : Math.floor(Math.min(high, step) / step);
  const candidates = [start * step, (start + 1) * step, (start - 1) * step, (low + high) / 2];
  return candidates.find(fits) ?? 0;
}

function merge(into: JsonObject, from: Json | undefined, root: JsonObject): JsonObject {
  if (!isObject(from)) return into;
  const more = typeof from['$ref'] === 'string' ? resolve(from['$ref'], root) : from;
  if (!isObject(more)) return into;
  const { properties: some, required: these } = into;
  const { properties: others, required: those } = more;
  return {
    ...into,
    ...more,
    ...(isObject(some) && isObject(others) ? { properties: { ...some, ...others } } : {}),
    ...(Array.isArray(these) && Array.isArray(those) ? { required: [...new Set([...these, ...those])] } : {}),
  };
}

/** The first that is not null, and does not lead back into itself at once. */
function pickOption(options: readonly Json[], root: JsonObject): Json | undefined {
  const isNull = (one: Json): boolean => isObject(one) && one['type'] === 'null';
  const isPlain = (one: Json): boolean =>
    !isObject(one) || one['$ref'] === undefined || resolve(one['$ref'], root) !== root;
  return options.find((one) => !isNull(one) && isPlain(one)) ?? options[0];
}

/** `#/$defs/name`, `#/definitions/name`, `#`. */
function resolve(ref: Json, root: JsonObject): Json | undefined {
  if (typeof ref !== 'string' || !ref.startsWith('#')) return undefined;
  let at: Json | undefined = root;
  for (const part of ref.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}

function numberAt(schema: JsonObject, name: string): number | undefined {
  const value = schema[name];
  return typeof value === 'number' ? value : undefined;
}
