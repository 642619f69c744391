import {
  type ErrorKind,
  type Headers,
  type Json,
  type JsonObject,
  kindOfStatus,
  ProxyError,
  retryAfterMs,
  statusOfRefusal,
} from '../../hub/index.ts';
import { isObject, readJson } from '../../wire/index.ts';
import { plainText } from '../trouble.ts';
import { listIn, numberIn, textIn } from './own.ts';

export { asked, cutShort, received, unusable } from '../trouble.ts';

/** Google's canonical codes (google.rpc.Code). */
export const kindOfCode: ReadonlyMap<string, ErrorKind> = new Map([
  ['INVALID_ARGUMENT', 'invalid-request'],
  ['FAILED_PRECONDITION', 'invalid-request'],
  ['OUT_OF_RANGE', 'invalid-request'],
  ['UNAUTHENTICATED', 'authentication'],
  ['PERMISSION_DENIED', 'permission'],
  ['NOT_FOUND', 'not-found'],
  ['RESOURCE_EXHAUSTED', 'rate-limit'],
  ['DEADLINE_EXCEEDED', 'timeout'],
  ['UNAVAILABLE', 'overloaded'],
  ['INTERNAL', 'upstream'],
  ['UNKNOWN', 'upstream'],
]);

/** The only reader of this API's error texts; the provider's own words are kept whole. */
export function decodeError(status: number, headers: Headers, body: string): ProxyError {
  const error = errorIn(readJson(body));
  const message =
    textIn(error, 'message') ?? plainText(body) ?? `The provider answered with status ${status} and no message.`;
  const kind = kindOf(error, kindOfStatus(status), message);
  const wait = retryAfterMs(headers) ?? retryDelay(error);
  return new ProxyError(kind, message, {
    status: statusOfRefusal(status, kind),
    ...codeOf(error),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    upstream: { status, headers, body },
  });
}

/** An error inside a 200: an object of a stream. */
export function decodeInnerError(error: JsonObject): ProxyError {
  const message = textIn(error, 'message') ?? 'The provider reported an error without a message.';
  const status = numberIn(error, 'code') ?? 500;
  const kind = kindOf(error, kindOfStatus(status), message);
  const wait = retryDelay(error);
  return new ProxyError(kind, message, {
    ...(status >= 400 && status <= 599 ? { status: statusOfRefusal(status, kind) } : {}),
    ...codeOf(error),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

/** `{error: {...}}`, also in a list, as streams without SSE begin. */
export function errorIn(body: Json | undefined): JsonObject {
  const whole = Array.isArray(body) ? body[0] : body;
  if (!isObject(whole)) return {};
  const { error } = whole;
  if (typeof error === 'string') return { message: error };
  return isObject(error) ? error : whole;
}

function kindOf(error: JsonObject, byStatus: ErrorKind, message: string): ErrorKind {
  const status = textIn(error, 'status');
  const kind = (status === undefined ? undefined : kindOfCode.get(status)) ?? byStatus;
  const reasons = detailsOf(error).map((detail) => textIn(detail, 'reason'));
  if (reasons.includes('API_KEY_INVALID') || /api key (?:not valid|expired|not found)/i.test(message))
    return 'authentication';
  if (/model is overloaded/i.test(message)) return 'overloaded';
  if (kind !== 'invalid-request') return kind;
  if (/exceeds the maximum number of tokens|input token count|maximum context length/i.test(message))
    return 'context-window';
  return /response was blocked|prohibited content|content filter/i.test(message) ? 'content-policy' : kind;
}

/** The canonical code; of a request that is said to be wrong the reason, where there is one (API_KEY_INVALID). */
function codeOf(error: JsonObject): { code?: string; type?: string } {
  const status = textIn(error, 'status');
  const reason = detailsOf(error)
    .map((detail) => textIn(detail, 'reason'))
    .find((one) => one !== undefined);
  const code = status === undefined || status === 'INVALID_ARGUMENT' ? (reason ?? status) : status;
  return { ...(code === undefined ? {} : { code }), ...(status === undefined ? {} : { type: status }) };
}

/** `RetryInfo.retryDelay`: seconds, as `17s` or `3.5s`. */
function retryDelay(error: JsonObject): number | undefined {
  for (const detail of detailsOf(error)) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textIn(detail, 'retryDelay') ?? '')?.[1];
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000);
  }
  return undefined;
}

export function detailsOf(error: JsonObject): JsonObject[] {
  return listIn(error, 'details').filter(isObject);
}
