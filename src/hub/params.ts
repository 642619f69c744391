import type { Json, ParamName } from './request.ts';

/** `words`: OpenAI's spellings, the first one preferred; `neutral`: values that ask for nothing and may be left out in silence. */
export interface Param {
  words: readonly string[];
  type: 'number' | 'boolean' | 'string' | 'list' | 'object' | 'any';
  neutral: readonly Json[];
  doc: string;
}

/**
 * Every parameter that a provider may know or not (LITELLM.md 4.1). Names without a word cannot be refused.
 * `silent`: DECISIONS.md 10: left out in silence where they mean nothing.
 */
export const params: Readonly<Record<ParamName, Param>> = {
  maxTokens: {
    words: ['max_tokens', 'max_completion_tokens'],
    type: 'number',
    neutral: [null],
    doc: 'most tokens to write',
  },
  temperature: {
    words: ['temperature'],
    type: 'number',
    neutral: [null],
    doc: 'randomness, 0 to 2',
  },
  topP: {
    words: ['top_p'],
    type: 'number',
    neutral: [null],
    doc: 'nucleus sampling',
  },
  topK: {
    words: [],
    type: 'number',
    neutral: [null],
    doc: 'sample from the k likeliest tokens',
  },
  stop: {
    words: ['stop'],
    type: 'list',
    neutral: [null, '', []],
    doc: 'texts that end the answer',
  },
  seed: {
    words: ['seed'],
    type: 'number',
    neutral: [null],
    doc: 'repeatable sampling',
  },
  n: {
    words: ['n'],
    type: 'number',
    neutral: [null, 1],
    doc: 'number of answers',
  },
  presencePenalty: {
    words: ['presence_penalty'],
    type: 'number',
    neutral: [null, 0],
    doc: 'penalty on tokens that occurred',
  },
  frequencyPenalty: {
    words: ['frequency_penalty'],
    type: 'number',
    neutral: [null, 0],
    doc: 'penalty by how often a token occurred',
  },
  logitBias: {
    words: ['logit_bias'],
    type: 'object',
    neutral: [null, {}],
    doc: 'bias by token id',
  },
  logprobs: {
    words: ['logprobs'],
    type: 'boolean',
    neutral: [null, false],
    doc: 'return log probabilities',
  },
  topLogprobs: {
    words: ['top_logprobs'],
    type: 'number',
    neutral: [null, 0],
    doc: 'how many alternatives to return',
  },
  parallelToolCalls: {
    words: ['parallel_tool_calls'],
    type: 'boolean',
    neutral: [null, true],
    doc: 'several tool calls in one answer',
  },
  reasoning: {
    words: ['reasoning_effort', 'thinking'],
    type: 'any',
    neutral: [null],
    doc: 'how much to think',
  },
  user: {
    words: ['user'],
    type: 'string',
    neutral: [null],
    doc: 'end user id',
  },
  tools: {
    words: ['tools', 'functions'],
    type: 'list',
    neutral: [null, []],
    doc: 'tools the model may call',
  },
  toolChoice: {
    words: ['tool_choice', 'function_call'],
    type: 'any',
    neutral: [null, 'auto'],
    doc: 'whether and which tool to call',
  },
  output: {
    words: ['response_format'],
    type: 'object',
    neutral: [null, { type: 'text' }],
    doc: 'JSON or a schema as the answer',
  },
  stream: {
    words: ['stream'],
    type: 'boolean',
    neutral: [null, false],
    doc: 'answer in pieces',
  },
  store: {
    words: ['store'],
    type: 'boolean',
    neutral: [null, false],
    doc: 'keep the answer at the provider',
  },
  streamOptions: {
    words: ['stream_options'],
    type: 'object',
    neutral: [null],
    doc: 'usage in streams',
  },
  modalities: {
    words: ['modalities'],
    type: 'list',
    neutral: [null, ['text']],
    doc: 'text, audio',
  },
  audio: {
    words: ['audio'],
    type: 'object',
    neutral: [null],
    doc: 'voice and format of audio answers',
  },
  prediction: {
    words: ['prediction'],
    type: 'object',
    neutral: [null],
    doc: 'predicted output',
  },
  verbosity: {
    words: ['verbosity'],
    type: 'string',
    neutral: [null],
    doc: 'how wordy the answer is',
  },
  webSearch: {
    words: ['web_search_options'],
    type: 'object',
    neutral: [null],
    doc: 'web search by the provider',
  },
  serviceTier: {
    words: ['service_tier'],
    type: 'string',
    neutral: [null],
    doc: 'processing tier',
  },
  safetyIdentifier: {
    words: ['safety_identifier'],
    type: 'string',
    neutral: [null],
    doc: 'stable id of the end user',
  },
  promptCacheKey: {
    words: ['prompt_cache_key'],
    type: 'string',
    neutral: [null],
    doc: 'groups requests for the prompt cache',
  },
  promptCacheRetention: {
    words: ['prompt_cache_retention'],
    type: 'string',
    neutral: [null],
    doc: 'how long the prompt cache lives',
  },
  contextManagement: {
    words: ['context_management'],
    type: 'any',
    neutral: [null],
    doc: 'compaction by the provider',
  },
  metadata: {
    words: ['metadata'],
    type: 'any',
    neutral: [null],
    doc: 'tags for logging; not sent to providers',
  },
  maxRetries: {
    words: ['max_retries'],
    type: 'number',
    neutral: [null],
    doc: 'retries of this call',
  },
  extraHeaders: {
    words: ['extra_headers'],
    type: 'object',
    neutral: [null],
    doc: 'never obeyed',
  },
};

/** Never refused: left out in silence where they mean nothing (DECISIONS.md 10). */
export const silentParams: ReadonlySet<ParamName> = new Set([
  'user',
  'stream',
  'streamOptions',
  'maxRetries',
  'metadata',
  'extraHeaders',
]);
