import { type Emit, type JsonObject, ProxyError } from '../../hub/index.ts';
import { type Frame, isObject, type JsonValue, readJson } from '../../wire/index.ts';
import type { Given, StreamDecoder } from '../dialect.ts';
import { cutShort, decodeInnerError, received, unusable } from './error.ts';
import { readBlocked } from './finish.ts';
import { listIn, numberIn, objectIn } from './own.ts';
import { blockReason, readHead } from './response.ts';
import { Choice, type Numbers } from './stream-choice.ts';
import { counts, readUsage } from './usage.ts';

/** Reads a stream of whole reply objects into legal hub order. It has no terminator: it is over when every candidate has finished. */
export function decodeStream(given: Given): StreamDecoder {
  const choices = new Map<number, Choice>();
  const numbers: Numbers = { next: 0 };
  let usage: JsonObject | undefined;
  let started = false;
  let over = false;

  const finished = (): boolean => choices.size > 0 && [...choices.values()].every((choice) => choice.finished);
  const fail = (error: ProxyError, emit: Emit): void => {
    over = true;
    emit({ type: 'error', error });
  };
  const at = (index: number): Choice => {
    const known = choices.get(index) ?? new Choice(index, given, numbers);
    choices.set(index, known);
    return known;
  };
  const start = (body: JsonObject, emit: Emit): void => {
    if (started) return;
    started = true;
    emit({ type: 'start', ...readHead(body, given), ...(usage === undefined ? {} : { usage: readUsage(usage) }) });
  };
  const read = (body: JsonObject, emit: Emit): void => {
    if (isObject(body['error'])) {
      fail(decodeInnerError(body['error']), emit);
      return;
    }
    const counted = objectIn(body, 'usageMetadata');
    if (counted !== undefined && counts(counted)) usage = { ...usage, ...counted };
    start(body, emit);
    listIn(body, 'candidates').forEach((candidate, place) => {
      if (isObject(candidate)) at(numberIn(candidate, 'index') ?? place).tell(candidate, emit);
    });
    const blocked = choices.size === 0 ? blockReason(body) : undefined;
    if (blocked !== undefined) at(0).finish(readBlocked(blocked), emit);
    if (usage !== undefined && finished()) emit({ type: 'usage', usage: readUsage(usage) });
  };
  const take = (body: JsonValue | undefined, emit: Emit): void => {
    if (over) return;
    if (!isObject(body)) {
      fail(unusable('an event of its stream is no JSON object'), emit);
      return;
    }
    try {
      received(() => read(body, emit));
    } catch (thrown) {
      if (!(thrown instanceof ProxyError)) throw thrown;
      fail(thrown, emit);
    }
  };

  return {
    push(frame: Frame, emit: Emit): void {
      if (over || frame.data.trim() === '[DONE]') return;
      const parsed = readJson(frame.data);
      if (Array.isArray(parsed)) for (const body of parsed) take(body, emit);
      else take(parsed, emit);
    },
    end(emit: Emit): void {
      if (!over && !finished()) fail(cutShort(), emit);
    },
  };
}
