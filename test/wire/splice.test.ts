import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Edits, edit, FieldError, isObject, type JsonMap, members, splice } from '../../src/wire/index.ts';
import { anyNames, jsonValues, objectTexts, parse } from './json-text.ts';

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'model', 'tools', 'x', '__proto__') },
  fc.constantFrom('a[*]', 'a[0]', 'b[1]', 'tools[*]', 'constructor'),
);
const paths = fc.oneof(
  fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => steps.join('.')),
  anyNames,
);
const edits: fc.Arbitrary<Edits> = fc.record(
  {
    set: fc.array(fc.tuple(paths, jsonValues), { maxLength: 3 }).map((pairs): JsonMap => Object.fromEntries(pairs)),
    drop: fc.array(paths, { maxLength: 3 }),
    rename: fc
      .array(fc.tuple(anyNames, anyNames), { maxLength: 2 })
      .map((pairs): Record<string, string> => Object.fromEntries(pairs)),
  },
  { requiredKeys: [] },
);

function spliced(text: string, changes: Edits): string {
  return splice(members(Buffer.from(text)), changes).toString();
}

/** Names in one order, so that only the content counts; an own `__proto__` counts too. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))
      : one,
  );
}

function parseObject(text: string): JsonMap {
  const value = parse(text);
  if (!isObject(value)) throw new Error('no object');
  return value;
}

describe('splice and edit, laws', () => {
  it('splice on bytes is edit on the parsed body', () => {
    fc.assert(
      fc.property(objectTexts, edits, (text, changes) => {
        expect(sorted(JSON.parse(spliced(text, changes)))).toBe(sorted(edit(parseObject(text), changes)));
      }),
      { numRuns: 1_000, examples: [['{"tools":1.0}', { set: { tools: null, 'tools.a': '' } }]] },
    );
  });

  it('members that no edit names keep their bytes and their order', () => {
    fc.assert(
      fc.property(objectTexts, edits, (text, changes) => {
        const named = new Set(
          [
            ...Object.keys(changes.set ?? {}),
            ...(changes.drop ?? []),
            ...Object.entries(changes.rename ?? {}).flat(),
          ].flatMap((path) => [path, path.split(/[.[]/)[0]]),
        );
        const untouched = (body: Buffer): string[] => {
          const read = members(body);
          return read.all
            .filter(({ key }) => !named.has(key))
            .map(({ name, end }) => String(read.body.subarray(name, end)));
        };
        expect(untouched(Buffer.from(spliced(text, changes)))).toEqual(untouched(Buffer.from(text)));
      }),
      { numRuns: 500 },
    );
  });

  it('without edits, and with edits that meet nothing, the bytes are the same', () => {
    fc.assert(
      fc.property(objectTexts, (text) => {
        const without = text.replace(/^\ufeff/, '');
        expect(spliced(text, {})).toBe(without);
        expect(
          spliced(text, { drop: ['nowhere', 'model.nowhere', 'tools[*].nowhere'], rename: { nowhere: 'model' } }),
        ).toBe(without);
      }),
    );
  });

  it('what is set to what it is already copies nothing', () => {
    const body = members(Buffer.from('{"model":"gpt","n" : 1,"messages":[]}'));
    expect(splice(body, { set: { model: 'gpt', n: 1 } })).toBe(body.body);
    expect(splice(body, { set: { model: 'gpp' } }).toString()).toBe('{"model":"gpp","n" : 1,"messages":[]}');
    const sharp = members(Buffer.from('{"model":"Ã©"}'));
    expect(splice(sharp, { set: { model: 'é' } }).toString()).toBe('{"model":"é"}');
  });

  it('nothing reaches Object.prototype', () => {
    fc.assert(
      fc.property(objectTexts, edits, (text, changes) => {
        spliced(text, changes);
        edit(parseObject(text), changes);
        expect(
          Reflect.ownKeys(Object.prototype).filter((key) =>
            Object.prototype.propertyIsEnumerable.call(Object.prototype, key),
          ),
        ).toEqual([]);
      }),
    );
  });
});

const proto: JsonMap = JSON.parse('{"__proto__":{"x":1}}');

describe('splice, to the byte', () => {
  it.each<[string, string, Edits, string]>([
    ['set replaces a value', '{ "a" : 1.0 , "b":1e2}', { set: { a: 2 } }, '{ "a" : 2 , "b":1e2}'],
    ['set adds a member at the end', '{"a":1.0 }', { set: { b: [1] } }, '{"a":1.0,"b":[1] }'],
    ['set into an empty object', '{ }', { set: { a: null, b: 1 } }, '{ "a":null,"b":1}'],
    [
      'set of an equal name replaces the last and removes the others',
      '{"a":1,"b":2,"a":3,"c":4}',
      { set: { a: 9 } },
      '{"b":2,"a":9,"c":4}',
    ],
    ['set finds an escaped name', '{"\\u0061":1}', { set: { a: 2 } }, '{"\\u0061":2}'],
    ['set of text that is no ASCII', '{"a":1}', { set: { é: '😀\u2028' } }, '{"a":1,"é":"😀\u2028"}'],
    ['drop the first', '{ "a":1 , "b":2 }', { drop: ['a'] }, '{ "b":2 }'],
    ['drop the middle one', '{"a":1, "b":2, "c":3}', { drop: ['b'] }, '{"a":1, "c":3}'],
    ['drop the last', '{"a":1 , "b":2 }', { drop: ['b'] }, '{"a":1 }'],
    ['drop the only one', '{ "a":1 }', { drop: ['a'] }, '{  }'],
    ['drop all', '{"a":1,"b":2,"a":3}', { drop: ['a', 'b'] }, '{}'],
    ['drop the first two', '{"a":1,"b":2,"c":3}', { drop: ['a', 'b'] }, '{"c":3}'],
    ['drop duplicates', '{"a":1,"b":2,"a":3}', { drop: ['a'] }, '{"b":2}'],
    ['drop all and set', '{"a":1 }', { drop: ['a'], set: { b: 2 } }, '{"b":2 }'],
    ['drop and set again', '{"a":1,"b":2}', { drop: ['a'], set: { a: 3 } }, '{"b":2,"a":3}'],
    ['untouched duplicates stay', '{"a":1,"b":2,"a":3}', { set: { b: 4 } }, '{"a":1,"b":4,"a":3}'],
    ['a name that looks like a path is dropped', '{"a.b":1,"c":2}', { drop: ['a.b'] }, '{"c":2}'],
    [
      'drop below',
      '{"big":12345678901234567890,"a":{"b":1,"c":2}}',
      { drop: ['a.b'] },
      '{"big":12345678901234567890,"a":{"c":2}}',
    ],
    [
      'drop below keeps what it misses',
      '{"a": {"c":1.0}}',
      { drop: ['a.b', 'a.c.d', 'a[0]', 'c[*].d'] },
      '{"a": {"c":1.0}}',
    ],
    ['drop in every element', '{"t":[{"s":1,"n":2},5,{"n":3}]}', { drop: ['t[*].s'] }, '{"t":[{"n":2},5,{"n":3}]}'],
    ['drop in one element', '{"m":[{"n":1},{"n":2}]}', { drop: ['m[1].n'] }, '{"m":[{"n":1},{}]}'],
    ['drop an element', '{"m":[1,2,3]}', { drop: ['m[1]'] }, '{"m":[1,3]}'],
    [
      'drop deeper',
      '{"t":[{"f":{"p":{"$schema":1,"x":2}}}]}',
      { drop: ['t[*].f.p.$schema'] },
      '{"t":[{"f":{"p":{"x":2}}}]}',
    ],
    ['set below makes objects', '{}', { set: { 'a.b.c': 1 } }, '{"a":{"b":{"c":1}}}'],
    ['set below null makes an object', '{"a":null}', { set: { 'a.b': 1 } }, '{"a":{"b":1}}'],
    [
      'set below merges',
      '{"stream_options":{"x":1}}',
      { set: { 'stream_options.include_usage': true } },
      '{"stream_options":{"x":1,"include_usage":true}}',
    ],
    ['set below a text changes nothing', '{"a": "b"}', { set: { 'a.b': 1 } }, '{"a": "b"}'],
    ['set in every element', '{"t":[{},{"s":1},2]}', { set: { 't[*].s': false } }, '{"t":[{"s":false},{"s":false},2]}'],
    ['set an element', '{"t":[1,2]}', { set: { 't[0]': 9, 't[5]': 1 } }, '{"t":[9,2]}'],
    ['set makes no arrays', '{}', { set: { 't[0].a': 1, 'u.v[*].w': 2 } }, '{}'],
    ['rename keeps place and value', '{"a":1.0,"b":2}', { rename: { a: 'c' } }, '{"c":1.0,"b":2}'],
    ['rename to a name that is there', '{"a":1,"b":2}', { rename: { a: 'b' } }, '{"b":2}'],
    ['rename of equal names keeps the last', '{"a":1,"a":2}', { rename: { a: 'b' } }, '{"b":2}'],
    ['rename to itself', '{"a":1,"a":2}', { rename: { a: 'a' } }, '{"a":1,"a":2}'],
    [
      'rename, then drop, then set',
      '{"a":1,"b":2}',
      { rename: { a: 'c', b: 'd' }, drop: ['c'], set: { d: 3 } },
      '{"d":3}',
    ],
    ['rename and set below', '{"a":{"x":1}}', { rename: { a: 'b' }, set: { 'b.y': 2 } }, '{"b":{"x":1,"y":2}}'],
    ['__proto__ is set as a member', '{"a":1}', { set: proto }, '{"a":1,"__proto__":{"x":1}}'],
    ['__proto__ is dropped', '{"__proto__":1,"a":{"__proto__":2}}', { drop: ['__proto__', 'a.__proto__'] }, '{"a":{}}'],
    ['a path that is none is a name', '{"a[":1,"b":2}', { drop: ['a[', '..', '[0]', ''] }, '{"b":2}'],
    ['a BOM goes', '\ufeff{"a":1}', { set: { a: 2 } }, '{"a":2}'],
  ])('%s', (_, text, changes, wanted) => {
    expect(spliced(text, changes)).toBe(wanted);
    expect(sorted(edit(parseObject(text), changes))).toBe(sorted(JSON.parse(wanted)));
  });

  it('a path over __proto__ makes own properties and changes no prototype', () => {
    const changes: Edits = {
      set: { 'a.__proto__.polluted': true, '__proto__.polluted': true, 'constructor.prototype.polluted': true },
    };
    const changed = edit({}, changes);
    expect(spliced('{}', changes)).toBe(JSON.stringify(changed));
    expect(Object.getPrototypeOf(changed)).toBe(Object.prototype);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('the values of edits are not changed by later edits', () => {
    const changes: Edits = { set: { a: { x: 1 }, 'a.y': 2 } };
    expect(edit({}, changes)).toEqual({ a: { x: 1, y: 2 } });
    expect(changes).toEqual({ set: { a: { x: 1 }, 'a.y': 2 } });
  });

  it('100,000 levels pass beside an edit, and are refused inside one', () => {
    const deep = `{"a":{"n":${'['.repeat(100_000)}${']'.repeat(100_000)}},"b":1}`;
    expect(spliced(deep, { set: { b: 2 } })).toBe(deep.replace('"b":1', '"b":2'));
    expect(() => spliced(deep, { set: { 'a.x': 1 } })).toThrow(FieldError);
  });
});
