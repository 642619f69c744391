import { inlineRefs, type Json, type JsonObject, mapInside } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';

/** A schema in the OpenAPI form, Google's `Schema`. `lost`: something that JSON Schema says and this form cannot. */
interface Converted {
  schema: JsonObject;
  lost: boolean;
}

/** Words that mean the same there. */
const same: ReadonlySet<string> = new Set([
  'title',
  'description',
  'nullable',
  'default',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'pattern',
  'example',
  'propertyOrdering',
]);
/** Words that say something about values which this form cannot say. */
const unsayable: ReadonlySet<string> = new Set([
  'not',
  'if',
  'then',
  'else',
  'patternProperties',
  'propertyNames',
  'prefixItems',
  'additionalItems',
  'contains',
  'minContains',
  'maxContains',
  'uniqueItems',
  'multipleOf',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
const formats: Readonly<Record<string, readonly string[]>> = {
  STRING: ['enum', 'date-time'],
  NUMBER: ['float', 'double'],
  INTEGER: ['int32', 'int64'],
};

/**
 * A JSON Schema in the OpenAPI form: references put in place, `const` as an enum, `oneOf` as `anyOf`, null as `nullable`,
 * type names in capitals. Annotations that the form does not know are left out; a format that it does not know is told in
 * the description.
 */
export function toOpenApi(schema: Json): Converted {
  const state = { lost: false };
  return { schema: convert(inlineRefs(schema), state), lost: state.lost };
}

interface State {
  lost: boolean;
}

function convert(schema: Json, state: State): JsonObject {
  if (!isObject(schema)) {
    // `true` takes anything and `false` nothing; the form has no word for either.
    state.lost = true;
    return { type: 'STRING' };
  }
  const merged = mergeAll(schema, state);
  const { type, nullable, choices } = typeOf(merged);
  const out = plainWords(merged, state);
  if (nullable) out['nullable'] = true;
  const anyOf = [...unionOf(merged, state), ...choices.map((one): JsonObject => ({ type: one }))];
  if (anyOf.length > 0) return convertUnion(out, anyOf, state);
  if (type === undefined) {
    state.lost = true;
    return { type: 'STRING', ...out };
  }
  out['type'] = type;
  addValues(out, type, merged, state);
  if (type === 'STRING' || type === 'NUMBER' || type === 'INTEGER') addFormat(out, type, merged);
  if (type === 'NUMBER' || type === 'INTEGER') addLimits(out, type, merged, state);
  if (type === 'ARRAY') out['items'] = convert(itemsOf(merged), state);
  if (type === 'OBJECT') addProperties(out, merged, state);
  return out;
}

/** `allOf`: the words of its schemas beside each other, as far as they do not say two things at once. */
function mergeAll(schema: JsonObject, state: State): JsonObject {
  const { allOf, ...merged } = schema;
  if (!Array.isArray(allOf)) return schema;
  for (const one of allOf) {
    if (!isObject(one)) continue;
    for (const [word, value] of Object.entries(mergeAll(one, state))) {
      const before = merged[word];
      if (before === undefined) merged[word] = value;
      else if (word === 'properties' && isObject(before) && isObject(value)) merged[word] = { ...value, ...before };
      else if (word === 'required' && Array.isArray(before) && Array.isArray(value))
        merged[word] = [...before, ...value];
      else if (!same.has(word) && JSON.stringify(before) !== JSON.stringify(value)) state.lost = true;
    }
  }
  return merged;
}

const typeNames: ReadonlySet<string> = new Set(['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL']);

/** `choices`: several types besides null. */
function typeOf(schema: JsonObject): { type?: string; nullable: boolean; choices: string[] } {
  const written = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  const names = written.flatMap((one) => (typeof one === 'string' ? [one.toUpperCase()] : []));
  const types = names.filter((one) => typeNames.has(one));
  const others = types.filter((one) => one !== 'NULL');
  const nullable = types.length > others.length && others.length > 0;
  if (others.length > 1) return { nullable, choices: others };
  const type = others[0] ?? types[0] ?? guessed(schema);
  return { ...(type === undefined ? {} : { type }), nullable, choices: [] };
}

/** Schemas often leave out what their other words make plain. */
function guessed(schema: JsonObject): string | undefined {
  if (isObject(schema['properties'])) return 'OBJECT';
  if (schema['items'] !== undefined) return 'ARRAY';
  const values = valuesOf(schema) ?? [];
  if (values.length > 0 && values.every((value) => typeof value === 'string' || value === null)) return 'STRING';
  if (values.length > 0 && values.every((value) => typeof value === 'number')) return 'NUMBER';
  return values.length > 0 && values.every((value) => typeof value === 'boolean') ? 'BOOLEAN' : undefined;
}

function plainWords(schema: JsonObject, state: State): JsonObject {
  const out: JsonObject = {};
  for (const [word, value] of Object.entries(schema)) {
    if (unsayable.has(word)) state.lost = true;
    else if (same.has(word) && value !== null) out[word] = value;
  }
  const [example] = Array.isArray(schema['examples']) ? schema['examples'] : [];
  if (example !== undefined && out['example'] === undefined) out['example'] = example;
  return out;
}

/** A union beside properties narrows them down, which the form cannot say. */
function unionOf(schema: JsonObject, state: State): Json[] {
  const union = schema['anyOf'] ?? schema['oneOf'];
  if (!Array.isArray(union)) return [];
  const beside = schema['properties'] !== undefined || schema['items'] !== undefined;
  state.lost ||= beside || (schema['anyOf'] !== undefined && schema['oneOf'] !== undefined);
  return beside ? [] : union;
}

/** A union with null is a nullable one; of one schema it is that schema. */
function convertUnion(out: JsonObject, union: readonly Json[], state: State): JsonObject {
  const others = union.filter((one) => !isNull(one));
  const nullable = others.length < union.length ? { nullable: true } : {};
  const [only] = others;
  if (others.length === 1 && only !== undefined) return { ...convert(only, state), ...out, ...nullable };
  return { ...out, ...nullable, anyOf: others.map((one) => convert(one, state)) };
}

function isNull(schema: Json): boolean {
  return isObject(schema) && (schema['type'] === 'null' || schema['type'] === 'NULL' || schema['const'] === null);
}

function valuesOf(schema: JsonObject): Json[] | undefined {
  if (schema['const'] !== undefined) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : undefined;
}

/** The form has enums of texts; one number is a range, other values are told in the description. */
function addValues(out: JsonObject, type: string, schema: JsonObject, state: State): void {
  const values = valuesOf(schema);
  if (values === undefined) return;
  if (values.includes(null)) out['nullable'] = true;
  const [only] = values;
  const texts = values.filter((value) => typeof value === 'string' && value !== '');
  if (type === 'STRING' && texts.length > 0) {
    out['enum'] = texts;
    state.lost ||= values.includes('');
  } else if (values.length === 1 && typeof only === 'number') {
    out['minimum'] = only;
    out['maximum'] = only;
  } else if (type !== 'NULL') {
    state.lost = true;
    note(out, `One of: ${values.map((value) => JSON.stringify(value)).join(', ')}.`);
  }
}

function addFormat(out: JsonObject, type: string, schema: JsonObject): void {
  const { format } = schema;
  if (typeof format !== 'string') return;
  if (formats[type]?.includes(format)) out['format'] = format;
  else note(out, `Format: ${format}.`);
}

function addLimits(out: JsonObject, type: string, schema: JsonObject, state: State): void {
  const { exclusiveMinimum: over, exclusiveMaximum: under } = schema;
  const whole = type === 'INTEGER';
  if (typeof over === 'number') out['minimum'] = whole ? Math.floor(over) + 1 : over;
  if (typeof under === 'number') out['maximum'] = whole ? Math.ceil(under) - 1 : under;
  if ((typeof over === 'number' || typeof under === 'number') && !whole) state.lost = true;
}

function itemsOf(schema: JsonObject): Json {
  const { items } = schema;
  return Array.isArray(items) ? (items[0] ?? true) : (items ?? true);
}

function addProperties(out: JsonObject, schema: JsonObject, state: State): void {
  const open = schema['additionalProperties'];
  if (open !== undefined && open !== false) state.lost = true;
  const properties = isObject(schema['properties'])
    ? mapInside({ properties: schema['properties'] }, (one) => convert(one, state))
    : {};
  const names = Object.keys(isObject(properties['properties']) ? properties['properties'] : {});
  // An object without properties is refused as a property.
  if (names.length === 0) state.lost = true;
  else Object.assign(out, properties);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const known = [...new Set(required)].filter((name) => typeof name === 'string' && names.includes(name));
  if (known.length > 0) out['required'] = known;
}

function note(out: JsonObject, text: string): void {
  const said = typeof out['description'] === 'string' ? out['description'] : '';
  out['description'] = said === '' ? text : `${said} ${text}`;
}
