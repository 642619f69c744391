import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  inlineRefs,
  isRecursive,
  type Json,
  type JsonObject,
  mapSchema,
  withoutKeywords,
} from '../../src/hub/index.ts';

const text = { type: 'string' };
const node: JsonObject = {
  $ref: '#/$defs/node',
  $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, name: text } } },
};

describe('inlineRefs', () => {
  test.each<[title: string, schema: Json, inlined: Json]>([
    ['no references', { type: 'object', properties: { a: text } }, { type: 'object', properties: { a: text } }],
    ['$defs', { properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: text } }, { properties: { a: text } }],
    ['definitions', { items: { $ref: '#/definitions/x' }, definitions: { x: text } }, { items: text }],
    [
      'one definition that holds another',
      { $ref: '#/$defs/a', $defs: { a: { items: { $ref: '#/$defs/b' } }, b: text } },
      { items: text },
    ],
    [
      'words beside a reference win',
      { anyOf: [{ $ref: '#/$defs/x', description: 'mine' }], $defs: { x: { ...text, description: 'theirs' } } },
      { anyOf: [{ ...text, description: 'mine' }] },
    ],
    ['any pointer', { properties: { a: text, b: { $ref: '#/properties/a' } } }, { properties: { a: text, b: text } }],
    ['escaped pointers', { $ref: '#/$defs/a~1b~0c%20d', $defs: { 'a/b~c d': text } }, text],
    ['places in lists', { anyOf: [text, { $ref: '#/anyOf/0' }] }, { anyOf: [text, text] }],
    ['what leads nowhere', { items: { $ref: '#/$defs/none', title: 'x' } }, { items: { title: 'x' } }],
    ['what is elsewhere', { items: { $ref: 'https://x.example/schema.json' } }, { items: {} }],
    [
      'a property of that name',
      { properties: { $ref: text, $defs: text } },
      { properties: { $ref: text, $defs: text } },
    ],
    [
      'data',
      { enum: [{ $ref: '#/$defs/x' }], default: { $ref: 'y' } },
      { enum: [{ $ref: '#/$defs/x' }], default: { $ref: 'y' } },
    ],
    ['true and false', { $ref: '#/$defs/x', $defs: { x: true, y: false } }, {}],
    ['no schema', [1], [1]],
    [
      'what holds itself, once more',
      node,
      {
        type: 'object',
        properties: {
          next: { type: 'object', properties: { next: { type: 'object' }, name: text } },
          name: text,
        },
      },
    ],
    [
      'the whole',
      { type: 'object', properties: { a: { $ref: '#' } } },
      {
        type: 'object',
        properties: {
          a: { type: 'object', properties: { a: { type: 'object', properties: { a: { type: 'object' } } } } },
        },
      },
    ],
  ])('%s', (_title, schema, inlined) => {
    const before = JSON.stringify(schema);
    expect(inlineRefs(schema)).toEqual(inlined);
    expect(JSON.stringify(schema)).toBe(before);
  });

  test('definitions that multiply are cut', () => {
    const $defs: JsonObject = { d0: text };
    for (let n = 1; n <= 40; n++) {
      $defs[`d${n}`] = { type: 'array', prefixItems: [{ $ref: `#/$defs/d${n - 1}` }, { $ref: `#/$defs/d${n - 1}` }] };
    }
    const size = JSON.stringify(inlineRefs({ $ref: '#/$defs/d40', $defs })).length;
    expect(size).toBeLessThan(1_000_000);
  });

  test('leaves no reference, whatever the schema is', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
      schema: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<JsonObject>(text, { type: 'integer' }),
        names.map((name): JsonObject => ({ $ref: `#/$defs/${name}` })),
        fc.record({ type: fc.constant('object'), properties: fc.dictionary(names, tie('schema'), { maxKeys: 2 }) }),
        fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
      ),
    }));
    const defs = fc.record({ a: schema, b: schema, c: schema });
    fc.assert(
      fc.property(schema, defs, (root, $defs) => {
        const whole = { ...root, $defs };
        const inlined = inlineRefs(whole);
        expect(JSON.stringify(inlined)).not.toContain('$ref');
        expect(JSON.stringify(inlined)).not.toContain('$defs');
        expect(inlineRefs(inlined)).toEqual(inlined);
      }),
      { numRuns: 100 },
    );
  });
});

test.each<[Json, boolean]>([
  [node, true],
  [{ $ref: '#' }, true],
  [{ anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }], $defs: { a: text } }, false],
  [{ $ref: '#/$defs/a', $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { items: { $ref: '#/$defs/a' } } } }, true],
  [{ properties: { a: text } }, false],
  ['x', false],
])('%j holds itself: %s', (schema, recursive) => {
  expect(isRecursive(schema)).toBe(recursive);
});

test('withoutKeywords takes words away, not properties or data of that name', () => {
  const schema = {
    strict: true,
    properties: { strict: { ...text, strict: false }, a: { anyOf: [{ strict: true, not: { strict: 1 } }] } },
    patternProperties: { x: { strict: true } },
    items: [{ strict: true }],
    default: { strict: true },
  };
  expect(withoutKeywords(schema, ['strict'])).toEqual({
    properties: { strict: text, a: { anyOf: [{ not: {} }] } },
    patternProperties: { x: {} },
    items: [{}],
    default: { strict: true },
  });
});

test('mapSchema changes leaves first and says how deep they lie', () => {
  const seen: [number, Json | undefined][] = [];
  mapSchema({ title: 'a', additionalProperties: { title: 'b', items: { title: 'c' } } }, (schema, depth) => {
    seen.push([depth, schema['title']]);
    return schema;
  });
  expect(seen).toEqual([
    [2, 'c'],
    [1, 'b'],
    [0, 'a'],
  ]);
});
