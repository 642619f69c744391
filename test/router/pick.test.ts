import { describe, expect, test } from 'vitest';
import type { Routing, Share } from '../../src/hub/index.ts';
import { clock, config, one, start, tell } from './world.ts';

/** How often each is called, of 1000 calls with dice that fall everywhere. */
async function spread(shares: Record<string, Share | undefined>, routing: Partial<Routing> = {}): Promise<string> {
  let n = 0;
  const world = clock(() => (n++ % 1000) / 1000);
  const of = config(
    Object.entries(shares).map(([id, share]) => one(id, 'g', share)),
    routing,
  );
  const counts: Record<string, number> = {};
  for (let call = 0; call < 1000; call++) {
    const { asked, over } = await tell(world, of, {});
    for (const id of asked) counts[id] = (counts[id] ?? 0) + 1;
    over?.();
  }
  return Object.entries(counts)
    .sort()
    .map(([id, count]) => `${id} ${count}`)
    .join(', ');
}

test.each<[string, Record<string, Share | undefined>, string]>([
  ['evenly', { a: undefined, b: {} }, 'a 500, b 500'],
  ['by weight', { a: { weight: 3 }, b: { weight: 1 } }, 'a 750, b 250'],
  ['by weight before rpm', { a: { weight: 9, rpm: 1e6 }, b: { weight: 1, rpm: 1e6 } }, 'a 900, b 100'],
  ['who has no weight weighs 1', { a: { weight: 4 }, b: {} }, 'a 800, b 200'],
  ['a weight of 0 is never called', { a: { weight: 0 }, b: { weight: 2 } }, 'b 1000'],
  ['no weight at all: evenly', { a: { weight: 0 }, b: { weight: 0 } }, 'a 500, b 500'],
  ['by rpm', { a: { rpm: 9000 }, b: { rpm: 1000 } }, 'a 900, b 100'],
  ['by tpm', { a: { tpm: 1000 }, b: { tpm: 3000 } }, 'a 250, b 750'],
  ['evenly where not all have an rpm', { a: { rpm: 9000 }, b: {} }, 'a 500, b 500'],
  ['the lowest order first', { a: { order: 2 }, b: { order: 1 }, c: { order: 1 }, d: {} }, 'b 500, c 500'],
])('shuffle: %s', async (_, shares, wanted) => {
  expect(await spread(shares)).toBe(wanted);
});

test('least-busy: who has the fewest calls under way', async () => {
  const world = clock(() => 0);
  const of = config([one('a'), one('b')], { strategy: 'least-busy' });
  const first = await tell(world, of, {});
  const second = await tell(world, of, {});
  expect([first.asked, second.asked]).toEqual([['a'], ['b']]);
  second.over?.();
  second.over?.();
  expect((await tell(world, of, {})).asked).toEqual(['b']);
  expect(world.shared.busy('b', 0)).toBe(1);
  first.over?.();
  await tell(world, of, { a: '500', b: '500' }, { wishes: { retries: 0 } });
  expect([world.shared.busy('a', 0), world.shared.busy('b', 0)]).toEqual([0, 1]);
});

test('latency: by the token of whole answers, to the first token of streams; who was never asked goes first', async () => {
  const world = clock(() => 0);
  const of = config([one('a'), one('b')], { strategy: 'latency' });
  const whole = async (ms: number, output: number): Promise<string | undefined> => {
    const { asked, over } = await tell(world, of, {}, { ms });
    over?.({ usage: { input: 1, output } });
    return asked[0];
  };
  expect(await whole(1000, 100)).toBe('a');
  expect(await whole(900, 10)).toBe('b');
  expect(await whole(1000, 100)).toBe('a');
  // Streams have times of their own.
  const stream = async (ms: number): Promise<string | undefined> => {
    const { asked, over } = await tell(world, of, {}, { ms, stream: true });
    over?.();
    return asked[0];
  };
  expect([await stream(50), await stream(40), await stream(40)]).toEqual(['a', 'b', 'b']);
  for (let n = 0; n < 10; n++) world.shared.took('first:b', 400);
  expect(await stream(60)).toBe('a');
  world.now += 3_600_001;
  expect([await stream(50), await stream(50)]).toEqual(['a', 'b']);
});

test('latency: a time-out counts as very slow', async () => {
  const world = clock(() => 0);
  const of = config([one('a'), one('b')], { strategy: 'latency', retries: 0 });
  await tell(world, of, { a: '408' });
  const { asked, over } = await tell(world, of, {}, { ms: 5000 });
  over?.({ usage: { input: 1, output: 1 } });
  expect(asked).toEqual(['b']);
  expect((await tell(world, of, {})).asked).toEqual(['b']);
});

test('usage: who had the fewest tokens this minute', async () => {
  const world = clock(() => 0);
  const of = config([one('a'), one('b')], { strategy: 'usage' });
  const first = await tell(world, of, {});
  first.over?.({ usage: { input: 90, output: 10 } });
  const second = await tell(world, of, {});
  second.over?.({ usage: { input: 30, output: 10 } });
  const third = await tell(world, of, {});
  third.over?.({ usage: { input: 900, output: 10 } });
  expect([first.asked, second.asked, third.asked, (await tell(world, of, {})).asked]).toEqual([
    ['a'],
    ['b'],
    ['b'],
    ['a'],
  ]);
  world.now += 60_000;
  expect((await tell(world, of, {})).asked).toEqual(['a']);
});

test.each([
  ['by its own price', { input: 2, output: 2 }, { input: 1, output: 2 }, 9, ['b']],
  ['by the price list', undefined, { input: 5, output: 5 }, 9, ['a']],
  ['what has no price is the dearest', undefined, { input: 5, output: 5 }, undefined, ['b']],
])('cost: %s', async (_, a, b, listed, asked) => {
  const world = clock(() => 0);
  world.means.price = () => listed;
  const of = config([one('a', 'g', undefined, a && { price: a }), one('b', 'g', undefined, { price: b })], {
    strategy: 'cost',
  });
  expect((await tell(world, of, {})).asked).toEqual(asked);
});

describe('limits', () => {
  test('rpm: full ones are left out until the next minute', async () => {
    const world = clock(() => 0);
    world.now = start + 15_500;
    const of = config([one('a', 'g', { rpm: 2 }), one('b', 'g', { rpm: 1 })]);
    const asked = [];
    for (let call = 0; call < 4; call++) asked.push(await tell(world, of, {}));
    expect(asked.flatMap((told) => told.asked)).toEqual(['a', 'a', 'b']);
    expect(asked[3]?.error).toMatchObject({ kind: 'rate-limit', status: 429, facts: { retryAfterMs: 44_500 } });
    expect(asked[3]?.end).toMatch(
      /No deployments available for selected model, Try again in 45 seconds\. Passed model=g/,
    );
    world.now = start + 60_000;
    expect((await tell(world, of, {})).asked).toEqual(['a']);
  });

  test('tpm: tokens of answers', async () => {
    const world = clock(() => 0);
    const of = config([one('a', 'g', { tpm: 100 })]);
    (await tell(world, of, {})).over?.({ usage: { input: 60, output: 30 } });
    (await tell(world, of, {})).over?.({ usage: { input: 60, output: 30 } });
    expect((await tell(world, of, {})).error?.status).toBe(429);
  });

  test('parallel: calls at the same time', async () => {
    const world = clock(() => 0);
    const of = config([one('a', 'g', { parallel: 1 })]);
    const { over } = await tell(world, of, {});
    expect((await tell(world, of, {})).error).toMatchObject({ kind: 'rate-limit', facts: { retryAfterMs: 1000 } });
    over?.();
    expect((await tell(world, of, {})).end).toBe('ok');
  });
});

describe('windows', () => {
  const of = config([one('small', 'g', { window: 100 }), one('big', 'g', { window: 1000 }), one('huge', 'huge')], {
    checksWindow: true,
    windowFallbacks: { g: ['huge'] },
  });
  const calls: [string, number, string][] = [
    ['all hold it', 100, 'small'],
    ['one holds it', 101, 'big'],
    ['nobody does: the fallback', 1001, 'huge'],
  ];
  test.each(calls)('%s', async (_, tokens, id) => {
    const { asked, end } = await tell(
      clock(() => 0),
      of,
      {},
      { tokens: async () => tokens },
    );
    expect([asked, end]).toEqual([[id], 'ok']);
  });

  test('nobody and no fallback: context-window', async () => {
    const told = await tell(clock(), of, {}, { tokens: async () => 5000, wishes: { noFallbacks: true } });
    expect(told).toMatchObject({ asked: [], error: { kind: 'context-window', status: 400 } });
    expect(told.end).toMatch(/No models have context window large enough.*g takes 1000 .* about 5000/);
  });

  test('nothing is counted where nothing is checked', async () => {
    const tokens = async (): Promise<number> => expect.fail('counted');
    const off = { ...of, routing: { ...of.routing, checksWindow: false } };
    expect((await tell(clock(), off, {}, { tokens })).end).toBe('ok');
    const unknown = config([one('a'), one('b')], { checksWindow: true });
    expect((await tell(clock(), unknown, {}, { tokens })).end).toBe('ok');
  });
});

describe('tags', () => {
  const all = [one('free', 'g', { tags: ['free'] }), one('paid', 'g', { tags: ['paid', 'eu'] }), one('none', 'g')];
  const usual = [...all, one('usual', 'g', { tags: ['default'] })];
  const rows: [string, typeof all, 'any' | 'all' | undefined, string[], string | undefined][] = [
    ['one tag', all, 'any', ['paid'], 'paid'],
    ['any of two', all, 'any', ['paid', 'us'], 'paid'],
    ['all of two', all, 'all', ['eu', 'paid'], 'paid'],
    ['not all of two', all, 'all', ['paid', 'us'], undefined],
    ['not all of two, with a default', usual, 'all', ['paid', 'us'], 'usual'],
    ['nobody has it', all, 'any', ['x'], undefined],
    ['nobody has it, with a default', usual, 'any', ['x'], 'usual'],
    ['no tags', all, 'any', [], 'free none paid'],
    ['no tags, with a default', usual, 'any', [], 'usual'],
    ['no filter', all, undefined, ['paid'], 'free none paid'],
  ];
  test.each(rows)('%s', async (_, deployments, rule, tags, ids) => {
    const seen = new Set<string>();
    for (const random of [0, 0.4, 0.9]) {
      const told = await tell(
        clock(() => random),
        config(deployments, rule && { tags: rule }),
        {},
        { tags },
      );
      for (const id of told.asked) seen.add(id);
      if (ids === undefined) {
        expect(told.error).toMatchObject({ status: 401 });
        expect(told.end).toMatch(/Not allowed to access model due to tags configuration\. Passed model=g and tags=\[/);
      }
    }
    expect([...seen].sort().join(' ')).toBe(ids ?? '');
  });
});
