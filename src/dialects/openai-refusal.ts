/**
 * What servers of OpenAI's forms say when they refuse. Shared by the dialects of that vendor, as `openai-error.ts` is.
 */
import {
  type ErrorFacts,
  type ErrorKind,
  type Headers,
  type Json,
  type JsonObject,
  kindOfStatus,
  ProxyError,
  retryAfterMs,
  statusOfRefusal,
} from '../hub/index.ts';
import { isObject } from '../wire/index.ts';
import { errorHeaders } from './openai-error.ts';

/** What a refusal says, whatever its form. */
interface Said {
  message: string;
  type?: string;
  code?: string;
  param?: string;
  /** A code that is an HTTP status (OpenRouter, Perplexity). */
  status?: number;
}

/** A reply with a bad status as the error it means: by status, then by its code, then by its text. */
export function decodeError(status: number, headers: Headers, body: string): ProxyError {
  const said = readBody(status, body);
  const kind = kindOf(status, said);
  const facts: ErrorFacts = {
    status: statusOfRefusal(status, kind),
    upstream: upstreamOf(status, headers, body),
  };
  if (said.type !== undefined) facts.type = said.type;
  if (said.code !== undefined && said.code !== String(status)) facts.code = said.code;
  if (said.param !== undefined) facts.param = said.param;
  const wait = retryAfter(headers, kind === 'rate-limit' ? said.message : '');
  if (wait !== undefined) facts.retryAfterMs = wait;
  return new ProxyError(kind, said.message, facts);
}

/** The error that a reply with status 200, or a chunk of a stream, tells instead of an answer; undefined: it tells none. */
export function errorWithin(body: JsonObject): ProxyError | undefined {
  if (body.error !== undefined && body.error !== null) return decodeErrorMember(body.error);
  const isError = body.object === 'error' || (body.choices === undefined && typeof body.message === 'string');
  return isError ? decodeErrorMember(body) : undefined;
}

/** An error inside a reply with status 200. */
export function decodeErrorMember(value: Json): ProxyError {
  const said = readMember(value);
  const status = said.status ?? wordStatus.find(([word]) => word.test(`${said.code} ${said.type}`))?.[1] ?? 500;
  const kind = kindOf(status, said);
  const facts: ErrorFacts = { status: statusOfRefusal(status, kind) };
  if (said.type !== undefined) facts.type = said.type;
  if (said.code !== undefined) facts.code = said.code;
  if (said.param !== undefined) facts.param = said.param;
  return new ProxyError(
    kind,
    said.message === '' ? 'the provider reported an error without a message' : said.message,
    facts,
  );
}

const wordStatus: readonly (readonly [RegExp, number])[] = [
  [/rate_limit|too_many_requests|quota/i, 429],
  [/overloaded|unavailable/i, 503],
  [/api_key|authentication/i, 401],
  [/permission/i, 403],
  [/not_found/i, 404],
  [/timeout/i, 504],
  [
    /invalid_request|context_length|content_filter|tool_use_failed|bad_request|invalid-argument|invalid_prompt|image/i,
    400,
  ],
];

function kindOf(status: number, said: Said): ErrorKind {
  if (status === 409) return 'upstream';
  const plain = kindOfStatus(status);
  if (plain !== 'invalid-request' && plain !== 'upstream') return plain;
  const told = wordsOf(said);
  if (tooLong.test(told)) return 'context-window';
  if (status >= 500 && status <= 599) return /overloaded/i.test(told) ? 'overloaded' : 'upstream';
  if (status < 400 || status > 599) return 'bad-upstream-reply';
  if (forbidden.test(told)) return 'content-policy';
  if (badKey.test(told)) return 'authentication';
  if (said.code === 'model_not_found' || said.code === 'DeploymentNotFound') return 'not-found';
  return said.code === 'rate_limit_exceeded' ? 'rate-limit' : 'invalid-request';
}

function wordsOf(said: Said): string {
  return `${said.code ?? ''} ${said.type ?? ''} ${said.message}`;
}

/** LITELLM.md 6.2 and the recordings: every server says it in words of its own. */
const tooLong = new RegExp(
  [
    'context_length_exceeded',
    'too_many_prompt_tokens',
    'context_window_exceeded',
    'maximum context length',
    'max context length',
    'exceeds? (the )?(max(imum)? )?context (limit|length|window|size)',
    "longer than the model's (maximum )?context length",
    'input tokens exceed the configured limit',
    'exceeds the available context size',
    'exceeds the maximum number of tokens allowed',
    '`inputs` tokens \\+ `max_new_tokens` must be',
    'maximum input length is \\d+ tokens',
    'current length is \\d+ while limit is',
    'maximum prompt length is',
    'prompt (is )?too long',
    'prompt length \\(?\\d+',
    'input is too long',
    'too many (input )?tokens',
    'too large for model with \\d+ maximum context',
    'length limit exceeded',
    'reduce the length of the messages',
  ].join('|'),
  'i',
);

const forbidden =
  /content_policy_violation|content_filter\b|content_filter_policy|ResponsibleAIPolicyViolation|content management policy|violating our usage policy|rejected as a result of (the|our) safety system|content filtering policy|the response was blocked/i;

const badKey =
  /invalid_api_key|(incorrect|invalid|bad|missing|no) api.?key|api.?key (is )?(not valid|invalid|incorrect|missing|expired)|invalid (authentication|token) credentials/i;

function readBody(status: number, body: string): Said {
  const text = body.trim();
  if (text === '') return { message: `the provider answered with status ${status} and an empty body` };
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch {
    if (!/^<|<html|<!doctype/i.test(text)) return { message: text };
    const title = /<title[^>]*>([^<]{1,200})<\/title>/i.exec(text)?.[1]?.trim();
    const page = `the provider answered with status ${status} and an HTML page`;
    return { message: title === undefined || title === '' ? page : `${page}: ${title}` };
  }
  const said = readMember(Array.isArray(json) ? (json[0] ?? null) : json);
  return said.message === '' ? { ...said, message: text } : said;
}

/** Errors lie two or three levels deep; deeper ones come from nobody who means well. */
const deepest = 12;

/** One reader for all forms: an error nested or flat, its message a text, an object or a list of complaints. */
function readMember(value: Json, depth = deepest): Said {
  if (depth === 0) return { message: '' };
  if (!isObject(value)) return { message: textOf(value) };
  const inner = value.error ?? value.detail ?? (Array.isArray(value.errors) ? value.errors[0] : undefined);
  if (inner !== undefined && inner !== null && inner !== false) {
    const said = readMember(inner, depth - 1);
    const outer = readFlat(value);
    const first = Array.isArray(inner) ? inner[0] : undefined;
    const place = isObject(first) ? placeOf(first) : undefined;
    return {
      ...(place === undefined ? {} : { param: place }),
      ...outer,
      ...said,
      message: said.message === '' ? outer.message : said.message,
    };
  }
  return readFlat(value);
}

function readFlat(value: JsonObject): Said {
  const { message, type, code } = value;
  const said: Said = {
    message: readMessage(value, message ?? value.msg ?? value.error_message ?? value.reason ?? null),
  };
  const within = isObject(message) && Array.isArray(message.detail) ? message.detail[0] : undefined;
  const param = value.param ?? placeOf(value) ?? (isObject(within) ? placeOf(within) : undefined);
  if (typeof param === 'string') said.param = param;
  if (typeof type === 'string' && type !== '') said.type = type;
  if (typeof code === 'string' && !/^[45]\d\d$/.test(code)) said.code = code;
  if (typeof code === 'number' && code >= 400 && code <= 599) said.status = code;
  const filtered = value.innererror ?? value.inner_error;
  if (said.code === undefined && isObject(filtered) && typeof filtered.code === 'string') said.code = filtered.code;
  return said;
}

/** OpenRouter says "Provider returned error" and puts the provider's own words into `metadata.raw`. */
function readMessage(value: JsonObject, message: Json): string {
  const text = textOf(message);
  const raw = isObject(value.metadata) ? value.metadata.raw : undefined;
  return typeof raw === 'string' && raw !== '' && raw !== text ? `${text}: ${raw}` : text;
}

/** Validation errors: `loc` of FastAPI servers. */
function placeOf(value: JsonObject): string | undefined {
  if (!Array.isArray(value.loc)) return undefined;
  return value.loc.filter((step) => step !== 'body').join('.');
}

function textOf(value: Json, depth = deepest): string {
  if (depth === 0) return '';
  if (typeof value === 'string') return value;
  if (value === null || typeof value === 'boolean') return '';
  if (Array.isArray(value))
    return value
      .map((one) => complaint(one, depth - 1))
      .filter(Boolean)
      .join('; ');
  if (!isObject(value)) return String(value);
  const inner = value.detail ?? value.message ?? value.msg ?? value.error;
  return inner === undefined ? shown(value) : textOf(inner, depth - 1);
}

function shown(value: JsonObject): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

function complaint(value: Json, depth: number): string {
  if (!isObject(value)) return textOf(value, depth);
  const place = placeOf(value);
  const text = textOf(value, depth);
  return place === undefined || place === '' ? text : `${text}: ${place}`;
}

function upstreamOf(status: number, headers: Headers, body: string): NonNullable<ErrorFacts['upstream']> {
  const id = headers['x-request-id'] ?? headers['request-id'];
  return { status, headers: errorHeaders(headers), body, ...(typeof id === 'string' ? { requestId: id } : {}) };
}

/** Milliseconds. OpenAI also says it in the text. */
function retryAfter(headers: Headers, message: string): number | undefined {
  if (headers['retry-after-ms'] !== undefined || headers['retry-after'] !== undefined) return retryAfterMs(headers);
  const told = /try again in ([\d.]+) ?(ms|s|m)\b/i.exec(message);
  if (told === null) return undefined;
  const unit = { ms: 1, s: 1000, m: 60_000 }[told[2]?.toLowerCase() ?? ''] ?? 1000;
  return Number(told[1]) * unit;
}
