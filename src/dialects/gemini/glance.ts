import type { Facts, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { decodeInnerError, unusable } from './error.ts';
import { field, listIn, numberIn, objectIn, textIn } from './own.ts';
import { blockReason } from './response.ts';
import { counts, readUsage } from './usage.ts';

/** What a passed plain reply says. */
export function glance(body: JsonObject): Facts {
  if (isObject(body['error'])) throw decodeInnerError(body['error']);
  const facts: Facts = {};
  const finish = look(body, facts, new Map());
  if (finish === undefined && listIn(body, 'candidates').length === 0) throw unusable('it has no candidates');
  return facts;
}

/**
 * Adds to `facts` what one reply object says. `finishes`: by candidate, undefined while it goes on. Returns the finish
 * once all have one.
 */
export function look(body: JsonObject, facts: Facts, finishes: Map<number, string | undefined>): string | undefined {
  const id = textIn(body, 'responseId');
  const model = textIn(body, 'modelVersion');
  const usage = objectIn(body, 'usageMetadata');
  if (id !== undefined) facts.id = id;
  if (model !== undefined) facts.model = model;
  if (usage !== undefined && counts(usage)) facts.usage = readUsage({ ...facts.usage?.raw?.value, ...usage });
  listIn(body, 'candidates').forEach((candidate, place) => {
    if (!isObject(candidate)) return;
    const index = numberIn(candidate, 'index') ?? place;
    const reason = field(candidate, 'finishReason');
    finishes.set(index, reason === undefined || reason === '' ? finishes.get(index) : String(reason));
  });
  const blocked = finishes.size === 0 ? blockReason(body) : undefined;
  if (blocked !== undefined) finishes.set(0, String(blocked));
  const all = [...finishes.values()];
  const finish = all.length > 0 && all.every((one) => one !== undefined) ? all[0] : undefined;
  if (finish !== undefined) facts.finish = finish;
  return finish;
}
