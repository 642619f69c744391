import type { HubResponse, JsonObject, Usage } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { failed, unusable } from './error.ts';
import { self } from './params.ts';

/** A prediction that is made. Throws bad-upstream-reply for what is none, and its error where it failed. */
export function decodeResponse(body: JsonObject, given: Given): HubResponse {
  const { id, status, output, error, model } = body;
  if (status === 'failed' || status === 'canceled' || status === 'aborted') throw failed(body);
  if (status === undefined && (error !== undefined || body['detail'] !== undefined)) throw failed({ error: body });
  if (status !== 'succeeded' && (output === undefined || output === null)) throw unusable('it has no output');
  const text = textOf(output);
  const usage = readUsage(body['metrics']);
  const created = Date.parse(typeof body['created_at'] === 'string' ? body['created_at'] : '');
  return {
    id: typeof id === 'string' && id !== '' ? id : given.id('reply_'),
    model: typeof model === 'string' ? model : '',
    created: Math.floor((Number.isNaN(created) ? given.now() : created) / 1000),
    choices: [
      {
        index: 0,
        blocks: text === '' ? [] : [{ type: 'text', text }],
        finish: { reason: 'stop', ...(typeof status === 'string' ? { raw: status } : {}) },
      },
    ],
    ...(usage === undefined ? {} : { usage }),
  };
}

/** Models answer with a text, or with its pieces; what is neither is shown as the JSON that it is. */
function textOf(output: JsonValue | undefined): string {
  if (typeof output === 'string') return output;
  if (output === undefined || output === null) return '';
  if (!Array.isArray(output)) return JSON.stringify(output);
  return output.map((piece) => (typeof piece === 'string' ? piece : JSON.stringify(piece))).join('');
}

function readUsage(metrics: JsonValue | undefined): Usage | undefined {
  if (!isObject(metrics)) return undefined;
  const { input_token_count: input, output_token_count: output } = metrics;
  if (typeof input !== 'number' && typeof output !== 'number') return undefined;
  return {
    input: typeof input === 'number' ? input : 0,
    output: typeof output === 'number' ? output : 0,
    raw: { by: self, value: metrics },
  };
}
