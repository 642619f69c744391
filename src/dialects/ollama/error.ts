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
import type { EncodedError } from '../dialect.ts';
import { errorHeaders } from '../openai-error.ts';
import { plainText } from '../trouble.ts';

export { cutShort, unusable } from '../trouble.ts';

/** The only reader of this API's error texts: `{"error": text}`. The server's own words are kept whole. */
export function decodeError(status: number, headers: Headers, body: string): ProxyError {
  const said =
    readMessage(readJson(body)) ?? plainText(body) ?? `the server answered with status ${status} and no message`;
  const kind = kindOf(status, said);
  const wait = retryAfterMs(headers);
  return new ProxyError(kind, advised(said), {
    status: statusOfRefusal(status, kind),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    upstream: { status, headers, body },
  });
}

/** The error that a line of a stream, or a reply with status 200, tells; undefined: it tells none. */
export function errorWithin(body: JsonObject): ProxyError | undefined {
  const { error, status, status_code: code } = body;
  if (error === undefined || error === null || error === '') return undefined;
  const said = readMessage(body) ?? 'the server reported an error without a message';
  const told = [status, code].find((one) => typeof one === 'number');
  return new ProxyError(kindOf(typeof told === 'number' ? told : (statusOfText(said) ?? 500), said), advised(said));
}

/** In this API's form: a text, and nothing to tell errors apart by but the status. */
export function encodeError(error: ProxyError): EncodedError {
  const { allow, retryAfterMs: wait, upstream } = error.facts;
  const headers = errorHeaders(upstream?.headers ?? {});
  if (wait !== undefined) headers['retry-after'] ??= String(Math.max(1, Math.ceil(wait / 1000)));
  if (allow !== undefined) headers['allow'] = allow;
  return { status: error.status, headers, body: { error: error.message } };
}

/** The last line of a stream that failed. */
export function writeErrorLine(error: ProxyError): string {
  return `${JSON.stringify({ error: error.message })}\n`;
}

const tooLong = /prompt (?:is )?too long|exceed\w* (?:the |max(?:imum)? )*context (?:length|size|window)/i;

function kindOf(status: number, message: string): ErrorKind {
  return tooLong.test(message) ? 'context-window' : kindOfStatus(status);
}

/** Lines of a stream have no status. */
function statusOfText(message: string): number | undefined {
  if (/^model .*not found/.test(message)) return 404;
  if (/unauthorized/i.test(message)) return 401;
  return /server busy|overloaded/i.test(message) ? 503 : undefined;
}

/** What to do about a model that is not there. */
function advised(message: string): string {
  const model = /^model ["']([^"']+)["'] not found/.exec(message)?.[1];
  return model === undefined || /pull/.test(message) ? message : `${message}; get it with: ollama pull ${model}`;
}

function readMessage(body: JsonValue | undefined): string | undefined {
  if (typeof body === 'string') return body === '' ? undefined : body;
  if (!isObject(body)) return undefined;
  const inner = isObject(body['error']) ? body['error'] : {};
  const message = [body['error'], inner['message'], body['message']].find(
    (one) => typeof one === 'string' && one !== '',
  );
  return typeof message === 'string' ? message : undefined;
}
