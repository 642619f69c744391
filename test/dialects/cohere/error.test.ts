import { expect, test } from 'vitest';
import type { Headers } from '../../../src/hub/index.ts';
import { refusal } from '../provider-half.ts';

const half = { dialect: 'cohere' } as const;
const says = (message: string) => ({ id: 'e', message });

const rows: [status: number, body: unknown, headers: Headers, expected: object][] = [
  [400, says('invalid request: message must be at least 1 token long'), {}, { kind: 'invalid-request', status: 400 }],
  [400, says('too many tokens: size limit exceeded'), {}, { kind: 'context-window', status: 400 }],
  [422, says('invalid request: unknown field'), {}, { kind: 'invalid-request', status: 422 }],
  [401, says('invalid api token'), {}, { kind: 'authentication', status: 401 }],
  [400, says('invalid api token'), {}, { kind: 'authentication', status: 401 }],
  [402, says('Please add a payment method'), {}, { kind: 'permission', status: 402 }],
  [403, says('forbidden'), {}, { kind: 'permission', status: 403 }],
  [404, says("model 'x' not found"), {}, { kind: 'not-found', status: 404 }],
  [
    429,
    says('You are using a Trial key'),
    { 'retry-after': '7', 'x-debug-trace-id': 't1' },
    { kind: 'rate-limit', facts: { retryAfterMs: 7000, upstream: { requestId: 't1' } } },
  ],
  [498, says('blocked output'), {}, { kind: 'content-policy', status: 498 }],
  [500, says('internal server error'), {}, { kind: 'upstream', status: 500 }],
  [503, says('unavailable'), {}, { kind: 'overloaded', status: 503 }],
  [504, says('timed out'), {}, { kind: 'timeout', status: 504 }],
  [502, '<html><body>Bad gateway</body></html>', {}, { kind: 'upstream', message: /status 502/ }],
  [500, 'upstream connect error', {}, { message: /^upstream connect error$/ }],
  [400, '', {}, { kind: 'invalid-request', message: /status 400/ }],
];

test.each(rows)('%i %j', (status, body, headers, expected) => {
  const error = refusal(half, status, body, headers);
  const { message, ...rest } = Object.fromEntries(Object.entries(expected));
  expect(error).toMatchObject(rest);
  if (message instanceof RegExp) expect(error.message).toMatch(message);
  else if (typeof body === 'object') expect(body).toMatchObject({ message: error.message });
});
