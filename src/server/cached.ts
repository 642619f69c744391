import type { CacheSettings, Deployment, Facts } from '../hub/index.ts';
import type { KeptAnswer } from '../ledger/index.ts';
import type { Call } from '../translate/index.ts';
import type { Answer, Wish } from './answer.ts';
import { readControls } from './cache-controls.ts';
import { cacheKey } from './cache-key.ts';
import { type HeaderList, visible } from './headers.ts';
import type { House } from './house.ts';
import { Replay, recorded } from './replay.ts';
import type { Ask } from './trial.ts';

/** No single answer may take more of a cache. */
const mostBytes = 16 * 2 ** 20;

/**
 * Answers a call from the cache, else asks and keeps the answer (LITELLM.md 9.3). It stands where one deployment is
 * asked, so that routing, retries and fallbacks are the same with and without it; all of a group share their answers.
 * Equal calls at the same time are all asked.
 */
export function throughCache(settings: CacheSettings, ask: Ask): Ask {
  return (house, call, to, wish) => cached(settings, house, call, to, wish, ask);
}

/** `hit`: the answer came from the cache. */
export function cacheHeaders({ key, hit }: NonNullable<Answer['cache']>): HeaderList {
  return ['x-litellm-cache-key', visible(key), 'x-modelport-cache', hit ? 'hit' : 'miss'];
}

async function cached(
  settings: CacheSettings,
  house: House,
  call: Call,
  to: Deployment,
  wish: Wish,
  ask: Ask,
): Promise<Answer> {
  if (!settings.operations.includes(call.operation) || isJob(call)) return ask(house, call, to, wish);
  const controls = readControls(call.body, call.headers);
  if (settings.onDemand && !controls.asks) return ask(house, call, to, wish);
  const namespace = controls.namespace ?? settings.namespace;
  const hash = cacheKey(call, to, house.config, wish.key);
  const key = namespace === undefined ? hash : `${namespace}:${hash}`;
  const cache = house.caches.of(house.config.cache ?? settings);
  const found = controls.reads ? await cache.find(key) : undefined;
  const { mostAgeMs = Number.POSITIVE_INFINITY, ttlMs } = controls;
  if (found !== undefined && Date.now() - found.at <= mostAgeMs) return answerFrom(found, key, to, wish);
  if (wish.life?.reason !== undefined) throw wish.life.reason;
  const answer = await ask(house, call, to, wish);
  if (!controls.keeps) return answer;
  return {
    ...kept(answer, Math.min(settings.most, mostBytes), (whole) => cache.keep(key, whole, ttlMs)),
    cache: { key, hit: false },
  };
}

/** What is answered is a job that goes on. */
function isJob({ body }: Call): boolean {
  return body.has('background') && body.get('background') === true;
}

function answerFrom(found: KeptAnswer, key: string, to: Deployment, wish: Wish): Answer {
  const { kind, type, facts, dropped, estimated, body } = found;
  const head = { headers: {}, dropped, cache: { key, hit: true }, ...(estimated === undefined ? {} : { estimated }) };
  switch (kind) {
    case 'whole':
      return { ...head, kind, type, body, facts };
    case 'stream':
      return { ...head, kind, pump: new Replay(found, to.timeoutMs, wish.life) };
  }
}

/** The same answer, handed to `keep` when it is complete, unless it is larger than `most`. */
function kept(answer: Answer, most: number, keep: (answer: KeptAnswer) => void): Answer {
  const { dropped, estimated } = answer;
  const head = { dropped, ...(estimated === undefined ? {} : { estimated }) };
  switch (answer.kind) {
    case 'whole': {
      const { type } = answer;
      const facts = lasting(answer.facts);
      // A copy: the bytes may be a slice of a larger buffer, which would be kept with them.
      const body = Buffer.from(answer.body);
      if (body.length <= most) keep({ at: Date.now(), kind: 'whole', type, facts, ...head, pieces: [], body });
      return answer;
    }
    case 'stream': {
      const { pump } = answer;
      const done = (pieces: readonly Buffer[]): void => {
        const facts = lasting(pump.facts());
        const lengths = pieces.map(({ length }) => length);
        keep({
          at: Date.now(),
          kind: 'stream',
          type: pump.type,
          facts,
          ...head,
          pieces: lengths,
          body: Buffer.concat(pieces),
        });
      };
      return { ...answer, pump: recorded(pump, most, done) };
    }
  }
}

/** Without the times of the call that was. */
function lasting({ firstByteAt: _, firstTokenAt: __, ...facts }: Facts): Facts {
  return facts;
}
