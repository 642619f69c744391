import { asProxyError } from '../hub/index.ts';
import type { Sending } from './send.ts';
import type { Exchange, Receiver } from './transfer.ts';
import { connectionError } from './trouble.ts';

/** A request to a model inside the process, heard as if it had come over a socket. */
export function playMock(sending: Sending, receiver: Receiver): Exchange {
  const life = new AbortController();
  let player: Exchange | undefined;
  let held = false;
  /** What a receiver throws would end the process: the player runs in a timer. */
  const guarded = (act: () => void): void => {
    try {
      act();
    } catch (thrown) {
      player?.abort();
      receiver.fail(asProxyError(thrown));
    }
  };
  const start = async (): Promise<void> => {
    const { mock } = await import('./mock.ts');
    const body = await bytesOf(sending.body);
    if (life.signal.aborted) return;
    const { status, headers, start } = mock(sending.model, body, new AbortController().signal, {
      path: sending.path,
      type: sending.headers['content-type'],
    });
    receiver.head(status, headers);
    if (life.signal.aborted) return;
    player = start({
      data: (chunk) => guarded(() => receiver.data(chunk)),
      end: () => guarded(() => receiver.end()),
      fail: (cause) => receiver.fail(connectionError(cause, sending.base, true)),
    });
    if (held) player.pause();
  };
  start().catch((thrown: unknown) => receiver.fail(asProxyError(thrown)));
  return {
    pause() {
      held = true;
      player?.pause();
    },
    resume() {
      held = false;
      player?.resume();
    },
    abort() {
      life.abort();
      player?.abort();
    },
  };
}

async function bytesOf(body: Sending['body']): Promise<Buffer> {
  if (body === null || Buffer.isBuffer(body)) return body ?? Buffer.alloc(0);
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
