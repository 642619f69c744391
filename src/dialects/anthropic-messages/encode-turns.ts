import { type HubRequest, type Ids, idTable, type JsonObject, type Message, ProxyError } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { self, writeCarried, writeExtra } from './carried.ts';
import { encodeBlock, encodeSystemBlock, moveMark } from './encode-blocks.ts';
import { cleanId } from './ids.ts';

/** The conversation in the order this API demands: system texts first, then turns of alternating roles. */
export interface Turns {
  system: JsonObject[];
  messages: Turn[];
}

export interface Turn {
  role: 'user' | 'assistant';
  content: JsonObject[];
  extra: JsonObject;
}

/** Throws invalid-request where nothing is left to answer, and where the model would have to speak first. */
export function encodeTurns(request: HubRequest): Turns {
  const ids = idTable(cleanId);
  const system: JsonObject[] = [];
  const messages: Turn[] = [];
  request.messages.forEach((message, index) => {
    if (message.role !== 'system') {
      addTurn(messages, message.role, encodeMessage(message, index, ids), writeExtra(message));
      return;
    }
    const texts = encodeSystem(message, index);
    // Only clients of this dialect mean the place; moving such texts up would change the prefix that is cached.
    if (request.from === self && messages.length > 0) addTurn(messages, 'user', texts.map(reminder), {});
    else system.push(...texts);
  });
  for (const turn of messages) arrange(turn);
  trimLast(messages);
  const first = messages[0];
  if (first === undefined) throw refused('Anthropic requires at least one non-system message');
  if (first.role === 'assistant') throw refused('Anthropic requires the first message to be from the user');
  return { system, messages };
}

/** What older models are used to from agents: words of the system inside the user's turn. */
function reminder(block: JsonObject): JsonObject {
  const text = String(block['text']);
  return text.startsWith('<system-reminder>')
    ? block
    : { ...block, text: `<system-reminder>\n${text}\n</system-reminder>` };
}

function encodeSystem(message: Message, index: number): JsonObject[] {
  const out: JsonObject[] = [];
  message.blocks.forEach((block, place) => {
    const encoded = encodeSystemBlock(block, { message: index, index: place });
    if (encoded === undefined) moveMark(writeCarried(block)['cache_control'], out);
    else out.push(encoded);
  });
  markLast(message, out);
  return out;
}

function encodeMessage(message: Message, index: number, ids: Ids): JsonObject[] {
  const out: JsonObject[] = [];
  message.blocks.forEach((block, place) => {
    const encoded = encodeBlock(block, ids, { message: index, index: place });
    if (encoded === undefined) moveMark(writeCarried(block)['cache_control'], out);
    else out.push(encoded);
  });
  markLast(message, out);
  return out;
}

/** A mark on a message means its last block: this API has marks on blocks only. */
function markLast(message: Message, blocks: readonly JsonObject[]): void {
  if (message.cache !== undefined) moveMark(writeCarried({ cache: message.cache })['cache_control'], blocks);
}

function addTurn(turns: Turn[], role: Turn['role'], content: JsonObject[], extra: JsonObject): void {
  if (content.length === 0) return;
  const last = turns.at(-1);
  if (last?.role !== role) {
    turns.push({ role, content, extra });
    return;
  }
  last.content.push(...content);
  last.extra = { ...last.extra, ...extra };
}

/**
 * Results come first in a user turn. An assistant turn that holds thinking must begin with it; one that does keeps its
 * order, since interleaved thinking belongs where it is.
 */
function arrange(turn: Turn): void {
  const first = turn.content[0];
  if (turn.role === 'assistant' && first !== undefined && isThinking(first)) return;
  const leads = turn.role === 'user' ? (block: JsonObject) => block['type'] === 'tool_result' : isThinking;
  turn.content = [...turn.content.filter(leads), ...turn.content.filter((block) => !leads(block))];
}

function isThinking(block: JsonObject): boolean {
  return block['type'] === 'thinking' || block['type'] === 'redacted_thinking';
}

/** An answer begun by the client must not end in white space. */
function trimLast(turns: readonly Turn[]): void {
  const last = turns.at(-1);
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (block?.['type'] === 'text' && typeof block['text'] === 'string') block['text'] = block['text'].trimEnd();
}

/**
 * With a thinking budget the API wants the open answer to begin with thinking: the one that results are given for, or one
 * begun by the client. Where a client lost it (most chat clients do), this call goes without thinking.
 */
export function allowsBudget(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  const open = last?.role === 'assistant' ? last : last?.content.some(isResult) ? turns.at(-2) : undefined;
  const first = open?.content[0];
  return first === undefined || isThinking(first);
}

function isResult(block: JsonObject): boolean {
  return block['type'] === 'tool_result';
}

/** Names of the tools that were called in the conversation, in order. */
export function calledTools(turns: readonly Turn[]): string[] {
  const names = turns.flatMap((turn) => turn.content.filter((block) => block['type'] === 'tool_use').map(nameOf));
  return [...new Set(names)];
}

function nameOf(block: JsonObject): string {
  const name: JsonValue | undefined = block['name'];
  return typeof name === 'string' ? name : '';
}

/** Whether any block, also inside results, has this property. */
export function someBlock(messages: JsonValue | undefined, test: (block: JsonObject) => boolean): boolean {
  const inside = (content: JsonValue | undefined): boolean =>
    Array.isArray(content) && content.some((block) => isObject(block) && (test(block) || inside(block['content'])));
  return Array.isArray(messages) && messages.some((message) => isObject(message) && inside(message['content']));
}

function refused(message: string): ProxyError {
  return new ProxyError('invalid-request', message, { param: 'messages' });
}
