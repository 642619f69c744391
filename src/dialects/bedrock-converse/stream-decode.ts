import type { Emit, JsonObject, ProxyError } from '../../hub/index.ts';
import { type Frame, isObject, type JsonValue, readJson } from '../../wire/index.ts';
import { exceptionWithin } from '../aws-error.ts';
import type { Given, StreamDecoder } from '../dialect.ts';
import { cutShort, unusable } from './error.ts';
import { readFinish } from './finish.ts';
import { blockTeller } from './stream-blocks.ts';
import { readUsage } from './usage.ts';

/** Reads a ConverseStream into legal hub order. */
export function decodeStream(given: Given): StreamDecoder {
  let started = false;
  let finished = false;
  let over = false;
  const blocks = blockTeller();

  const start = (emit: Emit): void => {
    if (started) return;
    started = true;
    emit({ type: 'start', id: given.id('msg_'), model: '', created: Math.floor(given.now() / 1000) });
  };
  const fail = (error: ProxyError, emit: Emit): void => {
    over = true;
    // An answer that is finished stays one, whatever breaks behind it.
    if (!finished) emit({ type: 'error', error });
  };
  const finish = (event: JsonObject, emit: Emit): void => {
    if (finished) return;
    finished = true;
    blocks.closeAll(emit);
    const reason = readFinish(event['stopReason'], event['additionalModelResponseFields']);
    emit({ type: 'finish', choice: 0, finish: reason });
  };
  const read = (type: string, event: JsonObject, emit: Emit): void => {
    start(emit);
    switch (type) {
      case 'contentBlockStart':
        if (!finished) blocks.start(indexOf(event), isObject(event['start']) ? event['start'] : {}, emit);
        return;
      case 'contentBlockDelta':
        if (!finished && isObject(event['delta'])) blocks.delta(indexOf(event), event['delta'], emit);
        return;
      case 'contentBlockStop':
        blocks.stop(indexOf(event), emit);
        return;
      case 'messageStop':
        finish(event, emit);
        return;
      case 'metadata':
        if (isObject(event['usage'])) emit({ type: 'usage', usage: readUsage(event['usage']) });
        return;
    }
  };

  return {
    push(frame: Frame, emit: Emit): void {
      if (over) return;
      const broken = exceptionWithin(frame);
      if (broken !== undefined) {
        fail(broken, emit);
        return;
      }
      const body = readJson(frame.data);
      if (!isObject(body)) fail(unusable('an event of its stream is no JSON object'), emit);
      else if (frame.event !== undefined) read(frame.event, body, emit);
      else for (const [type, event] of Object.entries(body)) if (isObject(event)) read(type, event, emit);
    },
    end(emit: Emit): void {
      if (!over && !finished) fail(cutShort(), emit);
    },
  };
}

function indexOf(event: JsonObject): number {
  const index: JsonValue | undefined = event['contentBlockIndex'];
  return typeof index === 'number' ? index : 0;
}
