/** How models behind this wire differ. Rows in `providers/` set these. */
export interface CohereQuirks {
  /** The model thinks: its thoughts of earlier turns are sent back to it. Others never had any. */
  thinks?: true;
}
