import type { Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { camel } from './own.ts';

/** Words of Google's `Schema` whose numbers protobuf may write as texts. */
const numbers: ReadonlySet<string> = new Set([
  ...['minItems', 'maxItems', 'minProperties', 'maxProperties', 'minLength', 'maxLength', 'minimum', 'maximum'],
]);

/**
 * Google's `Schema` (the OpenAPI form, types in capitals) as JSON Schema, in the client's order. What it does not know
 * stays as it is.
 */
export function fromOpenApi(schema: Json): Json {
  if (!isObject(schema)) return schema;
  const words = Object.entries(schema).flatMap(([word, value]) => (value === null ? [] : convert(word, value)));
  const out: JsonObject = Object.fromEntries(words);
  return schema['nullable'] === true ? nullable(out) : out;
}

function convert(word: string, value: Json): [string, Json][] {
  const name = camel(word);
  switch (name) {
    case 'type':
      if (typeof value !== 'string') return [[name, value]];
      return /^type_unspecified$/i.test(value) ? [] : [[name, value.toLowerCase()]];
    case 'properties':
      return [[name, each(value)]];
    case 'items':
    case 'additionalProperties':
      return [[name, fromOpenApi(value)]];
    case 'anyOf':
      return [[name, Array.isArray(value) ? value.map(fromOpenApi) : value]];
    case 'example':
      return [['examples', [value]]];
    case 'ref':
      return [['$ref', value]];
    case 'defs':
      return [['$defs', each(value)]];
    case 'nullable':
    case 'propertyOrdering':
      return [];
    default:
      return [numbers.has(name) ? [name, asNumber(value)] : [word, value]];
  }
}

/** Names are the client's: `__proto__` is one like others. */
function each(schemas: Json): Json {
  if (!isObject(schemas)) return schemas;
  return Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, fromOpenApi(one)]));
}

function nullable(schema: JsonObject): JsonObject {
  const { type, enum: values, anyOf } = schema;
  if (Array.isArray(anyOf)) return { ...schema, anyOf: [...anyOf, { type: 'null' }] };
  return {
    ...schema,
    ...(typeof type === 'string' ? { type: [type, 'null'] } : {}),
    ...(Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}),
  };
}

function asNumber(value: Json): Json {
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}
