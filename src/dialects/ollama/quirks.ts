/** How servers and models behind this wire differ. Rows in `providers/` set these. */
export interface OllamaQuirks {
  /** Asked by /api/generate: one prompt instead of messages, no tools. */
  generate?: true;
  /** The model thinks: it is asked for thinking by budget too, and gets its thoughts of earlier turns back. */
  thinks?: true;
  /** `think` is a level, not yes or no. */
  levels?: true;
  /** Results of tools name their tool (`tool_name`, which the published description lacks). */
  namesTools?: true;
}
