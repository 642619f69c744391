/** How the models behind this wire differ. Rows in `providers/` set these. */
export interface BedrockQuirks {
  /** A model of Anthropic: thinking and the choice of tools can be said in its own words, beside those of this wire. */
  claude?: true;
  /** Claude decides by itself how much to think: an effort instead of a budget of tokens. */
  adaptiveThinking?: true;
  /** There is no effort `xhigh`: `high` is sent. */
  withoutXhigh?: true;
  /** The word for an effort, in `additionalModelRequestFields`. */
  efforts?: 'reasoning_effort' | 'reasoningConfig';
  /** Where `top_k` goes, as a path in `additionalModelRequestFields`; absent: `top_k`. */
  topK?: string;
  /** Cache points are refused (`none`), or taken in messages and system texts only. */
  caches?: 'none' | 'messages';
  /** Cache points may say how long they last. */
  cacheTtl?: true;
  /** The strongest choice of tools that the model takes; absent: one by name. */
  toolChoices?: 'auto' | 'any';
  /** Schemas of tools hold type, properties and required only, and no references. */
  plainSchemas?: true;
  /** Tools may be `strict`. */
  strictTools?: true;
  /** The tool that the service itself runs when a search of the web is wanted. */
  searchTool?: string;
  /** The body of models that make vectors: of one text, of one text in a wished size, of many texts. */
  embeddings?: 'text' | 'sized-text' | 'texts';
  /** The model cannot be asked this way: what to do instead. */
  instead?: string;
}
