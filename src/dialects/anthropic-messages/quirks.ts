/** How models behind this wire differ. Rows in `providers/` set these. */
export interface AnthropicQuirks {
  /** Thinking is asked for as `{type: 'adaptive'}` with `output_config.effort`; token budgets are refused. */
  adaptiveThinking?: true;
  /** There is no effort `xhigh`: `high` is sent. */
  withoutXhigh?: true;
}
