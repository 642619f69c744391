import type { ErrorKind, JsonObject, ProxyError } from '../../hub/index.ts';
import { readJson } from '../../wire/index.ts';
import type { EncodedError } from '../dialect.ts';
import { detailsOf, errorIn, kindOfCode } from './error.ts';

/** Google's canonical codes, by kind. */
const codes: Readonly<Record<ErrorKind, string>> = {
  'invalid-request': 'INVALID_ARGUMENT',
  'unsupported-params': 'INVALID_ARGUMENT',
  'context-window': 'INVALID_ARGUMENT',
  'content-policy': 'INVALID_ARGUMENT',
  authentication: 'UNAUTHENTICATED',
  permission: 'PERMISSION_DENIED',
  'not-found': 'NOT_FOUND',
  'rate-limit': 'RESOURCE_EXHAUSTED',
  budget: 'FAILED_PRECONDITION',
  timeout: 'DEADLINE_EXCEEDED',
  cancelled: 'CANCELLED',
  overloaded: 'UNAVAILABLE',
  upstream: 'INTERNAL',
  connection: 'UNAVAILABLE',
  'bad-upstream-reply': 'INTERNAL',
  internal: 'INTERNAL',
};

const passed = /^(?:retry-after|retry-after-ms|x-should-retry|x-ratelimit-.*|anthropic-ratelimit-.*)$/;

/** In the form of google.rpc.Status; the provider's retry advice and limits pass under their own names. */
export function encodeError(error: ProxyError): EncodedError {
  const { retryAfterMs, upstream, allow } = error.facts;
  const headers: Record<string, string> = {};
  if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  for (const [name, value] of Object.entries(upstream?.headers ?? {})) {
    if (value !== undefined && passed.test(name)) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  if (allow !== undefined) headers['allow'] = allow;
  return { status: error.status, headers, body: errorBody(error) };
}

/** Also what stands in a stream that broke. */
export function errorBody(error: ProxyError): JsonObject {
  const details = writeDetails(error);
  return {
    error: {
      code: error.status,
      message: error.message,
      status: statusWord(error),
      ...(details.length === 0 ? {} : { details }),
    },
  };
}

/** Another vendor's word may be spelled like one of Google's and mean less. */
function statusWord({ kind, facts: { type } }: ProxyError): string {
  return type !== undefined && kindOfCode.has(type) ? type : codes[kind];
}

const rpc = 'type.googleapis.com/google.rpc';

/** Google's own as they came; else which field is wrong, the provider's code, and when to come again, which agents obey. */
function writeDetails({ message, facts }: ProxyError): JsonObject[] {
  const { param, code, type, retryAfterMs, upstream, provider } = facts;
  const own = type !== undefined && kindOfCode.has(type) ? detailsOf(errorIn(readJson(upstream?.body ?? ''))) : [];
  if (own.length > 0) return own;
  const details: JsonObject[] = [];
  if (param !== undefined) {
    details.push({ '@type': `${rpc}.BadRequest`, fieldViolations: [{ field: param, description: message }] });
  }
  if (code !== undefined && code !== type) {
    details.push({ '@type': `${rpc}.ErrorInfo`, reason: code, domain: provider ?? 'modelport' });
  }
  if (retryAfterMs !== undefined) {
    details.push({ '@type': `${rpc}.RetryInfo`, retryDelay: `${retryAfterMs / 1000}s` });
  }
  return details;
}
