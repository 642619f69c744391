import type { Finish } from '../../hub/index.ts';
import type { JsonValue } from '../../wire/index.ts';

/** Older servers end without a reason; a turn with calls ends like any other. */
export function readFinish(reason: JsonValue | undefined, called: boolean): Finish {
  const raw = typeof reason === 'string' && reason !== '' ? { raw: reason } : {};
  switch (reason) {
    case 'length':
      return { reason: 'length', ...raw };
    case undefined:
    case null:
    case '':
    case 'stop':
    case 'load':
    case 'tool_calls':
      return { reason: called ? 'tool-calls' : 'stop', ...raw };
    // As this proxy says it, where one stands behind another.
    case 'content_filter':
      return { reason: 'content-filter', ...raw };
  }
  return { reason: 'other', ...raw };
}
