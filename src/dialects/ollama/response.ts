import type { Block, HubResponse, JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { errorWithin, unusable } from './error.ts';
import { readFinish } from './finish.ts';
import { ThinkTags } from './think-tags.ts';
import { readUsage } from './usage.ts';

/** What one line, or a whole reply, says. */
export interface Said {
  text: string;
  thinking: string;
  calls: { id: string; name: string; args: string }[];
}

/** A whole reply of /api/chat or /api/generate. Throws bad-upstream-reply for what is none, and the server's error. */
export function decodeResponse(body: JsonObject, given: Given): HubResponse {
  const failed = errorWithin(body);
  if (failed !== undefined) throw failed;
  const said = readSaid(body, given);
  if (said === undefined) throw unusable('it has neither a message nor a response');
  const usage = readUsage(body);
  const { logprobs } = body;
  const finish = readFinish(body['done_reason'], said.calls.length > 0);
  const told = Array.isArray(logprobs) ? { logprobs: { content: logprobs, refusal: null } } : {};
  return {
    id: given.id('reply_'),
    model: modelOf(body),
    created: createdAt(body, given),
    choices: [{ index: 0, blocks: blocksOf(said), finish, ...told }],
    ...(usage === undefined ? {} : { usage }),
  };
}

/** undefined: neither API's words are there. */
export function readSaid(body: JsonObject, given: Given): Said | undefined {
  const { message, response, thinking } = body;
  if (isObject(message)) {
    const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'] : [];
    return {
      text: textOf(message['content']),
      thinking: textOf(message['thinking']),
      calls: calls.flatMap((call) => (isObject(call) ? readCall(call, given) : [])),
    };
  }
  const known = typeof response === 'string' || typeof thinking === 'string' || body['done'] === true;
  return known ? { text: textOf(response), thinking: textOf(thinking), calls: [] } : undefined;
}

/** Only newer servers give calls an id. */
function readCall(call: JsonObject, given: Given): Said['calls'] {
  const declared = isObject(call['function']) ? call['function'] : {};
  const { name, arguments: args } = declared;
  const { id } = call;
  // A call without a name cannot be answered by anybody.
  if (typeof name !== 'string' || name === '') return [];
  const text = typeof args === 'string' ? args : JSON.stringify(args ?? {});
  return [{ id: typeof id === 'string' && id !== '' ? id : given.id('call_'), name, args: text }];
}

function blocksOf({ text, thinking, calls }: Said): Block[] {
  const blocks: Block[] = [];
  const tell = (kind: 'text' | 'thinking', piece: string): void => {
    const last = blocks.at(-1);
    if (last?.type === kind) last.text += piece;
    else blocks.push({ type: kind, text: piece });
  };
  if (thinking !== '') tell('thinking', thinking);
  const tags = new ThinkTags();
  tags.push(text, tell);
  tags.flush(tell);
  return [...blocks, ...calls.map((call) => ({ type: 'tool-call' as const, ...call }))];
}

export function modelOf(body: JsonObject): string {
  return textOf(body['model']);
}

/** Seconds since 1970. */
export function createdAt(body: JsonObject, given: Given): number {
  const told = Date.parse(textOf(body['created_at']));
  return Math.floor((Number.isNaN(told) ? given.now() : told) / 1000);
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
