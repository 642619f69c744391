import type { Emit, Finish, JsonObject } from '../../hub/index.ts';
import { type Frame, isObject, type JsonValue, readJson } from '../../wire/index.ts';
import { exceptionWithin } from '../aws-error.ts';
import type { Given, StreamDecoder } from '../dialect.ts';
import { UsualDeltas } from './delta-text.ts';
import { cutShort, decodeInnerError, unusable } from './error.ts';
import { readFinish } from './finish.ts';
import { extraOf } from './response.ts';
import { blockTeller } from './stream-blocks.ts';
import { mergeUsage, readUsage } from './usage.ts';

/** Reads a Messages stream into legal hub order. */
export function decodeStream(given: Given): StreamDecoder {
  let started = false;
  let finish: Finish | undefined;
  let over = false;
  let usage: JsonObject = {};
  const blocks = blockTeller();
  const deltas = new UsualDeltas();

  /** A second message_start (two streams spliced into one) is swallowed; a missing one is made up for. */
  const start = (message: JsonObject, emit: Emit): void => {
    if (started) return;
    started = true;
    if (isObject(message['usage'])) usage = mergeUsage(usage, message['usage']);
    const {
      id,
      model,
      content: _c,
      usage: _u,
      type: _t,
      role: _r,
      stop_reason: _s,
      stop_sequence: _q,
      ...rest
    } = message;
    emit({
      type: 'start',
      id: typeof id === 'string' && id !== '' ? id : given.id('msg_'),
      model: typeof model === 'string' ? model : '',
      created: Math.floor(given.now() / 1000),
      ...(Object.keys(usage).length === 0 ? {} : { usage: readUsage(usage) }),
      ...extraOf(rest),
    });
  };

  const delta = (event: JsonObject, emit: Emit): void => {
    if (isObject(event['usage'])) usage = mergeUsage(usage, event['usage']);
    const end = isObject(event['delta']) ? event['delta'] : {};
    if (finish === undefined && typeof end['stop_reason'] === 'string') {
      blocks.closeAll(emit);
      finish = readFinish(end['stop_reason'], end['stop_sequence']);
      const { stop_reason: _s, stop_sequence: _q, ...rest } = end;
      const late = event['context_management'] ?? null;
      emit({ type: 'finish', choice: 0, finish, ...extraOf({ ...rest, context_management: late }) });
    }
    if (Object.keys(usage).length > 0) emit({ type: 'usage', usage: readUsage(usage) });
  };

  const fail = (emit: Emit, error = cutShort()): void => {
    over = true;
    emit({ type: 'error', error });
  };

  const read = (event: JsonObject, type: JsonValue | undefined, emit: Emit): void => {
    switch (type) {
      case 'message_start':
        start(isObject(event['message']) ? event['message'] : {}, emit);
        return;
      case 'content_block_start':
      case 'content_block_delta':
      case 'content_block_stop':
        start({}, emit);
        // After the stop reason no block may open any more: the hub's order.
        if (finish === undefined) blocks.tell(event, type, emit);
        return;
      case 'message_delta':
        start({}, emit);
        delta(event, emit);
        return;
      case 'message_stop':
        if (finish === undefined) fail(emit);
        over = true;
        return;
      case 'ping':
        emit({ type: 'ping' });
        return;
      case 'error':
        fail(emit, decodeInnerError(event));
        return;
    }
  };

  return {
    push(frame: Frame, emit: Emit): void {
      if (over) return;
      const usual = deltas.read(frame.data);
      if (usual === undefined && frame.data.trim() === '[DONE]') return;
      const event = usual ?? readJson(frame.data);
      const broken = usual === undefined ? exceptionWithin(frame) : undefined;
      if (broken !== undefined) fail(emit, broken);
      else if (isObject(event)) read(event, event['type'] ?? frame.event, emit);
      else fail(emit, unusable('an event of its stream is no JSON object'));
    },
    end(emit: Emit): void {
      if (over || finish !== undefined) return;
      fail(emit);
    },
  };
}
