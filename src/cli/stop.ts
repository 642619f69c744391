/** One press of Ctrl-C reaches us twice under npx: by the terminal and forwarded by npm. */
const samePressMs = 20;
/** What a server that should have drained gets on top before the process ends all the same. */
const graceMs = 1500;

/** How often a run under npm looks whether npm is still there. */
const parentMs = 500;

/**
 * Resolves with the exit code when a signal has asked to stop and the drain is over: 0, or 130 at once when a second
 * signal comes. `underNpm`: a parent that is gone counts as a signal; `reload`: what SIGHUP asks for, which else stops.
 */
export function untilStopped(
  close: () => Promise<void>,
  { drainMs, underNpm, reload }: { drainMs: number; underNpm: boolean; reload?: (() => void) | undefined },
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
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, onSignal);
    process.on('SIGHUP', reload ?? onSignal);
    if (underNpm) onOrphaned(() => onSignal('the end of npm'));
  });
}

/** npm and npx pass SIGTERM to a shell, which dies of it and leaves us behind: then the loss of the parent is the signal. */
export function onOrphaned(told: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    told();
  }, parentMs);
  timer.unref();
}
