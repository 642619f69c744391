import type { Headers } from './request.ts';

/** The closed list of what can go wrong. */
export type ErrorKind =
  | 'invalid-request'
  | 'unsupported-params'
  | 'context-window'
  | 'content-policy'
  | 'authentication'
  | 'permission'
  | 'not-found'
  | 'rate-limit'
  | 'budget'
  | 'timeout'
  | 'cancelled'
  | 'overloaded'
  | 'upstream'
  | 'connection'
  | 'bad-upstream-reply'
  | 'internal';

export interface ErrorFacts {
  /** HTTP status, where it is not the kind's own (405, 413, 529 ...). */
  status?: number;
  /** The field that is wrong, as the client wrote it. */
  param?: string;
  /** The provider's symbolic code, where it has one. */
  code?: string;
  /** The provider's own `type` word. */
  type?: string;
  provider?: string;
  model?: string;
  retryAfterMs?: number;
  /** Nobody listens at the provider's address. */
  nobody?: true;
  /** For a 405: the methods that the route knows. */
  allow?: string;
  cause?: unknown;
  /** `headers`: retry-after, rate limits. */
  upstream?: {
    status: number;
    headers: Headers;
    body: string;
    requestId?: string;
  };
}

/** The only error that leaves modelport; each client dialect words it in its own form. */
export class ProxyError extends Error {
  readonly kind: ErrorKind;
  readonly facts: ErrorFacts;

  constructor(kind: ErrorKind, message: string, facts: ErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.name = 'ProxyError';
    this.kind = kind;
    this.facts = facts;
  }

  /** The HTTP status for the client: the fact where there is one, else the kind's own. */
  get status(): number {
    return this.facts.status ?? kinds[this.kind].status;
  }
}

/** The one place that knows statuses. `retry`: another attempt may succeed; `coolDown`: the deployment should rest. */
export const kinds: Readonly<Record<ErrorKind, { status: number; retry: boolean; coolDown: boolean }>> = {
  'invalid-request': { status: 400, retry: false, coolDown: false },
  'unsupported-params': { status: 400, retry: false, coolDown: false },
  'context-window': { status: 400, retry: false, coolDown: false },
  'content-policy': { status: 400, retry: false, coolDown: false },
  authentication: { status: 401, retry: false, coolDown: true },
  permission: { status: 403, retry: false, coolDown: false },
  'not-found': { status: 404, retry: false, coolDown: true },
  'rate-limit': { status: 429, retry: true, coolDown: true },
  budget: { status: 400, retry: false, coolDown: false },
  timeout: { status: 408, retry: true, coolDown: true },
  cancelled: { status: 499, retry: false, coolDown: false },
  overloaded: { status: 503, retry: true, coolDown: true },
  upstream: { status: 500, retry: true, coolDown: true },
  connection: { status: 502, retry: true, coolDown: true },
  'bad-upstream-reply': { status: 502, retry: true, coolDown: true },
  internal: { status: 500, retry: false, coolDown: false },
};

/** Any thrown value as a ProxyError; what is not one already is `internal` and keeps the original as its cause. */
export function asProxyError(thrown: unknown): ProxyError {
  if (thrown instanceof ProxyError) return thrown;
  return new ProxyError('internal', 'modelport failed to handle this request; please report it', { cause: thrown });
}
