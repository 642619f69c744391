import { expect, test } from 'vitest';
import { openaiCompletions } from '../../../src/dialects/openai-completions/index.ts';
import { collector, type HubEvent, type HubResponse, type JsonObject } from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';
import { fixedGiven } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { findIllegal } from '../legal.ts';
import { readFacts } from './facts.ts';

const { provider } = openaiCompletions;

function decodeChunks(chunks: readonly Buffer[]): HubEvent[] {
  const events: HubEvent[] = [];
  const emit = (event: HubEvent): void => void events.push(event);
  const decoder = provider.decodeStream(fixedGiven(), {});
  const cutter = framer('sse', 1 << 24, { frame: (frame) => decoder.push(frame, emit) });
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  decoder.end(emit);
  return events;
}

function decode(...chunks: JsonObject[]): HubEvent[] {
  return decodeChunks([Buffer.from(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''))]);
}

function collect(events: readonly HubEvent[]): HubResponse {
  const { take, response } = collector();
  for (const event of events) take(event);
  return response();
}

function chunk(index: number, text: string, finish: string | null = null, more: JsonObject = {}): JsonObject {
  return {
    id: 'cmpl-1',
    object: 'text_completion',
    created: 1_760_000_000,
    model: 'davinci-002',
    choices: [{ index, text, logprobs: null, finish_reason: finish, ...more }],
  };
}

const wireLogprobs = {
  tokens: ['a', 'é'],
  token_logprobs: [null, -1],
  top_logprobs: [null, { é: -1, e: -2 }],
  text_offset: [0, 1],
};
const hubLogprobs = {
  content: [
    {
      token: 'é',
      logprob: -1,
      bytes: [195, 169],
      top_logprobs: [
        { token: 'é', logprob: -1, bytes: [195, 169] },
        { token: 'e', logprob: -2, bytes: [101] },
      ],
    },
  ],
  refusal: null,
};

const streams: [string, JsonObject[], Partial<HubResponse>][] = [
  [
    'text, a finish and the usage behind it',
    [
      chunk(0, 'a'),
      chunk(0, 'b', 'stop'),
      { ...chunk(0, ''), choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } },
    ],
    {
      id: 'cmpl-1',
      model: 'davinci-002',
      choices: [{ index: 0, blocks: [{ type: 'text', text: 'ab' }], finish: { reason: 'stop', raw: 'stop' } }],
      usage: {
        input: 3,
        output: 2,
        raw: { by: 'openai-completions', value: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } },
      },
    },
  ],
  [
    'two answers, mixed',
    [chunk(0, 'a'), chunk(1, 'x'), chunk(0, 'b'), chunk(1, 'y', 'length'), chunk(0, '', 'stop')],
    {
      choices: [
        { index: 0, blocks: [{ type: 'text', text: 'ab' }], finish: { reason: 'stop', raw: 'stop' } },
        { index: 1, blocks: [{ type: 'text', text: 'xy' }], finish: { reason: 'length', raw: 'length' } },
      ],
    },
  ],
  [
    'a preface without choices, and text behind the finish',
    [{ id: '', choices: [], prompt_filter_results: [] }, chunk(0, 'a', 'content_filter'), chunk(0, 'b', 'stop')],
    {
      choices: [
        {
          index: 0,
          blocks: [{ type: 'text', text: 'a' }],
          finish: { reason: 'content-filter', raw: 'content_filter' },
        },
      ],
    },
  ],
  [
    'log probabilities',
    [chunk(0, 'aé', 'stop', { logprobs: wireLogprobs })],
    {
      choices: [
        {
          index: 0,
          blocks: [{ type: 'text', text: 'aé' }],
          finish: { reason: 'stop', raw: 'stop' },
          logprobs: hubLogprobs,
        },
      ],
    },
  ],
];

test.each(streams)('a stream: %s', (_name, chunks, expected) => {
  const events = decode(...chunks);
  expect(findIllegal(events)).toEqual([]);
  expect(collect(events)).toMatchObject(expected);
});

const failures: [string, JsonObject[], JsonObject][] = [
  ['no finish', [chunk(0, 'a')], { kind: 'bad-upstream-reply' }],
  ['a second answer without one', [chunk(0, 'a', 'stop'), chunk(1, 'b')], { kind: 'bad-upstream-reply' }],
  [
    'an error inside',
    [chunk(0, 'a'), { error: { message: 'Slow.', code: 'rate_limit_exceeded' } }],
    { kind: 'rate-limit', message: 'Slow.' },
  ],
];

test.each(failures)('a stream that fails: %s', (_name, chunks, error) => {
  const events = decode(...chunks);
  expect(findIllegal(events)).toEqual([]);
  expect(events.filter((event) => event.type === 'error')).toMatchObject([{ error }]);
});

test('a whole reply, with log probabilities', () => {
  const body = {
    ...chunk(0, 'aé', 'stop', { logprobs: wireLogprobs }),
    usage: { prompt_tokens: 1, completion_tokens: 2 },
  };
  expect(provider.decodeResponse(body, fixedGiven(), {})).toMatchObject({
    choices: [{ blocks: [{ type: 'text', text: 'aé' }], finish: { reason: 'stop' }, logprobs: hubLogprobs }],
    usage: { input: 1, output: 2 },
  });
});

test('what is no completion', () => {
  expect(() => provider.decodeResponse({ id: 'x' }, fixedGiven(), {})).toThrow(
    expect.objectContaining({ kind: 'bad-upstream-reply' }),
  );
});

const all = recordings('openai-completions');

describeRecorded('recorded traffic', () => {
  test.each(all.filter(({ meta }) => meta.status < 400))('$case', (recording) => {
    const { meta, body } = recording;
    const facts = readFacts(recording);
    const told = meta.stream
      ? collect(decodeChunks(Array.from(body, (byte) => Buffer.from([byte]))))
      : provider.decodeResponse(JSON.parse(body.toString()), fixedGiven(), {});
    expect(told).toMatchObject({
      id: facts.id,
      choices: [{ blocks: [{ type: 'text', text: facts.text }], finish: { raw: facts.finish } }],
    });
    if (facts.usage !== undefined) {
      expect(told.usage).toMatchObject({ input: facts.usage.input, output: facts.usage.output });
    }
  });

  test('a bad key', () => {
    const [recording] = all.filter(({ meta }) => meta.status >= 400);
    if (recording === undefined) throw new Error('no error is recorded');
    const { meta, body } = recording;
    expect(provider.decodeError(meta.status, meta.response_headers, body.toString())).toMatchObject({
      kind: 'authentication',
      facts: { code: 'invalid_api_key' },
    });
  });
});
