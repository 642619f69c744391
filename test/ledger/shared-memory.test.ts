import { expect, test } from 'vitest';
import type { Change } from '../../src/hub/index.ts';
import { createShared } from '../../src/ledger/index.ts';

/** 20 seconds into a minute. */
const start = 1_700_000_060_000;

function open() {
  const clock = { now: start };
  return { clock, shared: createShared(() => clock.now) };
}

test('who rests does so until then, by the latest word', () => {
  const { clock, shared } = open();
  expect(shared.resting('a')).toBeUndefined();
  shared.rest('a', start + 5000);
  expect([shared.resting('a'), shared.resting('b')]).toEqual([start + 5000, undefined]);
  clock.now += 4999;
  expect(shared.resting('a')).toBe(start + 5000);
  clock.now += 1;
  expect(shared.resting('a')).toBeUndefined();
  shared.rest('a', start + 90_000);
  shared.rest('a', 0);
  expect(shared.resting('a')).toBeUndefined();
});

test('counters are of the minute', () => {
  const { clock, shared } = open();
  expect([shared.add('x', 1), shared.add('x', 4), shared.add('y', 1)]).toEqual([1, 5, 1]);
  clock.now += 39_999;
  expect(shared.read('x')).toBe(5);
  clock.now += 1;
  expect([shared.read('x'), shared.add('y', 2)]).toEqual([0, 2]);
});

test('a flood of names leaves the latest', () => {
  const { shared } = open();
  for (let n = 0; n < 100_010; n++) shared.add(`counter ${n}`, 1);
  expect([shared.read('counter 0'), shared.read('counter 9'), shared.read('counter 10')]).toEqual([0, 0, 1]);
});

test('calls under way never get below none', () => {
  const { shared } = open();
  expect([shared.busy('a', 1), shared.busy('a', 1), shared.busy('a', -1), shared.busy('a', 0)]).toEqual([1, 2, 1, 1]);
  expect([shared.busy('b', -1), shared.busy('b', 1)]).toEqual([0, 1]);
});

test('times: the average of the last ten, for an hour', () => {
  const { clock, shared } = open();
  expect(shared.pace('a')).toBeUndefined();
  shared.took('a', 1_000_000);
  for (let n = 0; n < 10; n++) shared.took('a', n % 2 === 0 ? 10 : 20);
  expect([shared.pace('a'), shared.pace('b')]).toEqual([15, undefined]);
  clock.now += 3_599_999;
  shared.took('a', 100);
  expect(shared.pace('a')).toBeCloseTo((4 * 10 + 5 * 20 + 100) / 10);
  clock.now += 1;
  expect(shared.pace('a')).toBe(100);
});

test('what one process learns others take over, and it is not told again', () => {
  const one = open();
  const other = open();
  const told: Change[] = [];
  const again: Change[] = [];
  one.shared.onChange((change) => {
    told.push(change);
    other.shared.apply(change);
  });
  other.shared.onChange((change) => void again.push(change));
  one.shared.rest('a', start + 1000);
  one.shared.add('x', 3);
  one.shared.busy('a', 1);
  one.shared.busy('a', 0);
  one.shared.took('a', 70);
  const { shared } = other;
  expect([shared.resting('a'), shared.read('x'), shared.busy('a', 0), shared.pace('a')]).toEqual([
    start + 1000,
    3,
    1,
    70,
  ]);
  expect(told.map(({ type }) => type)).toEqual(['rest', 'add', 'busy', 'took']);
  expect(again).toEqual([]);
  other.clock.now += 60_000;
  one.shared.add('x', 1);
  expect(shared.read('x')).toBe(0);
});
