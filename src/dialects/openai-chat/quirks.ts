import type { Quirk } from '../dialect.ts';

/** How servers that speak OpenAI's chat form differ from OpenAI's own. Rows in `providers/` set these. */
export interface OpenAIChatQuirks {
  /** The field for reasoning text of assistant messages in requests; replies are read under every known name. */
  reasoning?: 'reasoning_content' | 'reasoning' | 'none';
  /** The `developer` role is unknown: send `system`. */
  developerAsSystem?: true;
  /** `cache_control` marks are refused or meaningless: leave them out. */
  stripCacheMarks?: true;
  /** Lists of text parts are refused: join them to one string. */
  flatContent?: true;
  /** The word for "must call a tool" is `any` (Mistral). */
  requiredAsAny?: true;
  /** `auto`, `none` and `required` are words of `tool_choice_option`; `tool_choice` names a function (watsonx). */
  toolChoiceOption?: true;
  /** Function schemas and tools are refused with these keywords anywhere inside: leave them out. */
  stripSchemaWords?: readonly string[];
  /** `name` is refused on messages. */
  noNames?: true;
  /** Fields of messages that it does not know are refused, those of OpenAI's own answers too: only these are sent. */
  messageFields?: readonly string[];
  /** Ids of calls must be nine letters or digits (Mistral). */
  shortCallIds?: true;
  /** No user message right after a tool's, and an answer begun by the client carries `prefix` (Mistral). */
  strictTurns?: true;
  /** Chat templates refuse system messages between turns (Qwen's): clients of other dialects say them as the user. */
  systemFirst?: true;
  /** Files are parts of type `document_url` (Mistral). */
  documentUrls?: true;
  /** `thinking` is told as `reasoning_effort`. */
  thinkingAsEffort?: true;
  /** An effort is told as `thinking` with a budget of tokens (Claude behind this form). */
  effortAsThinking?: true;
  /** Its words for reasoning effort, the lowest first: others become the nearest. */
  efforts?: readonly string[];
  /** Replies differ in form (reasoning names, finish words, missing indexes, content lists): always translate them. */
  looseReply?: true;
  /** Never sends a finish reason: the end of the stream is the finish. */
  noFinish?: true;
  /** Vectors come as base64 of signed bytes, whatever is asked for. */
  byteVectors?: true;
  /** Vectors are asked for as `inputs` and come as `results`, with `input_token_count`, or as a bare list. */
  vectorResults?: true;
}

/** `probe`: bytes without which a body needs no change. */
export const quirkDocs: Readonly<Record<keyof OpenAIChatQuirks, Quirk>> = {
  reasoning: {
    side: 'request',
    probe: ['"reasoning_content"', '"reasoning"', '"thinking_blocks"', '"thinking"', '"redacted_thinking"'],
    doc: 'the field in which reasoning of earlier turns goes back, if any',
  },
  developerAsSystem: { side: 'request', probe: ['"developer"'], doc: 'the developer role is sent as system' },
  stripCacheMarks: { side: 'request', probe: ['"cache_control"'], doc: 'cache marks are left out' },
  flatContent: { side: 'request', probe: ['"text"'], doc: 'lists of text parts become one text' },
  requiredAsAny: { side: 'request', probe: ['"tool_choice"'], doc: 'tool_choice required is sent as any' },
  toolChoiceOption: {
    side: 'request',
    probe: ['"tool_choice"'],
    doc: 'words for tool_choice go as tool_choice_option',
  },
  stripSchemaWords: {
    side: 'request',
    probe: ['"tools"', '"functions"'],
    doc: 'keywords that are left out of function schemas',
  },
  noNames: { side: 'request', probe: ['"name"'], doc: 'names of messages are left out' },
  messageFields: {
    side: 'request',
    probe: ['"refusal"', '"annotations"', '"audio"', '"function_call"', '"provider_specific_fields"', '"images"'],
    doc: 'further fields of messages that are sent; all others are left out',
  },
  shortCallIds: { side: 'request', probe: ['"tool_call'], doc: 'ids of calls become nine letters or digits' },
  strictTurns: {
    side: 'request',
    probe: ['"tool"', '"assistant"'],
    doc: 'an assistant message stands between results of tools and the user; a begun answer is marked as prefix',
  },
  systemFirst: {
    side: 'request',
    // Bodies of clients of this dialect pass as they wrote them.
    probe: [],
    doc: 'system messages between turns of clients of other dialects are sent as reminders by the user',
  },
  documentUrls: { side: 'request', probe: ['"file"'], doc: 'files are sent as document_url' },
  thinkingAsEffort: {
    side: 'request',
    probe: ['"thinking"', '"reasoning_effort"'],
    doc: 'thinking is sent as reasoning_effort',
  },
  effortAsThinking: {
    side: 'request',
    probe: ['"reasoning_effort"'],
    doc: 'an effort is sent as thinking with a budget',
  },
  efforts: {
    side: 'request',
    // Bodies of clients of this dialect pass as they wrote them: they know their model.
    probe: [],
    doc: 'the words for reasoning effort; others become the nearest',
  },
  looseReply: { side: 'reply', doc: 'replies are always put into the official form' },
  noFinish: { side: 'reply', doc: 'the end of the stream is the finish' },
  vectorResults: { side: 'reply', doc: 'vectors are asked for as `inputs` and come as `results`' },
  byteVectors: { side: 'reply', doc: 'vectors of signed bytes in base64 are put into the official form' },
};
