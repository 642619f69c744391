import type { CacheFact, CacheSettings, Facts } from '../hub/index.ts';
import { memoryCache } from './cache-memory.ts';
import { type RedisLibrary, redisCache } from './cache-redis.ts';
import { hearCached, tellingCache } from './cache-shared.ts';

/** An answer that can be given again. */
export interface KeptAnswer {
  /** When it came, milliseconds since 1970. */
  at: number;
  kind: 'whole' | 'stream';
  /** content-type. */
  type: string;
  facts: Facts;
  dropped: readonly string[];
  estimated?: true;
  /** How many bytes each write of a stream had, in order. */
  pieces: readonly number[];
  body: Buffer;
}

/** Answers by the hash of what was asked. Nothing of it rejects but `ping`, `drop` and `clear`: calls go on without a cache. */
export interface Cache {
  find(key: string): Promise<KeptAnswer | undefined>;
  /** `ttlMs`: how long, where that is not the cache's own; 0 and less: not at all. */
  keep(key: string, answer: KeptAnswer, ttlMs?: number): void;
  /** How many of these there were. */
  drop(keys: readonly string[]): Promise<number>;
  clear(): Promise<void>;
  ping(): Promise<void>;
  close(): void;
}

/** What a cache needs of the world. */
export interface CacheWorld {
  now(): number;
  /** Something worth a line: Redis is down, or back. */
  note(level: 'info' | 'warn', text: string): void;
  /** The optional library; throws the line that helps when it is not there. */
  loadRedis(): RedisLibrary;
  /** Tells the other processes what this one keeps in memory, where there are others. */
  tell?(fact: CacheFact): void;
}

/** The cache of the current settings: opened once, and again when a reload has changed them. */
export class Caches {
  readonly #world: CacheWorld;
  #opened: { settings: CacheSettings; cache: Cache; memory?: Cache } | undefined;

  constructor(world: CacheWorld) {
    this.#world = world;
  }

  of(settings: CacheSettings): Cache {
    const opened = this.#opened;
    if (opened !== undefined && (opened.settings === settings || sameCache(opened.settings, settings)))
      return opened.cache;
    this.close();
    this.#opened = { settings, ...open(settings, this.#world) };
    return this.#opened.cache;
  }

  /** What another process keeps in its memory. */
  hear(fact: CacheFact): void {
    if (this.#opened?.memory !== undefined) hearCached(this.#opened.memory, fact);
  }

  close(): void {
    this.#opened?.cache.close();
    this.#opened = undefined;
  }
}

/** What else the settings say is read with every call. */
function sameCache(one: CacheSettings, other: CacheSettings): boolean {
  return one.kind === other.kind && one.ttlMs === other.ttlMs && one.most === other.most && one.url === other.url;
}

function open(settings: CacheSettings, world: CacheWorld): { cache: Cache; memory?: Cache } {
  switch (settings.kind) {
    case 'memory': {
      const memory = memoryCache(settings, world.now);
      return { memory, cache: world.tell === undefined ? memory : tellingCache(memory, world.tell) };
    }
    case 'redis':
      return { cache: redisCache(settings, world) };
  }
}
