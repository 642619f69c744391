import type { Finish, Json } from '../../hub/index.ts';

const reasons: ReadonlyMap<string, Finish['reason']> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content-filter'],
  ['RECITATION', 'content-filter'],
  ['LANGUAGE', 'content-filter'],
  ['OTHER', 'content-filter'],
  ['BLOCKLIST', 'content-filter'],
  ['PROHIBITED_CONTENT', 'content-filter'],
  ['SPII', 'content-filter'],
  ['IMAGE_SAFETY', 'content-filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content-filter'],
  ['IMAGE_RECITATION', 'content-filter'],
  ['MODEL_ARMOR', 'content-filter'],
]);
/** Some servers send the numbers of the protobuf enum (of Vertex AI, which does so). */
const numbers: readonly string[] = [
  'FINISH_REASON_UNSPECIFIED',
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
  'MODEL_ARMOR',
];

/** `finishReason` as the hub has it (LITELLM.md 5.1); undefined while the answer goes on. A turn of calls ends with `STOP`. */
export function readFinish(value: Json | undefined, called: boolean): Finish | undefined {
  const word = typeof value === 'number' ? (numbers[value] ?? String(value)) : value;
  if (typeof word !== 'string' || word === '') return undefined;
  const reason = reasons.get(word.toUpperCase()) ?? 'other';
  return { reason: called && (reason === 'stop' || reason === 'other') ? 'tool-calls' : reason, raw: word };
}

/** Why a prompt was not answered at all: `promptFeedback.blockReason`. */
export function readBlocked(reason: Json): Finish {
  return { reason: 'content-filter', raw: String(reason) };
}

/** Words of this API's enum beside those above that clients of it know. */
const further: ReadonlySet<string> = new Set([
  ...['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MISSING_THOUGHT_SIGNATURE'],
  ...['MALFORMED_RESPONSE', 'NO_IMAGE', 'IMAGE_OTHER', 'FINISH_REASON_UNSPECIFIED'],
]);

/** This API's own word where it said the same, else the one that its clients know for it (DECISIONS.md 14). */
export function writeFinish({ reason, raw }: Finish, refused: boolean): string {
  const called = reason === 'tool-calls';
  const own = raw !== undefined && (reasons.has(raw) || further.has(raw)) ? readFinish(raw, called) : undefined;
  if (raw !== undefined && own?.reason === reason) return raw;
  if (refused) return 'SAFETY';
  switch (reason) {
    case 'stop':
    case 'tool-calls':
    case 'pause':
      return 'STOP';
    case 'length':
      return 'MAX_TOKENS';
    case 'content-filter':
    case 'refusal':
      return 'SAFETY';
    case 'other':
      return 'OTHER';
  }
}
