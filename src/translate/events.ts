import type { Emit, Facts, HubEvent, ProxyError } from '../hub/index.ts';
import { type Framing, framer, readJson } from '../wire/index.ts';
import { blame, endedEarly, type Reading } from './reading.ts';

/** Bytes of a provider's stream as the client's hub events. Failures are `error` events; after one nothing follows. */
export interface EventSource {
  push(chunk: Buffer): void;
  /** `cause`: the provider died or timed out. An answer that was finished before stays an answer. */
  end(cause?: ProxyError): void;
  facts(): Facts;
}

export function eventSource(reading: Reading, framing: Framing, take: Emit): EventSource {
  const { call, side, quirks } = reading;
  const decoder = side.decodeStream(call.given, quirks);
  const facts: Facts = {};
  /** Choices that have begun and have no finish yet. */
  const running = new Set<number>();
  let finished = false;
  let over = false;
  let ending = false;
  let torn = false;
  const tell = reading.undo((event) => {
    if (over) return;
    if (event.type !== 'error') return take(event);
    over = true;
    take({ type: 'error', error: blame(event.error, reading) });
  });
  const note = (event: HubEvent): void => {
    switch (event.type) {
      case 'text':
      case 'thinking':
      case 'args':
        facts.firstTokenAt ??= call.given.now();
        break;
      case 'open':
        running.add(event.choice);
        break;
      case 'start':
        facts.id = event.id;
        facts.model = event.model;
        if (event.usage !== undefined) facts.usage = event.usage;
        break;
      case 'finish':
        running.delete(event.choice);
        finished = true;
        facts.finish = event.finish.raw ?? event.finish.reason;
        break;
      case 'usage':
        facts.usage = event.usage;
        break;
      case 'mark':
      case 'close':
      case 'ping':
      case 'error':
        break;
    }
    tell(event);
  };
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (thrown) {
      tell({ type: 'error', error: blame(thrown, reading) });
    }
  };
  /** A binary frame that stops half-way behind the finish is no failure, as half a line is none. */
  const endFrames = (): void => {
    try {
      cutter.end();
    } catch (thrown) {
      if (!finished || running.size > 0) throw thrown;
    }
  };
  const cutter = framer(framing, call.limits.maxEvent, {
    frame: (frame) => {
      // A last frame without its end is told only if it is whole.
      if (ending && readJson(frame.data) === undefined) torn = /^\s*\{/.test(frame.data);
      else if (!over) decoder.push(frame, note);
    },
  });
  return {
    push: (chunk) => {
      if (over) return;
      facts.firstByteAt ??= call.given.now();
      guarded(() => cutter.push(chunk));
    },
    end: (cause) => {
      if (over) return;
      ending = true;
      guarded(() => {
        endFrames();
        if (cause !== undefined && (!finished || running.size > 0)) note({ type: 'error', error: cause });
        // Where the end of the stream is the finish, half an event is none.
        else if (!torn || finished) decoder.end(note);
        if (!finished) note({ type: 'error', error: endedEarly() });
      });
      over = true;
    },
    facts: () => facts,
  };
}
