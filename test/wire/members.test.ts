import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elements, FieldError, firstMember, type Members, members } from '../../src/wire/index.ts';
import { arrayTexts, objectTexts, parse } from './json-text.ts';

const deep = 100_000;
const nested = `${'['.repeat(deep)}${']'.repeat(deep)}`;

/** All members, read; undefined when the body or one of its values is refused with our error. */
function readAll(body: Buffer): [string, unknown][] | undefined {
  try {
    const read = members(body);
    for (const { value, end } of read.all) JSON.parse(String(read.body.subarray(value, end)));
    return read.names.map((name) => [name, read.get(name)]);
  } catch (error) {
    if (!(error instanceof SyntaxError)) expect(error).toBeInstanceOf(FieldError);
    return undefined;
  }
}

function textOfFirst({ all, body }: Members, name: string): string {
  const first = all.find(({ key }) => key === name);
  return String(body.subarray(first?.value, first?.end));
}

describe('members and elements, laws', () => {
  it('agree with JSON.parse on any object', () => {
    fc.assert(
      fc.property(objectTexts, (text) => {
        const whole = new Map(Object.entries(parse(text) ?? {}));
        const read = members(Buffer.from(text));
        for (const [name, value] of whole) {
          const list = read.elements(name)?.map((one): unknown => JSON.parse(String(one)));
          expect(JSON.stringify(list)).toBe(Array.isArray(value) ? JSON.stringify(value) : undefined);
          expect(JSON.stringify(JSON.parse(String(firstMember(read.body, name))))).toBe(
            JSON.stringify(JSON.parse(textOfFirst(read, name))),
          );
        }
        expect(firstMember(read.body, 'no such name')).toBeUndefined();
        expect(new Set(read.names)).toEqual(new Set(whole.keys()));
        expect(read.names).toHaveLength(whole.size);
        for (const [name, value] of whole) {
          expect(read.has(name)).toBe(true);
          expect(JSON.stringify(read.get(name))).toBe(JSON.stringify(value));
          expect(JSON.stringify(JSON.parse(String(read.bytes(name))))).toBe(JSON.stringify(value));
          const at = read.at(name);
          expect(JSON.parse(`{${read.body.subarray(at?.name, at?.end)}}`)).toEqual({ [name]: value });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('agree with JSON.parse on any array', () => {
    fc.assert(
      fc.property(arrayTexts, (text) => {
        const read = elements(Buffer.from(text))?.map((one) => JSON.parse(String(one)));
        expect(JSON.stringify(read)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 300 },
    );
  });

  it('a damaged text is refused, or its members are what the parser sees', () => {
    const damage = fc.tuple(fc.nat(200), fc.constantFrom('', '"', '\\', ',', ':', '{', '}', '[', ']', ' ', 'x', '\0'));
    fc.assert(
      fc.property(objectTexts, damage, (text, [place, byte]) => {
        const damaged = Buffer.from(`${text.slice(0, place)}${byte}${text.slice(place + 1)}`);
        const read = readAll(damaged);
        if (read !== undefined)
          expect(JSON.stringify(Object.fromEntries(read))).toBe(JSON.stringify(parse(String(damaged))));
      }),
      { numRuns: 500 },
    );
  });
});

describe('members, traps', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['an empty object', '{}', {}],
    ['a BOM', '\ufeff{"a":1}', { a: 1 }],
    ['blanks everywhere', ' \t\r\n{ "a" : 1 , "b" : [ ] } \n', { a: 1, b: [] }],
    ['the last of equal names', '{"a":1,"a":2}', { a: 2 }],
    ['equal names in two spellings', '{"a":1,"\\u0061":2}', { a: 2 }],
    ['a name with an escaped quote', '{"a\\"b":1}', { 'a"b': 1 }],
    ['a name that is no ASCII', '{"é😀":1}', { 'é😀': 1 }],
    ['a lone surrogate in name and value', '{"\\ud800":"\\udc00"}', { '\ud800': '\udc00' }],
    ['an escaped NUL', '{"a":"\\u0000"}', { a: '\0' }],
    ['brackets in strings', '{"a":"]}","b":"{["}', { a: ']}', b: '{[' }],
    ['a string that ends in a backslash', '{"a":"\\\\","b":1}', { a: '\\', b: 1 }],
    [
      'a long string of backslashes and quotes',
      JSON.stringify({ a: '\\"'.repeat(500), b: 1 }),
      { a: '\\"'.repeat(500), b: 1 },
    ],
    [
      'a quote far behind a run of backslashes',
      JSON.stringify({ a: `${'x'.repeat(90)}${'\\'.repeat(91)}"`, b: 2 }),
      { a: `${'x'.repeat(90)}${'\\'.repeat(91)}"`, b: 2 },
    ],
  ])('%s', (_, text, wanted) => {
    const read = members(Buffer.from(text));
    expect(Object.fromEntries(read.names.map((name) => [name, read.get(name)]))).toEqual(wanted);
    expect(read.names).toEqual(Object.keys(wanted));
  });

  it('__proto__ is a name like any other', () => {
    const read = members(Buffer.from('{"__proto__":{"admin":true},"a":{"__proto__":1}}'));
    expect(read.names).toEqual(['__proto__', 'a']);
    expect(read.get('__proto__')).toEqual({ admin: true });
    expect(read.has('toString')).toBe(false);
    expect(read.get('constructor')).toBeUndefined();
    expect(read.bytes('x')).toBeUndefined();
    expect(read.at('x')).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('100,000 levels of nesting', () => {
    const read = members(Buffer.from(`{"a":${nested},"b":1}`));
    expect(read.get('b')).toBe(1);
    expect(read.bytes('a')).toHaveLength(nested.length);
    expect(read.get('a')).toBeInstanceOf(Array);
    expect(elements(Buffer.from(nested))).toHaveLength(1);
  });

  it('a value with broken insides is found, and refused when it is read', () => {
    const read = members(Buffer.from('{"a":{"b":nope},"c":1}'));
    expect(read.get('c')).toBe(1);
    expect(String(read.bytes('a'))).toBe('{"b":nope}');
    expect(() => read.get('a')).toThrow("'a' is not valid JSON");
  });

  it('many members and many quotes cost linear time', () => {
    const time = (count: number): number => {
      const body = Buffer.from(
        `{${Array.from({ length: count }, (_, index) => `"k${index}":"\\"${'\\\\'.repeat(20)}"`).join(',')}}`,
      );
      const started = process.cpuUsage();
      members(body);
      return process.cpuUsage(started).user;
    };
    time(20_000);
    const small = Math.min(time(20_000), time(20_000), time(20_000));
    expect(Math.min(time(160_000), time(160_000))).toBeLessThan(8 * 6 * Math.max(small, 2_000));
  });
});

describe('members, refused', () => {
  it.each([
    ['nothing', '', 'an object was expected, found the end at byte 0'],
    ['only blanks', ' \n', 'found the end at byte 2'],
    ['an array', '[1]', "an object was expected, found '[' at byte 0"],
    ['a string', '"a"', 'an object was expected'],
    ['null', 'null', "found 'n' at byte 0"],
    ['a form', 'a=1&b=2', "found 'a' at byte 0"],
    ['no end', '{"a":1', "',' or '}' was expected, found the end at byte 6"],
    ['no end of a list', '{"a":[1', "a '{' or '[' without an end at byte 5"],
    ['no end of a string', '{"a":"b', 'a string without an end at byte 5'],
    ['no end after an escaped quote', '{"a":"b\\"}', 'a string without an end at byte 5'],
    ['a backslash as the last byte', '{"a":"b\\', 'a string without an end at byte 5'],
    ['no value', '{"a":}', "a value was expected, found '}' at byte 5"],
    ['no colon', '{"a" 1}', "':' was expected, found '1' at byte 5"],
    ['no comma', '{"a":1 "b":2}', "',' or '}' was expected"],
    ['a comma too many', '{"a":1,}', "a name in quotes was expected, found '}' at byte 7"],
    ['a name without quotes', '{a:1}', "a name in quotes was expected, found 'a' at byte 1"],
    ['a wrong escape in a name', '{"\\x":1}', 'a name with a wrong escape'],
    ['a line feed in a name', '{"a\nb":1}', 'a control character'],
    ['a NUL between members', '{"a":1,\0"b":2}', 'found the byte 0x00 at byte 7'],
    ['a wrong word', '{"a":nul}', "a value was expected, found 'n'"],
    ['a number with a leading zero', '{"a":01}', 'a value was expected'],
    ['NaN', '{"a":NaN}', 'a value was expected'],
    ['a wrong bracket', '{"a":1]', "',' or '}' was expected, found ']'"],
    ['garbage behind', '{"a":1}x', "the end was expected, found 'x' at byte 7"],
    ['a second object', '{}{}', "the end was expected, found '{' at byte 2"],
    ['a NUL behind', '{}\0', 'found the byte 0x00'],
    ['two BOMs', '\ufeff\ufeff{}', 'found the byte 0xef'],
    ['UTF-16', Buffer.from('{}', 'utf16le').toString('latin1'), 'found the byte 0x00 at byte 1'],
  ])('%s', (_, text, message) => {
    const refused = (): unknown => members(Buffer.from(text, 'utf8'));
    expect(refused).toThrow(FieldError);
    expect(refused).toThrow(message);
    expect(refused).toThrow('the body is not valid JSON: ');
  });
});

describe('elements', () => {
  it.each([
    ['an object', '{}'],
    ['a string', '"[]"'],
    ['nothing', ''],
  ])('%s is no array', (_, text) => {
    expect(elements(Buffer.from(text))).toBeUndefined();
  });

  it.each(['[', '[1', '[1,', '[1,]', '[,1]', '[1 2]', '[1}', '[1]x', '["a]'])('%s is broken', (text) => {
    expect(() => elements(Buffer.from(text))).toThrow(FieldError);
  });
});

describe('elements of a member, and the first member', () => {
  it.each(['{"a":[,1]}', '{"a":[1,]}', '{"a":[1,,2]}', '{"a":[ , ]}', '{"a":[,]}'])('%s is broken', (text) => {
    expect(() => members(Buffer.from(text)).elements('a')).toThrow(FieldError);
  });

  it.each<[string, string, string | undefined]>([
    ['blanks', '{"a":[ ]}', ''],
    ['nested lists and commas in strings', '{"a":[ [1,2] , "x,y" , {"b":[3,4]} ]}', '[1,2]|"x,y"|{"b":[3,4]}'],
    ['the last of equal names', '{"a":[1],"a":[2,3]}', '2|3'],
    ['no list', '{"a":{"b":[1]}}', undefined],
    ['nothing', '{}', undefined],
  ])('%s', (_, text, wanted) => {
    expect(members(Buffer.from(text)).elements('a')?.join('|')).toBe(wanted);
  });

  it('the first member is found without reading on', () => {
    expect(String(firstMember(Buffer.from(' {"x":[1], "role" : "user", broken'), 'role'))).toBe('"user"');
    expect(firstMember(Buffer.from('{}'), 'role')).toBeUndefined();
    for (const text of ['5', '', '{', '{"a":1', '{"a":1 "b":2}', '{"a":1,}', '{"a"}']) {
      expect(() => firstMember(Buffer.from(text), 'role')).toThrow(FieldError);
    }
  });
});
