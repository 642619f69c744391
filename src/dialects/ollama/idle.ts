import type { JsonObject } from '../../hub/index.ts';
import type { Members } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { type Form, timestamp } from './lines.ts';

/** Clients have a model loaded, or unloaded, by asking it nothing; one that is far away always is. */
export function idleChat(body: Members, model: string, given: Given): JsonObject | undefined {
  const list = body.elements('messages');
  return list === undefined || list.length === 0 ? nothingAsked(body, model, 'chat', given) : undefined;
}

/** The same of /api/generate. */
export function idlePrompt(body: Members, model: string, given: Given): JsonObject | undefined {
  const prompt = body.has('prompt') ? body.get('prompt') : undefined;
  const asks = (typeof prompt === 'string' && prompt !== '') || (body.elements('images')?.length ?? 0) > 0;
  return asks ? undefined : nothingAsked(body, model, 'generate', given);
}

function nothingAsked(body: Members, model: string, form: Form, given: Given): JsonObject {
  const keep = body.has('keep_alive') ? body.get('keep_alive') : undefined;
  const gone = keep === 0 || (typeof keep === 'string' && /^0+(?:ms|s|m|h)?$/.test(keep));
  return {
    model,
    created_at: timestamp(given),
    ...(form === 'chat' ? { message: { role: 'assistant', content: '' } } : { response: '' }),
    done: true,
    done_reason: gone ? 'unload' : 'load',
  };
}
