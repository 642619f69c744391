import { expect, test } from 'vitest';
import type { Headers, Json, JsonObject } from '../../../src/hub/index.ts';
import { refusal } from '../provider-half.ts';

const half = { dialect: 'gemini' } as const;
const google = (code: number, status: string, message: string, ...details: Json[]): JsonObject => ({
  error: { code, message, status, ...(details.length === 0 ? {} : { details }) },
});
const info = (reason: string): JsonObject => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
});
const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '37.5s' };

test.each<[title: string, status: number, body: unknown, wanted: object, headers?: Headers]>([
  [
    'a bad key is a 400',
    400,
    google(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', info('API_KEY_INVALID')),
    { kind: 'authentication', status: 401, facts: { code: 'API_KEY_INVALID' } },
  ],
  [
    'without details',
    400,
    google(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'),
    { kind: 'authentication', status: 401 },
  ],
  [
    'no key',
    403,
    google(403, 'PERMISSION_DENIED', 'Method does not allow unregistered callers'),
    { kind: 'permission', status: 403, facts: { code: 'PERMISSION_DENIED' } },
  ],
  ['a token', 401, google(401, 'UNAUTHENTICATED', 'invalid credentials'), { kind: 'authentication', status: 401 }],
  [
    'quota',
    429,
    google(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota', info('x'), retry),
    { kind: 'rate-limit', status: 429, facts: { retryAfterMs: 37_500, code: 'RESOURCE_EXHAUSTED' } },
  ],
  [
    'quota, with a header',
    429,
    google(429, 'RESOURCE_EXHAUSTED', 'quota'),
    { kind: 'rate-limit', facts: { retryAfterMs: 2000 } },
    { 'retry-after': '2' },
  ],
  [
    'overloaded',
    503,
    google(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
    { kind: 'overloaded', status: 503 },
  ],
  ['too slow', 504, google(504, 'DEADLINE_EXCEEDED', 'Deadline expired'), { kind: 'timeout', status: 504 }],
  ['inside', 500, google(500, 'INTERNAL', 'An internal error has occurred'), { kind: 'upstream', status: 500 }],
  [
    'context',
    400,
    google(
      400,
      'INVALID_ARGUMENT',
      'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).',
    ),
    { kind: 'context-window', status: 400 },
  ],
  [
    'wrong',
    400,
    google(400, 'INVALID_ARGUMENT', 'Please use a valid role: user, model.'),
    { kind: 'invalid-request', status: 400, facts: { code: 'INVALID_ARGUMENT', type: 'INVALID_ARGUMENT' } },
  ],
  [
    'where it is, a precondition',
    400,
    google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
    { kind: 'invalid-request', status: 400 },
  ],
  [
    'policy',
    400,
    google(400, 'INVALID_ARGUMENT', 'The response was blocked.'),
    { kind: 'content-policy', status: 400 },
  ],
  [
    'in a list',
    404,
    [google(404, 'NOT_FOUND', 'models/x is not found')],
    { kind: 'not-found', status: 404, message: 'models/x is not found' },
  ],
  ['a text', 502, 'Bad Gateway', { kind: 'upstream', status: 502, message: 'Bad Gateway' }],
  [
    'a page',
    404,
    '<html>no</html>',
    { kind: 'not-found', status: 404, message: 'The provider answered with status 404 and no message.' },
  ],
  ['an OAuth error', 400, { error: 'invalid_grant' }, { kind: 'invalid-request', message: 'invalid_grant' }],
  ['nothing', 500, '', { kind: 'upstream', status: 500 }],
])('%s', (_title, status, body, wanted, headers = {}) => {
  expect(refusal(half, status, body, headers)).toMatchObject(wanted);
});
