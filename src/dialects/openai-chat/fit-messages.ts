import type { HubRequest, Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { OpenAIChatQuirks } from './quirks.ts';

/** What a strict server wants of the conversation as a whole: short ids of calls, and turns in its own order. */
export function fitMessages(
  messages: JsonObject[],
  quirks: Partial<OpenAIChatQuirks>,
  from: HubRequest['from'],
): JsonObject[] {
  const seated = quirks.systemFirst && from !== 'openai-chat' ? remind(messages) : messages;
  const named = quirks.shortCallIds ? seated.map(shortenIds) : seated;
  return quirks.strictTurns ? orderTurns(named) : named;
}

/** In its place, so that what was sent before stays the beginning of what is sent next. */
function remind(messages: readonly JsonObject[]): JsonObject[] {
  const first = messages.findIndex(({ role }) => role !== 'system');
  return messages.map((message, index) =>
    message.role === 'system' && index > first && first >= 0
      ? { ...message, role: 'user', content: reminder(message.content) }
      : message,
  );
}

function reminder(content: Json | undefined): Json {
  if (Array.isArray(content)) {
    return content.map((part) => (isObject(part) ? { ...part, text: reminder(part.text) } : part));
  }
  const text = typeof content === 'string' ? content : '';
  return text.startsWith('<system-reminder>') ? text : `<system-reminder>\n${text}\n</system-reminder>`;
}

function shortenIds(message: JsonObject): JsonObject {
  const { tool_calls: calls, tool_call_id: answered } = message;
  return {
    ...message,
    ...(Array.isArray(calls)
      ? { tool_calls: calls.map((call) => (isObject(call) ? { ...call, id: shortId(call.id) } : call)) }
      : {}),
    ...(answered === undefined ? {} : { tool_call_id: shortId(answered) }),
  };
}

/** Nine letters or digits, made from the id alone: the same every turn, and the same for a call and its answer. */
function shortId(id: unknown): string {
  const text = typeof id === 'string' ? id : '';
  return /^[a-zA-Z0-9]{9}$/.test(text) ? text : (hash(text, 0x811c9dc5) + hash(text, 0x01000193)).slice(0, 9);
}

/** FNV-1a in 32 bits, mixed once more so that its highest digits differ too, as seven digits to the base 36. */
function hash(text: string, seed: number): string {
  let sum = seed;
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  return ((sum ^ (sum >>> 13)) >>> 0).toString(36).padStart(7, '0').split('').reverse().join('');
}

/** Nobody but the assistant may speak right after a tool, and an answer begun by the client must say that it is one. */
function orderTurns(messages: readonly JsonObject[]): JsonObject[] {
  const out: JsonObject[] = [];
  for (const message of messages) {
    const answered = message.role === 'assistant' || message.role === 'tool';
    if (!answered && out.at(-1)?.role === 'tool') out.push({ role: 'assistant', content: 'OK.' });
    out.push(message);
  }
  const last = out.at(-1);
  if (last?.role === 'assistant' && last.tool_calls === undefined) out[out.length - 1] = { prefix: true, ...last };
  return out;
}
