import type { ParamName } from '../../hub/index.ts';
import type { Loss } from '../dialect.ts';

export const self = 'cohere';

/** What this wire can say, and where. */
export const params: Readonly<Partial<Record<ParamName, string>>> = {
  maxTokens: 'max_tokens',
  temperature: 'temperature',
  topP: 'p',
  topK: 'k',
  stop: 'stop_sequences',
  seed: 'seed',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  logprobs: 'logprobs',
  stream: 'stream',
  tools: 'tools',
  toolChoice: 'tool_choice',
  reasoning: 'thinking',
  output: 'response_format',
};

/** Further top-level words of this API. */
export const words: readonly string[] = [
  'model',
  'messages',
  'documents',
  'citation_options',
  'safety_mode',
  'strict_tools',
  'priority',
];

const schema = "Cohere's v2 ChatRequest";
const reply = "Cohere's v2 ChatResponse";

/** What the published schemas have no place for. */
export const losses: readonly Loss[] = [
  { what: 'names of messages and of tool results, and that a tool failed', schema },
  { what: 'cache marks', schema },
  { what: 'audio, video, files other than text, and files by id', schema },
  { what: 'media in messages of the system and of the assistant', schema },
  { what: 'media in tool results: they follow in a message of the user', schema },
  { what: 'text beside tool calls other than as the plan (`tool_plan`) before them', schema },
  { what: 'redacted thinking, and all proofs', schema },
  { what: 'tool results without a call before them: they are text of the user', schema },
  { what: 'n, logit bias, alternatives of log probabilities, parallel_tool_calls, user ids', schema },
  { what: 'name and strictness of an output schema, strictness of single tools', schema },
  { what: 'efforts of reasoning other than as budgets of tokens', schema },
  { what: 'tool-call arguments that are no JSON object: they are put under the key `input`', schema },
  { what: "the model's name, the time of creation, and which text stopped the answer", schema: reply },
];
