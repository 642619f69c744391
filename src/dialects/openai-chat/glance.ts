import type { Facts, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { choicesOf } from './response.ts';
import { readUsage } from './usage.ts';

/** What a passed plain reply says. Throws the error that it tells instead of an answer, else bad-upstream-reply. */
export function glance(body: JsonObject): Facts {
  const choices = choicesOf(body);
  const facts: Facts = {};
  const usage = readUsage(body);
  if (typeof body.id === 'string') facts.id = body.id;
  if (typeof body.model === 'string') facts.model = body.model;
  if (usage !== undefined) facts.usage = usage;
  const [first] = choices;
  if (isObject(first) && typeof first.finish_reason === 'string') facts.finish = first.finish_reason;
  return facts;
}
