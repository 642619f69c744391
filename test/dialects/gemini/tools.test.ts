import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import type { GeminiQuirks } from '../../../src/dialects/index.ts';
import type { HubRequest, Json, JsonObject } from '../../../src/hub/index.ts';
import { asked } from '../provider-half.ts';
import { validate } from '../validators.ts';

function encode(more: Partial<HubRequest>, quirks: GeminiQuirks = {}): JsonObject {
  const body = gemini.provider.encodeRequest(asked(more), quirks);
  expect(validate('gemini', body, 'request').errors).toEqual([]);
  return body;
}

function declared(schema: Json, quirks: GeminiQuirks = {}): unknown {
  const body = encode({ tools: [{ kind: 'function', name: 'f', schema }] }, quirks);
  const [tool] = Array.isArray(body['tools']) ? body['tools'] : [];
  const { functionDeclarations } = Object(tool);
  const { name: _name, ...rest } = functionDeclarations[0];
  return rest;
}

const of = (a: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties: { a }, ...more });
const OF = (a: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'OBJECT', properties: { a }, ...more });

describe('schemas that the OpenAPI form can say', () => {
  test.each<[title: string, schema: JsonObject, parameters: JsonObject]>([
    [
      'annotations and keywords for validators go',
      {
        $schema: 'x',
        $id: 'y',
        $comment: 'z',
        ...of({ type: 'string', minLength: 1 }),
        required: ['a', 'gone'],
        additionalProperties: false,
        strict: true,
      },
      OF({ type: 'STRING', minLength: 1 }, { required: ['a'] }),
    ],
    [
      'references',
      of({ $ref: '#/$defs/x' }, { $defs: { x: { type: 'integer', description: 'd' } } }),
      OF({ type: 'INTEGER', description: 'd' }),
    ],
    ['a type or null', of({ type: ['string', 'null'] }), OF({ type: 'STRING', nullable: true })],
    [
      'several types',
      of({ type: ['string', 'integer', 'null'] }),
      OF({ nullable: true, anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] }),
    ],
    [
      'a schema or null',
      of({ anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }], description: 'd' }),
      OF({ type: 'STRING', format: 'date-time', description: 'd', nullable: true }),
    ],
    [
      'one of',
      of({ oneOf: [{ type: 'string' }, { type: 'number' }] }),
      OF({ anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }] }),
    ],
    ['a constant text', of({ const: 'x' }), OF({ type: 'STRING', enum: ['x'] })],
    ['a constant number', of({ type: 'integer', const: 3 }), OF({ type: 'INTEGER', minimum: 3, maximum: 3 })],
    ['texts or null', of({ enum: ['x', 'y', null] }), OF({ type: 'STRING', enum: ['x', 'y'], nullable: true })],
    [
      'limits that are excluded',
      of({ type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 }),
      OF({ type: 'INTEGER', minimum: 1, maximum: 9 }),
    ],
    [
      'a format that it does not know',
      of({ type: 'string', format: 'uri', description: 'Where.' }),
      OF({ type: 'STRING', description: 'Where. Format: uri.' }),
    ],
    [
      'what is left out',
      of({ properties: { b: { items: { type: 'boolean' } } } }),
      OF({ type: 'OBJECT', properties: { b: { type: 'ARRAY', items: { type: 'BOOLEAN' } } } }),
    ],
    [
      'all of',
      of({ allOf: [{ $ref: '#/$defs/x' }], description: 'd' }, { $defs: { x: { type: 'string', description: 'e' } } }),
      OF({ type: 'STRING', description: 'd' }),
    ],
    ['examples', of({ type: 'string', examples: ['x', 'y'] }), OF({ type: 'STRING', example: 'x' })],
    ['its own form', OF({ type: 'STRING', nullable: true }), OF({ type: 'STRING', nullable: true })],
    [
      'properties named like keywords',
      { type: 'object', properties: { type: { type: 'string' }, enum: { type: 'string' }, $ref: { type: 'string' } } },
      { type: 'OBJECT', properties: { type: { type: 'STRING' }, enum: { type: 'STRING' }, $ref: { type: 'STRING' } } },
    ],
  ])('%s', (_title, schema, parameters) => {
    expect(declared(schema)).toEqual({ parameters });
  });
});

test.each<[title: string, schema: Json]>([
  ['none', {}],
  ['an object', { type: 'object' }],
  ['without properties', { type: 'object', properties: {}, additionalProperties: false }],
  ['no schema', null],
])('a function without parameters has no schema: %s', (_title, schema) => {
  expect(declared(schema)).toEqual({});
});

describe('schemas that it cannot say go as JSON Schema, or nearly, where there is only the one form', () => {
  test.each<[title: string, schema: JsonObject, near: JsonObject]>([
    ['maps', of({ type: 'object', additionalProperties: { type: 'string' } }), OF({ type: 'OBJECT' })],
    ['anything', of({ description: 'any' }), OF({ type: 'STRING', description: 'any' })],
    ['numbers of a list', of({ type: 'integer', enum: [1, 2] }), OF({ type: 'INTEGER', description: 'One of: 1, 2.' })],
    [
      'tuples',
      of({ type: 'array', prefixItems: [{ type: 'string' }] }),
      OF({ type: 'ARRAY', items: { type: 'STRING' } }),
    ],
    ['steps', of({ type: 'number', multipleOf: 0.5 }), OF({ type: 'NUMBER' })],
    ['excluded limits of fractions', of({ type: 'number', exclusiveMinimum: 0 }), OF({ type: 'NUMBER', minimum: 0 })],
    [
      'unions that narrow',
      { ...of({ type: 'string' }), anyOf: [{ required: ['a'] }, { required: [] }] },
      OF({ type: 'STRING' }),
    ],
    ['negation', of({ type: 'string', not: { const: 'x' } }), OF({ type: 'STRING' })],
  ])('%s', (_title, schema, near) => {
    expect(declared(schema)).toEqual({ parametersJsonSchema: schema });
    expect(declared(schema, { openApiSchemas: true })).toEqual({ parameters: near });
  });

  test('references too, unless the schema holds itself', () => {
    const map = { type: 'object', additionalProperties: { $ref: '#/$defs/x' } };
    expect(declared(of(map, { $schema: 's', $defs: { x: { type: 'string' } } }))).toEqual({
      parametersJsonSchema: of({ type: 'object', additionalProperties: { type: 'string' } }),
    });
    const tree = of(
      { $ref: '#/$defs/x' },
      { $defs: { x: { type: 'object', properties: { more: { $ref: '#/$defs/x' } } } } },
    );
    expect(declared(tree)).toEqual({ parametersJsonSchema: tree });
    expect(JSON.stringify(declared(tree, { openApiSchemas: true }))).not.toContain('$ref');
  });
});

test('any schema has a valid form', () => {
  const words = fc.record(
    {
      type: fc.constantFrom<Json>(
        'object',
        'array',
        'string',
        'integer',
        'number',
        'boolean',
        'null',
        ['string', 'null'],
        'odd',
        7,
      ),
      properties: fc.dictionary(
        fc.constantFrom('a', 'b'),
        fc.constantFrom<Json>({ type: 'string' }, true, { $ref: '#/$defs/x' }, {}),
      ),
      items: fc.constantFrom<Json>({ type: 'string' }, true, [{ type: 'integer' }]),
      enum: fc.constantFrom<Json>(['a', ''], [1, 2], [null], [{}], []),
      const: fc.constantFrom<Json>('a', 1, null, true),
      anyOf: fc.constantFrom<Json>([{ type: 'null' }], [{ type: 'string' }, { type: 'null' }], [], 'x'),
      allOf: fc.constantFrom<Json>([{ type: 'string' }], [{ properties: { c: {} } }, { required: ['c'] }], [3]),
      format: fc.constantFrom('uri', 'int32', 'date-time'),
      required: fc.constantFrom<Json>(['a'], [1], 'a'),
      $ref: fc.constantFrom('#', '#/$defs/x', '#/nowhere'),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(words, words, fc.boolean(), (schema, inner, openApiSchemas) => {
      const whole = { ...schema, $defs: { x: inner } };
      declared(whole, openApiSchemas ? { openApiSchemas: true } : {});
    }),
    { numRuns: 400 },
  );
});

describe('tools and choice', () => {
  const tools: HubRequest['tools'] = [{ kind: 'function', name: 'f', schema: {}, description: 'd' }];
  test.each<[NonNullable<HubRequest['toolChoice']>, JsonObject]>([
    [{ kind: 'auto' }, { mode: 'AUTO' }],
    [{ kind: 'none' }, { mode: 'NONE' }],
    [{ kind: 'any' }, { mode: 'ANY' }],
    [
      { kind: 'one', name: 'f' },
      { mode: 'ANY', allowedFunctionNames: ['f'] },
    ],
  ])('%j', (toolChoice, functionCallingConfig) => {
    expect(encode({ tools, toolChoice })).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'f', description: 'd' }] }],
      toolConfig: { functionCallingConfig },
    });
    expect(encode({ toolChoice })).not.toHaveProperty('toolConfig');
  });

  test("Google's own tools pass, whoever read them; other vendors' do not", () => {
    const search = { googleSearch: {} };
    const body = encode({
      tools: [
        ...tools,
        { kind: 'hosted', dialect: 'openai-chat', value: search },
        { kind: 'hosted', dialect: 'openai-chat', value: { url_context: {} } },
        { kind: 'hosted', dialect: 'openai-chat', value: { type: 'web_search' } },
      ],
      named: { webSearch: { search_context_size: 'low' } },
    });
    expect(body['tools']).toEqual([
      { functionDeclarations: [{ name: 'f', description: 'd' }] },
      search,
      { url_context: {} },
    ]);
    expect(encode({ named: { webSearch: {} } })['tools']).toEqual([search]);
  });
});
