/** How models behind this wire differ. Rows in `providers/` set these. */
export interface ReplicateQuirks {
  /** The model's word for the length of the answer is `max_new_tokens`. */
  newTokens?: true;
}
