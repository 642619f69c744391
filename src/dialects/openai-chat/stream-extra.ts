import type { Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';

/** Adds a field of a chunk to what a whole reply would hold: lists grow, everything else is replaced; null says nothing. */
export function mergeField(into: JsonObject, key: string, value: Json | undefined): void {
  if (value === null || value === undefined || key === '__proto__') return;
  const before = into[key];
  into[key] = Array.isArray(before) && Array.isArray(value) ? value.reduce(addPiece, before) : value;
}

/** Pieces of one entry (`reasoning_details`) carry its index and type; their texts join. */
function addPiece(list: Json[], piece: Json): Json[] {
  const last = list.at(-1);
  if (!isObject(last) || !isObject(piece) || last.index === undefined) return [...list, piece];
  if (last.index !== piece.index || last.type !== piece.type) return [...list, piece];
  const joined: JsonObject = { ...last, ...piece };
  for (const field of ['text', 'summary', 'data']) {
    const [before, more] = [last[field], piece[field]];
    if (typeof before === 'string') joined[field] = typeof more === 'string' ? before + more : before;
  }
  return [...list.slice(0, -1), joined];
}
