import type { ParamName } from '../../hub/index.ts';
import type { Dialect, Loss } from '../dialect.ts';

/** What this wire can say, and where. */
export const params: Readonly<Partial<Record<ParamName, string>>> = {
  maxTokens: 'max_output_tokens',
  temperature: 'temperature',
  topP: 'top_p',
  logprobs: 'include',
  topLogprobs: 'top_logprobs',
  parallelToolCalls: 'parallel_tool_calls',
  reasoning: 'reasoning',
  user: 'user',
  tools: 'tools',
  toolChoice: 'tool_choice',
  output: 'text.format',
  stream: 'stream',
  store: 'store',
  verbosity: 'text.verbosity',
  webSearch: 'tools',
  serviceTier: 'service_tier',
  safetyIdentifier: 'safety_identifier',
  promptCacheKey: 'prompt_cache_key',
  promptCacheRetention: 'prompt_cache_retention',
  contextManagement: 'context_management',
  metadata: 'metadata',
};

/** Further top-level words of this API. */
export const words: readonly string[] = [
  'model',
  'input',
  'instructions',
  'include',
  'text',
  'previous_response_id',
  'conversation',
  'prompt',
  'background',
  'truncation',
  'max_tool_calls',
  'moderation',
  'prompt_cache_options',
  'stream_options',
  'client_metadata',
];

/** What only providers of this API can be asked. */
export const stays = {
  input: 'told',
  instructions: 'told',
  // Answers that we keep stand before the input by then.
  previous_response_id: 'told',
  stream_options: 'told',
  prompt_cache_options: 'told',
  // Whose call it is, for the maker's own statistics.
  client_metadata: 'told',
  // Kept or made by one provider: nobody else knows them.
  conversation: 'needed',
  prompt: 'needed',
  background: [null, false],
  truncation: [null, 'disabled'],
  max_tool_calls: [null],
  moderation: [null],
} as const satisfies NonNullable<Dialect['stays']>;

const schema = 'CreateResponse';
const item = 'InputItem';

/** What the published schemas have no place for. */
export const losses: readonly Loss[] = [
  { what: 'stop sequences, seed, n, penalties, logit bias, predicted output, audio answers, top_k', schema },
  { what: 'answers shorter than 16 tokens: the least that can be asked for', schema },
  { what: 'a budget for reasoning in tokens (told as an effort)', schema: 'Reasoning' },
  { what: 'names of messages', schema: item },
  { what: 'cache marks on tools, calls and answers, and how long they hold', schema: 'PromptCacheBreakpointParam' },
  { what: 'the borders between neighbouring texts of an answer of an earlier turn', schema: 'EasyInputMessage' },
  { what: 'media in answers of earlier turns', schema: 'OutputMessage' },
  { what: 'audio and video', schema: 'InputContent' },
  { what: 'that a tool failed, beside what its result says', schema: 'FunctionCallOutputItemParam' },
  { what: 'thinking that another maker signed, or nobody', schema: 'ReasoningItem' },
  { what: 'the borders between the parts of a summary of thoughts', schema: 'ReasoningItem' },
  { what: "other makers' proofs on text and calls", schema: item },
  { what: "other dialects' server tools and their results", schema: 'Tool' },
];
