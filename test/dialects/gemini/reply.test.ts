import { describe, expect, test } from 'vitest';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import type { Choice, HubEvent, HubResponse, Json, JsonObject, Signature } from '../../../src/hub/index.ts';
import { collect, decodeReply } from '../codecs.ts';
import { told1by1 } from '../provider-half.ts';
import { validate } from '../validators.ts';

const half = { dialect: 'gemini', vendor: 'gemini' } as const;
const part = (...parts: Json[]): JsonObject => ({ content: { role: 'model', parts } });
const text = (value: string, more: JsonObject = {}): JsonObject => ({ text: value, ...more });
const call = (name: string, args?: JsonObject, more: JsonObject = {}): JsonObject => ({
  functionCall: { name, ...(args === undefined ? {} : { args }), ...more },
});
const reply = (candidate: JsonObject, more: JsonObject = {}): JsonObject => ({
  candidates: [{ finishReason: 'STOP', index: 0, ...candidate }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
  modelVersion: 'gemini-3-flash',
  responseId: 'r1',
  ...more,
});

function read(body: JsonObject): HubResponse {
  expect(validate('gemini', body, 'response', { unknown: 'warn' }).errors).toEqual([]);
  return decodeReply('gemini', body);
}

/** Each frame a reply of its own, with the line ends that Google sends. */
function tell(...frames: JsonObject[]): HubEvent[] {
  return told1by1(half, frames.map((frame) => `data: ${JSON.stringify(frame)}\r\n\r\n`).join(''));
}

const signature = (value: string): Signature => ({ by: 'gemini', value });
const source = (uri: string, title: string): JsonObject => ({ web: { uri, title } });
const grounded: JsonObject = {
  groundingMetadata: {
    groundingChunks: [source('https://a.test', 'A'), source('https://b.test', 'B')],
    groundingSupports: [
      { segment: { startIndex: 4, endIndex: 8, text: 'café'.slice(1) }, groundingChunkIndices: [0, 9] },
    ],
  },
};

test.each<[title: string, candidate: JsonObject, choice: Partial<Choice>]>([
  ['text', part(text('a')), { blocks: [{ type: 'text', text: 'a' }], finish: { reason: 'stop', raw: 'STOP' } }],
  [
    'thoughts, a signed text, a signed empty text',
    part(
      text('hm', { thought: true }),
      text('a', { thoughtSignature: 'X' }),
      text('', { thoughtSignature: 'E' }),
      text(''),
    ),
    {
      blocks: [
        { type: 'thinking', text: 'hm' },
        { type: 'text', text: 'a', signature: signature('X') },
        { type: 'thinking', text: '', signature: signature('E') },
      ],
    },
  ],
  [
    'calls end a turn that says STOP',
    part({ ...call('f', { a: 1 }), thoughtSignature: 'C' }, call('g', undefined, { id: 'x1' })),
    {
      blocks: [
        { type: 'tool-call', id: 'call_1', name: 'f', args: '{"a":1}', signature: signature('C') },
        { type: 'tool-call', id: 'x1', name: 'g', args: '{}' },
      ],
      finish: { reason: 'tool-calls', raw: 'STOP' },
    },
  ],
  [
    'pictures, files, code',
    part(
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
      { fileData: { mimeType: 'video/mp4', fileUri: 'gs://a/b' } },
      { executableCode: { language: 'PYTHON', code: '1' } },
    ),
    {
      blocks: [
        { type: 'media', media: 'image', source: { kind: 'base64', mime: 'image/png', data: 'AAAA' } },
        { type: 'media', media: 'video', source: { kind: 'url', url: 'gs://a/b' } },
        { type: 'opaque', dialect: 'gemini', value: { executableCode: { language: 'PYTHON', code: '1' } } },
      ],
    },
  ],
  [
    'grounding: bytes become characters, sources without words stay',
    { ...part(text('ein café')), ...grounded },
    {
      blocks: [
        {
          type: 'text',
          text: 'ein café',
          citations: [
            {
              url: 'https://a.test',
              title: 'A',
              quote: 'afé',
              raw: { by: 'gemini', value: source('https://a.test', 'A') },
            },
            { url: 'https://b.test', title: 'B', raw: { by: 'gemini', value: source('https://b.test', 'B') } },
          ],
        },
      ],
      extra: { gemini: grounded },
    },
  ],
  [
    'grounding where the words stand',
    {
      ...part(text('é', { thought: true }), text('Ça, café')),
      groundingMetadata: {
        groundingChunks: [source('https://a.test', 'A')],
        groundingSupports: [{ segment: { startIndex: 5, endIndex: 10, text: 'café' }, groundingChunkIndices: [0] }],
      },
    },
    {
      blocks: [
        { type: 'thinking', text: 'é' },
        {
          type: 'text',
          text: 'Ça, café',
          citations: [
            {
              url: 'https://a.test',
              title: 'A',
              quote: 'café',
              start: 4,
              end: 8,
              raw: { by: 'gemini', value: source('https://a.test', 'A') },
            },
          ],
        },
      ],
    },
  ],
  [
    'recitation',
    {
      ...part(text('abc')),
      citationMetadata: { citationSources: [{ startIndex: 1, endIndex: 3, uri: 'https://c.test' }] },
    },
    {
      blocks: [
        {
          type: 'text',
          text: 'abc',
          citations: [
            {
              url: 'https://c.test',
              start: 1,
              end: 3,
              raw: { by: 'gemini', value: { startIndex: 1, endIndex: 3, uri: 'https://c.test' } },
            },
          ],
        },
      ],
    },
  ],
  ['no content', { finishReason: 'MAX_TOKENS' }, { blocks: [], finish: { reason: 'length', raw: 'MAX_TOKENS' } }],
  [
    'filters',
    { finishReason: 'PROHIBITED_CONTENT' },
    { blocks: [], finish: { reason: 'content-filter', raw: 'PROHIBITED_CONTENT' } },
  ],
  [
    'a broken call',
    { finishReason: 'MALFORMED_FUNCTION_CALL' },
    { blocks: [], finish: { reason: 'other', raw: 'MALFORMED_FUNCTION_CALL' } },
  ],
  ['a number', { ...part(text('a')), finishReason: 2 }, { finish: { reason: 'length', raw: 'MAX_TOKENS' } }],
  [
    'log probabilities',
    {
      ...part(text('é')),
      logprobsResult: {
        chosenCandidates: [{ token: 'é', logProbability: -0.5 }],
        topCandidates: [
          {
            candidates: [
              { token: 'é', logProbability: -0.5 },
              { token: 'e', logProbability: -2 },
            ],
          },
        ],
      },
    },
    {
      logprobs: {
        content: [
          {
            token: 'é',
            logprob: -0.5,
            bytes: [195, 169],
            top_logprobs: [
              { token: 'é', logprob: -0.5, bytes: [195, 169] },
              { token: 'e', logprob: -2, bytes: [101] },
            ],
          },
        ],
        refusal: null,
      },
    },
  ],
])('%s, whole and in a stream', (_title, candidate, wanted) => {
  const body = reply(candidate);
  expect(read(body).choices).toMatchObject([{ index: 0, ...wanted }]);
  const streamed = collect(tell(body));
  expect(streamed.choices).toMatchObject([{ index: 0, ...wanted }]);
  expect(streamed).toMatchObject({ id: 'r1', model: 'gemini-3-flash', usage: { input: 3, output: 2 } });
  const joined = gemini.provider.joinReplies?.([body]) ?? {};
  expect(read(joined).choices).toMatchObject([{ index: 0, ...wanted }]);
});

test('several candidates, whole and in a stream', () => {
  const wanted = ['ab', 'c'];
  const first = { ...part(text('a')), index: 0 };
  const last = { ...part(text('b')), index: 0, finishReason: 'STOP' };
  const other = { ...part(text('c')), index: 1, finishReason: 'STOP' };
  const textsOf = ({ choices }: HubResponse): string[] =>
    choices.map(({ blocks: [block] }) => (block?.type === 'text' ? block.text : ''));
  const frames = [{ candidates: [first, other] }, { candidates: [last] }];
  expect(textsOf(collect(tell(...frames)))).toEqual(wanted);
  expect(textsOf(read(gemini.provider.joinReplies?.(frames) ?? {}))).toEqual(wanted);
});

test('a prompt that is blocked has an answer without content', () => {
  const body = {
    promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
    usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
  };
  const wanted = {
    choices: [{ index: 0, blocks: [], finish: { reason: 'content-filter', raw: 'PROHIBITED_CONTENT' } }],
    usage: { input: 3, output: 0 },
  };
  expect(read(body)).toMatchObject(wanted);
  expect(collect(tell(body))).toMatchObject(wanted);
});

test.each<[JsonObject, JsonObject]>([
  [
    { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 7, totalTokenCount: 22 },
    { input: 10, output: 12, reasoning: 7 },
  ],
  [
    { promptTokenCount: 10, candidatesTokenCount: 12, thoughtsTokenCount: 7, totalTokenCount: 22 },
    { input: 10, output: 12, reasoning: 7 },
  ],
  [
    {
      promptTokenCount: 10,
      toolUsePromptTokenCount: 4,
      candidatesTokenCount: 5,
      totalTokenCount: 19,
      cachedContentTokenCount: 6,
    },
    { input: 14, output: 5, cacheRead: 6 },
  ],
  [
    { promptTokenCount: 8, totalTokenCount: 8 },
    { input: 8, output: 0 },
  ],
  [
    {
      promptTokenCount: 9,
      candidatesTokenCount: 4,
      totalTokenCount: 13,
      promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 5 }],
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 4 }],
    },
    { input: 9, output: 4, audioIn: 5, audioOut: 4 },
  ],
])('usage %j is %j', (usageMetadata, usage) => {
  const body = reply(part(text('a')), { usageMetadata });
  const wanted = { ...usage, raw: { by: 'gemini', value: usageMetadata } };
  expect(read(body).usage).toEqual(wanted);
  expect(collect(tell(body)).usage).toEqual(wanted);
});

test.each<[title: string, body: JsonObject, kind: string]>([
  ['nothing', {}, 'bad-upstream-reply'],
  ['an error', { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }, 'overloaded'],
])('%s is no reply', (_title, body, kind) => {
  expect(() => decodeReply('gemini', body)).toThrow(expect.objectContaining({ kind }));
});

describe('streams', () => {
  const go = (...parts: Json[]): JsonObject => ({ candidates: [part(...parts)] });
  const over = (...parts: Json[]): JsonObject => reply(part(...parts));
  const blocksOf = (events: HubEvent[]): unknown[] => collect(events).choices[0]?.blocks ?? [];

  test('texts go on over frames, thoughts apart; a signature ends a text', () => {
    const events = tell(
      go(text('h', { thought: true })),
      go(text('m', { thought: true })),
      go(text('a')),
      go(text('b', { thoughtSignature: 'X' })),
      over(text('c')),
    );
    expect(blocksOf(events)).toEqual([
      { type: 'thinking', text: 'hm' },
      { type: 'text', text: 'ab', signature: signature('X') },
      { type: 'text', text: 'c' },
    ]);
  });

  test('usage that comes after the finish counts', () => {
    const usageMetadata = { promptTokenCount: 30, candidatesTokenCount: 9, totalTokenCount: 39 };
    expect(collect(tell(over(text('a')), { usageMetadata })).usage).toMatchObject({ input: 30, output: 9 });
  });

  test('nothing opens after the finish', () => {
    expect(blocksOf(tell(over(text('a')), go(text('late'))))).toEqual([{ type: 'text', text: 'a' }]);
  });

  test('sources that come behind the text, and again', () => {
    const late: JsonObject = { candidates: [{ ...part(text('')), ...grounded }] };
    const events = tell(go(text('ein café')), late, { candidates: [{ finishReason: 'STOP', ...grounded }] });
    expect(events.filter((event) => event.type === 'mark')).toHaveLength(2);
  });

  test('arguments in pieces', () => {
    const piece = (...partialArgs: Json[]): JsonObject => ({ functionCall: { partialArgs, willContinue: true } });
    const events = tell(
      go({ functionCall: { name: 'f', willContinue: true }, thoughtSignature: 'C' }),
      go(piece({ jsonPath: '$.city', stringValue: 'New ', willContinue: true })),
      go(
        piece(
          { jsonPath: '$.city', stringValue: 'Delhi' },
          { jsonPath: '$.days[0].n', numberValue: 2 },
          { jsonPath: "$['a b']", boolValue: false },
        ),
      ),
      go(piece({ jsonPath: '$.days[1]', nullValue: 'NULL_VALUE' }, { jsonPath: '$.__proto__.x', stringValue: 'y' })),
      go({ functionCall: {} }),
      over(call('g', { z: 1 })),
    );
    expect(blocksOf(events)).toEqual([
      {
        type: 'tool-call',
        id: 'call_2',
        name: 'f',
        args: '{"city":"New Delhi","days":[{"n":2},null],"a b":false,"__proto__":{"x":"y"}}',
        signature: signature('C'),
      },
      { type: 'tool-call', id: 'call_3', name: 'g', args: '{"z":1}' },
    ]);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  test.each<[title: string, frames: JsonObject[], kind: string]>([
    ['no finish', [go(text('a'))], 'bad-upstream-reply'],
    [
      'a candidate without a finish',
      [{ candidates: [{ ...part(text('a')), finishReason: 'STOP' }, part(text('b'))] }],
      'bad-upstream-reply',
    ],
    [
      'an error',
      [go(text('a')), { error: { code: 429, message: 'Resource exhausted', status: 'RESOURCE_EXHAUSTED' } }],
      'rate-limit',
    ],
  ])('%s ends in one error', (_title, frames, kind) => {
    const events = tell(...frames);
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { kind } });
  });

  test.each(['{"candidates":', '7', '[1]', 'null'])('%s is no event', (data) => {
    expect(told1by1(half, `data: ${data}\n\n`).at(-1)).toMatchObject({
      type: 'error',
      error: { kind: 'bad-upstream-reply' },
    });
  });

  test('a list in an event, and a terminator that gateways add', () => {
    const frames = `data: ${JSON.stringify([go(text('a')), over(text('b'))])}\n\ndata: [DONE]\n\n`;
    expect(blocksOf(told1by1(half, frames))).toEqual([{ type: 'text', text: 'ab' }]);
  });
});
