import type { JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { listIn, numberIn, objectIn } from './own.ts';
import { partsOf } from './response.ts';

/** The one reply that a list of them tells: what streamGenerateContent sends where nobody asked for SSE. */
export function joinReplies(replies: readonly JsonObject[]): JsonObject {
  const candidates = new Map<number, JsonObject>();
  const joined: JsonObject = {};
  for (const reply of replies) {
    const usage = { ...objectIn(joined, 'usageMetadata'), ...objectIn(reply, 'usageMetadata') };
    Object.assign(joined, reply, Object.keys(usage).length === 0 ? {} : { usageMetadata: usage });
    listIn(reply, 'candidates').forEach((candidate, place) => {
      if (!isObject(candidate)) return;
      const index = numberIn(candidate, 'index') ?? place;
      const before = candidates.get(index) ?? {};
      const parts = partsOf(candidate).reduce(addPart, partsOf(before));
      candidates.set(index, { ...before, ...candidate, content: { role: 'model', parts } });
    });
  }
  return candidates.size === 0 ? joined : { ...joined, candidates: [...candidates.values()] };
}

/** A text goes on in the next frame, unless a signature ended it. */
function addPart(parts: JsonObject[], part: JsonObject): JsonObject[] {
  const last = parts.at(-1);
  const { text } = part;
  if (last === undefined || typeof text !== 'string' || text === '' || !goesOn(last, part)) return [...parts, part];
  return [...parts.slice(0, -1), { ...last, ...part, text: `${last['text']}${text}` }];
}

function goesOn(last: JsonObject, part: JsonObject): boolean {
  const signed = last['thoughtSignature'] !== undefined || last['thought_signature'] !== undefined;
  return typeof last['text'] === 'string' && !signed && (last['thought'] === true) === (part['thought'] === true);
}
