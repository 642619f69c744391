import { setTimeout as sleep } from 'node:timers/promises';
import * as ioredis from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Cache, Caches, type KeptAnswer } from '../../src/ledger/index.ts';
import { hasRedis, type RedisServer, redisServer } from './redis-server.ts';

const password = 'p@ss:w/rd';
const notes: string[] = [];
const world = {
  now: Date.now,
  note: (level: string, text: string) => void notes.push(`${level}: ${text}`),
  loadRedis: () => ioredis,
};

const stream: KeptAnswer = {
  at: 1_700_000_000_000,
  kind: 'stream',
  type: 'text/event-stream',
  facts: { id: 'x', usage: { input: 3, output: 4 }, finish: 'stop' },
  dropped: ['seed'],
  pieces: [5, 6],
  body: Buffer.from([0, 10, 255, 13, 10, 195, 168, 0, 1, 2, 3]),
};

describe.skipIf(!hasRedis)('a cache in a real Redis', () => {
  let redis: RedisServer;
  let caches: Caches;
  let plain: ioredis.Redis;
  beforeAll(async () => {
    redis = await redisServer(password);
    plain = new ioredis.Redis({ port: redis.port, password });
    plain.on('error', () => {});
  });
  afterAll(async () => {
    plain.disconnect();
    await redis.stop();
  });
  beforeEach(() => {
    notes.length = 0;
    caches = new Caches(world);
    return () => caches.close();
  });

  function open(ttlMs?: number): Cache {
    const url = `redis://:${encodeURIComponent(password)}@127.0.0.1:${redis.port}`;
    const own = ttlMs === undefined ? {} : { ttlMs };
    return caches.of({ kind: 'redis', most: 10_000, url, onDemand: false, operations: ['chat'], ...own });
  }

  async function kept(cache: Cache, key: string): Promise<KeptAnswer | undefined> {
    for (let turn = 0; turn < 100; turn++) {
      const found = await cache.find(key);
      if (found !== undefined) return found;
      await sleep(10);
    }
    return undefined;
  }

  test('gives back what it was given, byte for byte, also to another proxy', async () => {
    const cache = open();
    expect(await cache.find('k1')).toBeUndefined();
    cache.keep('k1', stream);
    expect(await kept(cache, 'k1')).toEqual(stream);
    const other = new Caches(world);
    const { port } = redis;
    const url = `redis://default:${encodeURIComponent(password)}@127.0.0.1:${port}`;
    const theirs = other.of({ kind: 'redis', most: 1, url, onDemand: false, operations: [] });
    expect(await theirs.find('k1')).toEqual(stream);
    other.close();
  });

  test.each([
    ['for ever where nothing is said', undefined, undefined, -1],
    ["for the settings' time", 50_000, undefined, 50_000],
    ["for the call's own time", 50_000, 7000, 7000],
  ])('keeps %s', async (_, ttlMs, own, wanted) => {
    const cache = open(ttlMs);
    await cache.ping();
    const key = `ttl-${wanted}`;
    cache.keep(key, stream, own);
    await kept(cache, key);
    const left = await plain.pttl(`modelport:cache:1:${key}`);
    if (wanted < 0) expect(left).toBe(-1);
    else expect(left).toBeGreaterThan(wanted - 5000);
    expect(left).toBeLessThanOrEqual(wanted);
  });

  test('what is gone in time is gone', async () => {
    const cache = open(40);
    await cache.ping();
    cache.keep('short', stream);
    await sleep(80);
    expect(await cache.find('short')).toBeUndefined();
  });

  test('drops by key; a flush takes our answers and nothing else', async () => {
    const cache = open();
    await cache.ping();
    await plain.set('theirs', 'stays');
    for (let index = 0; index < 1200; index++) cache.keep(`many-${index}`, stream);
    await kept(cache, 'many-1199');
    expect(await cache.drop(['many-0', 'many-1', 'nobody'])).toBe(2);
    expect(await cache.find('many-0')).toBeUndefined();
    expect(await cache.drop([])).toBe(0);
    await cache.clear();
    expect(await plain.keys('*')).toEqual(['theirs']);
  });

  test('an answer over the limit is not sent there', async () => {
    const cache = open();
    await cache.ping();
    cache.keep('large', { ...stream, body: Buffer.alloc(10_001) });
    await sleep(50);
    expect(await plain.exists('modelport:cache:1:large')).toBe(0);
  });

  test.each(['', 'junk', '{}\n', '[1]\nx', '{"pieces":3,"type":1}\n'])('%j there is no answer', async (junk) => {
    const cache = open();
    await plain.set('modelport:cache:1:junk', junk);
    expect(await cache.find('junk')).toBeUndefined();
    expect(notes).toEqual([]);
  });

  test('down and up again: one line each, no call waits long', async () => {
    const cache = open();
    await cache.ping();
    await redis.stop();
    const start = performance.now();
    for (let turn = 0; turn < 20; turn++) {
      expect(await cache.find('k')).toBeUndefined();
      cache.keep('k', stream);
    }
    expect(performance.now() - start).toBeLessThan(3000);
    await expect.poll(() => cache.ping().catch(String), { timeout: 5000 }).toMatch(/no Redis at/);
    await expect(cache.clear()).rejects.toThrow(/no Redis at/);
    await sleep(500);
    expect(notes.filter((note) => note.startsWith('warn'))).toEqual([
      expect.stringMatching(new RegExp(`^warn: the cache's Redis at 127.0.0.1:${redis.port} does not answer`)),
    ]);
    expect(notes.join()).not.toContain('p@ss');
    await redis.start();
    await expect.poll(() => notes.at(-1), { timeout: 8000 }).toMatch(/answers again/);
    cache.keep('k', stream);
    expect(await kept(cache, 'k')).toEqual(stream);
  });

  test('one that hangs costs one call its patience, not every call', async () => {
    const cache = open();
    await cache.ping();
    redis.freeze();
    const start = performance.now();
    for (let turn = 0; turn < 5; turn++) expect(await cache.find('k')).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(4500);
    redis.thaw();
    await expect.poll(() => notes.at(-1), { timeout: 8000 }).toMatch(/answers again/);
  });

  test('a wrong password is one line without it', async () => {
    const url = `redis://:wrong-secret@127.0.0.1:${redis.port}`;
    const cache = caches.of({ kind: 'redis', most: 1, url, onDemand: false, operations: [] });
    expect(await cache.find('k')).toBeUndefined();
    await sleep(300);
    expect(notes).toHaveLength(1);
    expect(notes[0]).not.toContain('wrong-secret');
  });
});
