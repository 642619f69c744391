import type { ParamName } from '../../hub/index.ts';
import type { Loss } from '../dialect.ts';

/** What this wire can say, and where. */
export const params: Readonly<Partial<Record<ParamName, string>>> = {
  maxTokens: 'inferenceConfig.maxTokens',
  temperature: 'inferenceConfig.temperature',
  topP: 'inferenceConfig.topP',
  topK: 'additionalModelRequestFields.top_k',
  stop: 'inferenceConfig.stopSequences',
  stream: 'stream',
  tools: 'toolConfig.tools',
  toolChoice: 'toolConfig.toolChoice',
  parallelToolCalls: 'additionalModelRequestFields.tool_choice',
  reasoning: 'additionalModelRequestFields.thinking',
  output: 'outputConfig.textFormat',
  webSearch: 'toolConfig.tools',
  serviceTier: 'serviceTier.type',
};

/** Top-level words that clients may write themselves. */
export const topWords: readonly string[] = [
  'guardrailConfig',
  'performanceConfig',
  'requestMetadata',
  'promptVariables',
  'additionalModelResponseFieldPaths',
  'serviceTier',
  'outputConfig',
];

/** The place for what is the model's affair and not the API's. */
export const nests = {
  under: 'additionalModelRequestFields',
  own: [...topWords, 'system', 'inferenceConfig', 'toolConfig', 'additionalModelRequestFields'],
};

/** Further top-level words: of the API, and those that clients of other forms know for its models. */
export const words: readonly string[] = [...nests.own, 'messages', 'top_k', 'anthropic_beta'];

const schema = "Amazon Bedrock's ConverseRequest";
const reply = "Amazon Bedrock's ConverseResponse";

/** What the published schemas have no place for. */
export const losses: readonly Loss[] = [
  { what: 'system messages between turns: all of them stand before the conversation', schema },
  { what: 'borders between neighbouring messages of one role', schema },
  { what: 'names of messages and of tool results', schema },
  { what: 'detail of images, and names of images', schema },
  { what: 'characters of file names other than letters, digits, blanks, hyphens and brackets', schema },
  { what: 'image formats other than PNG, JPEG, GIF and WebP; file types without a format here', schema },
  { what: 'files known by an id', schema },
  { what: 'media in system messages', schema },
  { what: 'seed, n, penalties, logit bias, log probabilities, user ids', schema },
  { what: 'JSON output without a schema; strictness of an output schema', schema },
  { what: 'a choice of no tool: the tools are left out', schema },
  { what: 'thinking that another maker signed, or nobody', schema },
  { what: "other makers' proofs on text and calls", schema },
  { what: 'citations of other makers', schema },
  {
    what: 'tool-call arguments that are no JSON object: they are put under the key `input`',
    schema,
  },
  { what: 'characters of call ids outside a-z, A-Z, 0-9, _ and -, and what is longer than 64', schema },
  { what: 'results of calls that were not made in the turn before: they are plain content', schema },
  { what: 'calls without a result: they get one that says so', schema },
  { what: 'the id of an answer, the name of its model, the time of creation', schema: reply },
];
