import { afterEach, expect, it, vi } from 'vitest';
import { inTime } from '../../src/upstream/in-time.ts';
import { oneAtATime } from '../../src/upstream/one-at-a-time.ts';

afterEach(() => void vi.useRealTimers());
const never = () => new Promise<string>(() => {});

it.each<[string, () => Promise<string>, number, object]>([
  ['what is there in time', () => Promise.resolve('x'), 50, { value: 'x' }],
  ['what fails in time', () => Promise.reject(new Error('no')), 50, { reason: { message: 'no' } }],
  ['what never comes', never, 50, { reason: { kind: 'timeout', message: 'no token within 0.1 s' } }],
])('%s', async (_, begin, ms, outcome) => {
  const [settled] = await Promise.allSettled([inTime(begin(), ms, 'token')]);
  expect(settled).toMatchObject(outcome);
});

it('work that hangs is begun anew by who asks after half a minute', async () => {
  vi.useFakeTimers();
  const works = [never, () => Promise.resolve('second')];
  const ask = oneAtATime(() => works.shift()?.() ?? never());
  const both = Promise.allSettled([ask(), ask()]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await both).toMatchObject([{ reason: { kind: 'timeout' } }, { reason: { kind: 'timeout' } }]);
  await expect(ask()).resolves.toBe('second');
});
