import { describe, expect, test } from 'vitest';
import { providers } from '../../../src/dialects/index.ts';
import type { HubEvent, HubRequest, JsonObject } from '../../../src/hub/index.ts';
import { at, collect, decodeReply, fixedGiven } from '../codecs.ts';
import {
  assistant,
  call,
  encode,
  factsOf,
  link,
  media,
  refusal,
  requestSuite,
  result,
  say,
  system,
  think,
  told1by1,
  user,
} from '../provider-half.ts';

const half = { dialect: 'replicate' } as const;
const { provider } = providers.replicate;

test.each<[name: string, request: Partial<HubRequest>, expected: JsonObject]>([
  ['a question', {}, { input: { prompt: 'hi' } }],
  [
    'all that is sampled',
    { params: { maxTokens: 9, temperature: 0.5, topP: 0.9, topK: 3, stop: ['a', 'b'], seed: 4 } },
    { input: { prompt: 'hi', max_tokens: 9, temperature: 0.5, top_p: 0.9, top_k: 3, stop_sequences: 'a,b', seed: 4 } },
  ],
  ['a version', { model: 'o/n:abc' }, { version: 'abc', input: { prompt: 'hi' } }],
  [
    'further words are input, but for its own',
    { unknown: { min_tokens: 1, webhook: 'https://x.test', input: { debug: true }, none: null } },
    { webhook: 'https://x.test', input: { prompt: 'hi', min_tokens: 1, debug: true } },
  ],
  [
    'several turns',
    { messages: [system(say('s'), say('t')), user(say('q')), assistant(think('t'), say('a')), user(say('r'))] },
    { input: { system_prompt: 's\nt', prompt: 'User: q\n\nAssistant: a\n\nUser: r\n\nAssistant:' } },
  ],
  [
    'an answer that was begun',
    { messages: [user(say('q')), assistant(say('It is '))] },
    { input: { prompt: 'User: q\n\nAssistant: It is' } },
  ],
  [
    'calls and results in words',
    { messages: [user(say('q')), assistant(call('1')), user(result('1', say('r')))] },
    {
      input: {
        prompt: 'User: q\n\nAssistant: {"name":"look","arguments":"{}"}\n\nUser: Result of 1:\nr\n\nAssistant:',
      },
    },
  ],
  [
    'an image, and a file of text',
    { messages: [user(say('q'), media('image/png', 'AA=='), media('text/plain', 'aGk=', 'file'))] },
    { input: { prompt: 'q\nhi', image: 'data:image/png;base64,AA==' } },
  ],
  [
    'a link',
    { messages: [user(say('q'), link('https://x.test/a.png'))] },
    { input: { image: 'https://x.test/a.png' } },
  ],
])('%s', (_name, request, expected) => {
  expect(encode(half, request)).toMatchObject(expected);
});

test('models with another word for the length', () => {
  const body = encode({ ...half, quirks: { newTokens: true } }, { params: { maxTokens: 9 } });
  expect(body).toEqual({ input: { prompt: 'hi', max_new_tokens: 9 } });
});

test.each<[string, HubRequest['messages']]>([
  ['two images', [user(media('image/png', 'AA=='), media('image/png', 'BB=='))]],
  ['audio', [user(media('audio/wav', 'AA==', 'audio'))]],
  ['PDF', [user(media('application/pdf', 'AA==', 'file'))]],
  ['files by id', [user({ type: 'media', media: 'image', source: { kind: 'file-id', id: 'f' } })]],
  ['nothing', [user()]],
])('%s is refused', (_name, messages) => {
  expect(() => encode(half, { messages })).toThrow(expect.objectContaining({ kind: 'invalid-request' }));
});

requestSuite(half, (request) => request);

test.each([
  ['meta/meta-llama-3-70b-instruct', '/models/meta/meta-llama-3-70b-instruct/predictions'],
  ['o/n:abc', '/predictions'],
  ['deployments/o/n', '/deployments/o/n/predictions'],
  ['o/../x?y', '/models/o/../x%3Fy/predictions'],
])('%s is asked at %s', (model, path) => {
  expect(provider.target(at(model))).toMatchObject({ method: 'POST', path, headers: { prefer: 'wait' } });
});

test.each<[JsonObject, object | undefined]>([
  [
    { id: 'abc', status: 'starting' },
    { path: '/predictions/abc', afterMs: 1000 },
  ],
  [
    { id: 'abc', status: 'processing', urls: { get: 'https://evil.test/x' } },
    { path: '/predictions/abc', afterMs: 500 },
  ],
  [{ id: '../x', status: 'processing' }, undefined],
  [{ id: '\ud800', status: 'processing' }, undefined],
  [{ id: 'abc', status: 'succeeded', output: 'x' }, undefined],
  [{ id: 'abc', status: 'failed' }, undefined],
  [{ status: 'processing' }, undefined],
  [{}, undefined],
])('%j is followed to %j', (body, expected) => {
  expect(provider.follow?.(body)).toEqual(expected);
});

const done = { id: 'p1', model: 'o/n', status: 'succeeded', created_at: '2025-08-20T09:45:30.391Z' };

test.each<[JsonObject, object]>([
  [
    { output: ['He', 'y'], metrics: { input_token_count: 3, output_token_count: 2 } },
    { text: 'Hey', usage: { input: 3, output: 2 } },
  ],
  [{ output: 'Hey' }, { text: 'Hey', finish: 'stop' }],
  [{ output: null }, { text: '' }],
  [{ output: { a: 1 } }, { text: '{"a":1}' }],
])('a prediction %j', (more, expected) => {
  const reply = decodeReply('replicate', { ...done, ...more });
  expect(reply).toMatchObject({ id: 'p1', model: 'o/n', created: 1_755_683_130 });
  expect(factsOf(reply)).toMatchObject(expected);
});

test.each<[JsonObject, object]>([
  [
    { status: 'failed', error: 'CUDA out of memory' },
    { kind: 'upstream', message: 'CUDA out of memory' },
  ],
  [{ status: 'failed', error: 'NSFW content detected' }, { kind: 'content-policy' }],
  [
    { status: 'canceled', error: null },
    { kind: 'upstream', message: /canceled/ },
  ],
  [{ status: 'processing' }, { kind: 'bad-upstream-reply' }],
  [{ detail: 'odd' }, { kind: 'upstream', message: 'odd' }],
  [{}, { kind: 'bad-upstream-reply' }],
])('no prediction %j', (body, { message, ...expected }: { message?: string | RegExp }) => {
  const read = () => provider.decodeResponse(body, fixedGiven(), {});
  expect(read).toThrow(expect.objectContaining(expected));
  if (message !== undefined) expect(read).toThrow(message);
});

test.each<[number, unknown, object]>([
  [
    401,
    { title: 'Unauthenticated', detail: 'You did not pass a valid authentication token', status: 401 },
    { kind: 'authentication', status: 401, message: 'You did not pass a valid authentication token' },
  ],
  [402, { title: 'Insufficient credit', detail: 'You have insufficient credit' }, { kind: 'permission', status: 402 }],
  [404, { detail: 'The requested resource could not be found.', status: 404 }, { kind: 'not-found', status: 404 }],
  [
    422,
    { title: 'Input validation failed', detail: '- input: prompt is required\n' },
    { kind: 'invalid-request', status: 422 },
  ],
  [
    429,
    { detail: 'Request was throttled. Expected available in 3 seconds.' },
    { kind: 'rate-limit', facts: { retryAfterMs: 3000 } },
  ],
  [500, { detail: 'Internal server error' }, { kind: 'upstream', status: 500 }],
  [502, '<html>', { kind: 'upstream', message: /status 502/ }],
])('%i %j', (status, body, { message, ...expected }: { message?: string | RegExp }) => {
  const error = refusal(half, status, body);
  expect(error).toMatchObject(expected);
  if (message !== undefined) expect(error.message).toMatch(message);
});

describe('events', () => {
  const frame = (event: string, data: string): string => `event: ${event}\nid: 1\ndata: ${data}\n\n`;
  const tell = (...frames: string[]): HubEvent[] => told1by1(half, frames.join(''));

  test('an answer', () => {
    const told = tell(frame('output', 'He'), frame('output', 'y\ndata: you'), frame('done', '{}'));
    expect(factsOf(collect(told))).toMatchObject({ text: 'Hey\nyou', finish: 'stop' });
  });

  test.each<[string, string[], object]>([
    ['told', [frame('output', 'x'), frame('error', '{"detail":"broke"}')], { message: 'broke' }],
    ['canceled', [frame('done', '{"reason":"canceled"}')], { kind: 'upstream' }],
    ['no end', [frame('output', 'x')], { kind: 'bad-upstream-reply' }],
    ['nothing', [], { kind: 'bad-upstream-reply' }],
  ])('an error: %s', (_name, frames, expected) => {
    expect(tell(...frames).flatMap((event) => (event.type === 'error' ? [event.error] : []))).toMatchObject([expected]);
  });
});
