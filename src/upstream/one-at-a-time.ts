import { inTime } from './in-time.ts';

const longestMs = 30_000;

/**
 * The same work, but who asks while it is under way waits for that one. Libraries may wait for ever: after half a minute it
 * has failed, and the next who asks begins anew.
 */
export function oneAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= inTime(work(), longestMs, 'token or credentials').finally(() => {
      running = undefined;
    });
    return running;
  };
}
