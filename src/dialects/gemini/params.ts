import type { ParamName } from '../../hub/index.ts';
import type { Loss } from '../dialect.ts';

/** What this wire can say, and where. Streams are asked for by the path. */
export const params: Readonly<Partial<Record<ParamName, string>>> = {
  maxTokens: 'generationConfig.maxOutputTokens',
  temperature: 'generationConfig.temperature',
  topP: 'generationConfig.topP',
  topK: 'generationConfig.topK',
  stop: 'generationConfig.stopSequences',
  seed: 'generationConfig.seed',
  n: 'generationConfig.candidateCount',
  presencePenalty: 'generationConfig.presencePenalty',
  frequencyPenalty: 'generationConfig.frequencyPenalty',
  logprobs: 'generationConfig.responseLogprobs',
  topLogprobs: 'generationConfig.logprobs',
  reasoning: 'generationConfig.thinkingConfig',
  output: 'generationConfig.responseMimeType',
  modalities: 'generationConfig.responseModalities',
  audio: 'generationConfig.speechConfig',
  stream: 'stream',
  tools: 'tools',
  toolChoice: 'toolConfig.functionCallingConfig',
  webSearch: 'tools',
};

const outputWords = ['generationConfig.responseSchema', 'generationConfig.responseJsonSchema'];

/** Every step of a path in either spelling. */
function spellings(path: string): string[] {
  return path.split('.').reduce<string[]>(
    (paths, step) => {
      const both = new Set([step, step.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]);
      return [...both].flatMap((one) => paths.map((before) => (before === '' ? one : `${before}.${one}`)));
    },
    [''],
  );
}

/** The same in both spellings, which protobuf reads, and the schemas of an answer. */
export const also: Readonly<Partial<Record<ParamName, readonly string[]>>> = Object.fromEntries(
  Object.entries(params).map(([name, path]) => [
    name,
    [path, ...(name === 'output' ? outputWords : [])].flatMap(spellings),
  ]),
);

/** Words of `generationConfig` that clients of other forms write at the top (LITELLM.md 2.6, 5.3): theirs -> ours. */
export const configWords: ReadonlyMap<string, string> = new Map([
  ['top_k', 'topK'],
  ['topK', 'topK'],
  ['topP', 'topP'],
  ['stopSequences', 'stopSequences'],
  ['maxOutputTokens', 'maxOutputTokens'],
  ['candidateCount', 'candidateCount'],
  ['responseMimeType', 'responseMimeType'],
  ['response_mime_type', 'responseMimeType'],
  ['responseSchema', 'responseSchema'],
  ['response_schema', 'responseSchema'],
  ['responseJsonSchema', 'responseJsonSchema'],
  ['response_json_schema', 'responseJsonSchema'],
  ['responseModalities', 'responseModalities'],
  ['response_modalities', 'responseModalities'],
  ['responseLogprobs', 'responseLogprobs'],
  ['speechConfig', 'speechConfig'],
  ['speech_config', 'speechConfig'],
  ['imageConfig', 'imageConfig'],
  ['image_config', 'imageConfig'],
  ['mediaResolution', 'mediaResolution'],
  ['media_resolution', 'mediaResolution'],
  ['thinkingConfig', 'thinkingConfig'],
  ['thinking_config', 'thinkingConfig'],
  ['audioTimestamp', 'audioTimestamp'],
  ['audio_timestamp', 'audioTimestamp'],
]);

/** The further top-level words; clients of other forms write them with underscores too. */
export const topWords: ReadonlyMap<string, string> = new Map([
  ['generationConfig', 'generationConfig'],
  ['generation_config', 'generationConfig'],
  ['safetySettings', 'safetySettings'],
  ['safety_settings', 'safetySettings'],
  ['cachedContent', 'cachedContent'],
  ['cached_content', 'cachedContent'],
  ['toolConfig', 'toolConfig'],
  ['tool_config', 'toolConfig'],
  ['modelArmorConfig', 'modelArmorConfig'],
  ['model_armor_config', 'modelArmorConfig'],
  ['labels', 'labels'],
]);

/** Asks for an amount of thinking in this API's own words. */
export const thinkingWords: ReadonlyMap<string, string> = new Map([
  ['thinking_level', 'thinkingLevel'],
  ['thinkingLevel', 'thinkingLevel'],
  ['thinking_budget', 'thinkingBudget'],
  ['thinkingBudget', 'thinkingBudget'],
  ['include_thoughts', 'includeThoughts'],
  ['includeThoughts', 'includeThoughts'],
]);

export const words: readonly string[] = [
  'contents',
  'serviceTier',
  'service_tier',
  'systemInstruction',
  'system_instruction',
  ...topWords.keys(),
  ...configWords.keys(),
  ...thinkingWords.keys(),
];

/** What the hub tells in its own way. */
export const stays = { contents: 'told', systemInstruction: 'told', system_instruction: 'told' } as const;

const schema = "Google's GenerateContentRequest";
const reply = "Google's GenerateContentResponse";

/** What the published schemas have no place for. */
export const losses: readonly Loss[] = [
  { what: 'system messages after the first turn: they are told in the turn of the user', schema },
  { what: 'borders between neighbouring messages of one role', schema },
  { what: 'names of messages, and of files outside Vertex AI', schema },
  { what: 'cache marks: prefixes are cached without being asked, or by `cachedContent`', schema },
  { what: 'logit bias, parallel tool calls, the end user', schema },
  { what: 'name and strictness of an output schema, strictness of tools', schema },
  { what: 'thinking that another maker signed, or nobody', schema },
  { what: "other makers' proofs on text and calls", schema },
  { what: 'detail of images before Gemini 3', schema },
  { what: 'tool-call arguments that are no JSON object: they are put under the key `input`', schema },
  { what: 'results of tools that were not called in the turn before: they are told as text', schema },
  { what: 'the spelling of arguments: they are an object', schema: reply },
  { what: 'the time of creation outside Vertex AI', schema: reply },
  { what: 'which stop sequence it was, and a pause: they are STOP', schema: reply },
  { what: 'refusals apart from the text: they are text that stopped for SAFETY', schema: reply },
];
