import type { Change, Config, Entry } from '../hub/index.ts';
import { createProxy, type Sink } from '../server/index.ts';
import { type FromWorker, gather, type ToWorker } from './messages.ts';

/** How long news may wait for more: a message for each call was a tenth of a small call's CPU. */
const gatherMs = 25;

/** Where a deployment rests, and what a client may ask another process for next, the others know at once. */
const urgent: ReadonlySet<Change['type']> = new Set(['rest', 'kept', 'owned', 'cached', 'uncached']);

/**
 * One of several processes that serve a port: tells the first one what happens, and ends when that one says so or is gone.
 * `again`: reads the configuration once more. Resolves with the exit code.
 */
export async function work(
  config: Config,
  options: Pick<Sink, 'debug' | 'bodies'>,
  again: () => Promise<Config>,
): Promise<number> {
  const news = newsTo(tell);
  const listeners: ((change: Change) => void)[] = [];
  const proxy = createProxy(
    config,
    { ...options, call: news.call, note: (level, text) => tell({ type: 'note', level, text }) },
    { tell: news.change, listen: (take) => void listeners.push(take) },
  );
  const stopped = new Promise<number>((resolve, reject) => {
    const stop = (): void => {
      proxy
        .close()
        .then(() => news.flush())
        .then(() => resolve(0), reject);
    };
    process.on('message', (message: ToWorker) => {
      if (message.type === 'stop') stop();
      else if (message.type === 'reload') again().then((next) => proxy.reload(next), noted);
      else for (const change of message.changes) for (const take of listeners) take(change);
    });
    process.on('disconnect', () => resolve(0));
    process.on('SIGTERM', stop);
    // Ctrl-C and the end of a terminal reach all of the group; the first process decides.
    for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
  });
  try {
    const { port, hosts, loaded } = await proxy.listen();
    tell({ type: 'ready', port, hosts });
    return await Promise.race([stopped, loaded.then(() => stopped)]);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined;
    await tell({ type: 'failed', message, ...(code === undefined ? {} : { code }) });
    return 1;
  }
}

/** The first process has read it as well, and complained. */
function noted(): void {}

/** Resolves when it is on its way; a first process that is gone hears nothing. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, {}, () => resolve());
    else resolve();
  });
}

function newsTo(send: (message: FromWorker) => Promise<void>) {
  let calls: Entry[] = [];
  let changes: Change[] = [];
  const flush = async (): Promise<void> => {
    const found = gather(changes);
    if (calls.length + found.length > 0) {
      const message: FromWorker = { type: 'news', calls, changes: found };
      calls = [];
      changes = [];
      await send(message);
    }
    changes = [];
  };
  const wait = (): void => {
    if (calls.length + changes.length === 1) setTimeout(flush, gatherMs);
  };
  return {
    flush,
    call(entry: Entry): void {
      calls.push(entry);
      wait();
    },
    change(change: Change): void {
      changes.push(change);
      if (urgent.has(change.type)) void flush();
      else wait();
    },
  };
}
