import { describe, expect, test } from 'vitest';
import type { Fallback, ProxyError, Routing } from '../../src/hub/index.ts';
import type { Trial } from '../../src/router/index.ts';
import { type Answers, clock, config, failing, one, tell } from './world.ts';

const alone = [one('a'), one('z', 'another')];
const two = [one('a'), one('b')];
const three = [...two, one('c')];

/** Who was asked, what was waited for, how it ended. Dice fall on the first. */
async function run(
  deployments: typeof two,
  answers: Answers,
  routing: Partial<Routing> = {},
  more: Partial<Trial> = {},
): Promise<string> {
  const world = clock(() => 0);
  const told = await tell(world, config(deployments, routing), answers, more);
  const waits = world.waits.length === 0 ? '' : `, after ${world.waits.join(' ')}`;
  return `${told.asked.join(' ')}${waits}: ${told.end}`;
}

const first = (code: string) => (nth: number) => (nth === 0 ? code : 'ok');

describe('retries', () => {
  const rows: [string, typeof two, Answers, Partial<Routing>, Partial<Trial>, string][] = [
    ['none for one deployment', alone, { a: '500' }, {}, {}, 'a: 500 it said 500'],
    ['two for several', three, { a: '500', b: '500' }, {}, {}, 'a b c: ok'],
    ['no more than two', [...three, one('d')], { a: '500', b: '500', c: '500' }, {}, {}, 'a b c: 500 it said 500'],
    ['as configured', three, { a: '500', b: '500' }, { retries: 1 }, {}, 'a b: 500 it said 500'],
    ['as the request says', three, { a: '500', b: '500' }, {}, { wishes: { retries: 1 } }, 'a b: 500 it said 500'],
    ['as the deployment says', [one('a', 'g', { retries: 0 }), one('b')], { a: '500' }, {}, {}, 'a: 500 it said 500'],
    ['by kind', three, { a: '500' }, { retryPolicy: { upstream: 0 } }, {}, 'a: 500 it said 500'],
    [
      'by kind, of the group',
      three,
      { a: '500' },
      { groupRetryPolicy: { g: { upstream: 0 } } },
      {},
      'a: 500 it said 500',
    ],
    ['by kind, of another group', two, { a: '500' }, { groupRetryPolicy: { x: { upstream: 0 } } }, {}, 'a b: ok'],
    ['of what is not retried, by kind', two, { a: '400' }, { retryPolicy: { 'invalid-request': 1 } }, {}, 'a b: ok'],
    ['not of a mistake', two, { a: '400' }, {}, {}, 'a: 400 it said 400'],
    ['not of a full window', two, { a: 'window' }, {}, {}, 'a: 400 it said window'],
    ['not of a refusal', two, { a: 'content' }, {}, {}, 'a: 400 it said content'],
    ['of a broken connection', two, { a: '502' }, {}, {}, 'a b: ok'],
    ['of a time-out', two, { a: '408' }, {}, {}, 'a b: ok'],
    ['of a bad key, elsewhere', two, { a: '401' }, {}, {}, 'a b: ok'],
    ['of a bad key, only elsewhere', two, { a: '401', b: '401' }, {}, {}, 'a b: 401 it said 401'],
    ['of a missing model, elsewhere', two, { a: '404' }, {}, {}, 'a b: ok'],
    ['of a forbidden one, elsewhere', two, { a: '403' }, {}, {}, 'a b: ok'],
    ['of a bad key, nowhere else', alone, { a: '401' }, { retries: 3 }, {}, 'a: 401 it said 401'],
    ['the next in order', [one('a', 'g', { order: 1 }), one('b', 'g', { order: 2 })], { a: '500' }, {}, {}, 'a b: ok'],
    ['not once the body is gone', two, { a: '500' }, { defaultFallbacks: ['g'] }, { once: true }, 'a: 500 it said 500'],
  ];
  test.each(rows)('%s', async (_, deployments, answers, routing, more, wanted) => {
    expect(await run(deployments, answers, routing, more)).toBe(wanted);
  });
});

describe('waits', () => {
  const rows: [string, typeof two, Answers, Partial<Routing>, string][] = [
    ['nothing where another is there', two, { a: '429:40' }, {}, 'a b: ok'],
    [
      'longer and longer',
      alone,
      { a: '500' },
      { retries: 6 },
      'a a a a a a a, after 375 750 1500 3000 6000 6000: 500 it said 500',
    ],
    ['as long as it says', alone, { a: first('429:7') }, { retries: 1 }, 'a a, after 7000: ok'],
    ['a minute at most', alone, { a: first('429:60') }, { retries: 1 }, 'a a, after 60000: ok'],
    ['not longer', alone, { a: first('429:61') }, { retries: 1 }, 'a: 429 it said 429:61'],
    [
      'at least what is configured',
      alone,
      { a: first('500') },
      { retries: 1, retryAfterMs: 3000 },
      'a a, after 3000: ok',
    ],
    ['more than it says', alone, { a: first('429:1') }, { retries: 1, retryAfterMs: 3000 }, 'a a, after 3000: ok'],
    ['until one of two is back', two, { a: '429:3', b: first('429:2') }, {}, 'a b b, after 2000: ok'],
    ['not for those that rest long', two, { a: '429', b: '429' }, { cooldownMs: 9000 }, 'a b: 429 it said 429'],
    ['for those that rest shortly', two, { a: first('429'), b: '429' }, { cooldownMs: 4000 }, 'a b a, after 4000: ok'],
  ];
  test.each(rows)('%s', async (_, deployments, answers, routing, wanted) => {
    expect(await run(deployments, answers, routing)).toBe(wanted);
  });

  test('no attempt begins ten minutes after the call', async () => {
    const world = clock(() => 0);
    const told = await tell(world, config(alone, { retries: 3 }), { a: '408' }, { ms: 300_000 });
    expect(told.asked).toEqual(['a', 'a']);
  });
});

test('all were let rest while it waited: what the provider said, not that nobody is there', async () => {
  const world = clock(() => 0);
  world.means.wait = async () => {
    world.shared.rest('a', world.now + 60_000);
  };
  const told = await tell(world, config(alone, { retries: 2 }), { a: '500' });
  expect(told).toMatchObject({ asked: ['a'], end: '500 it said 500' });
});

describe('a call that is over', () => {
  const gone = failing('500');
  const life = (): { reason: ProxyError | undefined; onEnd(): void } => ({ reason: undefined, onEnd: () => {} });

  test('stops at once, and nobody rests for it', async () => {
    const world = clock(() => 0);
    const ended = life();
    const leaves = (): string => {
      ended.reason = gone;
      return '429';
    };
    const of = config(two, { defaultFallbacks: ['g'] });
    const told = await tell(world, of, { a: leaves }, { life: ended });
    expect([told.asked, world.shared.resting('a'), world.shared.busy('a', 0)]).toEqual([['a'], undefined, 0]);
  });

  test('stops while it waits', async () => {
    const world = clock(() => 0);
    const ended = life();
    world.means.wait = async () => {
      ended.reason = gone;
    };
    const told = await tell(world, config(alone, { retries: 5 }), { a: '500' }, { life: ended });
    expect([told.asked, told.error]).toEqual([['a'], gone]);
  });
});

describe('fallbacks', () => {
  const groups = [one('a'), one('b', 'b'), one('c', 'c'), one('d', 'd'), one('e', 'e'), one('f', 'f'), one('h', 'h')];
  const changed: Fallback = { model: 'b', temperature: 0 };
  const rows: [string, Answers, Partial<Routing>, Partial<Trial>, string][] = [
    ['none', { a: '500' }, {}, {}, 'a: 500 it said 500'],
    ['of the group', { a: '500' }, { fallbacks: { g: ['b', 'c'] } }, {}, 'a b: ok'],
    ['one after the other', { a: '500', b: '429' }, { fallbacks: { g: ['b', 'c'] } }, {}, 'a b c: ok'],
    ['of any group', { a: '500' }, { fallbacks: { '*': ['c'] } }, {}, 'a c: ok'],
    ['of the group before those of any', { a: '500' }, { fallbacks: { '*': ['c'], g: ['b'] } }, {}, 'a b: ok'],
    ['for all', { a: '500' }, { defaultFallbacks: ['c'] }, {}, 'a c: ok'],
    [
      'for all, behind its own',
      { a: '500', b: '500' },
      { fallbacks: { g: ['b'] }, defaultFallbacks: ['c'] },
      {},
      'a b c: ok',
    ],
    ['after the retries', { a: '500' }, { retries: 1, fallbacks: { g: ['b'] } }, {}, 'a a b, after 375: ok'],
    ['also for a mistake', { a: '400' }, { fallbacks: { g: ['b'] } }, {}, 'a b: ok'],
    ['of a fallback', { a: '500', b: '500' }, { fallbacks: { g: ['b'], b: ['c'] } }, {}, 'a b c: ok'],
    [
      'of a fallback, before the next',
      { a: '500', b: '500' },
      { fallbacks: { g: ['b', 'd'], b: ['c'] } },
      {},
      'a b c: ok',
    ],
    ['in a circle', { a: '500', b: '500' }, { fallbacks: { g: ['b'], b: ['g', 'b'] } }, {}, 'a b: 500 it said 500'],
    ['all fail: the last error', { a: '500', b: '429:9' }, { fallbacks: { g: ['b'] } }, {}, 'a b: 429 it said 429:9'],
    ['to a name that nobody has', { a: '500' }, { fallbacks: { g: ['nobody', 'c'] } }, {}, 'a c: ok'],
    ['to nobody: the error before', { a: '500' }, { fallbacks: { g: ['nobody'] } }, {}, 'a: 500 it said 500'],
    [
      'as many as are allowed',
      { a: '500', b: '500', c: '500' },
      { fallbacks: { g: ['b', 'c', 'd'] }, maxFallbacks: 2 },
      {},
      'a b c: 500 it said 500',
    ],
    [
      'five',
      { a: '500', b: '500', c: '500', d: '500', e: '500', f: '500' },
      { fallbacks: { g: ['b', 'c', 'd', 'e', 'f', 'h'] } },
      {},
      'a b c d e f: 500 it said 500',
    ],
    [
      'of a full window first',
      { a: 'window' },
      { windowFallbacks: { g: ['b'] }, fallbacks: { g: ['c'] } },
      {},
      'a b: ok',
    ],
    [
      'of a full window, then the others',
      { a: 'window', b: '500' },
      { windowFallbacks: { g: ['b'] }, fallbacks: { g: ['c'] } },
      {},
      'a b c: ok',
    ],
    ['of a full window only then', { a: '500' }, { windowFallbacks: { g: ['b'] } }, {}, 'a: 500 it said 500'],
    [
      'of a refusal first',
      { a: 'content' },
      { contentFallbacks: { g: ['b'] }, fallbacks: { g: ['c'] } },
      {},
      'a b: ok',
    ],
    ['of a filtered answer', { a: 'filtered' }, { contentFallbacks: { g: ['b'] } }, {}, 'a b: ok'],
    ['of a filtered answer only then', { a: 'filtered' }, { fallbacks: { g: ['b'] } }, {}, 'a: filtered'],
    [
      'of a filtered answer not twice',
      { a: 'filtered', b: 'filtered' },
      { contentFallbacks: { g: ['b'], b: ['g'] } },
      {},
      'a b: filtered',
    ],
    [
      'of a filtered answer not of one that was named',
      { a: 'filtered' },
      { contentFallbacks: { g: ['b'] } },
      { pin: 'a' },
      'a: filtered',
    ],
    ['of a refusal only then', { a: 'window' }, { contentFallbacks: { g: ['b'] } }, {}, 'a: 400 it said window'],
    ['of the request', { a: '500' }, { fallbacks: { g: ['b'] } }, { wishes: { fallbacks: { '*': ['c'] } } }, 'a c: ok'],
    [
      'of the request only',
      { a: '500', c: '500' },
      { defaultFallbacks: ['b'] },
      { wishes: { fallbacks: { '*': ['c'] } } },
      'a c: 500 it said 500',
    ],
    ['of the request for a full window', { a: 'window' }, {}, { wishes: { windowFallbacks: { g: ['c'] } } }, 'a c: ok'],
    ['off', { a: '500' }, { fallbacks: { g: ['b'] } }, { wishes: { noFallbacks: true } }, 'a: 500 it said 500'],
    ['to see them', {}, { fallbacks: { g: ['b'] } }, { wishes: { pretends: 'upstream' } }, 'b: ok'],
    [
      'to see those of windows',
      {},
      { windowFallbacks: { g: ['b'] } },
      { wishes: { pretends: 'context-window' } },
      'b: ok',
    ],
    ['none with a pin', { a: '500' }, { fallbacks: { g: ['b'] } }, { pin: 'a' }, 'a: 500 it said 500'],
    ['with members of its own', { a: '500' }, { fallbacks: { g: [changed] } }, {}, 'a b: ok'],
  ];
  test.each(rows)('%s', async (_, answers, routing, more, wanted) => {
    expect(await run(groups, answers, routing, more)).toBe(wanted);
  });

  test('pretended without one: the error says what it is', async () => {
    expect(await run(groups, {}, {}, { wishes: { pretends: 'upstream' } })).toMatch(
      /^: 500 This is a mock exception for model=g/,
    );
  });

  test('an alias and what it stands for have the same', async () => {
    const of = (key: string) => config(groups, { fallbacks: { [key]: ['b'] } }, { aliases: { nick: 'g' } });
    for (const key of ['nick', 'g']) {
      expect((await tell(clock(), of(key), { a: '500' }, { model: 'nick' })).asked).toEqual(['a', 'b']);
    }
  });

  test('every attempt is told what was before it', async () => {
    const of = config(
      [...two, one('c', 'c'), one('d', 'c')],
      { fallbacks: { g: ['x', changed], '*': [] }, retries: 1 },
      { aliases: { b: 'c' } },
    );
    const told = await tell(
      clock(() => 0),
      of,
      { a: '500', b: '500', c: '500' },
    );
    expect(told.asked).toEqual(['a', 'b', 'c', 'd']);
    expect(told.tries).toEqual([
      { retries: 0, fallbacks: 0, mostRetries: 1 },
      { retries: 1, fallbacks: 0, mostRetries: 1 },
      { retries: 1, fallbacks: 1, mostRetries: 1, fallback: changed },
      { retries: 2, fallbacks: 1, mostRetries: 1, fallback: changed },
    ]);
    expect(told).toMatchObject({ retries: 2, fallbacks: 1 });
  });

  test('all of a group rest: the next group, and the provider that failed is named, not that nobody is there', async () => {
    const world = clock(() => 0);
    const of = config([...two, one('c', 'c'), one('d', 'c')], { fallbacks: { g: ['c'] }, retries: 1 });
    await tell(world, of, { a: '429:300', b: '429:300', c: '429:300', d: '429:300' });
    expect(await tell(world, of, {})).toMatchObject({ asked: [], error: { status: 429 } });
    world.shared.rest('c', 0);
    expect(await tell(world, of, {})).toMatchObject({ asked: ['c'], fallbacks: 1 });
    world.shared.rest('a', 0);
    world.shared.rest('c', world.now + 50_000);
    expect(await tell(world, of, { a: '503' })).toMatchObject({
      asked: ['a', 'a'],
      error: { message: 'it said 503' },
    });
  });
});

test('one deployment and nothing to choose: the shortest way, without a word to anybody', async () => {
  const world = clock();
  const of = config([one('a')], {}, { anyModel: true });
  const told = await tell(world, of, {});
  expect(told).toMatchObject({ asked: ['a'], tries: [{ retries: 0, fallbacks: 0, mostRetries: 0 }] });
  expect([world.shared.busy('a', 0), world.shared.read('ok:a')]).toEqual([0, 0]);
  told.over?.();
});
