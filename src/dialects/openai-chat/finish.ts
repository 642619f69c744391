import type { Finish } from '../../hub/index.ts';

const reasons: ReadonlyMap<string, Finish['reason']> = new Map([
  ['', 'stop'],
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['complete', 'stop'],
  ['completed', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['model_length', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_calls', 'tool-calls'],
  ['tool_call', 'tool-calls'],
  ['tool_use', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
  ['content_filtered', 'content-filter'],
  ['guardrail_intervened', 'content-filter'],
  ['safety', 'content-filter'],
  ['recitation', 'content-filter'],
  ['refusal', 'refusal'],
  ['pause_turn', 'pause'],
]);

/** Servers use words outside OpenAI's set, and say `stop` for a turn of tool calls. */
export function readFinish(word: string | undefined, called: boolean): Finish {
  const read = word === undefined ? 'other' : (reasons.get(word.toLowerCase()) ?? 'other');
  const reason = called && (read === 'stop' || read === 'other') ? 'tool-calls' : read;
  return word === undefined ? { reason } : { reason, raw: word };
}

/** `called`: whether the answer holds a call; `tool_calls` without one would send clients looking for it. */
export function writeFinish(finish: Finish, called: boolean, legacy: boolean): string {
  switch (finish.reason) {
    case 'length':
      return 'length';
    case 'tool-calls':
      if (!called) return 'stop';
      return legacy ? 'function_call' : 'tool_calls';
    case 'content-filter':
    case 'refusal':
      return 'content_filter';
    case 'stop':
    case 'pause':
    case 'other':
      return 'stop';
  }
}
