import type { ParamName, Refusal } from '../hub/index.ts';

/** What can be refused, by LITELLM.md 4.1, and `user`, which is left out in silence. */
const universe = [
  'maxTokens',
  'temperature',
  'topP',
  'stop',
  'seed',
  'n',
  'presencePenalty',
  'frequencyPenalty',
  'logitBias',
  'logprobs',
  'topLogprobs',
  'parallelToolCalls',
  'reasoning',
  'user',
  'tools',
  'toolChoice',
  'output',
  'store',
  'modalities',
  'audio',
  'prediction',
  'verbosity',
  'webSearch',
  'serviceTier',
  'safetyIdentifier',
  'promptCacheKey',
  'promptCacheRetention',
  'contextManagement',
] as const satisfies readonly ParamName[];

/** OpenAI's newer parameters, which only OpenAI and what passes requests on to it know. */
const openaiOnly = [
  'modalities',
  'audio',
  'prediction',
  'verbosity',
  'serviceTier',
  'store',
  'safetyIdentifier',
  'promptCacheKey',
  'promptCacheRetention',
  'contextManagement',
] as const satisfies readonly ParamName[];

/** The two words of before there were tools. */
const functionWords = [{ word: 'functions' }, { word: 'function_call' }] as const satisfies readonly Refusal[];

/** Everything of OpenAI's ordinary models passes (LITELLM.md 4.2). */
export const ordinary: readonly Refusal[] = ['reasoning', 'verbosity', 'contextManagement'];

/** The ordinary list of a provider whose model thinks, asked for by `reasoning_effort` only. */
export const thinking: readonly Refusal[] = ['verbosity', 'contextManagement', { word: 'thinking' }];

/** The ordinary list and both ways to ask for reasoning. */
export const allReasoning: readonly Refusal[] = ['verbosity', 'contextManagement'];

export const withoutFunctions: readonly Refusal[] = [...ordinary, ...functionWords];

const notReasoning: readonly Refusal[] = [
  'logprobs',
  'topLogprobs',
  'topP',
  'presencePenalty',
  'frequencyPenalty',
  'contextManagement',
  { word: 'thinking' },
  { param: 'temperature', unless: [1] },
];

/** OpenAI's o-series (LITELLM.md 4.2). */
export const oSeries: readonly Refusal[] = [...notReasoning, 'verbosity', 'parallelToolCalls'];

/** o1-mini and o1-preview have neither tools nor formats. */
export const firstOSeries: readonly Refusal[] = [...oSeries, 'tools', 'toolChoice', 'output'];

const notGpt5 = [
  'stop',
  'logitBias',
  'modalities',
  'prediction',
  'audio',
  'webSearch',
] as const satisfies readonly ParamName[];

export const gpt5: readonly Refusal[] = [...notReasoning, ...notGpt5];

/** gpt-5.1 and later know the effort `none`, their default, and sample as ordinary models do while it holds. */
export const gpt5WithNone: readonly Refusal[] = [
  ...notGpt5,
  'presencePenalty',
  'frequencyPenalty',
  'contextManagement',
  { word: 'thinking' },
  { param: 'temperature', unless: [1], whileReasoning: true },
  { param: 'topP', unless: [], whileReasoning: true },
  { param: 'logprobs', unless: [], whileReasoning: true },
  { param: 'topLogprobs', unless: [], whileReasoning: true },
];

const gpt5SearchTakes: readonly ParamName[] = [
  'maxTokens',
  'webSearch',
  'serviceTier',
  'safetyIdentifier',
  'output',
  'user',
  'store',
  'verbosity',
];
export const gpt5Search: readonly Refusal[] = universe.filter((name) => !gpt5SearchTakes.includes(name));

export const mistral: readonly Refusal[] = [
  ...openaiOnly,
  ...functionWords,
  'n',
  'presencePenalty',
  'frequencyPenalty',
  'logitBias',
  'logprobs',
  'topLogprobs',
  'webSearch',
  'user',
  'streamOptions',
  'reasoning',
];
export const magistral: readonly Refusal[] = mistral.filter((refused) => refused !== 'reasoning');

export const fireworks: readonly Refusal[] = [
  ...openaiOnly,
  ...functionWords,
  'logitBias',
  'seed',
  'parallelToolCalls',
  'topLogprobs',
  'webSearch',
  'reasoning',
];
export const fireworksThinking: readonly Refusal[] = [
  ...fireworks.filter((refused) => refused !== 'reasoning'),
  { word: 'thinking' },
];

export const perplexity: readonly Refusal[] = [
  ...openaiOnly,
  ...functionWords,
  'n',
  'stop',
  'logitBias',
  'user',
  'seed',
  'tools',
  'toolChoice',
  'parallelToolCalls',
  'logprobs',
  'topLogprobs',
  'reasoning',
];
export const perplexityThinking: readonly Refusal[] = [
  ...perplexity.filter((refused) => refused !== 'reasoning'),
  { word: 'thinking' },
];

export const xai: readonly Refusal[] = [
  ...openaiOnly,
  ...functionWords,
  { word: 'max_completion_tokens' },
  'parallelToolCalls',
  'reasoning',
];
/** grok-4 and grok-code take neither stop texts nor a frequency penalty, whether they think or not. */
export const grok4: readonly Refusal[] = [...xai, 'stop', 'frequencyPenalty'];
export const grokThinking: readonly Refusal[] = [
  ...grok4.filter((refused) => refused !== 'reasoning'),
  { word: 'thinking' },
];

const cerebrasTakes: readonly ParamName[] = [
  'maxTokens',
  'output',
  'seed',
  'stop',
  'temperature',
  'topP',
  'tools',
  'toolChoice',
  'user',
];
export const cerebras: readonly Refusal[] = [
  ...universe.filter((name) => !cerebrasTakes.includes(name)),
  ...functionWords,
];
export const cerebrasThinking: readonly Refusal[] = [
  ...cerebras.filter((refused) => refused !== 'reasoning'),
  { word: 'thinking' },
];

const nvidiaTakes: readonly ParamName[] = [
  'temperature',
  'topP',
  'presencePenalty',
  'frequencyPenalty',
  'maxTokens',
  'stop',
  'seed',
  'tools',
  'toolChoice',
  'parallelToolCalls',
  'output',
];
export const nvidia: readonly Refusal[] = [...universe.filter((name) => !nvidiaTakes.includes(name)), ...functionWords];

const withoutTools = ['tools', 'toolChoice', 'parallelToolCalls', 'output'] as const satisfies readonly ParamName[];
const penalties = ['presencePenalty', 'frequencyPenalty'] as const satisfies readonly ParamName[];
/** Older models that NVIDIA serves take less. */
export const nvidiaGemma: readonly Refusal[] = [...nvidia, ...withoutTools, ...penalties];
export const nvidiaCodegemma: readonly Refusal[] = [...nvidia, ...withoutTools, 'seed'];
export const nvidiaNemotron: readonly Refusal[] = [...nvidiaGemma, 'stop', 'seed'];
export const nvidiaReward: readonly Refusal[] = [...nvidiaNemotron, 'temperature', 'topP', 'maxTokens'];

const sambanovaTakes: readonly ParamName[] = [
  'maxTokens',
  'output',
  'stop',
  'temperature',
  'topP',
  'tools',
  'toolChoice',
  'parallelToolCalls',
];
export const sambanova: readonly Refusal[] = [
  ...universe.filter((name) => !sambanovaTakes.includes(name)),
  ...functionWords,
];

const ai21Takes: readonly ParamName[] = [
  'tools',
  'toolChoice',
  'output',
  'maxTokens',
  'temperature',
  'stop',
  'n',
  'seed',
];
export const ai21: readonly Refusal[] = [...universe.filter((name) => !ai21Takes.includes(name)), ...functionWords];

const deepinfraTakes: readonly ParamName[] = [
  'presencePenalty',
  'frequencyPenalty',
  'logitBias',
  'maxTokens',
  'n',
  'stop',
  'temperature',
  'topP',
  'output',
  'tools',
  'toolChoice',
];
export const deepinfra: readonly Refusal[] = universe.filter((name) => !deepinfraTakes.includes(name));

const zaiTakes: readonly ParamName[] = ['maxTokens', 'temperature', 'topP', 'stop', 'tools', 'toolChoice'];
export const zai: readonly Refusal[] = [
  ...universe.filter((name) => !zaiTakes.includes(name)),
  ...functionWords,
  { word: 'max_completion_tokens' },
];
/** GLM asks for thoughts by `thinking`, not by an effort. */
export const zaiThinking: readonly Refusal[] = [
  ...zai.filter((refused) => refused !== 'reasoning'),
  { word: 'reasoning_effort' },
];

export const baseten: readonly Refusal[] = [...openaiOnly, ...functionWords, 'webSearch', 'reasoning'];

export const volcengine: readonly Refusal[] = [
  ...openaiOnly,
  'user',
  'webSearch',
  'output',
  'parallelToolCalls',
  { word: 'reasoning_effort' },
];

/** LITELLM.md 4.3, where the wire has a word. */
export const ollama: readonly Refusal[] = ['presencePenalty', 'logprobs', 'topLogprobs', { word: 'thinking' }];

export const azure: readonly Refusal[] = [...ordinary, 'serviceTier', 'safetyIdentifier', 'promptCacheRetention'];
/** Versions of 2024 until May take no `required` (LITELLM.md 4.2). */
export const azureBeforeRequired: readonly Refusal[] = [...azure, { param: 'toolChoice', never: ['required'] }];
/** Versions of the API before December 2023 (LITELLM.md 4.2). */
export const azureBeforeChoice: readonly Refusal[] = [...azure, 'toolChoice'];

const databricksTakes: readonly ParamName[] = [
  'temperature',
  'topP',
  'n',
  'stop',
  'maxTokens',
  'tools',
  'toolChoice',
  'output',
  'reasoning',
];
export const databricks: readonly Refusal[] = [
  ...universe.filter((name) => !databricksTakes.includes(name)),
  ...functionWords,
];

const watsonxTakes: readonly ParamName[] = [
  'temperature',
  'maxTokens',
  'topP',
  'frequencyPenalty',
  'presencePenalty',
  'stop',
  'seed',
  'n',
  'tools',
  'toolChoice',
  'logprobs',
  'topLogprobs',
  'output',
  'reasoning',
];
export const watsonx: readonly Refusal[] = [
  ...universe.filter((name) => !watsonxTakes.includes(name)),
  ...functionWords,
  'streamOptions',
  { word: 'max_completion_tokens' },
  { word: 'thinking' },
];

const snowflakeTakes: readonly ParamName[] = ['temperature', 'topP', 'maxTokens', 'tools', 'toolChoice', 'output'];
export const snowflake: readonly Refusal[] = [
  ...universe.filter((name) => !snowflakeTakes.includes(name)),
  ...functionWords,
];

const cloudflareTakes: readonly ParamName[] = [
  'temperature',
  'topP',
  'maxTokens',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'tools',
  'toolChoice',
  'output',
];
/** What the documentation of Workers AI names. */
export const cloudflare: readonly Refusal[] = [
  ...universe.filter((name) => !cloudflareTakes.includes(name)),
  ...functionWords,
];
