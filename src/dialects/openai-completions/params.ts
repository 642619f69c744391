import type { ParamName, Params } from '../../hub/index.ts';
import type { Dialect, Loss } from '../dialect.ts';

/** Parameters that travel as they are. */
export const plainWords = {
  maxTokens: 'max_tokens',
  temperature: 'temperature',
  topP: 'top_p',
  stop: 'stop',
  seed: 'seed',
  n: 'n',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  logitBias: 'logit_bias',
  user: 'user',
} as const satisfies Partial<Record<keyof Params, string>>;

/** What this wire can say, and where. Log probabilities are one word here: how many alternatives. */
export const params: Readonly<Partial<Record<ParamName, string>>> = {
  ...plainWords,
  logprobs: 'logprobs',
  topLogprobs: 'logprobs',
  stream: 'stream',
  streamOptions: 'stream_options',
};

/** Further top-level words of this API. */
export const words: readonly string[] = ['model', 'prompt', 'best_of', 'echo', 'suffix'];

/** One word asks for both. */
export const also: Readonly<Partial<Record<ParamName, readonly string[]>>> = { topLogprobs: ['logprobs'] };

/** What other dialects have no word for: the prompt becomes a message and is given back where a client wants its echo. */
export const stays: NonNullable<Dialect['stays']> = {
  prompt: 'told',
  echo: 'told',
  suffix: 'told',
  best_of: [null, 1],
};

const schema = 'CreateCompletionRequest';
const reply = 'CreateCompletionResponse';

/** What the published schemas have no place for. */
export const losses: readonly Loss[] = [
  { what: 'tools, formats of the answer, reasoning, media', schema },
  { what: 'roles and borders of messages: a conversation is one text', schema },
  { what: 'names of messages, cache marks', schema },
  { what: 'thinking of earlier turns and its proofs', schema },
  { what: "other dialects' server tools and their results", schema },
  { what: 'more than five alternatives of a token', schema },
  { what: 'thinking, calls, media, refusals and citations', schema: reply },
];
