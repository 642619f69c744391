import {
  type Block,
  type Choice,
  type Finish,
  type HubResponse,
  type JsonObject,
  ProxyError,
  type Usage,
} from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { errorWithin } from '../openai-refusal.ts';
import { self } from './encode-request.ts';
import { readLogprobs } from './logprobs.ts';

/** A whole reply. Throws bad-upstream-reply for what has no choices, and the provider's error where it tells one. */
export function decodeResponse(body: JsonObject, given: Given): HubResponse {
  const choices = choicesOf(body);
  const usage = readUsage(body);
  return {
    ...readHead(body, given),
    choices: choices.map((choice, index) => readChoice(isObject(choice) ? choice : {}, index)),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** Throws the error that a reply tells instead of an answer, else bad-upstream-reply. */
export function choicesOf(body: JsonObject): JsonValue[] {
  const error = errorWithin(body);
  if (error !== undefined) throw error;
  if (Array.isArray(body.choices) && body.choices.length > 0) return body.choices;
  throw new ProxyError('bad-upstream-reply', "the provider's reply has no choices");
}

const known: readonly string[] = ['id', 'object', 'created', 'model', 'choices', 'usage', 'error'];

/** What an answer is called, as it stands in a whole reply and in every chunk of a stream. */
export function readHead(body: JsonObject, given: Given): Omit<HubResponse, 'choices'> {
  const { id, model, created } = body;
  const more = Object.fromEntries(
    Object.entries(body).filter(([key, value]) => !known.includes(key) && value !== null),
  );
  return {
    id: typeof id === 'string' && id !== '' ? id : given.id('cmpl-'),
    model: typeof model === 'string' ? model : '',
    created: Math.floor(typeof created === 'number' && created > 0 ? created : given.now() / 1000),
    ...(Object.keys(more).length === 0 ? {} : { extra: { [self]: more } }),
  };
}

function readChoice(choice: JsonObject, position: number): Choice {
  const text = readText(choice);
  const logprobs = readLogprobs(choice.logprobs);
  const blocks: Block[] = text === '' ? [] : [{ type: 'text', text }];
  return {
    index: typeof choice.index === 'number' ? choice.index : position,
    blocks,
    finish: readFinish(choice.finish_reason) ?? { reason: 'other' },
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

export function readText(choice: JsonObject): string {
  return typeof choice.text === 'string' ? choice.text : '';
}

const reasons: ReadonlyMap<string, Finish['reason']> = new Map([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['stop_sequence', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['content_filter', 'content-filter'],
]);

/** undefined: not yet finished. */
export function readFinish(word: JsonValue | undefined): Finish | undefined {
  if (typeof word !== 'string' || word === '') return undefined;
  return { reason: reasons.get(word.toLowerCase()) ?? 'other', raw: word };
}

export function readUsage(body: JsonObject): Usage | undefined {
  const record = body.usage;
  if (!isObject(record)) return undefined;
  const details = isObject(record.prompt_tokens_details) ? record.prompt_tokens_details : {};
  const answer = isObject(record.completion_tokens_details) ? record.completion_tokens_details : {};
  const cacheRead = count(details.cached_tokens);
  const reasoning = count(answer.reasoning_tokens);
  return {
    input: count(record.prompt_tokens) ?? 0,
    output: count(record.completion_tokens) ?? 0,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(reasoning === undefined ? {} : { reasoning }),
    raw: { by: self, value: record },
  };
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
