import { type ErrorFacts, type ErrorKind, type Headers, type JsonObject, ProxyError } from '../../hub/index.ts';
import { isObject, type JsonValue, readJson } from '../../wire/index.ts';
import type { EncodedError, Given } from '../dialect.ts';
import { plainText } from '../trouble.ts';

export { asked, cutShort, received, unusable } from '../trouble.ts';

const types: Readonly<Record<ErrorKind, string>> = {
  'invalid-request': 'invalid_request_error',
  'unsupported-params': 'invalid_request_error',
  'context-window': 'invalid_request_error',
  'content-policy': 'invalid_request_error',
  authentication: 'authentication_error',
  permission: 'permission_error',
  'not-found': 'not_found_error',
  'rate-limit': 'rate_limit_error',
  budget: 'billing_error',
  timeout: 'timeout_error',
  cancelled: 'api_error',
  overloaded: 'overloaded_error',
  upstream: 'api_error',
  connection: 'api_error',
  'bad-upstream-reply': 'api_error',
  internal: 'api_error',
};

const kindOfType: Readonly<Record<string, ErrorKind>> = {
  invalid_request_error: 'invalid-request',
  request_too_large: 'invalid-request',
  authentication_error: 'authentication',
  billing_error: 'permission',
  permission_error: 'permission',
  not_found_error: 'not-found',
  rate_limit_error: 'rate-limit',
  timeout_error: 'timeout',
  overloaded_error: 'overloaded',
  api_error: 'upstream',
};

const kindOfStatus: Readonly<Record<number, ErrorKind>> = {
  401: 'authentication',
  402: 'permission',
  403: 'permission',
  404: 'not-found',
  408: 'timeout',
  429: 'rate-limit',
  503: 'overloaded',
  504: 'timeout',
  529: 'overloaded',
};

/** The only reader of this API's error texts; the provider's own words are kept whole. */
export function decodeError(status: number, headers: Headers, body: string): ProxyError {
  const parsed = readJson(body);
  const { type, message, requestId, code } = readErrorBody(parsed);
  const said = message ?? plainText(body) ?? `The provider answered with status ${status} and no message.`;
  const kind = kindOf(status, type, said);
  const id = headers['request-id'] ?? requestId;
  const retryAfterMs = readRetryAfter(headers);
  return new ProxyError(kind, said, {
    status: statusOf(status, kind),
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: { status, headers, body, ...(typeof id === 'string' ? { requestId: id } : {}) },
  });
}

/** An error inside a 200: an `error` event of a stream, or a whole body of type error. */
export function decodeInnerError(body: JsonObject): ProxyError {
  const { type, message } = readErrorBody(body);
  const said = message ?? 'The provider reported an error without a message.';
  const kind = kindOf(500, type, said);
  return new ProxyError(kind, said, {
    ...(type === undefined ? {} : { type }),
    ...(kind === 'overloaded' ? { status: 529 } : {}),
  });
}

/** In this API's form. Rate limits and retry advice of the provider pass under their own names. */
export function encodeError(error: ProxyError, given: Given): EncodedError {
  const requestId = error.facts.upstream?.requestId ?? given.id('req_');
  return {
    status: error.status,
    headers: { ...retryAdvice(error), ...writeHeaders(error.facts), 'request-id': requestId },
    body: { type: 'error', error: written(error), request_id: requestId },
  };
}

/** The last frame of a stream that failed. */
export function writeErrorFrame(error: ProxyError): string {
  const body = { type: 'error', error: written(error) };
  return `event: error\ndata: ${JSON.stringify(body)}\n\n`;
}

function writeType(error: ProxyError): string {
  const own = error.facts.type;
  // Another vendor's word may be spelled like one of ours and mean less: OpenAI calls a bad key an invalid request.
  if (own !== undefined && Object.hasOwn(kindOfType, own) && kindOfType[own] === error.kind) return own;
  return error.status === 413 ? 'request_too_large' : types[error.kind];
}

function written(error: ProxyError): { type: string; message: string; details?: JsonObject } {
  const { code } = error.facts;
  const details = code?.startsWith('thread_') ? { details: { error_code: code } } : {};
  return { type: writeType(error), message: writeMessage(error), ...details };
}

/**
 * Clients of message threads keep the conversation and, told by this code, send it again from its beginning. Here the
 * server has lost every thread, as it may: only Anthropic holds any, and its own requests pass as bytes.
 * https://platform.claude.com/docs/en/build-with-claude/message-threads
 */
export function threadNotFound(id: string): ProxyError {
  const facts = { status: 404, param: 'thread.previous_message_id', code: 'thread_not_found' };
  return new ProxyError(
    'invalid-request',
    `no thread is held under '${id}': send the conversation from its beginning`,
    facts,
  );
}

const overflow = /prompt is too long|exceed context limit/i;

/** Agents know a full context, which they can compact, by these words; the provider's own stay behind them. */
function writeMessage({ kind, message }: ProxyError): string {
  return kind === 'context-window' && !overflow.test(message) ? `prompt is too long: ${message}` : message;
}

/** Claude Code tries ten times over three minutes, in silence, also with a bad key, unless it is told that it is no use. */
function retryAdvice({ kind, facts }: ProxyError): Record<string, string> {
  const useless = kind === 'authentication' || kind === 'budget' || facts.code === 'insufficient_quota';
  return useless ? { 'x-should-retry': 'false' } : {};
}

const passed = /^(?:retry-after|retry-after-ms|x-should-retry|anthropic-ratelimit-.*|x-ratelimit-.*)$/;

function writeHeaders(facts: ErrorFacts): Record<string, string> {
  const out: Record<string, string> = {};
  if (facts.retryAfterMs !== undefined) out['retry-after'] = String(Math.ceil(facts.retryAfterMs / 1000));
  for (const [name, value] of Object.entries(facts.upstream?.headers ?? {})) {
    if (value !== undefined && passed.test(name)) out[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  if (facts.allow !== undefined) out['allow'] = facts.allow;
  return out;
}

function kindOf(status: number, type: string | undefined, message: string): ErrorKind {
  const kind =
    (type !== undefined && Object.hasOwn(kindOfType, type) ? kindOfType[type] : undefined) ?? kindByStatus(status);
  if (kind !== 'invalid-request') return kind;
  if (/prompt is too long|prompt: length|exceed context limit|exceeds? the (?:model's )?context/i.test(message)) {
    return 'context-window';
  }
  if (/content filtering policy/i.test(message)) return 'content-policy';
  return /invalid x-api-key|invalid api key/i.test(message) ? 'authentication' : kind;
}

function kindByStatus(status: number): ErrorKind {
  return kindOfStatus[status] ?? (status >= 400 && status < 500 ? 'invalid-request' : 'upstream');
}

/** As sent, but what is no error status is 502, a bad key is 401 and a full context is 400 (DECISIONS.md 30). */
function statusOf(status: number, kind: ErrorKind): number {
  if (status < 400 || status > 599) return 502;
  if (kind === 'authentication' && status === 400) return 401;
  return kind === 'context-window' ? 400 : status;
}

/** `{error: {type, message}, request_id}`, and what gateways in between make of it. */
function readErrorBody(body: JsonValue | undefined): {
  type?: string;
  message?: string;
  requestId?: string;
  code?: string;
} {
  if (!isObject(body)) return typeof body === 'string' && body !== '' ? { message: body } : {};
  const error = isObject(body['error']) ? body['error'] : body;
  const message = [error['message'], body['error'], body['detail']].find(
    (one) => typeof one === 'string' && one !== '',
  );
  const code = isObject(error['details']) ? error['details']['error_code'] : undefined;
  return {
    ...(typeof error['type'] === 'string' && error['type'] !== 'error' ? { type: error['type'] } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof body['request_id'] === 'string' ? { requestId: body['request_id'] } : {}),
  };
}

function readRetryAfter(headers: Headers): number | undefined {
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
