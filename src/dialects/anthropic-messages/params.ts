import type { ParamName } from '../../hub/index.ts';
import type { Loss } from '../dialect.ts';

/** What this wire can say, and where. */
export const params: Readonly<Partial<Record<ParamName, string>>> = {
  maxTokens: 'max_tokens',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  stop: 'stop_sequences',
  stream: 'stream',
  tools: 'tools',
  toolChoice: 'tool_choice',
  parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
  reasoning: 'thinking',
  output: 'output_config.format',
  user: 'metadata.user_id',
  webSearch: 'tools',
};

/** An effort is said beside or in place of thinking; `output_format` is the word of the beta form. */
export const also = {
  reasoning: ['output_config.effort'],
  output: ['output_format'],
} as const satisfies Partial<Record<ParamName, readonly string[]>>;

/** Further top-level words of this API, beta ones included. */
export const words: readonly string[] = [
  'model',
  'messages',
  'system',
  'metadata',
  'output_config',
  'output_format',
  'service_tier',
  'container',
  'context_management',
  'mcp_servers',
  'inference_geo',
  'speed',
  'cache_control',
  'user_profile_id',
  'betas',
];

const schema = "Anthropic's CreateMessageParams";
const reply = "Anthropic's Message";

/** What the published schemas have no place for. */
export const losses: readonly Loss[] = [
  { what: 'system messages between turns: all of them stand before the conversation', schema },
  { what: 'borders between neighbouring messages of one role', schema },
  { what: 'names of messages and of tool results', schema },
  { what: 'audio and video', schema },
  { what: 'detail of images, and names of images', schema },
  { what: 'file types other than PDF, text and images', schema },
  { what: 'seed, n, penalties, logit bias, log probabilities', schema },
  { what: 'JSON output without a schema; name and strictness of an output schema', schema },
  { what: 'thinking that another maker signed, or nobody', schema },
  { what: "other makers' proofs on text and calls", schema },
  { what: 'effort words other than thinking budgets, for models without adaptive thinking', schema },
  { what: 'user ids that are e-mail addresses or phone numbers', schema },
  {
    what: 'tool-call arguments that are no JSON object: they are put under the key `input` (in streams only where they do not begin like one)',
    schema,
  },
  { what: 'characters of call ids outside a-z, A-Z, 0-9, _ and -', schema },
  { what: 'choices but the first', schema: reply },
  { what: 'citations of other makers (they lack the proof `encrypted_index`)', schema: reply },
  { what: 'log probabilities, audio tokens', schema: reply },
  { what: 'media in answers', schema: reply },
  { what: 'refusals as a kind of content: they are text, and the stop reason says refusal', schema: reply },
  {
    what: 'finish reasons without a word here: content filters are refusals, unknown ones end the turn',
    schema: reply,
  },
  { what: 'the time of creation', schema: reply },
];
