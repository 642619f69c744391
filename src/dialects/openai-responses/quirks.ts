import type { Quirk } from '../dialect.ts';

/** How models behind this wire differ. Rows in `providers/` set these. */
export interface OpenAIResponsesQuirks {
  /**
   * Its words for reasoning effort, the lowest first: others become the nearest. A model that has them reasons, and is
   * asked for the proofs of its thoughts, which models that do not reason refuse.
   */
  efforts?: readonly string[];
  /** Cache marks are sent as `prompt_cache_breakpoint`, which older models refuse. */
  cacheBreakpoints?: true;
}

export const quirkDocs: Readonly<Record<keyof OpenAIResponsesQuirks, Quirk>> = {
  efforts: {
    side: 'request',
    // Bodies of clients of this dialect pass as they wrote them: they know their model.
    probe: [],
    doc: 'the words for reasoning effort; others become the nearest, and thoughts come with their proofs',
  },
  cacheBreakpoints: { side: 'request', probe: [], doc: 'cache marks are sent as prompt_cache_breakpoint' },
};
