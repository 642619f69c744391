import { describe, expect, test } from 'vitest';
import { type Config, type Json, ProxyError, plainRouting } from '../../src/hub/index.ts';
import { askAll, askFastest, modelsOf, type Part, partsOf } from '../../src/router/index.ts';
import { deployment } from '../translate/desk.ts';

const config: Config = {
  deployments: [deployment({}, { id: '1', group: 'a' }), deployment({}, { id: '2', group: 'one, name' })],
  ...{
    anyModel: false,
    aliases: { 'x,y': 'a' },
    clientKeys: false,
    privateMedia: false,
    port: 1,
    routing: plainRouting,
  },
  ...{ rootPath: '', allowedHosts: [], allowedOrigins: [], drainMs: 1, keepAliveMs: 1 },
  ...{ maxBody: 1, maxReply: 1, maxEvent: 1, secrets: [], mounts: [] },
};

const names: [string, Json | undefined, readonly string[] | undefined][] = [
  ['one name', 'a', undefined],
  ['nothing', undefined, undefined],
  ['a name of another type', 7, undefined],
  ['names with blanks', ' a , b/c,d ', ['a', 'b/c', 'd']],
  ['the same name twice', 'a,a', ['a', 'a']],
  ['a comma too many', 'a,,b,', ['a', 'b']],
  ['a deployment that is called so', 'one, name', undefined],
  ['an alias that is called so', 'x,y', undefined],
  ['a list', ['a', ' b '], ['a', 'b']],
  ['a list of one', ['a'], ['a']],
  ['a listed name with a comma', ['one, name', 'a'], ['one, name', 'a']],
];
test.each(names)('the models of %s', (_, model, wanted) => {
  expect(modelsOf(model, config)).toEqual(wanted);
});

test.each<[Json, string]>([
  [',', 'model'],
  [[], 'model'],
  [['a', 7], 'model[1]'],
  [['a', ' '], 'model[1]'],
  [[['a']], 'model[0]'],
])('%j names no models', (model, param) => {
  let thrown: unknown;
  try {
    modelsOf(model, config);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ProxyError);
  expect(thrown).toMatchObject({ kind: 'invalid-request', facts: { param } });
});

test('every model is asked every conversation, in order', () => {
  expect(partsOf(['a', 'b'], 2).map(({ model, conversation, place }) => [place, conversation, model])).toEqual([
    [0, 0, 'a'],
    [1, 0, 'b'],
    [2, 1, 'a'],
    [3, 1, 'b'],
  ]);
  expect(partsOf(Array(100).fill('a'), 1)).toHaveLength(100);
  expect(() => partsOf(Array(51).fill('a'), 2)).toThrow(/at most 100/);
});

/** Parts that answer when told to. */
function stage(count: number) {
  const parts = partsOf(
    Array.from({ length: count }, (_, index) => `m${index}`),
    1,
  );
  const begun: number[] = [];
  const lost: number[] = [];
  const settle = new Map<number, { yes: (value: string) => void; no: (error: unknown) => void }>();
  const ask = ({ place }: Part): Promise<string> =>
    new Promise((yes, no) => {
      begun.push(place);
      settle.set(place, { yes, no });
    });
  const act = async (place: number, outcome: string | Error): Promise<void> => {
    const one = settle.get(place);
    if (typeof outcome === 'string') one?.yes(outcome);
    else one?.no(outcome);
    await new Promise(setImmediate);
  };
  return { parts, begun, lost, ask, act, lose: ({ place }: Part) => void lost.push(place) };
}

describe('all', () => {
  test('are told in order whatever order they came in, failures in place', async () => {
    const { parts, ask, act } = stage(3);
    const all = askAll(parts, ask);
    const broken = new Error('no');
    await act(2, 'c');
    await act(1, broken);
    await act(0, 'a');
    expect(await all).toEqual([{ value: 'a' }, { error: broken }, { value: 'c' }]);
  });

  test('eight at once', async () => {
    const { parts, ask, act, begun } = stage(10);
    const all = askAll(parts, ask);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await act(5, new Error('no'));
    expect(begun.at(-1)).toBe(8);
    await act(8, 'i');
    expect(begun).toHaveLength(10);
    for (const place of [0, 1, 2, 3, 4, 6, 7, 9]) await act(place, 'x');
    expect(await all).toHaveLength(10);
  });
});

describe('the fastest', () => {
  test('wins, behind failures; the others are told', async () => {
    const { parts, ask, act, lost, lose } = stage(3);
    const race = askFastest(parts, ask, lose);
    await act(0, new Error('no'));
    await act(2, 'c');
    expect(await race).toEqual({ winner: parts[2], value: 'c' });
    expect(lost).toEqual([1]);
    await act(1, 'late');
    expect(lost).toEqual([1]);
  });

  test('of many: a failure makes room, a success ends the line', async () => {
    const { parts, ask, act, begun, lost, lose } = stage(12);
    const race = askFastest(parts, ask, lose);
    await act(3, new Error('no'));
    expect(begun).toHaveLength(9);
    await act(8, 'won');
    expect(await race).toMatchObject({ value: 'won' });
    await act(0, new Error('no'));
    expect(begun).toHaveLength(9);
    expect(lost).toEqual([0, 1, 2, 4, 5, 6, 7]);
  });

  test('nobody', async () => {
    const { parts, ask, act, lose } = stage(2);
    const race = askFastest(parts, ask, lose);
    await act(1, new Error('b'));
    await act(0, new Error('a'));
    expect(await race).toEqual({ errors: [new Error('a'), new Error('b')] });
  });
});
