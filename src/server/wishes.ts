import { type Fallback, type Headers, type JsonObject, ProxyError } from '../hub/index.ts';
import type { Lists, Wishes } from '../router/index.ts';
import { isObject, type JsonValue, type Members } from '../wire/index.ts';

/** Words of a body that say how it is routed (LITELLM.md 9.2). */
const words: ReadonlySet<string> = new Set([
  ...['num_retries', 'fallbacks', 'context_window_fallbacks', 'content_policy_fallbacks', 'disable_fallbacks'],
  ...['context_window_fallback_dict', 'mock_testing_fallbacks', 'mock_testing_context_fallbacks'],
  'mock_testing_content_policy_fallbacks',
]);
/** More than any configuration has: a request must not keep the proxy busy for long. */
const mostRetries = 20;
/** RELIABILITY.md K1: a fallback names a model of the proxy, and no place or key. */
const refused = ['api_base', 'base_url', 'api_key', 'user_config'];
const retriesHeader = 'x-litellm-num-retries';

/** What a request says about its retries and fallbacks; undefined: nothing. Throws invalid-request. */
export function wishesOf(body: Members, headers: Headers): Wishes | undefined {
  const header = headers[retriesHeader];
  if (header === undefined && !body.names.some((word) => words.has(word))) return undefined;
  const wishes: Wishes = {};
  const retries = countOf('num_retries', present(body, 'num_retries')) ?? countOf(retriesHeader, header);
  if (retries !== undefined) wishes.retries = Math.min(retries, mostRetries);
  const general = listsOf(body, 'fallbacks');
  if (general !== undefined) wishes.fallbacks = general;
  const window = listsOf(body, 'context_window_fallbacks') ?? dictionaryOf(body, 'context_window_fallback_dict');
  if (window !== undefined) wishes.windowFallbacks = window;
  const content = listsOf(body, 'content_policy_fallbacks');
  if (content !== undefined) wishes.contentFallbacks = content;
  if (isOn(body, 'disable_fallbacks')) wishes.noFallbacks = true;
  if (isOn(body, 'mock_testing_fallbacks')) wishes.pretends = 'upstream';
  else if (isOn(body, 'mock_testing_context_fallbacks')) wishes.pretends = 'context-window';
  else if (isOn(body, 'mock_testing_content_policy_fallbacks')) wishes.pretends = 'content-policy';
  return wishes;
}

/** Tags of a request by header; those of its body lie in its steering. */
export function headerTags(headers: Headers): string[] {
  const written = headers['x-litellm-tags'];
  if (typeof written !== 'string') return [];
  return written
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

function present(body: Members, word: string): JsonValue | undefined {
  return body.has(word) ? (body.get(word) ?? undefined) : undefined;
}

function isOn(body: Members, word: string): boolean {
  const value = present(body, word);
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function countOf(word: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
  throw wrong(word, 'must be a whole number from 0');
}

/** `["b", {"model": "c", ...}]` for whatever was asked for, or `[{"a": ["b"]}]` by group. */
function listsOf(body: Members, word: string): Lists | undefined {
  const value = present(body, word);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrong(word, 'must be an array');
  const lists = new Map<string, Fallback[]>();
  const add = (group: string, fallback: Fallback): void => {
    const known = lists.get(group);
    if (known === undefined) lists.set(group, [fallback]);
    else known.push(fallback);
  };
  for (const [index, one] of value.entries()) {
    const path = `${word}[${index}]`;
    if (!isObject(one) || one['model'] !== undefined) {
      add('*', fallbackOf(one, path));
      continue;
    }
    for (const [group, list] of Object.entries(one)) {
      if (!Array.isArray(list)) throw wrong(`${path}.${group}`, 'must be an array of models');
      for (const [place, other] of list.entries()) add(group, fallbackOf(other, `${path}.${group}[${place}]`));
    }
  }
  return Object.fromEntries(lists);
}

/** `{"a": "b"}` */
function dictionaryOf(body: Members, word: string): Lists | undefined {
  const value = present(body, word);
  if (value === undefined) return undefined;
  if (!isObject(value)) throw wrong(word, 'must be an object');
  return Object.fromEntries(
    Object.entries(value).map(([group, model]) => [group, [fallbackOf(model, `${word}.${group}`)]]),
  );
}

function fallbackOf(value: JsonValue, path: string): Fallback {
  if (typeof value === 'string' && value !== '') return value;
  if (!isObject(value)) throw wrong(path, 'must be the name of a model, or an object with one');
  const { model } = value;
  if (typeof model !== 'string' || model === '') throw wrong(`${path}.model`, 'must be the name of a model');
  const wanted = refused.find((word) => Object.hasOwn(value, word));
  if (wanted !== undefined) {
    throw wrong(
      `${path}.${wanted}`,
      'is not allowed in a request: where a call goes is set where the proxy is started',
    );
  }
  return { ...value, model };
}

/** The members of a body that a fallback changes; its model is told apart. */
export function changesOf({ model: _, ...members }: Exclude<Fallback, string>): JsonObject {
  return members;
}

function wrong(path: string, problem: string): ProxyError {
  return new ProxyError('invalid-request', `'${path}' ${problem}`, { param: path });
}
