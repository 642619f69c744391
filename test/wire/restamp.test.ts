import { expect, test } from 'vitest';
import { restamp } from '../../src/wire/index.ts';

test.each([
  ['first', '{"model":"a","x":1}', '{"model":"b","x":1}'],
  [
    'later',
    '{ "id": "model", "o": {"model": "a"}, "model" : "a" , "x": [] }',
    '{ "id": "model", "o": {"model": "a"}, "model" : "b" , "x": [] }',
  ],
  ['twice alike', '{"model":"a","model":"a"}', '{"model":"b","model":"a"}'],
  ['another', '{"model":"c","model":"a"}', undefined],
  ['escaped', '{"model":"\\u0061"}', undefined],
  ['none', '{"x":"a"}', undefined],
  ['no object', '[]', undefined],
  ['with a byte order mark', '\uFEFF{"model":"a"}', undefined],
])('the name in a reply: %s', (_, body, stamped) => {
  expect(restamp(Buffer.from(body), 'model', 'a', 'b')?.toString()).toBe(stamped);
});

test('is the same bytes elsewhere, in a slice of a larger buffer too', () => {
  const slice = Buffer.from('  {"é":"ü","model":"gpt","text":"…"}  ').subarray(2);
  expect(restamp(slice, 'model', 'gpt', 'ünser "Modell"')?.toString()).toBe(
    '{"é":"ü","model":"ünser \\"Modell\\"","text":"…"}  ',
  );
});
