import { describe, expect, test } from 'vitest';
import { type ErrorFacts, type ErrorKind, type Headers, type JsonObject, ProxyError } from '../../../src/hub/index.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { validate } from '../validators.ts';
import { client, fixedGiven, provider } from './drive.ts';

/** By recording: kind, status for the client, and facts. */
const recorded: Record<string, [ErrorKind, number, Partial<ErrorFacts>]> = {
  'openai-chat/error-400-01': [
    'invalid-request',
    400,
    { param: 'max_tokens', code: 'unsupported_parameter', type: 'invalid_request_error' },
  ],
  'openai-chat/error-401-02': ['authentication', 401, { code: 'invalid_api_key' }],
  'openai-chat/error-404-01': ['not-found', 404, { code: 'model_not_found' }],
  'openai-chat/error-404-03': ['not-found', 404, { code: 'model_not_found' }],
  'openai-chat/error-429-02': ['rate-limit', 429, { code: 'rate_limit_exceeded', type: 'tokens', retryAfterMs: 174 }],
  'openai-compatible/deepseek-error-400-01': ['context-window', 400, {}],
  'openai-compatible/groq-error-404-01': ['not-found', 404, { code: 'model_not_found' }],
  'openai-compatible/ollama-openai-error-400-01': ['context-window', 400, {}],
  'openai-compatible/ollama-openai-error-401-01': ['authentication', 401, { type: 'api_error' }],
  'openai-compatible/openrouter-error-401-01': ['authentication', 401, {}],
  'openai-compatible/perplexity-error-400-01': ['context-window', 400, { type: 'too_many_prompt_tokens' }],
  'openai-compatible/perplexity-error-401-01': ['authentication', 401, { type: 'invalid_api_key' }],
  'mistral/error-422-01': ['invalid-request', 422, { param: 'max_completion_tokens', type: 'invalid_request_error' }],
  'mistral/error-429-01': ['rate-limit', 429, { code: '1300', type: 'rate_limited' }],
  'azure-openai/error-400-02': ['content-policy', 400, { param: 'prompt', code: 'content_filter' }],
  'azure-openai/error-401-01': ['authentication', 401, {}],
  'azure-openai/error-404-02': ['not-found', 404, { code: 'DeploymentNotFound' }],
};

describeRecorded('recorded errors', () => {
  const all = ['openai-chat', 'openai-compatible', 'mistral', 'azure-openai']
    .flatMap(recordings)
    .filter(({ meta }) => meta.status >= 400);

  test('each recording is expected', () => {
    expect(all.map(({ name }) => name).sort()).toEqual(Object.keys(recorded).sort());
  });

  test.each(all)('$name', ({ name, meta, body }) => {
    const error = provider.decodeError(meta.status, meta.response_headers, body.toString());
    const [kind, status, facts] = recorded[name] ?? ['internal', 0, {}];
    expect(error).toMatchObject({ kind, status, facts });
    const texts = JSON.stringify(JSON.parse(body.toString()));
    if (name !== 'mistral/error-422-01') expect(texts).toContain(JSON.stringify(error.message).slice(1, -1));
    const encoded = client.encodeError(error, fixedGiven());
    expect(encoded.status).toBe(status);
    expect(validate('openai', encoded.body, 'error').errors).toEqual([]);
  });
});

const shapes: [string, number, string, ErrorKind, string, Partial<ErrorFacts>?][] = [
  ['an empty body', 502, '', 'upstream', 'the provider answered with status 502 and an empty body'],
  [
    'an HTML page',
    503,
    '<html><head><title>503 Busy</title></head></html>',
    'overloaded',
    'the provider answered with status 503 and an HTML page: 503 Busy',
  ],
  [
    'an HTML page without a title',
    500,
    '<!DOCTYPE html><p>x',
    'upstream',
    'the provider answered with status 500 and an HTML page',
  ],
  ['plain text', 400, 'bad thing', 'invalid-request', 'bad thing'],
  ['unknown JSON', 400, '{"x":1}', 'invalid-request', '{"x":1}'],
  ['null', 500, 'null', 'upstream', 'null'],
  [
    'a text as error',
    400,
    '{"code":"invalid-argument","error":"Incorrect API key provided."}',
    'authentication',
    'Incorrect API key provided.',
    { code: 'invalid-argument' },
  ],
  ['detail as a text', 401, '{"detail":"Unauthorized"}', 'authentication', 'Unauthorized'],
  [
    'detail as a list',
    422,
    '{"detail":[{"loc":["body","x","y"],"msg":"field required"}]}',
    'invalid-request',
    'field required: x.y',
    { param: 'x.y' },
  ],
  ['a bare message', 404, '{"message":"no Route matched"}', 'not-found', 'no Route matched'],
  [
    'a list around it',
    400,
    '[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]',
    'authentication',
    'API key not valid. Please pass a valid API key.',
  ],
  [
    'words of the provider behind',
    400,
    '{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"prompt is too long"}}}',
    'context-window',
    'Provider returned error: prompt is too long',
  ],
  [
    'a limit of tokens per minute',
    413,
    '{"error":{"message":"Request too large","type":"tokens","code":"rate_limit_exceeded"}}',
    'rate-limit',
    'Request too large',
  ],
  [
    'a failed generation',
    400,
    '{"error":{"message":"Failed to call a function.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"x"}}',
    'invalid-request',
    'Failed to call a function.',
    { code: 'tool_use_failed' },
  ],
  [
    'a filter in inner_error',
    400,
    '{"error":{"message":"no","inner_error":{"code":"ResponsibleAIPolicyViolation"}}}',
    'content-policy',
    'no',
    { code: 'ResponsibleAIPolicyViolation' },
  ],
  ['credit', 402, '{"error":{"message":"Insufficient credits","code":402}}', 'permission', 'Insufficient credits'],
  ['overload by its number', 529, '{"error":{"message":"busy"}}', 'overloaded', 'busy'],
  [
    'overload by its words',
    500,
    '{"error":{"message":"The model is overloaded."}}',
    'overloaded',
    'The model is overloaded.',
  ],
  ['a late answer', 504, '{"error":{"message":"late"}}', 'timeout', 'late'],
  ['a conflict', 409, '{"error":{"message":"conflict"}}', 'upstream', 'conflict'],
  ['a redirect', 302, '', 'bad-upstream-reply', 'the provider answered with status 302 and an empty body'],
  [
    'an overflow at vLLM',
    400,
    '{"object":"error","message":"This model\'s maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}',
    'context-window',
    "This model's maximum context length is 4096 tokens.",
  ],
  [
    'an overflow at llama.cpp',
    500,
    '{"error":{"code":500,"message":"the request exceeds the available context size"}}',
    'context-window',
    'the request exceeds the available context size',
  ],
];
test.each(shapes)('reads %s (%d)', (_name, status, body, kind, message, facts = {}) => {
  const error = provider.decodeError(status, {}, body);
  expect(error).toMatchObject({ kind, message, facts });
  const shown = kind === 'authentication' ? 401 : kind === 'context-window' ? 400 : status === 302 ? 502 : status;
  expect(error.status).toBe(shown);
});

const waits: [Headers, number | undefined][] = [
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
  [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' }, 30_000],
  [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
];
test.each(waits)('%j means a wait of %s ms', (headers, ms) => {
  expect(provider.decodeError(429, headers, '{}').facts.retryAfterMs).toBe(ms);
});

describe('encodeError', () => {
  const classes: [ErrorKind, ErrorFacts, string][] = [
    ['invalid-request', {}, 'BadRequestError'],
    ['invalid-request', { status: 422 }, 'UnprocessableEntityError'],
    ['unsupported-params', {}, 'UnsupportedParamsError'],
    ['context-window', {}, 'ContextWindowExceededError'],
    ['content-policy', {}, 'ContentPolicyViolationError'],
    ['authentication', {}, 'AuthenticationError'],
    ['permission', {}, 'PermissionDeniedError'],
    ['not-found', {}, 'NotFoundError'],
    ['rate-limit', {}, 'RateLimitError'],
    ['budget', {}, 'BudgetExceededError'],
    ['timeout', {}, 'Timeout'],
    ['timeout', { status: 504 }, 'Timeout'],
    ['connection', {}, 'APIConnectionError'],
    ['overloaded', {}, 'ServiceUnavailableError'],
    ['overloaded', { status: 529 }, 'InternalServerError'],
    ['upstream', {}, 'InternalServerError'],
    ['upstream', { status: 502 }, 'BadGatewayError'],
    ['upstream', { status: 409 }, 'APIError'],
    ['bad-upstream-reply', {}, 'BadGatewayError'],
    ['cancelled', {}, 'APIError'],
    ['internal', {}, 'InternalServerError'],
  ];
  test.each(classes)('%s %j is litellm.%s', (kind, facts, name) => {
    const error = new ProxyError(kind, 'said', facts);
    const { status, body } = client.encodeError(error, fixedGiven());
    expect(status).toBe(error.status);
    expect(body).toMatchObject({
      error: { message: `litellm.${name}: said`, param: null, code: String(error.status) },
    });
    expect(validate('openai', body, 'error', { unknown: 'error' }).errors).toEqual([]);
  });

  test('keeps what the provider said of type, param, code and waiting, and nothing else of its headers', () => {
    const headers = {
      'retry-after': '9',
      'x-ratelimit-remaining-tokens': '0',
      'set-cookie': 'a',
      server: 'x',
      'x-should-retry': 'true',
    };
    const error = provider.decodeError(
      429,
      headers,
      '{"error":{"message":"m","type":"tokens","param":"p","code":"rate_limit_exceeded"}}',
    );
    expect(client.encodeError(error, fixedGiven())).toEqual({
      status: 429,
      headers: { 'retry-after': '9', 'x-ratelimit-remaining-tokens': '0', 'x-should-retry': 'true' },
      body: {
        error: { message: 'litellm.RateLimitError: m', type: 'tokens', param: 'p', code: 'rate_limit_exceeded' },
      },
    });
  });

  test('says how long to wait, and which methods there are', () => {
    const error = new ProxyError('rate-limit', 'm', { retryAfterMs: 1200, allow: 'POST', status: 405 });
    expect(client.encodeError(error, fixedGiven())).toMatchObject({
      status: 405,
      headers: { 'retry-after': '2', allow: 'POST' },
    });
  });

  test('does not name the class twice behind another proxy of this kind', () => {
    const error = provider.decodeError(400, {}, '{"error":{"message":"litellm.BadRequestError: OpenAIException - x"}}');
    const body: JsonObject = client.encodeError(error, fixedGiven()).body;
    expect(body).toMatchObject({ error: { message: 'litellm.BadRequestError: OpenAIException - x' } });
  });
});
