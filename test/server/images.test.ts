import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MediaVendor, reply, startMediaVendor } from '../clients/media-vendor.ts';
import { type RunningProxy, startProxy } from '../clients/proxy.ts';
import { post } from './world.ts';

let vendor: MediaVendor;
let proxy: RunningProxy | undefined;
beforeEach(async () => {
  vendor = await startMediaVendor();
});
afterEach(async () => {
  await proxy?.close();
  await vendor.close();
});

const keys = {
  OPENAI_API_KEY: 'sk-openai-0123456789',
  GEMINI_API_KEY: 'gemini-key-0123456789',
  VERTEXAI_ACCESS_TOKEN: 'ya29.vertex-0123456789',
  VERTEXAI_PROJECT: 'proj',
  TOGETHER_API_KEY: 'together-0123456789',
  AWS_BEARER_TOKEN_BEDROCK: 'bedrock-0123456789',
  MISTRAL_API_KEY: 'mistral-0123456789',
};

const made = { data: [{ b64_json: 'aGk=' }] };

/** What a client of OpenAI's form asks, what each provider hears, and what the client is told. */
const rows = [
  {
    name: 'OpenAI: bytes as they were, in every spelling of the number',
    model: 'openai/gpt-4o',
    asked: {
      model: 'dall-e-3',
      prompt: 'a boat',
      n: 1,
      size: '1024x1024',
      style: 'vivid',
      metadata: { a: 1 },
      tags: ['x'],
    },
    path: '/images/generations',
    heard: { model: 'dall-e-3', prompt: 'a boat', n: 1, size: '1024x1024', style: 'vivid' },
    answer: { created: 7, ...made },
    told: { created: 7, ...made },
  },
  {
    name: 'Together: without created',
    model: 'together_ai/meta-llama/Llama-3.3-70B',
    asked: { model: 'black-forest-labs/FLUX.1-schnell', prompt: 'a boat', steps: 4 },
    path: '/images/generations',
    heard: { model: 'black-forest-labs/FLUX.1-schnell', prompt: 'a boat', steps: 4 },
    answer: { id: 'x', model: 'flux', object: 'list', data: [{ index: 0, url: 'https://x.test/1.png' }] },
    told: { created: expect.any(Number), data: [{ index: 0, url: 'https://x.test/1.png' }] },
  },
  {
    name: 'Imagen',
    model: 'gemini/gemini-2.5-flash',
    asked: { model: 'gemini/imagen-4.0-generate-001', prompt: 'a boat', n: 2, size: '1792x1024' },
    path: '/models/imagen-4.0-generate-001:predict',
    heard: { instances: [{ prompt: 'a boat' }], parameters: { sampleCount: 2, aspectRatio: '16:9' } },
    answer: { predictions: [{ bytesBase64Encoded: 'aGk=', mimeType: 'image/png' }] },
    told: { created: expect.any(Number), ...made },
  },
  {
    name: 'Gemini models that paint',
    model: 'gemini/gemini-2.5-flash-image',
    asked: { model: 'anything', prompt: 'a boat', size: '1024x1536' },
    path: '/models/gemini-2.5-flash-image:generateContent',
    heard: {
      contents: [{ role: 'user', parts: [{ text: 'a boat' }] }],
      generationConfig: { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '2:3' } },
    },
    answer: {
      candidates: [
        {
          content: { parts: [{ text: 'Here:' }, { inlineData: { mimeType: 'image/png', data: 'aGk=' } }] },
          finishReason: 'STOP',
        },
      ],
      usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 1290, totalTokenCount: 1294 },
    },
    told: { ...made, usage: { input_tokens: 4, output_tokens: 1290, total_tokens: 1294 } },
  },
  {
    name: 'Imagen on Vertex AI',
    model: 'vertex_ai/imagen-4.0-generate-001',
    asked: { model: 'x', prompt: 'a boat' },
    path: '/v1/projects/proj/locations/us-central1/publishers/google/models/imagen-4.0-generate-001:predict',
    heard: { instances: [{ prompt: 'a boat' }], parameters: { sampleCount: 1 } },
    answer: { predictions: [{ bytesBase64Encoded: 'aGk=' }] },
    told: made,
  },
  {
    name: 'Nova Canvas on Bedrock',
    model: 'bedrock/amazon.nova-canvas-v1:0',
    asked: { model: 'x', prompt: 'a boat', size: '512x768', quality: 'hd', n: 3, seed: 9 },
    path: '/model/amazon.nova-canvas-v1%3A0/invoke',
    heard: {
      taskType: 'TEXT_IMAGE',
      textToImageParams: { text: 'a boat' },
      imageGenerationConfig: { numberOfImages: 3, width: 512, height: 768, quality: 'premium', seed: 9 },
    },
    answer: { images: ['aGk='], error: null },
    told: made,
  },
  {
    name: 'Stability on Bedrock',
    model: 'bedrock/stability.stable-image-core-v1:1',
    asked: { model: 'x', prompt: 'a boat', size: '1024x1024' },
    path: '/model/stability.stable-image-core-v1%3A1/invoke',
    heard: { prompt: 'a boat', output_format: 'png', aspect_ratio: '1:1' },
    answer: { seeds: [1], finish_reasons: [null], images: ['aGk='] },
    told: made,
  },
];

test.each(rows)('$name', async ({ model, asked, path, heard, answer, told }) => {
  const base = model.startsWith('vertex') ? `${vendor.url}/v1/projects/proj/locations/us-central1` : vendor.url;
  proxy = await startProxy({ model, api_base: base }, keys);
  vendor.answer = (_, res) => reply(res, answer);
  const { status, text } = await post(`${proxy.url}/v1/images/generations`, asked);
  expect([status, JSON.parse(text)]).toEqual([200, expect.objectContaining(told)]);
  const [seen] = vendor.seen;
  expect(seen?.path.replace(/^\/v1(?:beta)?(?=\/(?:images|models))/, '')).toBe(path);
  expect(seen?.json).toEqual(heard);
});

const paths = [
  '/v1/images/generations',
  '/images/generations',
  '/image/generations',
  '/v1/image/generations',
  '/openai/v1/images/generations',
  '/openai/deployments/gpt-image-1/images/generations?api-version=2025-04-01-preview',
  '/deployments/gpt-image-1/images/generations',
  '/engines/gpt-image-1/images/generations',
  '/openai/images/generations?api-version=2025-04-01-preview',
];

test.each(paths)('is served at %s', async (path) => {
  proxy = await startProxy({ model: 'openai/gpt-4o', api_base: vendor.url }, keys);
  vendor.answer = (_, res) => reply(res, { created: 1, ...made });
  const { status } = await post(`${proxy.url}${path}`, { model: 'gpt-image-1', prompt: 'x' });
  expect(status).toBe(200);
  expect(vendor.seen).toMatchObject([{ path: '/v1/images/generations', json: { model: 'gpt-image-1', prompt: 'x' } }]);
});

describe('refusals before anything is sent', () => {
  const cases = [
    ['no prompt', 'openai/gpt-4o', { model: 'dall-e-3' }, 400, "Missing required parameter: 'prompt'."],
    ['a prompt that is no text', 'openai/gpt-4o', { model: 'dall-e-3', prompt: 5 }, 400, "'prompt' must be a string"],
    ['a model that is no text', 'openai/gpt-4o', { model: 5, prompt: 'x' }, 400, "'model' must be a string"],
    [
      'a host',
      'openai/gpt-4o',
      { model: 'x', prompt: 'x', api_base: 'http://h.test' },
      400,
      "'api_base' is not allowed",
    ],
    [
      'a provider without pictures',
      'mistral/mistral-small',
      { model: 'x', prompt: 'x' },
      404,
      'Mistral AI (mistral) has no /v1/images/generations',
    ],
    ['two where one is made', 'gemini/gemini-2.5-flash-image', { model: 'x', prompt: 'x', n: 2 }, 400, "'n' must be 1"],
    [
      'a size that is none',
      'gemini/imagen-4.0',
      { model: 'x', prompt: 'x', size: 'big' },
      400,
      "'size' must be a width",
    ],
    [
      'words that Imagen has not',
      'gemini/imagen-4.0',
      { model: 'x', prompt: 'x', background: 'opaque' },
      400,
      'background',
    ],
    ['a stream of Imagen', 'gemini/imagen-4.0', { model: 'x', prompt: 'x', stream: true }, 400, 'stream'],
    ['an empty body', 'openai/gpt-4o', {}, 400, "'prompt'"],
  ] as const;
  test.each(cases)('%s', async (_, model, asked, status, words) => {
    proxy = await startProxy({ model, api_base: vendor.url }, keys);
    const answer = await post(`${proxy.url}/v1/images/generations`, asked);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error.message).toContain(words);
    expect(vendor.seen).toEqual([]);
  });
});

test('with --drop_params what a provider has no word for is left out and named', async () => {
  proxy = await startProxy({ model: 'gemini/imagen-4.0', api_base: vendor.url, drop_params: true }, keys);
  vendor.answer = (_, res) => reply(res, { predictions: [{ bytesBase64Encoded: 'aGk=' }] });
  const { status, headers } = await post(`${proxy.url}/v1/images/generations`, { prompt: 'x', background: 'opaque' });
  expect(status).toBe(200);
  expect(headers['x-modelport-dropped-params']).toBe('background');
});

const broken: [string, unknown, number, string][] = [
  ['no JSON', 'oops', 502, 'no valid JSON'],
  ['no pictures', { created: 1 }, 502, 'it holds no images'],
  ['a list', [1], 502, 'no JSON object'],
];
test.each(broken)('a reply with %s is a bad gateway', async (_, answer, status, words) => {
  proxy = await startProxy({ model: 'openai/gpt-4o', api_base: vendor.url }, keys);
  vendor.answer = (__, res) => reply(res, answer);
  const told = await post(`${proxy.url}/v1/images/generations`, { model: 'dall-e-3', prompt: 'x' });
  expect(told.status).toBe(status);
  expect(told.text).toContain(words);
});

test('a picture that was refused is a content policy error', async () => {
  proxy = await startProxy({ model: 'gemini/gemini-2.5-flash-image', api_base: vendor.url }, keys);
  vendor.answer = (_, res) => reply(res, { candidates: [{ finishReason: 'IMAGE_SAFETY' }] });
  const { status, text } = await post(`${proxy.url}/v1/images/generations`, { prompt: 'x' });
  expect(status).toBe(400);
  expect(JSON.parse(text).error).toMatchObject({
    code: 'content_policy_violation',
    message: expect.stringContaining('IMAGE_SAFETY'),
  });
});

test('an edit in JSON passes as it is', async () => {
  proxy = await startProxy({ model: 'openai/gpt-image-1', api_base: vendor.url }, keys);
  vendor.answer = (_, res) => reply(res, { created: 1, ...made });
  const asked = { model: 'x', prompt: 'x', images: [{ image_url: 'data:image/png;base64,aGk=' }] };
  const { status } = await post(`${proxy.url}/v1/images/edits`, asked);
  expect(status).toBe(200);
  expect(vendor.seen).toMatchObject([{ path: '/v1/images/edits', json: { ...asked, model: 'gpt-image-1' } }]);
});
