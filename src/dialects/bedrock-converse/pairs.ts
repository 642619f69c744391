import type { JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { Piece, Turn } from './encode-turns.ts';

/**
 * The service refuses a turn whose results are not exactly those of the calls before it. A second result of a call is left
 * out, a result of no such call is told as plain content, and a call that got none (an agent was interrupted) is answered
 * by saying so. It depends on the two turns alone, so that the conversation so far stays the same every turn.
 */
export function answerCalls(turns: readonly Turn[]): void {
  turns.forEach((turn, index) => {
    const before = turns[index - 1];
    if (turn.role === 'user') turn.pieces = answered(turn.pieces, before === undefined ? [] : callsOf(before));
  });
}

function answered(pieces: readonly Piece[], calls: readonly string[]): Piece[] {
  const open = new Set(calls);
  const results: Piece[] = [];
  const others: Piece[] = [];
  for (const piece of pieces) {
    const { toolResult } = piece.node;
    const id = idOf(toolResult);
    if (id === undefined) others.push(piece);
    else if (open.delete(id)) results.push(piece);
    else if (!calls.includes(id)) others.push(...contentOf(toolResult).map((node) => ({ node })));
  }
  const lacking = [...open].map((id) => ({ node: unanswered(id) }));
  return [...results, ...lacking, ...others];
}

function callsOf({ role, pieces }: Turn): string[] {
  if (role !== 'assistant') return [];
  return pieces.flatMap(({ node: { toolUse } }) =>
    isObject(toolUse) && toolUse['type'] !== 'server_tool_use' ? (idOf(toolUse) ?? []) : [],
  );
}

function idOf(node: JsonValue | undefined): string | undefined {
  const id = isObject(node) ? node['toolUseId'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

function contentOf(result: JsonValue | undefined): JsonObject[] {
  const content = isObject(result) ? result['content'] : undefined;
  return Array.isArray(content) ? content.filter(isObject) : [];
}

function unanswered(id: string): JsonObject {
  return { toolResult: { toolUseId: id, content: [{ text: 'This call was not answered.' }], status: 'error' } };
}
