import type { StoredResponse } from './facts.ts';

/**
 * What one process of the proxy tells the others, so that all choose alike. `rest` and `took` hold for a deployment,
 * `add` for a counter of that minute, `busy` for calls under way.
 */
export type Change =
  | { type: 'rest'; id: string; untilMs: number }
  | { type: 'add'; counter: string; minute: number; n: number }
  | { type: 'busy'; id: string; n: number }
  | { type: 'took'; id: string; ms: number }
  | { type: 'spent'; dollars: number }
  | Fact;

/**
 * What every process keeps for itself, so that a client may meet any of them: stored answers, which deployment has a
 * file, a batch, a thread, and what is cached in memory. `answer`: in base64; `uncached` without keys: all of them.
 */
export type Fact =
  | { type: 'kept'; response: StoredResponse }
  | { type: 'removed'; id: string }
  | { type: 'owned'; id: string; deployment: string }
  | CacheFact;

export type CacheFact =
  | { type: 'cached'; key: string; answer: string; ttlMs?: number }
  | { type: 'uncached'; keys?: readonly string[] };

/**
 * What calls have taught about deployments, and counters that limits look at. Times in milliseconds since 1970. All of it
 * is short-lived: counters are of the current minute.
 */
export interface Shared {
  /** Nobody is sent there before `untilMs`; the latest word counts. */
  rest(id: string, untilMs: number): void;
  /** Until when; undefined when it does not rest. */
  resting(id: string): number | undefined;
  /** Adds to a counter of the current minute and returns its sum. */
  add(counter: string, n: number): number;
  read(counter: string): number;
  /** Counts calls under way (1, -1, or 0 to look) and returns how many there are. */
  busy(id: string, n: 1 | 0 | -1): number;
  /** Remembers how long something took. */
  took(id: string, ms: number): void;
  /** The average of the latest times; undefined when there are none. */
  pace(id: string): number | undefined;
  /** Adds to what all calls of all processes have cost since the start (0 to look), in dollars. */
  spent(dollars: number): number;
  /** Tells the other processes. */
  tell(fact: Fact): void;
  /** Hears what the others tell. */
  hear(listener: (fact: Fact) => void): void;
  /** Hears of what this process learns; what `apply` brings is not told again. */
  onChange(told: (change: Change) => void): void;
  /** Takes over what another process learnt. */
  apply(change: Change): void;
}
