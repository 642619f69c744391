import { type ErrorKind, ProxyError } from './error.ts';
import type { Headers } from './request.ts';

/** The code by which a refusal of lists of tokens is known: the same request with texts may be taken. */
export const tokensRefused = 'tokens_not_supported';

/** Inputs that must be texts. `who`: the provider that takes no lists of tokens. Throws invalid-request. */
export function textsOnly(inputs: readonly (string | number[])[], who: string, field = 'input'): string[] {
  return inputs.map((input, place) => {
    if (typeof input === 'string') return input;
    const param = inputs.length === 1 ? field : `${field}[${place}]`;
    const text = `'${param}' is a list of tokens, and ${who} takes texts`;
    throw new ProxyError('invalid-request', text, { param, code: tokensRefused });
  });
}

/** What a status of 400 and more means where the body says no more. */
export function kindOfStatus(status: number): ErrorKind {
  switch (status) {
    case 401:
      return 'authentication';
    case 402:
    case 403:
      return 'permission';
    case 404:
      return 'not-found';
    case 408:
    case 504:
      return 'timeout';
    case 429:
      return 'rate-limit';
    case 503:
    case 529:
      return 'overloaded';
  }
  return status >= 400 && status < 500 ? 'invalid-request' : 'upstream';
}

/** DECISIONS.md 30: as the provider sent it, but a bad key is 401, a full context 400, and what is no error status 502. */
export function statusOfRefusal(status: number, kind: ErrorKind): number {
  if (status < 400 || status > 599) return 502;
  if (kind === 'authentication') return 401;
  return kind === 'context-window' ? 400 : status;
}

/** Milliseconds to wait, by `retry-after-ms` or `retry-after`; a date is held against the reply's own. */
export function retryAfterMs(headers: Headers): number | undefined {
  const exact = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const after = headers['retry-after'];
  if (typeof after !== 'string' || after.trim() === '') return undefined;
  const seconds = Number(after);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - Date.parse(String(headers['date']));
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
