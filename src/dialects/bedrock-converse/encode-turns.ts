import { type Block, type HubRequest, idTable, type JsonObject, type Message, ProxyError } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { cachePoint } from './carried.ts';
import { encodeBlock, isBlank, type Writing } from './encode-blocks.ts';
import { unsayable } from './error.ts';
import { cleanId, longest } from './ids.ts';
import { answerCalls } from './pairs.ts';
import type { BedrockQuirks } from './quirks.ts';

/** The conversation in the order this API demands: system texts first, then turns of alternating roles. */
export interface Turns {
  system: JsonObject[];
  messages: Turn[];
}

export interface Turn {
  role: 'user' | 'assistant';
  pieces: Piece[];
}

/** A block with the cache point behind it. */
export interface Piece {
  node: JsonObject;
  mark?: JsonObject;
}

/** Throws invalid-request where nothing is left to answer, and where the model would have to speak first. */
export function encodeTurns(request: HubRequest, quirks: Partial<BedrockQuirks>): Turns {
  const at: Writing = { ids: idTable(cleanId, longest), names: new Set(), message: 0, index: 0 };
  const system: Piece[] = [];
  const messages: Turn[] = [];
  request.messages.forEach((message, index) => {
    at.message = index;
    if (message.role === 'system') addSystem(system, message, index, quirks);
    else addMessage(messages, message, at, quirks);
  });
  for (const turn of messages) arrange(turn);
  answerCalls(messages);
  for (const turn of messages) nameDocuments(turn);
  trimLast(messages);
  const first = messages[0];
  if (first === undefined) throw refused('Amazon Bedrock requires at least one non-system message');
  if (first.role === 'assistant') throw refused('Amazon Bedrock requires the first message to be from the user');
  return { system: flatten(system), messages };
}

export function flatten(pieces: readonly Piece[]): JsonObject[] {
  return pieces.flatMap(({ node, mark }) => (mark === undefined ? [node] : [node, mark]));
}

function addSystem(system: Piece[], { blocks, cache }: Message, index: number, quirks: Partial<BedrockQuirks>): void {
  const added: Piece[] = [];
  for (const block of blocks) {
    if (block.type === 'media') throw unsayable('media in system messages', index);
    const isText = block.type === 'text' || block.type === 'refusal';
    if (isText && !isBlank(block.text)) added.push({ node: { text: block.text } });
    mark(added, block.cache, quirks);
  }
  mark(added, cache, quirks);
  system.push(...added);
}

/** A mark belongs to the piece before it: the cached prefix is the same when its own block had to go. */
function mark(pieces: readonly Piece[], cache: Message['cache'], quirks: Partial<BedrockQuirks>): void {
  const last = pieces.at(-1);
  const point = cachePoint(cache, quirks);
  if (point !== undefined && last !== undefined && !('reasoningContent' in last.node)) last.mark ??= point;
}

function addMessage(turns: Turn[], message: Message, at: Writing, quirks: Partial<BedrockQuirks>): void {
  const added: Piece[] = [];
  message.blocks.forEach((block, index) => {
    at.index = index;
    const node = encodeBlock(block, at);
    if (node !== undefined) {
      const piece = { node };
      added.push(piece);
      place(turns, roleOf(block, message), piece);
    }
    mark(added, block.cache ?? innerCache(block), quirks);
  });
  mark(added, message.cache, quirks);
}

/** Calls and thinking are the model's, results the user's, wherever a client put them. */
function roleOf(block: Block, message: Message): Turn['role'] {
  switch (block.type) {
    case 'tool-call':
    case 'thinking':
      return 'assistant';
    case 'tool-result':
      return 'user';
    case 'text':
    case 'media':
    case 'refusal':
    case 'opaque':
      return message.role === 'assistant' ? 'assistant' : 'user';
  }
}

/** Results have no place for marks of their parts. */
function innerCache(block: Block): Message['cache'] {
  return block.type === 'tool-result' ? block.content.findLast(({ cache }) => cache !== undefined)?.cache : undefined;
}

function place(turns: Turn[], role: Turn['role'], piece: Piece): void {
  const last = turns.at(-1);
  if (last?.role === role) last.pieces.push(piece);
  else turns.push({ role, pieces: [piece] });
}

/** Results come first in a user turn. An assistant turn that holds thinking must begin with it, else it keeps its order. */
function arrange(turn: Turn): void {
  const first = turn.pieces[0];
  const leads = ({ node }: Piece): boolean =>
    turn.role === 'user' ? node['toolResult'] !== undefined : node['reasoningContent'] !== undefined;
  if (first === undefined || (turn.role === 'assistant' && leads(first))) return;
  turn.pieces = [...turn.pieces.filter(leads), ...turn.pieces.filter((piece) => !leads(piece))];
}

/** The API wants a text beside documents; their names are one. */
function nameDocuments({ pieces }: Turn): void {
  if (pieces.some(({ node }) => node['text'] !== undefined)) return;
  const names = pieces.flatMap(({ node: { document } }) =>
    isObject(document) && typeof document['name'] === 'string' ? [document['name']] : [],
  );
  if (names.length > 0) pieces.push({ node: { text: names.join(', ') } });
}

/** An answer begun by the client must not end in white space. */
function trimLast(turns: readonly Turn[]): void {
  const last = turns.at(-1);
  const node = last?.role === 'assistant' ? last.pieces.at(-1)?.node : undefined;
  if (typeof node?.['text'] === 'string') node['text'] = node['text'].trimEnd();
}

/**
 * With a thinking budget Claude wants the open answer to begin with thinking: the one that results are given for, or one
 * begun by the client. Where a client lost it (most chat clients do), this call goes without thinking.
 */
export function allowsBudget(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  const answers = last?.pieces.some(({ node }) => node['toolResult'] !== undefined);
  const open = last?.role === 'assistant' ? last : answers ? turns.at(-2) : undefined;
  const first = open?.pieces[0]?.node;
  return first === undefined || first['reasoningContent'] !== undefined;
}

/** Names of the tools that were called in the conversation, in order. */
export function calledTools(turns: readonly Turn[]): string[] {
  const names = turns.flatMap(({ pieces }) =>
    pieces.flatMap(({ node: { toolUse } }) =>
      isObject(toolUse) && typeof toolUse['name'] === 'string' ? [toolUse['name']] : [],
    ),
  );
  return [...new Set(names)];
}

function refused(message: string): ProxyError {
  return new ProxyError('invalid-request', message, { param: 'messages' });
}
