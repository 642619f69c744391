import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { providers } from '../../../src/dialects/index.ts';
import type { HubEvent, JsonObject } from '../../../src/hub/index.ts';
import { collect, decodeReply, fixedGiven } from '../codecs.ts';
import { factsOf, refusal, told1by1 } from '../provider-half.ts';

const half = { dialect: 'ollama' } as const;
const at = { model: 'm', created_at: '2025-08-20T09:45:30.391699Z' };
const lines = (...all: JsonObject[]): string => all.map((line) => `${JSON.stringify({ ...at, ...line })}\n`).join('');
const says = (content: string, more: JsonObject = {}): JsonObject => ({
  message: { role: 'assistant', content, ...more },
  done: false,
});
const calls = (...names: string[]): JsonObject => ({
  tool_calls: names.map((name) => ({ function: { name, arguments: { a: 1 } } })),
});
const done = (more: JsonObject = {}): JsonObject => ({
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 5,
  eval_count: 7,
  ...more,
});

function tell(...all: JsonObject[]): HubEvent[] {
  return told1by1(half, lines(...all));
}

const rows: [name: string, all: JsonObject[], expected: object][] = [
  ['text', [says('He'), says('y'), done()], { text: 'Hey', finish: 'stop', usage: { input: 5, output: 7 } }],
  [
    'thinking apart',
    [says('', { thinking: 'h' }), says('', { thinking: 'm' }), says('x'), done()],
    { thinking: 'hm', text: 'x' },
  ],
  [
    'calls',
    [says('I look.'), says('', calls('one')), says('', calls('two', 'three')), done()],
    {
      text: 'I look.',
      calls: [
        ['call_2', 'one', { a: 1 }],
        ['call_3', 'two', { a: 1 }],
        ['call_4', 'three', { a: 1 }],
      ],
      finish: 'tool_calls',
    },
  ],
  ['text in the last line', [says('a'), done({ message: { content: 'b' } })], { text: 'ab' }],
  ['too long', [says('a'), done({ done_reason: 'length' })], { finish: 'length' }],
  ['no reason', [says('a'), { message: { content: '' }, done: true }], { finish: 'stop' }],
  ['a model that was only loaded', [done({ done_reason: 'load' })], { text: '', finish: 'stop' }],
  ['an unknown reason', [says('a'), done({ done_reason: 'odd' })], { finish: 'other' }],
  [
    'prompts',
    [
      { response: 'a', done: false },
      { response: '', thinking: 't', done: false },
      { response: 'b', done: true },
    ],
    { text: 'ab', thinking: 't' },
  ],
  [
    'thoughts in the text',
    [says('<thi'), says('nk>\n'), says('hm</thi'), says('s</think>\n\n'), says('x'), done()],
    { thinking: 'hm</this', text: 'x' },
  ],
  ['a tag that is none', [says(' <thi'), says('s> <think>'), done()], { thinking: '', text: ' <this> <think>' }],
  ['thoughts without an end', [says('<think>hm'), done()], { thinking: 'hm', text: '' }],
  [
    'thoughts, then a call',
    [says('<think>a</think>'), says('', calls('one')), done()],
    { thinking: 'a', text: '', finish: 'tool_calls' },
  ],
];

test.each(rows)('%s', (_name, all, expected) => {
  expect(factsOf(collect(tell(...all)))).toMatchObject(expected);
});

test('the start has name and time', () => {
  expect(tell(says('a'), done())[0]).toMatchObject({ type: 'start', model: 'm', created: 1_755_683_130 });
});

test('log probabilities', () => {
  const token = { token: 'a', logprob: -1, bytes: [97], top_logprobs: [] };
  expect(tell({ ...says('a'), logprobs: [token] }, done()).find(({ type }) => type === 'mark')).toMatchObject({
    logprobs: { content: [token] },
  });
});

const pieces = fc.array(
  fc.oneof(
    fc.constantFrom('<think>', '</think>', '<thinking>', '</thinking>', '<', 'think', '>', '</', '\n', ' '),
    fc.string({ maxLength: 4 }),
  ),
  { maxLength: 8 },
);

test('thoughts are told from text alike, whole or in pieces', () => {
  fc.assert(
    fc.property(pieces, fc.nat(1000), (parts, seed) => {
      const text = parts.join('');
      const whole = factsOf(decodeReply('ollama', { ...at, ...done({ message: { content: text } }) }));
      expect(factsOf(collect(tell(...parts.map((part) => says(part)), done())))).toEqual(whole);
      const cut = seed % (text.length + 1);
      const two = [says(text.slice(0, cut)), says(text.slice(cut)), done()];
      expect(factsOf(collect(tell(...two)))).toEqual(whole);
      // Nothing is lost but tags and the white space beside them.
      const bare = (told: string): string => told.replace(/<\/?think(?:ing)?>|\s/g, '');
      expect(bare(whole.thinking) + bare(whole.text)).toBe(bare(text));
    }),
    { numRuns: 500 },
  );
});

describe('errors in streams', () => {
  test.each<[string, string, object]>([
    [
      'a line',
      lines(says('a'), { error: 'llama runner process has terminated' }),
      { kind: 'upstream', message: 'llama runner process has terminated' },
    ],
    ['a status', lines({ error: 'slow down', status_code: 429 }), { kind: 'rate-limit' }],
    [
      'a full context',
      lines({ error: 'prompt too long; exceeded max context length by 5 tokens' }),
      { kind: 'context-window' },
    ],
    ['no model', lines({ error: "model 'x' not found" }), { kind: 'not-found' }],
    ['no JSON', `${lines(says('a'))}<html>\n`, { kind: 'bad-upstream-reply' }],
    ['a list', '[1]\n', { kind: 'bad-upstream-reply' }],
    ['no end', lines(says('a')), { kind: 'bad-upstream-reply' }],
    ['nothing', '', { kind: 'bad-upstream-reply' }],
  ])('%s', (_name, stream, expected) => {
    const told = told1by1(half, stream);
    expect(told.flatMap((event) => (event.type === 'error' ? [event.error] : []))).toMatchObject([expected]);
    expect(told.at(-1)?.type).toBe('error');
  });

  test('nothing counts behind the last line', () => {
    expect(tell(says('a'), done(), says('b'), { error: 'late' }).at(-1)?.type).toBe('usage');
  });
});

test.each<[JsonObject, string]>([
  [{ error: 'server busy, please try again' }, 'overloaded'],
  [{ choices: [] }, 'bad-upstream-reply'],
])('a whole reply of %j', (body, kind) => {
  const read = () => providers.ollama.provider.decodeResponse(body, fixedGiven(), {});
  expect(read).toThrow(expect.objectContaining({ kind }));
});

test.each<[number, unknown, object]>([
  [
    404,
    { error: "model 'x:1b' not found" },
    { kind: 'not-found', message: "model 'x:1b' not found; get it with: ollama pull x:1b" },
  ],
  [
    404,
    { error: 'model "x" not found, try pulling it first' },
    { message: 'model "x" not found, try pulling it first' },
  ],
  [400, { error: '"llama3" does not support tools' }, { kind: 'invalid-request', status: 400 }],
  [400, { error: 'the input length exceeds the context length' }, { kind: 'context-window', status: 400 }],
  [500, { error: 'prompt too long; exceeded max context length by 3 tokens' }, { kind: 'context-window', status: 400 }],
  [401, { error: 'unauthorized' }, { kind: 'authentication', status: 401 }],
  [500, { error: 'model requires more system memory' }, { kind: 'upstream', status: 500 }],
  [503, { error: 'server busy, please try again.' }, { kind: 'overloaded', status: 503 }],
  [400, { error: { message: 'of a gateway' } }, { message: 'of a gateway' }],
  [404, '404 page not found', { kind: 'not-found', message: '404 page not found' }],
  [502, '<html></html>', { kind: 'upstream', status: 502 }],
])('%i %j', (status, body, expected) => {
  expect(refusal(half, status, body)).toMatchObject(expected);
});
