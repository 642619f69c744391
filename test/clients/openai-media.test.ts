import { randomBytes } from 'node:crypto';
import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type MediaVendor, reply, startMediaVendor } from './media-vendor.ts';
import { type RunningProxy, startProxy } from './proxy.ts';

const key = 'sk-proxy-openai-0123456789';
const bytes = randomBytes(70_000);
let vendor: MediaVendor;

beforeAll(async () => {
  vendor = await startMediaVendor();
});
beforeEach(() => {
  vendor.seen.length = 0;
});
afterAll(() => vendor.close());

describe('the openai package', () => {
  let proxy: RunningProxy;
  let client: OpenAI;
  beforeAll(async () => {
    proxy = await startProxy({ model: 'openai/gpt-4o', api_base: `${vendor.url}/v1` });
    client = new OpenAI({ apiKey: 'sk-the-clients-own', baseURL: `${proxy.url}/v1`, maxRetries: 0 });
  });
  afterAll(() => proxy.close());

  /** What every request of this client must look like upstream. */
  const sent = () => {
    const [one] = vendor.seen;
    expect(vendor.seen).toHaveLength(1);
    expect(one?.headers.authorization).toBe(`Bearer ${key}`);
    expect(JSON.stringify(one?.headers)).not.toContain('sk-the-clients-own');
    return one;
  };

  /** The call's row in the ledger, which looks prices up first. */
  const told = async () => {
    await vi.waitUntil(() => proxy.entries.length > 0, 3000);
    return proxy.entries.at(-1);
  };
  beforeEach(() => {
    proxy.entries.length = 0;
  });

  test('images.generate: fields pass, the model loses its provider', async () => {
    const answer = { created: 5, data: [{ b64_json: 'aGk=', revised_prompt: 'a tall lighthouse' }] };
    const usage = { input_tokens: 11, output_tokens: 272, total_tokens: 283, input_tokens_details: {} };
    vendor.answer = (_, res) => reply(res, { ...answer, usage });
    const made = await client.images.generate({
      model: 'openai/gpt-image-1',
      prompt: 'a lighthouse',
      size: '1024x1536',
    });
    expect(made).toMatchObject(answer);
    const one = sent();
    expect(one?.path).toBe('/v1/images/generations');
    expect(one?.json).toEqual({ model: 'gpt-image-1', prompt: 'a lighthouse', size: '1024x1536' });
    const entry = await told();
    expect(entry).toMatchObject({ status: 200, upstreamModel: 'gpt-image-1', usage: { input: 11, output: 272 } });
    expect(entry?.cost).toBeGreaterThan(0);
  });

  test('images.generate, streamed: events pass as they came', async () => {
    const events = [
      { type: 'image_generation.partial_image', b64_json: 'AA==', partial_image_index: 0 },
      { type: 'image_generation.completed', b64_json: 'AQ==', usage: { input_tokens: 3, output_tokens: 4 } },
    ];
    const text = events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
    vendor.answer = (_, res) => reply(res, text, 200, 'text/event-stream');
    const stream = await client.images.generate({ model: 'gpt-image-1', prompt: 'x', stream: true });
    const seen: unknown[] = [];
    for await (const event of stream) seen.push(event);
    expect(seen).toEqual(events);
    expect(await told()).toMatchObject({ stream: true, usage: { input: 3, output: 4 } });
  });

  test('images.edit: two pictures and a mask, byte for byte', async () => {
    vendor.answer = (_, res) => reply(res, { created: 1, data: [{ b64_json: 'aGk=' }] });
    const image = [
      await toFile(bytes, 'one.png', { type: 'image/png' }),
      await toFile(bytes.subarray(9), 'zwei ü.png'),
    ];
    const mask = await toFile(bytes.subarray(0, 3), 'mask.png', { type: 'image/png' });
    await client.images.edit({ model: 'gpt-image-1', image, mask, prompt: 'add ☂ "rain"\r\nnow' });
    const one = sent();
    expect(one?.path).toBe('/v1/images/edits');
    expect(one?.files.map(({ field, name, bytes: got }) => [field, name, got.length])).toEqual([
      ['image[]', 'one.png', 70_000],
      ['image[]', 'zwei ü.png', 69_991],
      ['mask', 'mask.png', 3],
    ]);
    expect(one?.files[0]?.bytes.equals(bytes)).toBe(true);
    expect(one?.files[0]?.type).toBe('image/png');
    expect(Object.fromEntries(one?.fields ?? [])).toEqual({ model: 'gpt-image-1', prompt: 'add ☂ "rain"\r\nnow' });
  });

  test('images.createVariation without a model', async () => {
    vendor.answer = (_, res) => reply(res, { created: 1, data: [{ url: 'https://x.test/a.png' }] });
    await client.images.createVariation({ image: await toFile(bytes, 'a.png'), n: 1 });
    expect(sent()?.path).toBe('/v1/images/variations');
    expect(sent()?.fields).toEqual([['n', '1']]);
  });

  test('audio.speech: the sound passes untouched under its own type', async () => {
    vendor.answer = (_, res) => reply(res, bytes, 200, 'audio/opus');
    const speech = await client.audio.speech.create({
      model: 'gpt-4o-mini-tts',
      voice: 'coral',
      input: 'Hi',
      response_format: 'opus',
      instructions: 'Whisper.',
    });
    expect(speech.headers.get('content-type')).toBe('audio/opus');
    expect(Buffer.from(await speech.arrayBuffer()).equals(bytes)).toBe(true);
    const { path, json } = sent() ?? {};
    expect(path).toBe('/v1/audio/speech');
    expect(json).toMatchObject({ model: 'gpt-4o-mini-tts', voice: 'coral', instructions: 'Whisper.' });
  });

  test('audio.transcriptions: the file comes before the model', async () => {
    const usage = { type: 'tokens', input_tokens: 9, output_tokens: 2, input_token_details: { audio_tokens: 9 } };
    vendor.answer = (_, res) => reply(res, { text: 'hello', usage });
    const heard = await client.audio.transcriptions.create({
      file: await toFile(bytes, 'talk.wav', { type: 'audio/wav' }),
      model: 'openai/gpt-4o-transcribe',
      timestamp_granularities: ['word', 'segment'],
      temperature: 0.5,
    });
    expect(heard.text).toBe('hello');
    const one = sent();
    expect(one?.path).toBe('/v1/audio/transcriptions');
    expect(one?.files).toMatchObject([{ field: 'file', name: 'talk.wav', type: 'audio/wav' }]);
    expect(one?.files[0]?.bytes.equals(bytes)).toBe(true);
    expect(one?.fields).toEqual([
      ['model', 'gpt-4o-transcribe'],
      ['timestamp_granularities[]', 'word'],
      ['timestamp_granularities[]', 'segment'],
      ['temperature', '0.5'],
    ]);
    expect(Number(one?.headers['content-length'])).toBeGreaterThan(bytes.length);
    expect((await told())?.usage).toEqual({ input: 9, output: 2, audioIn: 9 });
  });

  test.each([
    ['text', 'text/plain; charset=utf-8', 'hello\n'],
    ['srt', 'application/x-subrip', '1\n00:00:00,000 --> 00:00:01,000\nhello\n'],
    ['vtt', 'text/vtt', 'WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n'],
  ] as const)('audio.transcriptions as %s', async (response_format, type, text) => {
    vendor.answer = (_, res) => reply(res, text, 200, type);
    const file = await toFile(bytes, 'a.mp3');
    const heard = await client.audio.transcriptions.create({ model: 'whisper-1', file, response_format });
    expect(heard).toBe(text);
  });

  test('audio.transcriptions, streamed', async () => {
    const done = { type: 'transcript.text.done', text: 'hello there' };
    const events = [
      { type: 'transcript.text.delta', delta: 'hello' },
      { type: 'transcript.text.delta', delta: ' there' },
      done,
    ];
    vendor.answer = (_, res) =>
      reply(
        res,
        `${events.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')}data: [DONE]\n\n`,
        200,
        'text/event-stream',
      );
    const file = await toFile(bytes, 'a.mp3');
    const stream = await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file, stream: true });
    const seen: unknown[] = [];
    for await (const event of stream) seen.push(event);
    expect(seen).toEqual(events);
    expect(sent()?.fields).toContainEqual(['stream', 'true']);
  });

  test('audio.translations', async () => {
    vendor.answer = (_, res) => reply(res, { text: 'good day' });
    const file = await toFile(bytes, 'a.mp3');
    expect((await client.audio.translations.create({ model: 'whisper-1', file })).text).toBe('good day');
    expect(sent()?.path).toBe('/v1/audio/translations');
  });

  test('moderations, with a model and without', async () => {
    const results = [{ flagged: true, categories: { violence: true }, category_scores: { violence: 0.9 } }];
    vendor.answer = (_, res) => reply(res, { id: 'modr-1', model: 'text-moderation-007', results });
    const judged = await client.moderations.create({ model: 'text-moderation-stable', input: 'Sample text goes here' });
    expect(judged).toMatchObject({ id: 'modr-1', model: 'text-moderation-stable', results });
    expect(sent()?.json).toEqual({ model: 'text-moderation-stable', input: 'Sample text goes here' });
    vendor.seen.length = 0;
    expect((await client.moderations.create({ input: ['a', 'b'] })).model).toBe('text-moderation-007');
    expect(sent()?.json).toEqual({ input: ['a', 'b'] });
    expect(sent()?.path).toBe('/v1/moderations');
  });

  test.each([
    ['images', () => client.images.generate({ model: 'dall-e-3', prompt: 'x' })],
    ['speech', () => client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'x' })],
    ['moderations', () => client.moderations.create({ input: 'x' })],
    [
      'transcriptions',
      async () => client.audio.transcriptions.create({ model: 'whisper-1', file: await toFile(bytes, 'a.mp3') }),
    ],
  ])("%s: a provider's error keeps its status, code and text", async (_, call) => {
    const error = {
      message: `Incorrect API key provided: ${key}`,
      type: 'invalid_request_error',
      param: null,
      code: 'invalid_api_key',
    };
    vendor.answer = (__, res) => reply(res, { error }, 401);
    const thrown = await call().then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(thrown).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(thrown).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(String(thrown)).toContain('Incorrect API key');
    expect(String(thrown)).not.toContain(key);
  });
});

describe('the AzureOpenAI client', () => {
  let proxy: RunningProxy;
  let client: AzureOpenAI;
  beforeAll(async () => {
    const env = { AZURE_API_KEY: 'azure-key-0123456789' };
    proxy = await startProxy({ model: 'azure/gpt-4o', api_base: vendor.url, api_version: '2025-04-01-preview' }, env);
    client = new AzureOpenAI({
      apiKey: 'the-clients-own',
      endpoint: proxy.url,
      apiVersion: '2024-10-21',
      maxRetries: 0,
    });
  });
  afterAll(() => proxy.close());

  test.each([
    [
      'images',
      'images/generations',
      { created: 1, data: [{ b64_json: 'aGk=' }] },
      () => client.images.generate({ model: 'my-pictures', prompt: 'x' }),
    ],
    [
      'speech',
      'audio/speech',
      'sound',
      () => client.audio.speech.create({ model: 'my-pictures', voice: 'alloy', input: 'x' }),
    ],
    [
      'transcriptions',
      'audio/transcriptions',
      { text: 'hello' },
      async () => client.audio.transcriptions.create({ model: 'my-pictures', file: await toFile(bytes, 'a.wav') }),
    ],
    [
      'image edits',
      'images/edits',
      { created: 1, data: [] },
      async () => client.images.edit({ model: 'my-pictures', image: await toFile(bytes, 'a.png'), prompt: 'x' }),
    ],
  ])('%s go to the deployment', async (_, path, answer, call) => {
    vendor.answer = (__, res) => reply(res, answer, 200, answer === 'sound' ? 'audio/mpeg' : 'application/json');
    await call();
    expect(vendor.seen).toMatchObject([
      {
        path: `/openai/deployments/my-pictures/${path}?api-version=2025-04-01-preview`,
        headers: { 'api-key': 'azure-key-0123456789' },
      },
    ]);
    expect(JSON.stringify(vendor.seen)).not.toContain('the-clients-own');
  });

  test('a provider without the endpoint is a 404 that names both', async () => {
    await expect(client.moderations.create({ input: 'x' })).rejects.toMatchObject({
      status: 404,
      code: 'unsupported_endpoint',
      message: expect.stringMatching(/Azure OpenAI.*\/v1\/moderations/),
    });
    expect(vendor.seen).toEqual([]);
  });
});
