import type { CacheFact } from '../hub/index.ts';
import type { Cache } from './cache.ts';
import { readKept, writeKept } from './kept-answer.ts';

/** Larger answers stay with the process that got them: it would be busy telling them. */
const mostTold = 2 ** 20;

/** A cache in memory whose process tells the others what it keeps and drops. */
export function tellingCache(memory: Cache, tell: (fact: CacheFact) => void): Cache {
  return {
    ...memory,
    keep(key, answer, ttlMs) {
      memory.keep(key, answer, ttlMs);
      if (answer.body.length > mostTold) return;
      const text = writeKept(answer).toString('base64');
      tell({ type: 'cached', key, answer: text, ...(ttlMs === undefined ? {} : { ttlMs }) });
    },
    drop(keys) {
      tell({ type: 'uncached', keys });
      return memory.drop(keys);
    },
    clear() {
      tell({ type: 'uncached' });
      return memory.clear();
    },
  };
}

/** Takes over what another process told. */
export function hearCached(memory: Cache, fact: CacheFact): void {
  if (fact.type === 'cached') {
    const answer = readKept(Buffer.from(fact.answer, 'base64'));
    if (answer !== undefined) memory.keep(fact.key, answer, fact.ttlMs);
  } else if (fact.keys === undefined) void memory.clear();
  else void memory.drop(fact.keys);
}
