import { type At, type HubRequest, type Json, type JsonObject, type Params, ProxyError } from '../../hub/index.ts';
import {
  asBoolean,
  asList,
  asNumber,
  asObject,
  asString,
  FieldError,
  isObject,
  type Members,
  optional,
  type Read,
} from '../../wire/index.ts';
import { asMessages, readPrompts } from './asked-prompt.ts';
import { self } from './encode-request.ts';
import { plainWords, words } from './params.ts';

/** The least a body must be. Throws invalid-request. */
export function check(body: Members): void {
  asInvalidRequest(() => {
    optional(asString, body.get('model'), 'model');
    optional(asBoolean, body.get('stream'), 'stream');
    readPrompts(body.get('prompt'));
  });
}

/** Strict where it reads: throws invalid-request naming the field. Explicit nulls mean absent. */
export function decodeRequest(body: JsonObject, at: At): HubRequest {
  return asInvalidRequest(() => {
    const options = optional(asObject, body['stream_options'], 'stream_options');
    return {
      from: self,
      model: at.model || (optional(asString, body['model'], 'model') ?? ''),
      messages: asMessages(readPrompts(body['prompt']), body['suffix']),
      stream: at.stream,
      params: { ...decodeParams(body), ...decodeLogprobs(body), ...decodeEffort(body) },
      ...(options === undefined ? {} : { named: { streamOptions: options } }),
      extra: { [self]: decodeOwn(body) },
      unknown: Object.fromEntries(Object.entries(body).filter(([word, value]) => value !== null && !known.has(word))),
    };
  });
}

const known: ReadonlySet<string> = new Set([
  ...words,
  ...Object.values(plainWords),
  ...['logprobs', 'stream', 'stream_options', 'max_completion_tokens', 'reasoning_effort', 'metadata'],
]);

const asStop: Read<string[]> = (value, path) => (typeof value === 'string' ? [value] : asList(asString)(value, path));

const readers = {
  temperature: asNumber,
  topP: asNumber,
  stop: asStop,
  seed: asNumber,
  n: asNumber,
  presencePenalty: asNumber,
  frequencyPenalty: asNumber,
  logitBias: asObject,
  user: asString,
} as const satisfies { [P in Exclude<keyof typeof plainWords, 'maxTokens'>]: Read<unknown> };

const wordOf: Readonly<Record<string, string>> = plainWords;

function decodeParams(body: JsonObject): Params {
  const params: Params = {};
  const most =
    optional(asNumber, body['max_tokens'], 'max_tokens') ??
    optional(asNumber, body['max_completion_tokens'], 'max_completion_tokens');
  if (most !== undefined) params.maxTokens = most;
  for (const [name, read] of Object.entries(readers)) {
    const word = wordOf[name] ?? name;
    const value = optional<unknown>(read, body[word], word);
    if (value !== undefined) Object.assign(params, { [name]: value });
  }
  if (params.stop?.every((text) => text === '')) delete params.stop;
  return params;
}

/** A number of alternatives, which may be 0; old clients write true or false as well. */
function decodeLogprobs({ logprobs }: JsonObject): Params {
  if (logprobs === undefined || logprobs === null || logprobs === false) return {};
  if (logprobs === true) return { logprobs: true };
  const most = asNumber(logprobs, 'logprobs');
  if (!Number.isInteger(most) || most < 0) throw new FieldError('logprobs', 'must be a whole number, 0 or more');
  return most === 0 ? { logprobs: true } : { logprobs: true, topLogprobs: most };
}

/** No word of this API; models that think are asked by it all the same. */
function decodeEffort(body: JsonObject): Params {
  const effort = optional(asString, body['reasoning_effort'], 'reasoning_effort');
  return effort === undefined ? {} : { reasoning: { effort } };
}

/** What an encoder of this dialect says again as it was said. */
function decodeOwn(body: JsonObject): JsonObject {
  const own: [string, Json][] = [];
  const keep = (word: string, read: Read<Json>): void => {
    const value = optional(read, body[word], word);
    if (value !== undefined) own.push([word, value]);
  };
  own.push(['prompt', body['prompt'] ?? '']);
  keep('suffix', asString);
  keep('echo', asBoolean);
  keep('best_of', asNumber);
  return Object.fromEntries(own);
}

/** A field that is not what it must be is the client's mistake. */
function asInvalidRequest<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof FieldError)) throw thrown;
    const param = thrown.path === '' ? {} : { param: thrown.path };
    throw new ProxyError('invalid-request', `Invalid request: ${thrown.message}`, { ...param, cause: thrown });
  }
}

/** Whether a client that streams wants to see usage. */
export function wantsUsage({ named }: HubRequest): boolean {
  const options = named?.streamOptions;
  return isObject(options) && options['include_usage'] === true;
}
