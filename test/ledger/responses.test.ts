import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { createResponses } from '../../src/ledger/index.ts';

const day = 24 * 3600 * 1000;
const said = (text: string): JsonObject => ({ role: 'user', content: text });
const told = (id: string, text: string): JsonObject => ({ id: `msg_${id}`, type: 'message', content: text });

function turn(id: string, text: string, previous?: string) {
  const ours = { response: { id, output: [told(id, text)] }, input: [said(`ask ${text}`)] };
  return { id, deployment: 'd', model: 'm', ours: previous === undefined ? ours : { ...ours, previous } };
}

test('a conversation is what was said and answered, oldest first', () => {
  const all = createResponses(() => 0);
  all.keep(turn('a', 'one'));
  all.keep(turn('b', 'two', 'a'));
  expect(all.history('b')).toEqual({ items: [said('ask one'), told('a', 'one'), said('ask two'), told('b', 'two')] });
  expect(all.item('msg_a')).toEqual(told('a', 'one'));
  expect(all.remove('a')).toBe(true);
  expect(all.remove('a')).toBe(false);
  expect(all.history('b')).toEqual({ missing: 'a' });
  expect(all.item('msg_a')).toBeUndefined();
});

test('what a provider keeps has no history here', () => {
  const all = createResponses(() => 0);
  all.keep({ id: 'x', deployment: 'd', model: 'm' });
  expect(all.find('x')).toMatchObject({ deployment: 'd' });
  expect(all.history('x')).toEqual({ missing: 'x' });
});

test('a conversation that goes in a circle ends', () => {
  const all = createResponses(() => 0);
  all.keep(turn('a', 'one', 'b'));
  all.keep(turn('b', 'two', 'a'));
  expect(all.history('b')).toMatchObject({ items: { length: 4 } });
});

test('answers are kept for 30 days', () => {
  let now = 0;
  const all = createResponses(() => now);
  all.keep(turn('a', 'one'));
  now = 30 * day;
  expect(all.find('a')).toMatchObject({ id: 'a' });
  now += 1;
  expect(all.find('a')).toBeUndefined();
});

test('over the limits those that were used longest ago go first', () => {
  const all = createResponses(() => 0, { count: 2, bytes: 1e6, ms: day });
  all.keep(turn('a', 'one'));
  all.keep(turn('b', 'two'));
  all.find('a');
  all.keep(turn('c', 'three'));
  expect(['a', 'b', 'c'].map((id) => all.find(id) !== undefined)).toEqual([true, false, true]);

  const small = createResponses(() => 0, { count: 100, bytes: 4000, ms: day });
  for (const id of ['a', 'b', 'c']) small.keep(turn(id, 'x'.repeat(300)));
  expect(['a', 'b', 'c'].map((id) => small.find(id) !== undefined)).toEqual([false, true, true]);
  small.keep(turn('d', 'x'.repeat(10_000)));
  expect(small.find('d')).toBeUndefined();
  expect(small.find('c')?.id).toBe('c');
});

test('the same id again replaces', () => {
  const all = createResponses(() => 0, { count: 100, bytes: 3000, ms: day });
  for (let n = 0; n < 50; n++) all.keep(turn('a', `number ${n}`));
  all.keep(turn('b', 'two'));
  expect(all.find('a')?.ours?.input).toEqual([said('ask number 49')]);
});
