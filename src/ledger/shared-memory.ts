import type { Change, Fact, Shared } from '../hub/index.ts';

const minuteMs = 60_000;
/** Names of counters come from configuration and keys; a flood of them must not fill the memory. */
const most = 100_000;
/** The latest times count, while they are young (LiteLLM: 10 of them, an hour). */
const samples = 10;
const sampleMs = 3_600_000;

interface Sample {
  at: number;
  ms: number;
}

/** State in the memory of one process; `now`: milliseconds since 1970. */
export function createShared(now: () => number): Shared {
  const rests = new Map<string, number>();
  const running = new Map<string, number>();
  const times = new Map<string, Sample[]>();
  let counters = new Map<string, number>();
  let hears: (fact: Fact) => void = () => {};
  let minute = 0;
  let spent = 0;
  let told: (change: Change) => void = () => {};

  /** Counters of the minute that is gone are dropped all at once. */
  const turn = (): number => {
    const current = Math.floor(now() / minuteMs);
    if (current !== minute) {
      minute = current;
      counters = new Map();
    }
    return current;
  };
  const count = (counter: string, n: number): number => {
    const sum = (counters.get(counter) ?? 0) + n;
    bounded(counters).set(counter, sum);
    return sum;
  };
  const apply = (change: Change): void => {
    switch (change.type) {
      case 'rest':
        bounded(rests).set(change.id, change.untilMs);
        return;
      case 'add':
        if (change.minute === turn()) count(change.counter, change.n);
        return;
      case 'busy':
        hold(running, change.id, change.n);
        return;
      case 'took':
        keep(times, change.id, { at: now(), ms: change.ms });
        return;
      case 'spent':
        spent += change.dollars;
        return;
      case 'kept':
      case 'removed':
      case 'owned':
      case 'cached':
      case 'uncached':
        hears(change);
        return;
    }
  };
  const tell = (change: Change): void => {
    apply(change);
    told(change);
  };
  return {
    rest: (id, untilMs) => tell({ type: 'rest', id, untilMs }),
    resting(id) {
      const until = rests.get(id);
      if (until === undefined || until > now()) return until;
      rests.delete(id);
      return undefined;
    },
    add(counter, n) {
      const current = turn();
      const sum = count(counter, n);
      told({ type: 'add', counter, minute: current, n });
      return sum;
    },
    read(counter) {
      turn();
      return counters.get(counter) ?? 0;
    },
    busy(id, n) {
      if (n !== 0) tell({ type: 'busy', id, n });
      return running.get(id) ?? 0;
    },
    took: (id, ms) => tell({ type: 'took', id, ms }),
    pace(id) {
      const young = times.get(id)?.filter(({ at }) => now() - at < sampleMs) ?? [];
      if (young.length === 0) return undefined;
      return young.reduce((sum, { ms }) => sum + ms, 0) / young.length;
    },
    spent(dollars) {
      if (dollars !== 0) tell({ type: 'spent', dollars });
      return spent;
    },
    tell: (fact) => told(fact),
    hear(listener) {
      hears = listener;
    },
    onChange(listener) {
      told = listener;
    },
    apply,
  };
}

/** Once full, the oldest entry leaves before a new one comes. */
function bounded<T>(map: Map<string, T>): Map<string, T> {
  if (map.size < most) return map;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
  return map;
}

function hold(running: Map<string, number>, id: string, n: number): void {
  const left = (running.get(id) ?? 0) + n;
  // Entries stay at 0: to delete and add them with every call leaves outgrown tables behind.
  bounded(running).set(id, Math.max(0, left));
}

function keep(times: Map<string, Sample[]>, id: string, sample: Sample): void {
  const known = times.get(id);
  if (known === undefined) {
    bounded(times).set(id, [sample]);
    return;
  }
  known.push(sample);
  if (known.length > samples) known.shift();
}
