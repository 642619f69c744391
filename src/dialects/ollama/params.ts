import type { ParamName } from '../../hub/index.ts';
import type { Loss } from '../dialect.ts';

export const self = 'ollama';

/** What this wire can say, and where. A choice of tools is taken and means nothing, but for `none` (LITELLM.md 4.3). */
export const params: Readonly<Partial<Record<ParamName, string>>> = {
  maxTokens: 'options.num_predict',
  temperature: 'options.temperature',
  topP: 'options.top_p',
  topK: 'options.top_k',
  stop: 'options.stop',
  seed: 'options.seed',
  presencePenalty: 'options.presence_penalty',
  frequencyPenalty: 'options.repeat_penalty',
  logprobs: 'logprobs',
  topLogprobs: 'top_logprobs',
  reasoning: 'think',
  stream: 'stream',
  tools: 'tools',
  toolChoice: 'tool_choice',
  output: 'format',
};

/** Further places where clients say the same. */
export const also: Readonly<Partial<Record<ParamName, readonly string[]>>> = {
  frequencyPenalty: ['options.frequency_penalty'],
};

/** Further top-level words of this API; every other one that a client writes is an option. */
export const words: readonly string[] = [
  'model',
  'messages',
  'prompt',
  'system',
  'suffix',
  'template',
  'context',
  'raw',
  'images',
  'options',
  'keep_alive',
];

const schema = "Ollama's ChatRequest";
const reply = "Ollama's ChatResponse";

/** What the published schemas have no place for. */
export const losses: readonly Loss[] = [
  { what: 'names of messages, ids of calls and of results, and that a tool failed', schema },
  { what: 'cache marks, and detail of images', schema },
  { what: 'audio, video, files other than text, and files by id', schema },
  { what: 'borders between the texts of one message, and where its images stand', schema },
  { what: 'thinking of earlier turns (models that are known to think get it all the same)', schema },
  { what: 'redacted thinking, and all proofs', schema },
  {
    what: 'proofs of thoughts for clients, but for those that led to a call: they travel behind its id, which some clients drop',
    schema: "Ollama's Message",
  },
  { what: 'tool-call arguments that are no JSON object: they are put under the key `input`', schema },
  { what: 'n, logit bias, parallel_tool_calls, user ids, the choice of a tool', schema },
  { what: 'name and strictness of an output schema, strictness of tools', schema },
  { what: 'turns, in prompts of /api/generate: they are told in one text', schema: "Ollama's GenerateRequest" },
  { what: 'ids of replies and of calls, citations, cached tokens, which text stopped the answer', schema: reply },
];
