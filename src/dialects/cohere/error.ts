import {
  type ErrorKind,
  type Headers,
  type JsonObject,
  kindOfStatus,
  ProxyError,
  retryAfterMs,
  statusOfRefusal,
} from '../../hub/index.ts';
import { isObject, type JsonValue, readJson } from '../../wire/index.ts';
import { plainText } from '../trouble.ts';

export { cutShort, unusable } from '../trouble.ts';

/** The only reader of this API's error texts: `{id, message, error_type?}`. The provider's own words are kept whole. */
export function decodeError(status: number, headers: Headers, body: string): ProxyError {
  const { message, code } = readBody(readJson(body));
  const said = message ?? plainText(body) ?? `the provider answered with status ${status} and no message`;
  const kind = kindOf(status, said);
  const wait = retryAfterMs(headers);
  const id = headers['x-debug-trace-id'];
  return new ProxyError(kind, said, {
    status: statusOfRefusal(status, kind),
    ...(code === undefined ? {} : { code }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    upstream: { status, headers, body, ...(typeof id === 'string' ? { requestId: id } : {}) },
  });
}

/** The error that a reply with status 200, or an event of a stream, tells instead of an answer. */
export function decodeInnerError(body: JsonObject): ProxyError {
  const { message, code } = readBody(body);
  const said = message ?? 'the provider reported an error without a message';
  const status = body['status_code'];
  const kind = kindOf(typeof status === 'number' ? status : 500, said);
  return new ProxyError(kind, said, code === undefined ? {} : { code });
}

function kindOf(status: number, message: string): ErrorKind {
  if (/too many tokens/i.test(message)) return 'context-window';
  // A text that the provider has on its list of forbidden ones.
  if (status === 498) return 'content-policy';
  const kind = kindOfStatus(status);
  if (kind !== 'invalid-request') return kind;
  if (/invalid api token|no api key supplied/i.test(message)) return 'authentication';
  if (/blocked|violat\w+ (?:our|the) (?:usage|safety)/i.test(message)) return 'content-policy';
  return kind;
}

function readBody(body: JsonValue | undefined): { message?: string; code?: string } {
  if (!isObject(body)) return typeof body === 'string' && body !== '' ? { message: body } : {};
  const inner = isObject(body['error']) ? body['error'] : body;
  const message = [inner['message'], body['error'], inner['detail']].find(
    (one) => typeof one === 'string' && one !== '',
  );
  const code = inner['error_type'];
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof code === 'string' && code !== '' ? { code } : {}),
  };
}
