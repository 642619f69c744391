import type { Config, Deployment, Fallback, Operation, ProxyError, Shared, Usage } from '../hub/index.ts';

/** What the router is given of the world. Times in milliseconds since 1970. */
export interface Means {
  readonly shared: Shared;
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Resolves after so long, or when the call is over. */
  wait(ms: number, life?: Life): Promise<void>;
  /** Dollars a token, in and out together; undefined: not known. */
  price(to: Deployment): number | undefined;
}

/** `reason`: why the call is over, when it is: nobody waits for an answer. */
interface Life {
  readonly reason: ProxyError | undefined;
  onEnd(listener: (reason: ProxyError) => void): void;
}

/** What a request itself says about its routing (LITELLM.md 9.2). Lists by group, or `*`. */
export interface Wishes {
  retries?: number;
  fallbacks?: Lists;
  windowFallbacks?: Lists;
  contentFallbacks?: Lists;
  /** `disable_fallbacks`. */
  noFallbacks?: true;
  /** Fails before the first attempt, to see where the call goes then (`mock_testing_fallbacks`). */
  pretends?: 'upstream' | 'context-window' | 'content-policy';
}

export type Lists = Readonly<Record<string, readonly Fallback[]>>;

/** A call, as far as the choice of a deployment depends on it. */
export interface Trial {
  model: string;
  operation: Operation;
  config: Config;
  means: Means;
  /** The id of a deployment, whatever the model is called. */
  pin?: string;
  stream?: boolean;
  life?: Life;
  wishes?: Wishes;
  /** Its body is gone once it has been sent: nothing is tried again. */
  once?: true;
  /** The caller brought a key: what is said of keys and their limits is not about ours. */
  callersKey?: true;
  tags?: readonly string[];
  /** The prompt's tokens, nearly, or a lower number when it surely has no more than `window`. */
  tokens?(window: number, fallback?: Fallback): Promise<number>;
}

/** The attempts before this one. */
export interface Try {
  /** Requests that failed and were made again, in all groups. */
  retries: number;
  /** Groups that were left for another. */
  fallbacks: number;
  /** How often a request may be made again in this group. */
  mostRetries: number;
  /** What is tried in place of what was asked for. */
  fallback?: Fallback;
}

export interface Tried<T> extends Try {
  value: T;
  deployment: Deployment;
  /** To be called once, when the answer is complete or broke. */
  over(end?: { usage?: Usage; error?: ProxyError }): void;
}
