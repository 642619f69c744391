import { type ErrorKind, ProxyError } from '../hub/index.ts';

/** A socket's error in words for the person at the terminal; `origin` is all that is shown of the address. */
export function connectionError(cause: Error, origin: string, begun: boolean): ProxyError {
  const code = codeOf(cause);
  const [kind, text] = begun ? broken(code, origin) : refused(code, origin, cause);
  return new ProxyError(kind, text, { cause, ...(code === 'ECONNREFUSED' ? { nobody: true } : {}) });
}

export function timeoutError(origin: string, timeoutMs: number, begun: boolean): ProxyError {
  const seconds = Math.round(timeoutMs / 100) / 10;
  const what = begun ? `sent nothing for ${seconds} s` : `did not answer within ${seconds} s`;
  return new ProxyError('timeout', `${origin} ${what}: raise --request_timeout, or look at the server`);
}

function broken(code: string, origin: string): [ErrorKind, string] {
  return ['connection', `${origin} closed the connection in the middle of its answer${note(code)}`];
}

function refused(code: string, origin: string, cause: Error): [ErrorKind, string] {
  switch (code) {
    case 'ECONNREFUSED':
      return ['connection', `could not connect to ${origin} (${code}): is the server running?`];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['connection', `could not find ${origin} (${code}): is the base URL right, and is there a network?`];
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return ['connection', `could not connect to ${origin} (${code}): the address does not answer`];
    case 'UND_ERR_HEADERS_OVERFLOW':
    case 'HPE_HEADER_OVERFLOW':
      return ['bad-upstream-reply', `${origin} sent a header block of over 256 kB`];
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return ['connection', `${origin} closed the connection before it answered${note(code)}`];
  }
  // Undici asserts what a parser lets through, such as a status below 100.
  if (code.startsWith('HPE_') || code.startsWith('UND_ERR_') || code === 'ERR_ASSERTION') {
    return ['bad-upstream-reply', `${origin} sent something that is not HTTP${note(code)}`];
  }
  if (/CERT|TLS|SSL|SIGNATURE|ISSUER/.test(code)) {
    return [
      'connection',
      `the TLS certificate of ${origin} was not accepted (${code}): NODE_EXTRA_CA_CERTS or SSL_CERT_FILE adds an authority, ssl_verify of a model says how its own is checked`,
    ];
  }
  return ['connection', `could not talk to ${origin}${note(code === '' ? cause.name : code)}`];
}

function note(code: string): string {
  return code === '' || code === 'UND_ERR_SOCKET' ? '' : ` (${code})`;
}

/** Of several addresses that were tried, the first one's code. */
function codeOf(cause: Error): string {
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return codeOf(cause.errors[0]);
  return cause.cause instanceof Error ? codeOf(cause.cause) : '';
}
