import type { HubResponse, JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { decodeInnerError, unusable } from './error.ts';
import { isCall, readFinish } from './finish.ts';
import { isSearch, partsOf, readItem, readLogprobs } from './items.ts';
import { keep, others } from './own.ts';
import { readUsage } from './usage.ts';

/** A whole reply. Throws bad-upstream-reply for what is no response, and the provider's error where it failed. */
export function decodeResponse(body: JsonObject, given: Given): HubResponse {
  const items = itemsOf(body);
  const logprobs = readLogprobs(items.flatMap(logprobsOf));
  const usage = readUsage(body, items.filter(isSearch).length);
  const called = items.some((item) => isCall(item.type));
  return {
    ...readHead(body, given),
    choices: [
      {
        index: 0,
        blocks: items.flatMap(readItem),
        finish: readFinish(body, called),
        ...(logprobs === undefined ? {} : { logprobs }),
      },
    ],
    ...(usage === undefined ? {} : { usage }),
  };
}

/** What a response is called, as it stands in a whole reply and at the beginning of a stream. */
export function readHead(body: JsonObject, given: Given): Omit<HubResponse, 'choices'> {
  const { id, model, created_at: created } = body;
  return {
    id: typeof id === 'string' && id !== '' ? id : given.id('resp_'),
    model: typeof model === 'string' ? model : '',
    created: Math.floor(typeof created === 'number' && created > 0 ? created : given.now() / 1000),
    ...keep(others(body, known)),
  };
}

const known: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created_at',
  'completed_at',
  'model',
  'status',
  'output',
  'usage',
  'error',
  'incomplete_details',
]);

function itemsOf(body: JsonObject): JsonObject[] {
  if (hasFailed(body)) throw decodeInnerError(body);
  if (!Array.isArray(body.output)) throw unusable('it has no output');
  return body.output.filter(isObject);
}

/** A response that tells an error instead of an answer. */
export function hasFailed({ error, status, output, message }: JsonObject): boolean {
  if (error !== undefined && error !== null) return true;
  return status === 'failed' || status === 'cancelled' || (output === undefined && typeof message === 'string');
}

function logprobsOf(item: JsonObject): JsonValue[] {
  return partsOf(item).flatMap((part) => (Array.isArray(part.logprobs) ? part.logprobs : []));
}
