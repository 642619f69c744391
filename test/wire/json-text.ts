import fc from 'fast-check';
import type { JsonValue } from '../../src/wire/index.ts';

const blanks = fc.stringMatching(/^[ \n\r\t]{0,3}$/);
const names = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'model', 'tools', 'x') },
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '',
    'a.b',
    'a[0]',
    'é',
    '😀',
    '\ud800',
    'q"q',
    'back\\slash',
    'nul\0',
    '0',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
/** Spellings that parse and print again differently. */
const rareScalars = fc.constantFrom(
  '1.0',
  '-0',
  '1e5',
  '12345678901234567890123',
  '"\\u0041\\/"',
  '"\\ud800"',
  '"}{]["',
  '"\\\\"',
  '"a\\"b"',
  '"\\\\\\""',
);
const scalars = fc.oneof(
  rareScalars,
  fc.jsonValue({ maxDepth: 0 }).map((value) => JSON.stringify(value)),
);

/** A key as JSON text, some of its characters escaped without need. */
const keyText = fc
  .tuple(names, fc.boolean())
  .map(([name, escaped]) =>
    escaped
      ? `"${Array.from({ length: name.length }, (_, at) => `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(name),
  );

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    list(tie('value')).map((items) => `[${items}]`),
    objectText(tie('value')),
  ),
}));

function list(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(blanks, fc.array(fc.tuple(item, blanks, blanks), { maxLength: 4 })).map(([first, items]) => {
    const text = items.map(([one, before, after]) => `${before}${one}${after}`).join(',');
    return text === '' ? first : text;
  });
}

function objectText(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const member = fc
    .tuple(keyText, blanks, blanks, item)
    .map(([key, before, after, one]) => `${key}${before}:${after}${one}`);
  return list(member).map((members) => `{${members}}`);
}

/** The text of a JSON object with odd keys, duplicates, blanks and escapes. */
export const objectTexts: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('', '\ufeff'), blanks, objectText(value), blanks)
  .map(([bom, before, text, after]) => bom + before + text + after);

export const arrayTexts: fc.Arbitrary<string> = fc
  .tuple(blanks, list(value), blanks)
  .map(([before, items, after]) => `${before}[${items}]${after}`);

export const anyNames: fc.Arbitrary<string> = names;

export const jsonValues: fc.Arbitrary<JsonValue> = fc
  .jsonValue({ maxDepth: 2 })
  .map((one): JsonValue => JSON.parse(JSON.stringify(one)));

/** What the text says, as JSON.parse reads it. */
export function parse(text: string): JsonValue {
  return JSON.parse(text.replace(/^\ufeff/, ''));
}
