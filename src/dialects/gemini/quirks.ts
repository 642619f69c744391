/** What Gemini 3 calls its amounts of thinking, from the least on. */
type ThinkingLevel = 'minimal' | 'low' | 'medium' | 'high';

/** How models and hosts behind this wire differ. Rows in `providers/` set these. */
export interface GeminiQuirks {
  /** Thinking is asked for in tokens, `least` or more; `off`: 0 is taken too. Absent: any number. */
  budget?: { least: number; off?: true };
  /** Thinking is asked for by one of these words instead of tokens (Gemini 3 and later). */
  levels?: readonly ThinkingLevel[];
  /** The first call of every model turn must carry a signature; one that has none gets Google's dummy (Gemini 3 and later). */
  callProofs?: true;
  /** Pictures and files stand inside a function's response (Gemini 3 and later); else behind it. */
  mediaInResults?: true;
  /** Each picture may say its resolution (Gemini 3 and later). */
  partResolution?: true;
  /** Schemas only in the OpenAPI form: `parameters` and `responseSchema` (Gemini 1.5). */
  openApiSchemas?: true;
  /** Calls and responses have no `id` (Vertex AI). */
  withoutCallIds?: true;
  /** Embeddings by `:predict` with `instances` (Vertex AI). `most`: inputs of one request. */
  predict?: { most: number };
  /** What is counted stands at the top of a body, without `generateContentRequest` (Vertex AI). */
  plainCount?: true;
}
