import type { Json, JsonObject } from './request.ts';

/**
 * JSON Schemas of tools and outputs, made ready for wires that take only a part of the language. Pure; what is no schema
 * (a list, a text) comes back as it is. Keywords are told from data: a property named `$ref` is no reference.
 */

/** Keywords that hold one schema (`items` may hold a list of them). */
const one: ReadonlySet<string> = new Set([
  'items',
  'additionalProperties',
  'additionalItems',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contains',
  'propertyNames',
  'contentSchema',
  'not',
  'if',
  'then',
  'else',
]);
/** Keywords that hold a list of schemas. */
const many: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
/** Keywords that hold schemas by name. */
const named: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
]);

/**
 * Rebuilds a schema from its leaves up: every schema inside it, and then it itself, is what `change` makes of it. `depth`: 0
 * for the whole.
 */
export function mapSchema(schema: Json, change: (node: JsonObject, depth: number) => Json, depth = 0): Json {
  if (!isNode(schema)) return schema;
  return change(
    mapInside(schema, (inner) => mapSchema(inner, change, depth + 1)),
    depth,
  );
}

/** The same schema with what `change` makes of the schemas directly inside it. */
export function mapInside(node: JsonObject, change: (inner: Json) => Json): JsonObject {
  const entries = Object.entries(node).map(([word, value]): [string, Json] => {
    if (one.has(word)) return [word, Array.isArray(value) ? value.map(change) : change(value)];
    if (many.has(word) && Array.isArray(value)) return [word, value.map(change)];
    if (named.has(word) && isNode(value)) {
      return [word, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, change(inner)]))];
    }
    return [word, value];
  });
  return Object.fromEntries(entries);
}

/** The schema without these keywords, at every depth. */
export function withoutKeywords(schema: Json, words: readonly string[]): Json {
  return mapSchema(schema, (node) =>
    Object.fromEntries(Object.entries(node).filter(([word]) => !words.includes(word))),
  );
}

/** How often a definition may stand inside itself. */
const again = 1;
/** Definitions put in place in one schema; a few that hold each other twice would grow without end. */
const enough = 2000;

/**
 * The schema with what `$ref` points to in its place, and without `$defs` and `definitions`. A definition that holds itself
 * is cut after one repetition; what is cut, or points outside the schema, becomes a schema of the same type that takes
 * more than the original does, never less. Words beside a `$ref` win.
 */
export function inlineRefs(schema: Json): Json {
  if (!isNode(schema)) return schema;
  const root = schema;
  let count = 0;
  const inline = (node: Json, path: readonly string[]): Json => {
    if (!isNode(node)) return node;
    const { $ref, $defs: _defs, definitions: _definitions, ...beside } = node;
    if (typeof $ref !== 'string')
      return mapInside($ref === undefined ? beside : { ...beside, $ref }, (inner) => inline(inner, path));
    const target = resolve(root, $ref);
    const open = path.filter((ref) => ref === $ref).length;
    const rest = mapInside(beside, (inner) => inline(inner, path));
    if (!isNode(target)) return target === false ? { not: {}, ...rest } : rest;
    if (open > again || count >= enough) return { ...headOf(target), ...rest };
    count++;
    const found = inline(target, [...path, $ref]);
    return isNode(found) ? { ...found, ...rest } : rest;
  };
  return inline(schema, []);
}

/** Whether a definition holds itself: then no schema without references says the same. */
export function isRecursive(schema: Json): boolean {
  const done = new Set<string>();
  const visit = (node: Json, path: readonly string[]): boolean => {
    let found = false;
    mapSchema(node, (inner) => {
      const { $ref } = inner;
      if (typeof $ref !== 'string' || found) return inner;
      if (path.includes($ref)) found = true;
      else if (!done.has($ref)) {
        found = visit(resolve(schema, $ref) ?? null, [...path, $ref]);
        done.add($ref);
      }
      return inner;
    });
    return found;
  };
  return visit(schema, []);
}

/** What is kept of a definition where it is cut. */
function headOf({ type, description }: JsonObject): JsonObject {
  return { ...(type === undefined ? {} : { type }), ...(description === undefined ? {} : { description }) };
}

/** A JSON pointer inside the schema (RFC 6901, in a URL's fragment); undefined when it leads nowhere. */
function resolve(root: Json, ref: string): Json | undefined {
  if (ref === '#') return root;
  if (!ref.startsWith('#/')) return undefined;
  let at: Json | undefined = root;
  for (const step of ref.slice(2).split('/')) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = at[Number(name)];
    else at = isNode(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isNode(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
