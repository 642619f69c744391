import type { Emit } from '../../hub/index.ts';
import { type Frame, isObject, readJson } from '../../wire/index.ts';
import type { Given, StreamDecoder } from '../dialect.ts';
import { cutShort, failed } from './error.ts';

/** Reads the events `output`, `error` and `done`, as gateways before the API stream them. */
export function decodeStream(given: Given): StreamDecoder {
  let started = false;
  let open = false;
  let over = false;
  const start = (emit: Emit): void => {
    if (started) return;
    started = true;
    emit({ type: 'start', id: given.id('reply_'), model: '', created: Math.floor(given.now() / 1000) });
  };
  const fail = (emit: Emit, error = cutShort()): void => {
    over = true;
    emit({ type: 'error', error });
  };
  const say = (text: string, emit: Emit): void => {
    if (text === '') return;
    if (!open) emit({ type: 'open', choice: 0, block: 0, head: { type: 'text', text: '' } });
    open = true;
    emit({ type: 'text', choice: 0, block: 0, text });
  };
  const finish = (data: string, emit: Emit): void => {
    const said = readJson(data);
    const reason = isObject(said) ? said['reason'] : undefined;
    if (reason === 'error' || reason === 'canceled') {
      fail(emit, failed({ status: reason }));
      return;
    }
    if (open) emit({ type: 'close', choice: 0, block: 0 });
    over = true;
    emit({ type: 'finish', choice: 0, finish: { reason: 'stop', raw: 'done' } });
  };
  return {
    push({ event, data }: Frame, emit: Emit): void {
      if (over) return;
      start(emit);
      if (event === 'output') say(data, emit);
      else if (event === 'done') finish(data, emit);
      else if (event === 'error') fail(emit, failed({ error: readJson(data) ?? data }));
    },
    end(emit: Emit): void {
      if (!over) fail(emit);
    },
  };
}
