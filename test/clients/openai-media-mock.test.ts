import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningProxy, startProxy } from './proxy.ts';

let proxy: RunningProxy;
let client: OpenAI;
beforeAll(async () => {
  proxy = await startProxy({ model: 'mock/echo' });
  client = new OpenAI({ apiKey: 'sk-anything', baseURL: `${proxy.url}/v1`, maxRetries: 0 });
});
afterAll(() => proxy.close());

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

/** What people try first, without a provider. */
test('images, as data and as a link', async () => {
  const made = await client.images.generate({ model: 'gpt-image-1', prompt: 'a lighthouse', n: 2 });
  expect(made.data).toHaveLength(2);
  const bytes = Buffer.from(made.data?.[0]?.b64_json ?? '', 'base64');
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  expect(made.created).toBeGreaterThan(1_600_000_000);
  const linked = await client.images.generate({ model: 'dall-e-3', prompt: 'x', response_format: 'url' });
  expect(linked.data?.[0]?.url).toMatch(/^data:image\/png;base64,/);
});

test('images as they are painted', async () => {
  const stream = await client.images.generate({ model: 'gpt-image-1', prompt: 'x', stream: true, partial_images: 1 });
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed']);
});

test('edits and variations', async () => {
  const image = await toFile(png, 'a.png', { type: 'image/png' });
  const edited = await client.images.edit({ model: 'gpt-image-1', image: [image, image], prompt: 'more red' });
  expect(edited.data).toHaveLength(1);
  const varied = await client.images.createVariation({ image, n: 3 });
  expect(varied.data).toHaveLength(3);
});

test.each([
  ['mp3', 'audio/mpeg', [0xff, 0xfb]],
  ['wav', 'audio/wav', [...Buffer.from('RIFF')]],
  ['pcm', 'audio/pcm', [0, 0]],
] as const)('speech as %s', async (response_format, type, begin) => {
  const reply = await client.audio.speech.create({
    model: 'tts-1',
    voice: 'alloy',
    input: 'Hello there',
    response_format,
  });
  expect(reply.headers.get('content-type')).toBe(type);
  const bytes = Buffer.from(await reply.arrayBuffer());
  expect([...bytes.subarray(0, begin.length)]).toEqual(begin);
  if (response_format === 'wav') expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
});

test('transcriptions and translations', async () => {
  const file = await toFile(Buffer.alloc(321), 'Grüße.wav', { type: 'audio/wav' });
  const heard = await client.audio.transcriptions.create({ model: 'whisper-1', file });
  expect(heard.text).toContain('transcription of Grüße.wav');
  expect(heard.text).toContain('321 bytes');
  const translated = await client.audio.translations.create({ model: 'whisper-1', file });
  expect(translated.text).toContain('translation of');
  const plain = await client.audio.transcriptions.create({ model: 'whisper-1', file, response_format: 'text' });
  expect(plain).toContain('transcription of');
  const verbose = await client.audio.transcriptions.create({
    model: 'whisper-1',
    file,
    response_format: 'verbose_json',
  });
  expect(verbose.segments?.[0]?.text).toBe(verbose.text);
  const stream = await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file, stream: true });
  let text = '';
  for await (const event of stream) {
    if (event.type === 'transcript.text.delta') text += event.delta;
    else if (event.type === 'transcript.text.done') expect(event.text).toBe(text);
  }
  expect(text).toContain('321 bytes');
});

test('moderations, computed from what is said', async () => {
  const { results, id, model } = await client.moderations.create({ input: ['a kind word', 'I will kill you'] });
  expect(id).toMatch(/^modr-/);
  expect(model).not.toBe('');
  expect(results.map(({ flagged }) => flagged)).toEqual([false, true]);
  expect(results[1]?.categories.violence).toBe(true);
  expect(results[1]?.category_scores.violence).toBeGreaterThan(0.5);
});

test('embeddings, near to what shares words', async () => {
  const { data, usage } = await client.embeddings.create({
    model: 'text-embedding-3-small',
    input: ['the red boat', 'a red boat', 'quarterly figures'],
  });
  const near = (one: number, other: number): number =>
    (data[one]?.embedding ?? []).reduce((sum, value, at) => sum + value * (data[other]?.embedding[at] ?? 0), 0);
  expect(near(0, 0)).toBeCloseTo(1, 5);
  expect(near(0, 1)).toBeGreaterThan(near(0, 2));
  expect(usage.prompt_tokens).toBeGreaterThan(0);
});

test('calls are in the log with their model', () => {
  const seen = proxy.entries.map(({ route, upstreamModel, status }) => `${status} ${route} ${upstreamModel}`);
  expect(seen).toContain('200 POST /v1/images/generations gpt-image-1');
  expect(seen).toContain('200 POST /v1/audio/transcriptions whisper-1');
  expect(seen).toContain('200 POST /v1/audio/speech tts-1');
});
