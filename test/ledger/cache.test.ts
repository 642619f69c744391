import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheSettings } from '../../src/hub/index.ts';
import { Caches, type KeptAnswer } from '../../src/ledger/index.ts';

let now = 0;
const notes: string[] = [];
beforeEach(() => {
  now = 1_000_000;
  notes.length = 0;
});

const world = {
  now: () => now,
  note: (level: string, text: string) => void notes.push(`${level}: ${text}`),
  loadRedis: () => {
    throw new Error('a cache in Redis needs the package ioredis');
  },
};

function settings(more: Partial<CacheSettings> = {}): CacheSettings {
  return { kind: 'memory', most: 100_000, onDemand: false, operations: ['chat'], ...more };
}

function answer(text: string): KeptAnswer {
  return {
    at: now,
    kind: 'whole',
    type: 'application/json',
    facts: {},
    dropped: [],
    pieces: [],
    body: Buffer.from(text),
  };
}

const wholeDay = 86_400_000;

describe('in memory', () => {
  test.each([
    ['ten minutes where nothing is said', {}, undefined, 600_000],
    ["the settings' time", { ttlMs: 5000 }, undefined, 5000],
    ["the call's own time", { ttlMs: 5000 }, wholeDay, wholeDay],
    ["the call's own shorter time", { ttlMs: 5000 }, 20, 20],
  ])('an answer is kept %s', async (_, more, own, lives) => {
    const cache = new Caches(world).of(settings(more));
    cache.keep('k', answer('x'), own);
    now += lives;
    expect((await cache.find('k'))?.body.toString()).toBe('x');
    now += 1;
    expect(await cache.find('k')).toBeUndefined();
  });

  test('no time at all is not kept, and what was there goes', async () => {
    const cache = new Caches(world).of(settings());
    cache.keep('k', answer('old'));
    cache.keep('k', answer('new'), 0);
    expect(await cache.find('k')).toBeUndefined();
  });

  test('the answer nobody asked for the longest makes room', async () => {
    const cache = new Caches(world).of(settings({ most: 10_000 }));
    for (const key of ['a', 'b', 'c']) cache.keep(key, answer('x'.repeat(2500)));
    await cache.find('a');
    cache.keep('d', answer('x'.repeat(2500)));
    const there = await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache.find(key)));
    expect(there.map((one) => one !== undefined)).toEqual([true, false, true, true]);
  });

  test('never holds more than its limit', async () => {
    const cache = new Caches(world).of(settings({ most: 50_000 }));
    for (let turn = 0; turn < 500; turn++) cache.keep(`k${turn % 90}`, answer('x'.repeat((turn * 97) % 9000)));
    const there = await Promise.all(Array.from({ length: 90 }, (_, index) => cache.find(`k${index}`)));
    const held = there.reduce((sum, one) => sum + (one?.body.length ?? 0), 0);
    expect(held).toBeLessThanOrEqual(50_000);
    expect(held).toBeGreaterThan(25_000);
  });

  test('an answer larger than all of it leaves the others alone', async () => {
    const cache = new Caches(world).of(settings({ most: 5000 }));
    cache.keep('small', answer('x'));
    cache.keep('large', answer('x'.repeat(6000)));
    expect(await cache.find('large')).toBeUndefined();
    expect((await cache.find('small'))?.body.toString()).toBe('x');
  });

  test('drops by key and as a whole', async () => {
    const cache = new Caches(world).of(settings());
    for (const key of ['a', 'b', 'c']) cache.keep(key, answer(key));
    expect(await cache.drop(['a', 'nobody', 'b'])).toBe(2);
    expect(await cache.find('a')).toBeUndefined();
    expect((await cache.find('c'))?.body.toString()).toBe('c');
    await cache.clear();
    expect(await cache.find('c')).toBeUndefined();
  });
});

describe('a reload', () => {
  test.each([
    ['keeps what is held when the cache is the same', { namespace: 'other', onDemand: true }, true],
    ['begins anew with another limit', { most: 7 }, false],
  ])('%s', async (_, more, held) => {
    const caches = new Caches(world);
    caches.of(settings()).keep('k', answer('x'));
    expect((await caches.of(settings(more)).find('k')) !== undefined).toBe(held);
  });
});

test('without the library there is one line and no cache', async () => {
  const caches = new Caches(world);
  const cache = caches.of(settings({ kind: 'redis' }));
  cache.keep('k', answer('x'));
  expect(await cache.find('k')).toBeUndefined();
  await expect(cache.ping()).rejects.toThrow(/needs the package ioredis/);
  expect(caches.of(settings({ kind: 'redis' }))).toBe(cache);
  expect(notes).toEqual(['warn: no answers are cached: a cache in Redis needs the package ioredis']);
});
