import type { Change, Entry } from '../hub/index.ts';

/** The variable by which a process knows that it is one of several that serve a port; its value is its number. */
export const workerVariable = 'MODELPORT_WORKER';

/** The variable that brings a key which the first process read from stdin. */
export const keyVariable = 'MODELPORT_WORKER_KEY';

/** The exit code of a worker that comes later and finds files that cannot be used: the first process has said so. */
export const unreadable = 78;

/** What a worker tells the first process. */
export type FromWorker =
  | { type: 'ready'; port: number; hosts: readonly string[] }
  /** It cannot listen: the socket's error. */
  | { type: 'failed'; message: string; code?: string }
  | { type: 'news'; calls: Entry[]; changes: Change[] }
  | { type: 'note'; level: 'debug' | 'info' | 'warn' | 'error'; text: string };

/** What the first process tells a worker. */
export type ToWorker = { type: 'changes'; changes: readonly Change[] } | { type: 'reload' } | { type: 'stop' };

/**
 * Changes as few as possible: sums of counters of a minute, of calls under way and of money; the rest in order.
 */
export function gather(changes: readonly Change[]): Change[] {
  const sums = new Map<string, Change & { type: 'add' | 'busy' | 'spent' }>();
  const gathered: Change[] = [];
  for (const change of changes) {
    const key = sumKey(change);
    const sum = key === undefined ? undefined : sums.get(key);
    if (sum === undefined) {
      const first = { ...change };
      gathered.push(first);
      if (key !== undefined && isSum(first)) sums.set(key, first);
    } else if (sum.type === 'spent' && change.type === 'spent') sum.dollars += change.dollars;
    else if (sum.type !== 'spent' && (change.type === 'add' || change.type === 'busy')) sum.n += change.n;
  }
  return gathered.filter((change) => change.type !== 'busy' || change.n !== 0);
}

function isSum(change: Change): change is Change & { type: 'add' | 'busy' | 'spent' } {
  return change.type === 'add' || change.type === 'busy' || change.type === 'spent';
}

function sumKey(change: Change): string | undefined {
  switch (change.type) {
    case 'add':
      return `${change.minute} ${change.counter}`;
    case 'busy':
      return `busy ${change.id}`;
    case 'spent':
      return 'spent';
    case 'rest':
    case 'took':
    case 'kept':
    case 'removed':
    case 'owned':
    case 'cached':
    case 'uncached':
      return undefined;
  }
}
