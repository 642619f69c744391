import type { At, Headers, Target } from '../../hub/index.ts';

/** Client headers that may go up: the version and the beta marks that its body was written for. */
export const forwards: readonly string[] = ['anthropic-version', 'anthropic-beta'];

/** Headers of a reply that come back under their own names. */
export const returns: readonly string[] = [
  'request-id',
  'anthropic-organization-id',
  'anthropic-ratelimit-requests-limit',
  'anthropic-ratelimit-requests-remaining',
  'anthropic-ratelimit-requests-reset',
  'anthropic-ratelimit-tokens-limit',
  'anthropic-ratelimit-tokens-remaining',
  'anthropic-ratelimit-tokens-reset',
  'anthropic-ratelimit-input-tokens-limit',
  'anthropic-ratelimit-input-tokens-remaining',
  'anthropic-ratelimit-input-tokens-reset',
  'anthropic-ratelimit-output-tokens-limit',
  'anthropic-ratelimit-output-tokens-remaining',
  'anthropic-ratelimit-output-tokens-reset',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
];

export function target(at: At): Target {
  const version = header(at.headers, 'anthropic-version') ?? '2023-06-01';
  const beta = header(at.headers, 'anthropic-beta');
  const path = at.operation === 'count-tokens' ? '/v1/messages/count_tokens' : '/v1/messages';
  return {
    method: 'POST',
    path: at.query.get('beta') === 'true' ? `${path}?beta=true` : path,
    headers: {
      'content-type': 'application/json',
      'anthropic-version': version,
      ...(beta === undefined ? {} : { 'anthropic-beta': beta }),
    },
  };
}

function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(',') : value;
  return text === undefined || text.trim() === '' ? undefined : text;
}
