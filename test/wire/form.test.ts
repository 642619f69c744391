import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundaryOf, FieldError, FormFilter } from '../../src/wire/index.ts';

interface Part {
  head: string;
  body: Buffer;
}

const field = (name: string, body: string | Buffer): Part => ({
  head: `Content-Disposition: form-data; name="${name}"`,
  body: Buffer.from(body),
});
const file = (name: string, body: string | Buffer): Part => ({
  head: `content-type: text/plain\r\ncontent-disposition: form-data; name=${name}; filename="a b.txt"`,
  body: Buffer.from(body),
});

function write(parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ head, body }) => [Buffer.from(`--b\r\n${head}\r\n\r\n`), body, Buffer.from('\r\n')]);
  return Buffer.concat([...pieces, Buffer.from('--b--')]);
}

/** What goes on, and what is taken, when the bytes come in pieces that end at `cuts`. */
function run(bytes: Buffer, cuts: readonly number[] = [], takes: readonly string[] = ['x', 'y']) {
  const out: Buffer[] = [];
  const taken: [string, string][] = [];
  const filter = new FormFilter('b', {
    takes: (name) => takes.includes(name),
    field: (name, value) => taken.push([name, value]),
    bytes: (piece) => out.push(Buffer.from(piece)),
  });
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    filter.push(bytes.subarray(from, cut));
    from = cut;
  }
  return { out: Buffer.concat(out), taken, complete: filter.complete };
}

const parts = [
  field('x', 'first'),
  field('purpose', 'batch'),
  file('x', '\r\n--bb\r\n--\r\n-\r\n--'),
  field('y', ''),
  file('empty', ''),
  field('é "q"'.replace('"q"', '%22q%22'), 'ü'),
  field('x', 'again\r\n--'),
];
const kept = [1, 2, 4, 5].flatMap((at) => parts[at] ?? []);

test('fields are taken out, the rest keeps its bytes', () => {
  const { out, taken, complete } = run(write(parts));
  expect(taken).toEqual([
    ['x', 'first'],
    ['y', ''],
    ['x', 'again\r\n--'],
  ]);
  expect(out.toString()).toBe(write(kept).toString());
  expect(complete).toBe(true);
});

test('the outcome does not depend on where the bytes were cut', () => {
  const bytes = write(parts);
  const whole = run(bytes);
  for (let cut = 0; cut <= bytes.length; cut++) expect(run(bytes, [cut])).toEqual(whole);
  expect(
    run(
      bytes,
      Array.from({ length: bytes.length }, (_, at) => at + 1),
    ),
  ).toEqual(whole);
});

test('any form of any bytes passes as it is', () => {
  const body = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  const tricky = fc
    .constantFrom('\r\n--', '--b', '\r\n-', '\n--b', '\r\r\n--', '--b--', '\r\n--bx', '\r\n--b-x')
    .map((text) => Buffer.from(text));
  const bodies = fc.array(fc.oneof(body, tricky), { maxLength: 6 }).map((all) => Buffer.concat(all));
  const anyForm = fc.array(
    bodies.filter((one) => !/\r\n--b(?:[ \t]*\r\n|--|[ \t]*\r?$)/.test(`\r\n${one.toString('latin1')}\r\n`)),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(anyForm, fc.array(fc.nat(300), { maxLength: 5 }), (all, at) => {
      const bytes = write(all.map((one, index) => (index % 2 === 0 ? file('f', one) : field('n', one))));
      const cuts = at.filter((cut) => cut < bytes.length).sort((a, b) => a - b);
      const { out, complete, taken } = run(bytes, cuts);
      expect(out.equals(bytes)).toBe(true);
      expect([complete, taken]).toEqual([true, []]);
    }),
  );
});

test('what stands before and behind the form is left out', () => {
  const bytes = Buffer.concat([Buffer.from('preamble\r\n'), write(kept), Buffer.from('\r\nepilogue --b')]);
  expect(run(bytes).out.toString()).toBe(write(kept).toString());
});

test.each([
  { name: 'a head without an end', text: `--b\r\n${'a'.repeat(70_000)}` },
  {
    name: 'a taken field that is too long',
    text: `--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n${'a'.repeat(70_000)}`,
  },
])('$name is no form', ({ text }) => {
  expect(() => run(Buffer.from(text))).toThrow(FieldError);
});

test.each(['--b x\r\n\r\n', `--b${' '.repeat(70_000)}`, '--b\r\nhead', '--b\r\nh: 1\r\n\r\nbody\r\n--b-'])(
  'a form without an end is not complete: %#',
  (text) => {
    expect(run(Buffer.from(text)).complete).toBe(false);
  },
);

test('the boundary of a content-type', () => {
  const rows: [string | undefined, string | undefined][] = [
    [undefined, undefined],
    ['application/json', undefined],
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data; charset=utf-8; boundary="a b;c"', 'a b;c'],
    ['multipart/form-data;boundary=----x; charset=utf-8', '----x'],
  ];
  for (const [type, boundary] of rows) expect(boundaryOf(type)).toBe(boundary);
  for (const type of [
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'a'.repeat(201)}`,
  ]) {
    expect(() => boundaryOf(type)).toThrow(FieldError);
  }
});
