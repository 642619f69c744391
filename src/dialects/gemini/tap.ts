import type { Facts, ProxyError } from '../../hub/index.ts';
import { isObject, readFrame, readJson } from '../../wire/index.ts';
import type { Asked, Given, Tap } from '../dialect.ts';
import { errorBody } from './encode-error.ts';
import { cutShort, decodeInnerError, unusable } from './error.ts';
import { look } from './glance.ts';
import { listIn } from './own.ts';
import { serverEvents } from './stream-form.ts';

/**
 * Watches a passed stream of events: gathers usage, knows whether the answer is whole. `modelVersion` stays: it says which
 * version of the model that the path names has answered. Frames are few and large, so that each is read.
 */
export function tap(_asked: Asked, given: Given): Tap {
  const facts: Facts = {};
  const finishes = new Map<number, string | undefined>();
  let over = false;
  const watching: Tap = {
    begun: false,
    facts,
    see(frame) {
      const { data } = readFrame(frame) ?? {};
      if (data === undefined || data.trim() === '[DONE]') return frame;
      const body = readJson(data);
      if (!isObject(body)) throw unusable('an event of its stream is no JSON object');
      if (isObject(body['error'])) throw decodeInnerError(body['error']);
      look(body, facts, finishes);
      if (listIn(body, 'candidates').length > 0) {
        watching.begun = true;
        facts.firstTokenAt ??= given.now();
      }
      return frame;
    },
    skim: (_chunk, from) => from,
    over(cause?: ProxyError) {
      if (over) return '';
      over = true;
      return facts.finish === undefined ? serverEvents().frame(JSON.stringify(errorBody(cause ?? cutShort()))) : '';
    },
  };
  return watching;
}
