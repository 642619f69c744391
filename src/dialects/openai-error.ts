import type { ErrorKind, Headers, JsonObject, ProxyError } from '../hub/index.ts';
import type { EncodedError } from './dialect.ts';

/** Headers of a refusal that clients read for their retries; they pass under their own names (DECISIONS.md 16). */
const passed: readonly (string | RegExp)[] = [
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  /^x-ratelimit-/,
  /^anthropic-ratelimit-/,
];

/** What of a refusal's headers is worth keeping. */
export function errorHeaders(headers: Headers): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !passed.some((one) => (typeof one === 'string' ? one === name : one.test(name))))
      continue;
    out[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return out;
}

/** The error form of OpenAI's dialects. The class before the message lets LiteLLM's SDK rebuild its own classes. */
export function encodeOpenAIError(error: ProxyError): EncodedError {
  return { status: error.status, headers: headersOf(error), body: errorBody(error) };
}

/** `code`: the provider's symbolic code, else the status as text (DECISIONS.md 15). */
export function errorBody(error: ProxyError): JsonObject {
  const { param, code, type } = error.facts;
  const named = /^litellm\.\w+:/.test(error.message);
  return {
    error: {
      message: named ? error.message : `litellm.${classOf(error)}: ${error.message}`,
      type: type ?? types[error.kind],
      param: param ?? null,
      code: code ?? String(error.status),
    },
  };
}

function headersOf(error: ProxyError): Record<string, string> {
  const { allow, retryAfterMs, upstream } = error.facts;
  const headers = errorHeaders(upstream?.headers ?? {});
  if (retryAfterMs !== undefined && headers['retry-after'] === undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  }
  if (allow !== undefined) headers.allow = allow;
  return headers;
}

const types: Readonly<Record<ErrorKind, string>> = {
  'invalid-request': 'invalid_request_error',
  'unsupported-params': 'invalid_request_error',
  'context-window': 'invalid_request_error',
  'content-policy': 'invalid_request_error',
  authentication: 'auth_error',
  permission: 'permission_error',
  'not-found': 'invalid_request_error',
  'rate-limit': 'rate_limit_error',
  budget: 'budget_exceeded',
  timeout: 'timeout_error',
  cancelled: 'server_error',
  overloaded: 'server_error',
  upstream: 'server_error',
  connection: 'server_error',
  'bad-upstream-reply': 'server_error',
  internal: 'server_error',
};

/** LiteLLM's classes (LITELLM.md 6.2). */
function classOf(error: ProxyError): string {
  switch (error.kind) {
    case 'invalid-request':
      return error.status === 422 ? 'UnprocessableEntityError' : 'BadRequestError';
    case 'unsupported-params':
      return 'UnsupportedParamsError';
    case 'context-window':
      return 'ContextWindowExceededError';
    case 'content-policy':
      return 'ContentPolicyViolationError';
    case 'authentication':
      return 'AuthenticationError';
    case 'permission':
      return 'PermissionDeniedError';
    case 'not-found':
      return 'NotFoundError';
    case 'rate-limit':
      return 'RateLimitError';
    case 'budget':
      return 'BudgetExceededError';
    case 'timeout':
      return 'Timeout';
    case 'connection':
      return 'APIConnectionError';
    case 'cancelled':
    case 'overloaded':
    case 'upstream':
    case 'bad-upstream-reply':
    case 'internal':
      return classByStatus.get(error.status) ?? 'APIError';
  }
}

const classByStatus: ReadonlyMap<number, string> = new Map([
  [500, 'InternalServerError'],
  [502, 'BadGatewayError'],
  [503, 'ServiceUnavailableError'],
  [504, 'Timeout'],
  [529, 'InternalServerError'],
]);
