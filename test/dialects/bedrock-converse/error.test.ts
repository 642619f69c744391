import { describe, expect, test } from 'vitest';
import { providers } from '../../../src/dialects/index.ts';
import type { HubEvent } from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';
import { fixedGiven } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { provider } from './codec.ts';
import { exceptionFrame, frame } from './frames.ts';

const at = (name: string) => ({ 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` });

/** Status, exception, text -> kind, status for the client. */
const bodies: [number, string | undefined, string, string, number][] = [
  [429, 'ThrottlingException', 'Too many tokens, please wait before trying again.', 'rate-limit', 429],
  [400, 'ThrottlingException', 'Too many requests', 'rate-limit', 400],
  [429, 'ModelNotReadyException', 'Model is not ready', 'rate-limit', 429],
  [400, 'ServiceQuotaExceededException', 'quota', 'rate-limit', 400],
  [400, 'ValidationException', 'Input is too long for requested model.', 'context-window', 400],
  [400, 'ValidationException', 'Malformed input request: expected maxLength: 1000', 'context-window', 400],
  [
    400,
    'ValidationException',
    'The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum',
    'context-window',
    400,
  ],
  [
    400,
    'ValidationException',
    'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
    'context-window',
    400,
  ],
  [
    400,
    'ValidationException',
    'The maximum tokens you requested exceeds the model limit of 8192',
    'invalid-request',
    400,
  ],
  [400, 'ValidationException', 'Output blocked by content filtering policy', 'content-policy', 400],
  [400, 'ValidationException', 'messages.0.content is blank', 'invalid-request', 400],
  [403, 'AccessDeniedException', "You don't have access to the model with the specified model ID.", 'permission', 403],
  [
    403,
    'AccessDeniedException',
    'Authentication failed: Please make sure your API Key is valid.',
    'authentication',
    401,
  ],
  [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.', 'authentication', 401],
  [403, 'InvalidSignatureException', 'The request signature we calculated does not match', 'authentication', 401],
  [403, 'ExpiredTokenException', 'The security token included in the request is expired', 'authentication', 401],
  [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token', 'authentication', 401],
  [404, 'ResourceNotFoundException', 'Could not resolve the foundation model', 'not-found', 404],
  [408, 'ModelTimeoutException', 'took too long', 'timeout', 408],
  [424, 'ModelErrorException', 'the model failed', 'upstream', 424],
  [500, 'InternalServerException', 'oops', 'upstream', 500],
  [503, 'ServiceUnavailableException', 'later', 'overloaded', 503],
  [404, 'UnknownOperationException', 'x', 'not-found', 404],
  [400, undefined, 'plain', 'invalid-request', 400],
  [418, 'FutureException', 'who knows', 'invalid-request', 418],
];

test.each(bodies)('%i %s %s is %s', (status, name, message, kind, told) => {
  for (const word of ['message', 'Message']) {
    const headers = name === undefined ? {} : at(name);
    const error = provider.decodeError(status, headers, JSON.stringify({ [word]: message }));
    expect({ kind: error.kind, status: error.status, message: error.message }).toEqual({ kind, status: told, message });
    expect(error.facts.code).toBe(name);
  }
});

test('the name may stand in the body, the wait in a header', () => {
  const body = JSON.stringify({ __type: 'com.amazon.coral.service#ThrottlingException', message: 'slow' });
  const error = provider.decodeError(400, { 'retry-after': '7', 'x-amzn-requestid': 'r-1' }, body);
  expect(error).toMatchObject({
    kind: 'rate-limit',
    facts: { code: 'ThrottlingException', retryAfterMs: 7000, upstream: { requestId: 'r-1' } },
  });
});

test.each([
  [502, '<html><body>Bad gateway</body></html>', /status 502/],
  [500, '', /status 500/],
  [400, 'just text', /^just text$/],
  [200, '{}', /^\{\}$/],
])('%i %s', (status, body, message) => {
  const error = provider.decodeError(status, {}, body);
  expect(error.message).toMatch(message);
  expect(error.status).toBeGreaterThanOrEqual(400);
});

describeRecorded('recorded errors', () => {
  const errors = recordings('bedrock-converse').filter(({ meta }) => meta.status >= 400);
  test.each(errors)('$case keeps its own words', ({ body, meta }) => {
    const error = provider.decodeError(meta.status, meta.response_headers, body.toString());
    expect(error.message).toBe(JSON.parse(body.toString()).message);
    expect(error.facts.code).toMatch(/Exception$/);
  });
});

describe('exceptions in a stream', () => {
  const begun = {
    'bedrock-converse': [
      frame('messageStart', {}),
      frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'a' } }),
    ],
    'anthropic-messages': [],
  };
  const kinds: [string, object, string, number][] = [
    ['throttlingException', { message: 'slow down' }, 'rate-limit', 429],
    ['validationException', { message: 'Input is too long for requested model.' }, 'context-window', 400],
    ['validationException', { message: 'no' }, 'invalid-request', 400],
    ['internalServerException', { message: 'oops' }, 'upstream', 500],
    ['serviceUnavailableException', { message: 'later' }, 'overloaded', 503],
    ['modelStreamErrorException', { originalStatusCode: 500, originalMessage: 'it broke' }, 'upstream', 424],
    ['modelTimeoutException', { message: 'late' }, 'timeout', 408],
    ['futureException', {}, 'upstream', 500],
  ];
  test.each(
    (['bedrock-converse', 'anthropic-messages'] as const).flatMap((dialect) =>
      kinds.map(([name, body, kind, status]) => ({ dialect, name, body, kind, status })),
    ),
  )('$name for $dialect is $kind', ({ dialect, name, body, kind, status }) => {
    const events: HubEvent[] = [];
    const emit = (event: HubEvent): void => void events.push(event);
    const decoder = providers[dialect].provider.decodeStream(fixedGiven(), {});
    const cutter = framer('eventstream', 1 << 20, { frame: (one) => decoder.push(one, emit) });
    cutter.push(
      Buffer.concat([...begun[dialect], exceptionFrame(name, body), frame('messageStop', { stopReason: 'x' })]),
    );
    cutter.end();
    decoder.end(emit);
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ error: { kind } });
    const last = events.at(-1);
    expect(last?.type === 'error' ? last.error.status : 0).toBe(status);
  });
});
