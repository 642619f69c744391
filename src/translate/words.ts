import type { Dialect } from '../dialects/index.ts';
import { type DialectId, type Json, type ParamName, type Params, params } from '../hub/index.ts';
import { isObject, type Members } from '../wire/index.ts';
import { sameJson, topOf } from './table.ts';

/** One spelling by which a client says a parameter. */
export interface Word {
  name: ParamName;
  /** As the client writes it, a path where it lies below the top level. */
  word: string;
  top: string;
}

/**
 * Clients of OpenAI's form are told what a model does not take; what others send is left out and named, since coding
 * agents send what they like and cannot be told otherwise (DECISIONS.md 10).
 */
export const refusing: Readonly<Partial<Record<DialectId, true>>> = { 'openai-chat': true, 'openai-completions': true };

/** LITELLM.md 4.1. */
const openaiWords: readonly Word[] = Object.keys(params)
  .filter(isParamName)
  .flatMap((name) => params[name].words.map((word) => ({ name, word, top: word })));

/** Forms of one dialect have words of their own. */
const byClient = new Map<Dialect, ReadonlyMap<string, readonly Word[]>>();

/** The words of a client's dialect by the top-level member that holds them. */
export function wordsOf(client: Dialect): ReadonlyMap<string, readonly Word[]> {
  const known = byClient.get(client);
  if (known !== undefined) return known;
  const byTop = new Map<string, Word[]>();
  for (const word of refusing[client.id] ? [...openaiWords, ...alsoWords(client)] : ownWords(client)) {
    byTop.set(word.top, [...(byTop.get(word.top) ?? []), word]);
  }
  byClient.set(client, byTop);
  return byTop;
}

function alsoWords({ also = {} }: Dialect): Word[] {
  return Object.keys(also)
    .filter(isParamName)
    .flatMap((name) => (also[name] ?? []).map((word) => ({ name, word, top: topOf(word) })));
}

/** Where two parameters are said by one word (a web search is a tool), the word stands for the first. */
function ownWords(client: Dialect): Word[] {
  const words = new Map<string, Word>();
  for (const name of Object.keys(client.params).filter(isParamName)) {
    const word = client.params[name];
    for (const one of [word ?? [], client.also?.[name] ?? []].flat()) {
      if (!words.has(one)) words.set(one, { name, word: one, top: topOf(one) });
    }
  }
  return [...words.values()];
}

/** The value of a word in a body; undefined when it is not there. */
export function wordValue(body: Members, { word, top }: Word): Json | undefined {
  if (!body.has(top)) return undefined;
  let value = body.get(top);
  if (word === top) return value;
  for (const name of word.slice(top.length + 1).split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}

/** Whether a value asks for nothing, and may be left out in silence. */
export function isNeutral(name: ParamName, value: Json | undefined): boolean {
  if (name === 'reasoning') return !asksReasoning(value);
  // A list of all kinds of things to include in the answer.
  if (name === 'logprobs' && Array.isArray(value)) return !JSON.stringify(value).includes('logprobs');
  return params[name].neutral.some((one) => sameJson(one, value));
}

/** `reasoning_effort` and `thinking`, in whichever form: a word, yes or no, or an object with a type, an effort or a budget. */
export function asksReasoning(value: Json | undefined): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return !['', 'none', 'disable'].includes(value);
  if (!isObject(value)) return false;
  const { type, effort, budget_tokens, thinkingBudget } = value;
  const budget = budget_tokens ?? thinkingBudget;
  return type !== 'disabled' && budget !== 0 && (typeof effort !== 'string' || asksReasoning(effort));
}

function isParamName(name: string): name is ParamName {
  return Object.hasOwn(params, name);
}

/** The names of those values that are there. */
export function namesOf(values: { [P in keyof Params]?: unknown }): (keyof Params)[] {
  return Object.keys(values).filter((name): name is keyof Params => name in values);
}
