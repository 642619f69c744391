import type { Finish } from '../../hub/index.ts';
import type { JsonValue } from '../../wire/index.ts';

const reasons: Readonly<Record<string, Finish['reason']>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  ERROR_LIMIT: 'length',
  TOOL_CALL: 'tool-calls',
  ERROR_TOXIC: 'content-filter',
};

/** `finish_reason` as the hub has it; an unknown word is `other` and kept in `raw`. */
export function readFinish(reason: JsonValue | undefined): Finish {
  if (typeof reason !== 'string') return { reason: 'other' };
  return { reason: Object.hasOwn(reasons, reason) ? (reasons[reason] ?? 'other') : 'other', raw: reason };
}
