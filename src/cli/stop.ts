/** One press of Ctrl-C reaches us twice under npx: by the terminal and forwarded by npm. */
const samePressMs = 20;
/** What a server that should have drained gets on top before the process ends all the same. */
const graceMs = 1500;

/**
 * Resolves with the exit code when a signal has asked to stop and the drain is over: 0, or 130 at once when a second
 * signal comes.
 */
export function untilStopped(
  close: () => Promise<void>,
  drainMs: number,
  told: (signal: string) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let first: { signal: string; at: number } | undefined;
    const onSignal = (signal: string) => {
      const now = Date.now();
      if (first !== undefined) {
        if (signal !== first.signal || now - first.at > samePressMs) resolve(130);
        return;
      }
      first = { signal, at: now };
      told(signal);
      setTimeout(() => resolve(0), drainMs + graceMs).unref();
      close().then(() => resolve(0), reject);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  });
}
