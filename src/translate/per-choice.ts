import type { Emit } from '../hub/index.ts';

/** One handler for each choice, since the blocks of several choices may interleave; what belongs to none passes. */
export function perChoice(emit: Emit, make: () => Emit): Emit {
  const handlers = new Map<number, Emit>();
  return (event) => {
    if (!('choice' in event)) return emit(event);
    const handler = handlers.get(event.choice) ?? make();
    handlers.set(event.choice, handler);
    handler(event);
  };
}
