import type { Worker } from 'node:cluster';

/**
 * Node hands a new connection to a worker and keeps it open until that one has taken it. When the worker dies in between,
 * nobody would ever answer: what is under way is remembered, and closed when the worker ends.
 */
export function closeLost({ process: child }: Worker): void {
  const underWay = new Map<unknown, unknown>();
  child.send = new Proxy(child.send, {
    apply(send, self, args: unknown[]) {
      const [message, handle] = args;
      if (isNote(message) && message.act === 'newconn') underWay.set(message.seq, handle);
      return Reflect.apply(send, self, args);
    },
  });
  child.on('internalMessage', (message: unknown) => {
    if (isNote(message)) underWay.delete(message.ack);
  });
  child.once('exit', () => {
    for (const handle of underWay.values()) if (canClose(handle)) handle.close();
    underWay.clear();
  });
}

/** What Node's own halves tell each other. */
function isNote(message: unknown): message is { act?: unknown; seq?: unknown; ack?: unknown } {
  return typeof message === 'object' && message !== null;
}

function canClose(handle: unknown): handle is { close(): void } {
  return typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
}
