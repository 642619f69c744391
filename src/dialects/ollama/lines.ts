import type { Block, Finish, JsonObject, Usage } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import type { Thought } from '../sealed-thoughts.ts';
import { joinId } from './call-id.ts';
import { argsObject } from './content.ts';
import { self } from './params.ts';

/** What a client asked: /api/chat gets messages, /api/generate plain text. */
export type Form = 'chat' | 'generate';

/** The time as these servers tell it. */
export function timestamp(given: Given): string {
  return new Date(given.now()).toISOString();
}

/** A part of an answer in the client's form. */
export function writeSaid(
  form: Form,
  said: { text: string; thinking?: string; calls?: JsonObject[]; images?: string[] },
) {
  const { text, thinking = '', calls = [], images = [] } = said;
  const thoughts = thinking === '' ? {} : { thinking };
  if (form === 'generate') return { response: text, ...thoughts };
  return {
    message: {
      role: 'assistant',
      content: text,
      ...thoughts,
      ...(images.length === 0 ? {} : { images }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  };
}

/** Newer servers give calls an id too, which clients return with the result. `thoughts`: those since the call before. */
export function writeCall(
  call: Extract<Block, { type: 'tool-call' }>,
  index: number,
  thoughts: readonly Thought[],
  given: Given,
): JsonObject {
  const id = joinId(call.id === '' ? given.id('call_') : call.id, call.signature, thoughts);
  return { id, function: { index, name: call.name, arguments: argsObject(call.args) } };
}

/** Calls end a turn as any other; a safety stop is no ordinary one. */
export function writeReason({ reason, raw }: Finish): string {
  switch (reason) {
    case 'stop':
    case 'tool-calls':
    case 'pause':
      return 'stop';
    case 'length':
      return 'length';
    case 'content-filter':
    case 'refusal':
      return 'content_filter';
    case 'other':
      return raw ?? 'stop';
  }
}

const nsPerMs = 1_000_000;

/** Times in ns as this proxy saw them, `firstAt` being that of the first token, unless the server itself told its own. */
export function writeUsage(usage: Usage | undefined, given: Given, firstAt?: number): JsonObject {
  const now = given.now();
  const since = given.since ?? now;
  const first = firstAt ?? since;
  const counts = usage === undefined ? {} : { prompt_eval_count: usage.input, eval_count: usage.output };
  return {
    total_duration: (now - since) * nsPerMs,
    load_duration: 0,
    prompt_eval_duration: (first - since) * nsPerMs,
    eval_duration: (now - first) * nsPerMs,
    ...counts,
    ...(usage?.raw?.by === self ? usage.raw.value : {}),
  };
}

/** The hub has them in the form of lists by what they are of. */
export function writeLogprobs(logprobs: JsonValue | undefined): { logprobs?: JsonValue[] } {
  const list = isObject(logprobs) ? logprobs['content'] : undefined;
  return Array.isArray(list) && list.length > 0 ? { logprobs: list } : {};
}

/** Pictures have a place in messages where they are base64. */
export function writePicture(block: Extract<Block, { type: 'media' }>): string[] {
  return block.media === 'image' && block.source.kind === 'base64' ? [block.source.data] : [];
}
