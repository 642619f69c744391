import { expect, test } from 'vitest';
import type { Routing } from '../../src/hub/index.ts';
import { type Answers, clock, config, one, start, tell } from './world.ts';

const two = [one('a'), one('b')];
const alone = [one('a'), one('z', 'another')];

/** Milliseconds that `a` rests after so many calls that are sent there; undefined: it does not. */
async function rest(
  answers: readonly string[],
  { deployments = two, ...routing }: Partial<Routing> & { deployments?: typeof two } = {},
): Promise<number | undefined> {
  const world = clock(() => 0);
  const of = config(deployments, { retries: 0, ...routing });
  for (const a of answers) await tell(world, of, { a });
  const until = world.shared.resting('a');
  return until === undefined ? undefined : until - start;
}

const times = (n: number, code: string): string[] => Array.from({ length: n }, () => code);

test.each<[string, string[], Parameters<typeof rest>[1], number | undefined]>([
  ['a 429 at once', ['429'], {}, 5000],
  ['a 429 as long as it says', ['429:17'], {}, 17_000],
  ['a 429 that says 0', ['429:0'], {}, 5000],
  ['a 429 that says a year', ['429:31536000'], {}, 86_400_000],
  ['a 429 by the time of the configuration', ['429'], { cooldownMs: 1234 }, 1234],
  ['a 429 by its own time', ['429'], { deployments: [one('a', 'g', { cooldownMs: 99 }), one('b')] }, 99],
  ['a 401 for long', ['401'], {}, 600_000],
  ['a 503 that says how long, once it is too much', times(5, '503:9'), {}, 9000],
  ['four 500s', times(4, '500'), {}, undefined],
  ['five 500s', times(5, '500'), {}, 5000],
  ['half of the calls', ['ok', '500', 'ok', '500', 'ok', '500', 'ok', '500'], {}, undefined],
  ['more than half of the calls', ['ok', '500', '500', 'ok', '500', '500'], {}, 5000],
  ['five time-outs', times(5, '408'), {}, 5000],
  ['five broken connections', times(5, '502'), {}, 5000],
  ['five 404s', times(5, '404'), {}, 5000],
  ['mistakes of the request', times(20, '400'), {}, undefined],
  ['windows that are full', times(20, 'window'), {}, undefined],
  ['403s', times(20, '403'), {}, undefined],
  ['fewer failures than are allowed', times(3, '500'), { allowedFails: 3 }, undefined],
  ['more failures than are allowed', times(4, '500'), { allowedFails: 3 }, 5000],
  ['many failures that are allowed', times(20, '500'), { allowedFails: 20 }, undefined],
  ['429s that are allowed', times(2, '429'), { allowedFailsPolicy: { 'rate-limit': 2 } }, undefined],
  ['429s that are not', times(3, '429'), { allowedFailsPolicy: { 'rate-limit': 2 } }, 5000],
  ['401s that are allowed', times(2, '401'), { allowedFailsPolicy: { authentication: 2 } }, undefined],
  ['another kind than the allowed one', times(5, '500'), { allowedFailsPolicy: { timeout: 50 } }, 5000],
  ['cooldowns are off', times(20, '429'), { cooldowns: false }, undefined],
  ['a deployment that is alone', times(50, '429'), { deployments: alone }, undefined],
  ['one that is alone and always fails', times(1000, '500'), { deployments: alone }, 5000],
  ['one that is alone and once did not', ['ok', ...times(1000, '500')], { deployments: alone }, undefined],
])('%s', async (_, answers, routing, wanted) => {
  expect(await rest(answers, routing)).toBe(wanted);
});

test('failures of another minute do not count', async () => {
  const world = clock(() => 0);
  const of = config(two, { retries: 0 });
  for (let n = 0; n < 4; n++) await tell(world, of, { a: '500' });
  world.now += 60_000;
  await tell(world, of, { a: '500' });
  expect(world.shared.resting('a')).toBeUndefined();
});

test('who rests is left out, and called again when it is over', async () => {
  const world = clock(() => 0);
  const of = config(two);
  expect(await tell(world, of, { a: '429:30' })).toMatchObject({ asked: ['a', 'b'], end: 'ok', retries: 1 });
  world.now += 29_999;
  expect((await tell(world, of, {})).asked).toEqual(['b']);
  world.now += 1;
  expect((await tell(world, of, {})).asked).toEqual(['a']);
});

test('all rest: 429 that says when the first is back', async () => {
  const world = clock(() => 0);
  const of = config(two, { retries: 1 });
  await tell(world, of, { a: '429:120', b: '429:90' });
  world.now += 30_000;
  const told = await tell(world, of, {});
  expect(told).toMatchObject({ asked: [], error: { kind: 'rate-limit', facts: { retryAfterMs: 60_000 } } });
  expect(told.end).toBe(
    '429 No deployments available for selected model, Try again in 60 seconds. Passed model=g. cooldown_list=[a, b]',
  );
});

test('keys k1 and k2: a 401 takes one out, the other goes on; the last is never taken out', async () => {
  const world = clock(() => 0);
  const keys = config([one('k1', 'openai/x'), one('k2', 'openai/x')], {}, { anyModel: true });
  expect(await tell(world, keys, { k1: '401' })).toMatchObject({ asked: ['k1', 'k2'], end: 'ok', retries: 1 });
  for (let n = 0; n < 20; n++) expect((await tell(world, keys, {})).asked).toEqual(['k2']);
  const both: Answers = { k1: '401', k2: '401' };
  expect(await tell(world, keys, both)).toMatchObject({
    asked: ['k2'],
    error: { status: 401, message: 'it said 401' },
  });
  expect(await tell(world, keys, both)).toMatchObject({ asked: ['k2'], error: { status: 401 } });
  world.now += 600_000;
  expect((await tell(world, keys, {})).asked).toEqual(['k1']);
});

test('an answer that breaks when it has begun counts, one whose client leaves does not', async () => {
  const world = clock(() => 0);
  const of = config(two, { allowedFails: 0 });
  const life = { reason: undefined, onEnd: () => {} } as { reason: unknown; onEnd(): void };
  const left = await tell(world, of, {}, { life: life as never });
  life.reason = 'left';
  left.over?.({ error: (await tell(world, config([one('x')]), { x: '500' })).error as never });
  expect(world.shared.resting('a')).toBeUndefined();
  const broken = await tell(world, of, {});
  broken.over?.({ error: (await tell(world, config([one('x')]), { x: '500' })).error as never });
  expect(world.shared.resting('a')).toBe(start + 5000);
});
