import type { Finish } from '../../hub/index.ts';
import type { JsonValue } from '../../wire/index.ts';

const reasons: Readonly<Record<string, Finish['reason']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  compaction: 'length',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
};

/** `stop_reason` and `stop_sequence` as the hub has them; an unknown word is `other` and kept in `raw`. */
export function readFinish(reason: JsonValue | undefined, sequence: JsonValue | undefined): Finish {
  if (typeof reason !== 'string') return { reason: 'other' };
  return {
    reason: Object.hasOwn(reasons, reason) ? (reasons[reason] ?? 'other') : 'other',
    raw: reason,
    ...(typeof sequence === 'string' ? { stopSequence: sequence } : {}),
  };
}

/** What was told in the message counts too: agents go on only after `tool_use`, whatever word another provider ended with. */
export interface Told {
  calls: boolean;
  refused: boolean;
}

export function writeStopReason(finish: Finish, told: Told): { stop_reason: string; stop_sequence: string | null } {
  const sequence = finish.stopSequence ?? null;
  const ended = sequence === null ? 'end_turn' : 'stop_sequence';
  const word = (): string => {
    if (told.refused) return 'refusal';
    switch (finish.reason) {
      case 'stop':
      case 'tool-calls':
      case 'other':
        return told.calls ? 'tool_use' : ended;
      case 'length':
        return 'max_tokens';
      case 'content-filter':
      case 'refusal':
        return 'refusal';
      case 'pause':
        return 'pause_turn';
    }
  };
  return { stop_reason: word(), stop_sequence: sequence };
}
