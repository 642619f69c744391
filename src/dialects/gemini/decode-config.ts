import type { JsonObject, Output, Params } from '../../hub/index.ts';
import { asBoolean, asList, asNumber, asObject, asString, optional } from '../../wire/index.ts';
import { fromOpenApi } from './json-schema.ts';
import { camel, field, numberIn, textIn } from './own.ts';

type Reasoning = NonNullable<Params['reasoning']>;

/** What `generationConfig` asks for; `own`: the words without a hub name, and those that the hub says less exactly. */
export interface Config {
  params: Params;
  output?: Output;
  own: JsonObject;
}

const inHub = [
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'stopSequences',
  'seed',
  'candidateCount',
  'presencePenalty',
  'frequencyPenalty',
  'responseLogprobs',
  'logprobs',
];
const ofOutput = ['responseMimeType', 'responseSchema', 'responseJsonSchema'];

export function decodeConfig(config: JsonObject): Config {
  const output = decodeOutput(config);
  const told = new Set([...inHub, ...(output === undefined ? [] : ofOutput)]);
  const entries = Object.entries(config).filter(([word, value]) => value !== null && !told.has(camel(word)));
  return {
    params: decodeParams(config),
    ...(output === undefined ? {} : { output }),
    own: Object.fromEntries(entries.map(([word, value]) => [camel(word), value])),
  };
}

function decodeParams(config: JsonObject): Params {
  const number = (name: string): number | undefined =>
    optional(asNumber, field(config, name), `generationConfig.${name}`);
  const path = 'generationConfig.stopSequences';
  const found = {
    maxTokens: number('maxOutputTokens'),
    temperature: number('temperature'),
    topP: number('topP'),
    topK: number('topK'),
    stop: optional(asList(asString), field(config, 'stopSequences'), path),
    seed: number('seed'),
    n: number('candidateCount'),
    presencePenalty: number('presencePenalty'),
    frequencyPenalty: number('frequencyPenalty'),
    logprobs: optional(asBoolean, field(config, 'responseLogprobs'), 'generationConfig.responseLogprobs'),
    topLogprobs: number('logprobs'),
    reasoning: readThinking(optional(asObject, field(config, 'thinkingConfig'), 'generationConfig.thinkingConfig')),
  };
  const params: Params = {};
  for (const [name, value] of Object.entries(found)) if (value !== undefined) Object.assign(params, { [name]: value });
  return params;
}

/**
 * `thinkingConfig`: an amount in words (Gemini 3) or tokens; -1 leaves it to the model, which others do by thinking as
 * much as at medium. Thoughts are shown on demand.
 */
export function readThinking(config: JsonObject | undefined): Reasoning | undefined {
  if (config === undefined) return undefined;
  const level = textIn(config, 'thinkingLevel')?.toLowerCase();
  const budget = numberIn(config, 'thinkingBudget');
  const shown = field(config, 'includeThoughts') === true;
  const summary = shown ? { summary: 'auto' } : {};
  if (level !== undefined && !level.endsWith('unspecified')) return { effort: level, ...summary };
  if (budget === undefined) return shown ? { effort: 'medium', ...summary } : undefined;
  return budget < 0 ? { effort: 'medium', ...summary } : { budget, ...summary };
}

/** A schema in either form; other kinds of answers (`text/x.enum`) are this API's own. */
function decodeOutput(config: JsonObject): Output | undefined {
  if (textIn(config, 'responseMimeType')?.toLowerCase() !== 'application/json') return undefined;
  const json = field(config, 'responseJsonSchema');
  const written = optional(asObject, field(config, 'responseSchema'), 'generationConfig.responseSchema');
  const schema = json ?? (written === undefined ? undefined : fromOpenApi(written));
  return schema === undefined ? { kind: 'json' } : { kind: 'schema', name: 'response', schema };
}
