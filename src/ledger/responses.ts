import type { Fact, JsonObject, StoredResponse } from '../hub/index.ts';

/** Tells the other processes. */
type Tell = (fact: Fact) => void;

/** Stored answers, in memory: at most 1,000, 64 MB and 30 days old (DESIGN.md 4); those used last stay longest. */
export interface Responses {
  keep(response: StoredResponse): void;
  find(id: string): StoredResponse | undefined;
  /** Whether there was one. */
  remove(id: string): boolean;
  /** An item of an answer that we keep. */
  item(id: string): JsonObject | undefined;
  /**
   * What was said up to and with this answer, oldest first; the id of an answer that is not kept any more, where the
   * conversation has a hole.
   */
  history(id: string): { items: JsonObject[] } | { missing: string };
  /** What another process keeps or has removed. */
  hear(fact: Fact): void;
}

interface Kept extends StoredResponse {
  at: number;
  size: number;
}

const limits: Readonly<{ count: number; bytes: number; ms: number }> = {
  count: 1000,
  bytes: 64 * 2 ** 20,
  ms: 30 * 24 * 3600 * 1000,
};

export function createResponses(now: () => number, most = limits, tell: Tell = () => {}): Responses {
  const all = new Map<string, Kept>();
  /** Where the items of answers are. */
  const items = new Map<string, string>();
  let bytes = 0;
  const drop = (kept: Kept): void => {
    all.delete(kept.id);
    bytes -= kept.size;
    for (const id of itemIds(kept)) if (items.get(id) === kept.id) items.delete(id);
  };
  const find = (id: string): Kept | undefined => {
    const kept = all.get(id);
    if (kept === undefined) return undefined;
    if (now() - kept.at > most.ms) {
      drop(kept);
      return undefined;
    }
    all.delete(id);
    all.set(id, kept);
    return kept;
  };
  const add = (response: StoredResponse): void => {
    const before = all.get(response.id);
    if (before !== undefined) drop(before);
    const kept = { ...response, at: now(), size: sizeOf(response) };
    if (kept.size > most.bytes) return;
    all.set(kept.id, kept);
    bytes += kept.size;
    for (const id of itemIds(kept)) items.set(id, kept.id);
    for (const oldest of all.values()) {
      if (all.size <= most.count && bytes <= most.bytes) break;
      drop(oldest);
    }
  };
  const remove = (id: string): boolean => {
    const kept = find(id);
    if (kept !== undefined) drop(kept);
    return kept !== undefined;
  };
  return {
    keep(response) {
      add(response);
      tell({ type: 'kept', response });
    },
    find,
    remove(id) {
      tell({ type: 'removed', id });
      return remove(id);
    },
    hear(fact) {
      if (fact.type === 'kept') add(fact.response);
      else if (fact.type === 'removed') remove(fact.id);
    },
    item(id) {
      const kept = find(items.get(id) ?? '');
      return kept === undefined ? undefined : outputOf(kept).find((item) => item['id'] === id);
    },
    history(id) {
      const turns: JsonObject[][] = [];
      const seen = new Set<string>();
      for (let next: string | undefined = id; next !== undefined && !seen.has(next); ) {
        const kept = find(next);
        if (kept?.ours === undefined) return { missing: next };
        seen.add(next);
        turns.unshift([...kept.ours.input, ...outputOf(kept)]);
        next = kept.ours.previous;
      }
      return { items: turns.flat() };
    },
  };
}

function outputOf({ ours }: StoredResponse): JsonObject[] {
  const output = ours?.response['output'];
  return Array.isArray(output) ? output.filter(isItem) : [];
}

function itemIds(response: StoredResponse): string[] {
  return outputOf(response).flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
}

function isItem(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** About what it takes in memory; an id and its place cost something too. */
function sizeOf({ ours }: StoredResponse): number {
  return 500 + (ours === undefined ? 0 : JSON.stringify([ours.response, ours.input]).length * 2);
}
