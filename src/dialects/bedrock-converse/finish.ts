import type { Finish } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';

const reasons: Readonly<Record<string, Finish['reason']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
  guardrail_intervened: 'content-filter',
  content_filtered: 'content-filter',
};

/**
 * `stopReason` as the hub has it; malformed answers and unknown words are `other` and kept in `raw`. `fields`: what the
 * model itself said (`additionalModelResponseFields`), where the sequence stands that stopped it.
 */
export function readFinish(reason: JsonValue | undefined, fields?: JsonValue): Finish {
  if (typeof reason !== 'string' || reason === '') return { reason: 'other' };
  const sequence = stopSequence(fields);
  return {
    reason: Object.hasOwn(reasons, reason) ? (reasons[reason] ?? 'other') : 'other',
    raw: reason,
    ...(sequence === undefined ? {} : { stopSequence: sequence }),
  };
}

/** Where Claude's own fields hold the sequence: in a whole answer, in a stream. */
export const stopSequencePaths: readonly string[] = ['/stop_sequence', '/delta/stop_sequence'];

function stopSequence(fields: JsonValue | undefined): string | undefined {
  if (!isObject(fields)) return undefined;
  const delta = isObject(fields['delta']) ? fields['delta'] : {};
  const found = fields['stop_sequence'] ?? delta['stop_sequence'];
  return typeof found === 'string' ? found : undefined;
}
