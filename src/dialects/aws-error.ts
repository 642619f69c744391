/** The errors of AWS's services, which several dialects meet: in bodies, in headers and as frames of a stream. */
import { type ErrorKind, type Headers, kindOfStatus, ProxyError, retryAfterMs, statusOfRefusal } from '../hub/index.ts';
import { type Frame, isObject, type JsonValue, readJson } from '../wire/index.ts';

/** By the name of the exception. */
const kinds: Readonly<Record<string, ErrorKind>> = {
  throttlingexception: 'rate-limit',
  toomanyrequestsexception: 'rate-limit',
  servicequotaexceededexception: 'rate-limit',
  modelnotreadyexception: 'rate-limit',
  accessdeniedexception: 'permission',
  unrecognizedclientexception: 'authentication',
  invalidsignatureexception: 'authentication',
  signaturedoesnotmatch: 'authentication',
  incompletesignature: 'authentication',
  incompletesignatureexception: 'authentication',
  expiredtoken: 'authentication',
  expiredtokenexception: 'authentication',
  invalidclienttokenid: 'authentication',
  missingauthenticationtoken: 'authentication',
  missingauthenticationtokenexception: 'authentication',
  notauthorized: 'authentication',
  resourcenotfoundexception: 'not-found',
  unknownoperationexception: 'not-found',
  validationexception: 'invalid-request',
  conflictexception: 'upstream',
  modeltimeoutexception: 'timeout',
  modelerrorexception: 'upstream',
  modelstreamerrorexception: 'upstream',
  internalserverexception: 'upstream',
  serviceunavailableexception: 'overloaded',
};

/** Statuses of the exceptions that a stream tells after its 200. */
const statuses: Readonly<Record<string, number>> = {
  throttlingexception: 429,
  validationexception: 400,
  accessdeniedexception: 403,
  resourcenotfoundexception: 404,
  modeltimeoutexception: 408,
  modelstreamerrorexception: 424,
  internalserverexception: 500,
  serviceunavailableexception: 503,
};

/** LITELLM.md 6.2. Not "too many tokens, please wait": that one is throttled, and says so by its name. */
const tooLong =
  /input is too long|too many (?:input )?tokens|expected maxLength|prompt is too long|prompt: length|exceeds? (?:the )?(?:model's )?(?:maximum )?context|context (?:window|length)|maximum input length|input tokens exceed/i;
const forbidden = /content filtering policy|content_policy|blocked by (?:the )?content/i;
const badKey =
  /authentication failed|security token (?:included in the request )?is (?:invalid|expired)|unable to locate credentials|(?:api key|bearer token|authentication token)[^.]*(?:invalid|not valid|expired)|invalid api key|signature we calculated does not match/i;

/** A reply with a bad status. `code`: the exception's name. */
export function decodeAwsError(status: number, headers: Headers, body: string): ProxyError {
  const parsed = readJson(body);
  const name = nameOf(headers['x-amzn-errortype']) ?? nameIn(parsed);
  const message = textIn(parsed) ?? plain(body) ?? `the provider answered with status ${status} and no message`;
  const kind = kindOf(status, name, message);
  const wait = retryAfterMs(headers);
  const id = headers['x-amzn-requestid'];
  return new ProxyError(kind, message, {
    status: statusOfRefusal(status, kind),
    ...(name === undefined ? {} : { code: name }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    upstream: { status, headers, body, ...(typeof id === 'string' ? { requestId: id } : {}) },
  });
}

/** What an exception frame of an event stream tells; undefined: the frame is none. */
export function exceptionWithin({ event = '', data }: Frame): ProxyError | undefined {
  if (!event.startsWith('!')) return undefined;
  const name = event.slice(1);
  const body = readJson(data);
  const original = isObject(body) ? body['originalMessage'] : undefined;
  const message = textIn(body) ?? (typeof original === 'string' ? original : undefined) ?? `the stream broke (${name})`;
  const status = statuses[name.toLowerCase()] ?? 500;
  const kind = kindOf(status, name, message);
  return new ProxyError(kind, message, { status: statusOfRefusal(status, kind), code: capital(name) });
}

function kindOf(status: number, name: string | undefined, message: string): ErrorKind {
  const named = name === undefined ? undefined : kinds[name.toLowerCase()];
  const kind = named ?? kindOfStatus(status);
  if (kind === 'permission' || kind === 'invalid-request') {
    if (badKey.test(message)) return 'authentication';
  }
  if (kind !== 'invalid-request') return kind;
  if (tooLong.test(message)) return 'context-window';
  return forbidden.test(message) ? 'content-policy' : kind;
}

/** `ThrottlingException:http://internal.amazon.com/...`, `com.amazon.coral.service#UnknownOperationException`. */
function nameOf(value: Headers[string] | JsonValue): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  if (typeof text !== 'string') return undefined;
  const name = text.split(':', 1)[0]?.split('#').at(-1)?.trim() ?? '';
  return name === '' ? undefined : name;
}

function nameIn(body: JsonValue | undefined): string | undefined {
  if (!isObject(body)) return undefined;
  const inner = isObject(body['Output']) ? body['Output'] : body;
  return nameOf(inner['__type'] ?? inner['code'] ?? null);
}

function textIn(body: JsonValue | undefined): string | undefined {
  if (!isObject(body)) return undefined;
  const { message, Message, error, detail } = body;
  const inner = isObject(error) ? error['message'] : error;
  const said = [message, Message, inner, detail].find((one) => typeof one === 'string' && one !== '');
  return typeof said === 'string' ? said : undefined;
}

/** Pages of gateways say nothing to a person at a terminal. */
function plain(body: string): string | undefined {
  const text = body.trim();
  return text === '' || text.startsWith('<') ? undefined : text;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
