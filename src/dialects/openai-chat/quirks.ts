/** How servers that speak OpenAI's chat form differ from OpenAI's own. Rows in `providers/` set these. */
export interface OpenAIChatQuirks {
	/** The field for reasoning text of assistant messages in requests; replies are read under every known name. */
	reasoning?: "reasoning_content" | "reasoning" | "none";
	/** The `developer` role is unknown: send `system`. */
	developerAsSystem?: true;
	/** `cache_control` marks are refused or meaningless: leave them out. */
	stripCacheMarks?: true;
	/** Lists of text parts are refused: join them to one string. */
	flatContent?: true;
	/** The word for "must call a tool" is `any` (Mistral). */
	requiredAsAny?: true;
	/** Function schemas and tools are refused with these keywords anywhere inside: leave them out. */
	stripSchemaWords?: readonly string[];
	/** `name` is refused on messages. */
	noNames?: true;
	/** Replies differ in form (reasoning names, finish words, missing indexes, content lists): always translate them. */
	looseReply?: true;
	/** Never sends a finish reason: the end of the stream is the finish. */
	noFinish?: true;
}
