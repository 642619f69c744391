import { type ErrorKind, type Json, kinds } from '../hub/index.ts';

/** How a mock refuses, in OpenAI's form. */
export interface MockFailure {
  status: number;
  type: string;
  code: string | null;
  message: string;
  headers?: Record<string, string>;
}

interface Raised {
  kind: ErrorKind;
  type: string;
  code: string | null;
  headers?: Record<string, string>;
}

const badRequest = 'invalid_request_error';

/** Classes of LiteLLM that `mock_response: litellm.<Class>` raises. */
const classes: Readonly<Record<string, Raised>> = {
  RateLimitError: {
    kind: 'rate-limit',
    type: 'requests',
    code: 'rate_limit_exceeded',
    headers: { 'retry-after': '1' },
  },
  ContextWindowExceededError: { kind: 'context-window', type: badRequest, code: 'context_length_exceeded' },
  ContentPolicyViolationError: { kind: 'content-policy', type: badRequest, code: 'content_policy_violation' },
  BadRequestError: { kind: 'invalid-request', type: badRequest, code: null },
  AuthenticationError: { kind: 'authentication', type: badRequest, code: 'invalid_api_key' },
  PermissionDeniedError: { kind: 'permission', type: badRequest, code: null },
  NotFoundError: { kind: 'not-found', type: badRequest, code: 'model_not_found' },
  Timeout: { kind: 'timeout', type: 'timeout', code: null },
  ServiceUnavailableError: { kind: 'overloaded', type: 'server_error', code: null },
  InternalServerError: { kind: 'upstream', type: 'server_error', code: null },
  APIConnectionError: { kind: 'upstream', type: 'server_error', code: null },
};

/** What a mock's answer raises in place of being one; undefined: it is an answer. */
export function raisedBy(response: Json | undefined): MockFailure | undefined {
  const name = typeof response === 'string' ? /^litellm\.(\w+)$/.exec(response.trim())?.[1] : undefined;
  const raised = name !== undefined && Object.hasOwn(classes, name) ? classes[name] : undefined;
  if (raised === undefined) return undefined;
  const { kind, ...more } = raised;
  return { status: kinds[kind].status, message: `This is a mock ${name}.`, ...more };
}
