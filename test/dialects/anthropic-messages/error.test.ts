import { expect, test } from 'vitest';
import { type ErrorFacts, type ErrorKind, kinds, ProxyError } from '../../../src/hub/index.ts';
import { validate } from '../validators.ts';
import { client, fixedGiven, provider } from './codec.ts';

const body = (type: string, message: string): string =>
  JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_b' });

test.each<[string, number, string, ErrorKind, number]>([
  ['a bad key', 401, body('authentication_error', 'invalid x-api-key'), 'authentication', 401],
  ['a bad key called 400', 400, body('invalid_request_error', 'invalid x-api-key'), 'authentication', 401],
  ['no money', 402, body('billing_error', 'pay'), 'permission', 402],
  ['no permission', 403, body('permission_error', 'no'), 'permission', 403],
  ['no model', 404, body('not_found_error', 'model: x'), 'not-found', 404],
  ['too large', 413, body('request_too_large', 'Request exceeds the maximum size'), 'invalid-request', 413],
  ['too many', 429, body('rate_limit_error', 'slow down'), 'rate-limit', 429],
  ['broken', 500, body('api_error', 'Internal server error'), 'upstream', 500],
  ['late', 504, body('timeout_error', 'late'), 'timeout', 504],
  ['overloaded', 529, body('overloaded_error', 'Overloaded'), 'overloaded', 529],
  [
    'a long prompt',
    400,
    body('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
    'context-window',
    400,
  ],
  ['a long prompt called 413', 413, body('invalid_request_error', 'prompt is too long'), 'context-window', 400],
  [
    'no room',
    400,
    body('invalid_request_error', 'input length and `max_tokens` exceed context limit: 1 + 2 > 3'),
    'context-window',
    400,
  ],
  ['filtered', 400, body('invalid_request_error', 'Output blocked by content filtering policy'), 'content-policy', 400],
  ['a word of the future', 418, body('tea_error', 'short and stout'), 'invalid-request', 418],
  ['a gateway text', 502, 'upstream connect error', 'upstream', 502],
  ['a gateway that is full', 503, '{"error":"no capacity"}', 'overloaded', 503],
  ['another shape', 422, '{"detail":"bad field"}', 'invalid-request', 422],
  ['no status of an error', 302, '', 'upstream', 502],
])('decodes %s', (_name, status, text, kind, expected) => {
  const error = provider.decodeError(status, { 'request-id': 'req_h' }, text);
  expect({ kind: error.kind, status: error.status }).toEqual({ kind, status: expected });
  expect(error.facts.upstream).toEqual({ status, headers: { 'request-id': 'req_h' }, body: text, requestId: 'req_h' });
  const said: unknown = text.startsWith('{') ? Object.values(JSON.parse(text)) : [text];
  if (!text.includes('"type"') && text !== '') expect(said).toContain(error.message);
  expect(error.message).not.toBe('');
});

test('a page of a gateway is not shown', () => {
  expect(provider.decodeError(502, {}, '<html><h1>Bad</h1></html>').message).not.toMatch(/</);
});

test.each<[string, Record<string, string>, number | undefined]>([
  ['seconds', { 'retry-after': '7' }, 7000],
  ['milliseconds first', { 'retry-after': '7', 'retry-after-ms': '6500' }, 6500],
  ['a date', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, undefined],
])('retry-after: %s', (_name, headers, ms) => {
  const error = provider.decodeError(429, headers, '');
  expect(error.facts.retryAfterMs).toBe(ms);
  expect(client.encodeError(error, fixedGiven()).headers).toMatchObject(headers);
});

test.each<[ErrorKind, ErrorFacts, number, string]>([
  ['invalid-request', {}, 400, 'invalid_request_error'],
  ['invalid-request', { status: 405, allow: 'POST' }, 405, 'invalid_request_error'],
  ['invalid-request', { status: 413 }, 413, 'request_too_large'],
  ['authentication', {}, 401, 'authentication_error'],
  ['permission', {}, 403, 'permission_error'],
  ['permission', { type: 'billing_error', status: 402 }, 402, 'billing_error'],
  ['not-found', {}, 404, 'not_found_error'],
  // Another vendor's words.
  ['authentication', { type: 'invalid_request_error' }, 401, 'authentication_error'],
  ['authentication', { type: 'api_error' }, 401, 'authentication_error'],
  ['not-found', { type: 'invalid_request_error' }, 404, 'not_found_error'],
  ['rate-limit', { type: 'insufficient_quota' }, 429, 'rate_limit_error'],
  ['timeout', {}, 408, 'timeout_error'],
  ['overloaded', {}, 503, 'overloaded_error'],
  ['overloaded', { status: 529 }, 529, 'overloaded_error'],
  ['upstream', {}, 500, 'api_error'],
  ['connection', {}, 502, 'api_error'],
])('encodes %s %j', (kind, facts, status, type) => {
  const written = client.encodeError(new ProxyError(kind, 'what happened', facts), fixedGiven());
  expect(written).toMatchObject({
    status,
    headers: { 'request-id': 'req_1', ...(facts.allow === undefined ? {} : { allow: facts.allow }) },
    body: { type: 'error', error: { type, message: 'what happened' }, request_id: 'req_1' },
  });
});

test.each(Object.keys(kinds))('%s is an error of the published form', (kind) => {
  const found = (Object.keys(kinds) as ErrorKind[]).find((one) => one === kind) ?? 'internal';
  const { body: written } = client.encodeError(new ProxyError(found, 'm'), fixedGiven());
  expect(validate('anthropic', written, 'error').errors).toEqual([]);
});

test.each<[ErrorKind, ErrorFacts, string | undefined]>([
  ['authentication', {}, 'false'],
  ['budget', {}, 'false'],
  ['rate-limit', { code: 'insufficient_quota' }, 'false'],
  ['rate-limit', {}, undefined],
  ['overloaded', {}, undefined],
  ['connection', {}, undefined],
  ['authentication', { upstream: { status: 401, headers: { 'x-should-retry': 'true' }, body: '' } }, 'true'],
])('an agent that retries ten times on %s %j is told whether that helps: %s', (kind, facts, advice) => {
  const { headers } = client.encodeError(new ProxyError(kind, 'm', facts), fixedGiven());
  expect(headers['x-should-retry']).toBe(advice);
});

test.each<[ErrorKind, string, string]>([
  ['context-window', 'maximum context length is 8 tokens', 'prompt is too long: maximum context length is 8 tokens'],
  ['context-window', 'Prompt is too long: 9 tokens > 8 maximum', 'Prompt is too long: 9 tokens > 8 maximum'],
  [
    'context-window',
    'input length and `max_tokens` exceed context limit: 9',
    'input length and `max_tokens` exceed context limit: 9',
  ],
  ['invalid-request', 'maximum context length is unknown', 'maximum context length is unknown'],
])('agents compact at this API’s words only: %s, %s', (kind, said, told) => {
  const error = new ProxyError(kind, said);
  expect(client.encodeError(error, fixedGiven()).body).toMatchObject({ error: { message: told } });
  expect(client.tap({}, fixedGiven()).over(error)).toContain(JSON.stringify(told));
});

test('rate limits and the request id come along, other headers do not', () => {
  const headers = {
    'anthropic-ratelimit-requests-limit': '50',
    'x-ratelimit-remaining-requests': '1',
    'x-should-retry': 'true',
    'retry-after': '3',
    'set-cookie': ['a', 'b'],
    server: 'x',
  };
  const error = new ProxyError('rate-limit', 'm', {
    retryAfterMs: 3000,
    upstream: { status: 429, headers, body: '', requestId: 'req_u' },
  });
  expect(client.encodeError(error, fixedGiven()).headers).toEqual({
    'anthropic-ratelimit-requests-limit': '50',
    'x-ratelimit-remaining-requests': '1',
    'x-should-retry': 'true',
    'retry-after': '3',
    'request-id': 'req_u',
  });
});
