import type { OtherParam, ParamName, Params } from '../../hub/index.ts';
import type { Loss } from '../dialect.ts';

/** Parameters that travel as they are. */
export const plainWords = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  n: 'n',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  logitBias: 'logit_bias',
  logprobs: 'logprobs',
  topLogprobs: 'top_logprobs',
  parallelToolCalls: 'parallel_tool_calls',
  user: 'user',
  stop: 'stop',
} as const satisfies Partial<Record<keyof Params, string>>;

/** Parameters that the hub carries without a meaning of its own. */
export const namedWords = {
  streamOptions: 'stream_options',
  modalities: 'modalities',
  audio: 'audio',
  prediction: 'prediction',
  verbosity: 'verbosity',
  webSearch: 'web_search_options',
  serviceTier: 'service_tier',
  safetyIdentifier: 'safety_identifier',
  promptCacheKey: 'prompt_cache_key',
  promptCacheRetention: 'prompt_cache_retention',
  contextManagement: 'context_management',
  metadata: 'metadata',
  maxRetries: 'max_retries',
  extraHeaders: 'extra_headers',
} as const satisfies Record<OtherParam, string>;

const { topK: _unknownToTheApi, ...plain } = plainWords;

/** What the API takes. It has no `top_k`; servers of this form that do get it as an unknown key. */
export const paths: Readonly<Partial<Record<ParamName, string>>> = {
  ...plain,
  ...namedWords,
  maxTokens: 'max_tokens',
  reasoning: 'reasoning_effort',
  tools: 'tools',
  toolChoice: 'tool_choice',
  output: 'response_format',
  stream: 'stream',
  store: 'store',
};

/** Further words of the API. */
export const words: readonly string[] = [
  'model',
  'messages',
  'max_completion_tokens',
  'functions',
  'function_call',
  'moderation',
  'prompt_cache_options',
];

const assistant = 'ChatCompletionRequestAssistantMessage';
const reply = 'ChatCompletionResponseMessage';

export const losses: readonly Loss[] = [
  { what: 'the order between text, refusals and tool calls of one assistant message', schema: assistant },
  { what: 'the borders between several text blocks of an answer', schema: reply },
  { what: 'thinking of earlier turns, and its proofs, on the way to providers', schema: assistant },
  { what: 'proofs of calls that come after the call has begun to stream', schema: reply },
  { what: 'citations without a URL; quotes of citations', schema: reply },
  { what: 'that a tool failed, beside what its result says', schema: 'ChatCompletionRequestToolMessage' },
  {
    what: 'images and files inside tool results (they follow as a user message)',
    schema: 'ChatCompletionRequestToolMessage',
  },
  {
    what: 'the order between tool results and other content of a user turn',
    schema: 'ChatCompletionRequestToolMessage',
  },
  { what: 'audio and video by URL', schema: 'ChatCompletionRequestMessageContentPartAudio' },
  { what: 'which stop sequence ended the answer; pauses', schema: 'CreateChatCompletionResponse' },
  { what: 'a budget for reasoning in tokens (told as an effort), a request for none', schema: 'ReasoningEffort' },
  { what: 'top_k', schema: 'CreateChatCompletionRequest' },
  { what: "other dialects' server tools and their results", schema: 'CreateChatCompletionRequest' },
];
