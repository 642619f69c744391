/** How models behind this wire differ. Rows in `providers/` set these. */
export interface AnthropicQuirks {
  /** Thinking is asked for as `{type: 'adaptive'}` with `output_config.effort`; token budgets are refused. */
  adaptiveThinking?: true;
  /** Adaptive thinking is refused: it gets a budget of tokens. */
  budgetThinking?: true;
  /** `output_config.effort` is refused. */
  withoutEffort?: true;
  /** System messages between turns are refused (Claude before Opus 4.8). */
  systemFirst?: true;
  /** Pictures and documents behind links are refused: they come inside the request (Vertex AI). */
  inlineMedia?: true;
  /** There is no effort `xhigh`: `high` is sent. */
  withoutXhigh?: true;
}
