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

/** The only reader of this API's error texts: `{title, detail, status, invalid_fields?}`. */
export function decodeError(status: number, headers: Headers, body: string): ProxyError {
  const said =
    readMessage(readJson(body)) ?? plainText(body) ?? `the provider answered with status ${status} and no message`;
  const kind = kindOf(status, said);
  const wait = retryAfterMs(headers) ?? waitIn(kind, said);
  return new ProxyError(kind, said, {
    status: statusOfRefusal(status, kind),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    upstream: { status, headers, body },
  });
}

/** A prediction that came to nothing. */
export function failed({ status, error }: JsonObject): ProxyError {
  const said = readMessage(error) ?? `the prediction was not made (${String(status)})`;
  return new ProxyError(kindOf(500, said), said);
}

const tooLong =
  /maximum context length|context (?:length|window) exceeded|input (?:is )?too long|prompt (?:is )?too long|too many tokens|exceeds the (?:maximum|model's) (?:input|context)/i;

function kindOf(status: number, message: string): ErrorKind {
  if (tooLong.test(message)) return 'context-window';
  return /\bNSFW\b|flagged as sensitive|\(E005\)/i.test(message) ? 'content-policy' : kindOfStatus(status);
}

/** "Expected available in 1 second." */
function waitIn(kind: ErrorKind, message: string): number | undefined {
  const told = kind === 'rate-limit' ? /available in (\d+) second/i.exec(message)?.[1] : undefined;
  return told === undefined ? undefined : Number(told) * 1000;
}

function readMessage(body: JsonValue | undefined): string | undefined {
  if (typeof body === 'string') return body === '' ? undefined : body;
  if (!isObject(body)) return undefined;
  const { title, detail, error } = body;
  const message = [detail, error, title, body['message']].find((one) => typeof one === 'string' && one !== '');
  return typeof message === 'string' ? message : undefined;
}
