import type { Redis } from 'ioredis';
import type { CacheSettings } from '../hub/index.ts';
import type { Cache, CacheWorld } from './cache.ts';
import { readKept, writeKept } from './kept-answer.ts';

/** What is used of the package ioredis. */
export interface RedisLibrary {
  readonly Redis: typeof Redis;
}

/** Before every key, so that a flush takes nothing of others; the number is the form of the values. */
const prefix = 'modelport:cache:1:';
const usualUrl = 'redis://127.0.0.1:6379';
/** A Redis that answers slower than this is worth less than the provider. */
const patienceMs = 1000;

/**
 * Answers in Redis, shared by proxies that name the same one. Without `ttlMs` they stay until Redis needs the room, as
 * LiteLLM's do. While Redis is down every call is a miss, and one line says so.
 */
export function redisCache({ url = usualUrl, ttlMs, most }: CacheSettings, world: CacheWorld): Cache {
  let library: RedisLibrary;
  try {
    library = world.loadRedis();
  } catch (thrown) {
    return noCache(world, thrown);
  }
  const client = new library.Redis(url, {
    connectTimeout: patienceMs,
    commandTimeout: patienceMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(200 * times, 5000),
  });
  const line = new Line(client, shown(url), world);
  const kept = (key: string): string => prefix + key;
  return {
    async find(key) {
      if (!(await line.up())) return undefined;
      try {
        const value = await client.getBuffer(kept(key));
        return value === null ? undefined : readKept(value);
      } catch (thrown) {
        line.failed(thrown);
        return undefined;
      }
    },
    keep(key, answer, own = ttlMs) {
      if (client.status !== 'ready' || answer.body.length > most || (own !== undefined && own <= 0)) return;
      const value = writeKept(answer);
      const set =
        own === undefined
          ? client.set(kept(key), value)
          : client.set(kept(key), value, 'PX', Math.max(1, Math.round(own)));
      set.catch((thrown: unknown) => line.failed(thrown));
    },
    async drop(keys) {
      await line.need();
      return keys.length === 0 ? 0 : client.unlink(...keys.map(kept));
    },
    async clear() {
      await line.need();
      for await (const found of client.scanStream({ match: `${prefix}*`, count: 500 })) {
        const keys: readonly string[] = found;
        if (keys.length > 0) await client.unlink(...keys);
      }
    },
    async ping() {
      await line.need();
      await client.ping();
    },
    close: () => client.disconnect(),
  };
}

/** Whether Redis can be asked, told once when that changes. */
class Line {
  readonly #client: Redis;
  readonly #where: string;
  readonly #world: CacheWorld;
  readonly #first: Promise<void>;
  #down = false;

  constructor(client: Redis, where: string, world: CacheWorld) {
    this.#client = client;
    this.#where = where;
    this.#world = world;
    this.#first = new Promise((resolve) => {
      for (const event of ['ready', 'error', 'close'] as const) client.once(event, () => resolve());
    });
    client.on('error', (thrown) => this.#tell(thrown));
    client.on('ready', () => {
      if (this.#down) world.note('info', `the cache's Redis at ${where} answers again`);
      this.#down = false;
    });
  }

  /** The first calls wait until it is known. */
  async up(): Promise<boolean> {
    await this.#first;
    return this.#client.status === 'ready';
  }

  /** Rejects when it is down. */
  async need(): Promise<void> {
    if (!(await this.up())) throw new Error(`there is no Redis at ${this.#where} that takes us`);
  }

  /** A command that went wrong. One that took too long will not be the only one: the others shall not wait as long. */
  failed(thrown: unknown): void {
    this.#tell(thrown);
    if (thrown instanceof Error && thrown.message.includes('timed out')) this.#client.disconnect(true);
  }

  #tell(thrown: unknown): void {
    if (this.#down) return;
    this.#down = true;
    this.#world.note(
      'warn',
      `the cache's Redis at ${this.#where} does not answer: calls go on without it (${reason(thrown)})`,
    );
  }
}

/** Without the library calls go on as if there were no cache. */
function noCache(world: CacheWorld, thrown: unknown): Cache {
  world.note('warn', `no answers are cached: ${reason(thrown)}`);
  const refuse = (): Promise<never> => Promise.reject(thrown);
  return { find: async () => undefined, keep: () => {}, drop: refuse, clear: refuse, ping: refuse, close: () => {} };
}

function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Host and port; a URL may hold a password. */
function shown(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'its address';
}
