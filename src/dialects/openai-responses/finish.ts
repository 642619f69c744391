import type { Finish, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';

const reasons: ReadonlyMap<string, Finish['reason']> = new Map([
  ['max_output_tokens', 'length'],
  ['max_tokens', 'length'],
  ['length', 'length'],
  ['content_filter', 'content-filter'],
]);

/** `called`: whether the client must answer a call; the API has no word for that. */
export function readFinish(response: JsonObject, called: boolean): Finish {
  const { status, incomplete_details: details } = response;
  if (status === 'incomplete') {
    const why = isObject(details) && typeof details.reason === 'string' ? details.reason : undefined;
    return { reason: reasons.get(why ?? '') ?? 'other', raw: why ?? status };
  }
  const completed = status === undefined || status === null || status === 'completed';
  const reason = called ? 'tool-calls' : completed ? 'stop' : 'other';
  return typeof status === 'string' ? { reason, raw: status } : { reason };
}

/** Calls that the client has to answer. */
export function isCall(type: unknown): boolean {
  return type === 'function_call' || type === 'custom_tool_call';
}
