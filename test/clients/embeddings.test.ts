import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { afterEach, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/index.ts';
import type { Entry, JsonObject } from '../../src/hub/index.ts';
import { createProxy } from '../../src/server/index.ts';
import { type FakeProvider, json, startProvider } from '../server/world.ts';
import { type RunningProxy, startProxy } from './proxy.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A vendor of vectors in OpenAI's form: [length of the input, place], in base64 where that is asked for. */
async function vendorOf(refusesBase64 = false): Promise<FakeProvider> {
  const vendor = await startProvider();
  open.push(vendor);
  vendor.answer = (_, res, bytes) => {
    const body: { input: string | (string | number[])[]; model: string; encoding_format?: string } = JSON.parse(
      bytes.toString(),
    );
    if (body.model.includes('missing'))
      return json(res, 404, { error: { message: 'no such model', code: 'model_not_found' } });
    if (refusesBase64 && body.encoding_format === 'base64') return json(res, 422, { detail: 'Extra inputs' });
    const inputs = typeof body.input === 'string' ? [body.input] : body.input;
    const data = inputs.map((input, index) => {
      const vector = [input.length, index + 0.5];
      const embedding =
        body.encoding_format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
      return { object: 'embedding', index, embedding };
    });
    json(res, 200, { object: 'list', data, model: `${body.model}-2024`, usage: { prompt_tokens: 7, total_tokens: 7 } });
  };
  return vendor;
}

async function clientOf(vendor: FakeProvider, model: string): Promise<{ client: OpenAI; proxy: RunningProxy }> {
  const proxy = await startProxy(
    { model, api_base: vendor.origin },
    { OPENAI_API_KEY: 'sk-0123456789', MISTRAL_API_KEY: 'k-0123456789' },
  );
  open.push(proxy);
  return { client: new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'x', maxRetries: 0 }), proxy };
}

/** The SDK leaves base64 as it is where it was asked for by hand. */
function floats(embedding: number[] | string): number[] {
  if (typeof embedding !== 'string') return embedding;
  const bytes = Buffer.from(embedding, 'base64');
  return [bytes.readFloatLE(0), bytes.readFloatLE(4)];
}

function sent(vendor: FakeProvider): JsonObject {
  return JSON.parse(vendor.seen.at(-1)?.body ?? '{}');
}

test.each<[string, OpenAI.EmbeddingCreateParams['input'], number[][]]>([
  ['a text', 'hello', [[5, 0.5]]],
  [
    'texts',
    ['a', 'bc'],
    [
      [1, 0.5],
      [2, 1.5],
    ],
  ],
  [
    'token lists',
    [[1, 2, 3], [4]],
    [
      [3, 0.5],
      [1, 1.5],
    ],
  ],
])('%s, as the SDK asks by default and as floats', async (_, input, vectors) => {
  const vendor = await vendorOf();
  const { client, proxy } = await clientOf(vendor, 'openai/text-embedding-3-small');
  for (const format of [undefined, 'float', 'base64'] as const) {
    const reply = await client.embeddings.create({ model: 'mine', input, ...(format && { encoding_format: format }) });
    expect(reply.data.map(({ embedding }) => floats(embedding))).toEqual(vectors);
    expect(reply.model).toBe('mine');
    expect(reply.usage).toEqual({ prompt_tokens: 7, total_tokens: 7 });
  }
  expect(sent(vendor)).toMatchObject({ model: 'text-embedding-3-small' });
  expect(vendor.seen.at(-1)?.url).toBe('/v1/embeddings');
  await expect.poll(() => proxy.entries.at(-1)).toMatchObject({ status: 200, model: 'mine', usage: { input: 7 } });
});

test('a provider that refuses base64 is asked for floats, and the client still gets base64', async () => {
  const vendor = await vendorOf(true);
  const { client } = await clientOf(vendor, 'mistral/mistral-embed');
  const reply = await client.embeddings.create({ model: 'mistral-embed', input: ['hello', 'you'], dimensions: 2 });
  expect(reply.data.map(({ embedding }) => embedding)).toEqual([
    [5, 0.5],
    [3, 1.5],
  ]);
  expect(sent(vendor)).toEqual({
    model: 'mistral-embed',
    input: ['hello', 'you'],
    encoding_format: 'float',
    dimensions: 2,
  });
});

test.each([
  ['/v1/embeddings', 'text-embedding-3-large', 'text-embedding-3-large'],
  ['/embeddings', 'openai/text-embedding-3-large', 'text-embedding-3-large'],
  ['/engines/text-embedding-ada-002/embeddings', undefined, 'text-embedding-ada-002'],
  ['/openai/deployments/my/dep/embeddings?api-version=2024-06-01', undefined, 'my/dep'],
])('%s keeps the client’s model where --model chats', async (path, model, upstream) => {
  const vendor = await vendorOf();
  const { proxy } = await clientOf(vendor, 'openai/gpt-4o');
  const reply = await fetch(proxy.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...(model && { model }),
      input: 'hi',
      user: 'me',
      drop_params: true,
      metadata: { a: 1 },
      extra_body: { truncate: 'END' },
    }),
  });
  expect(reply.status).toBe(200);
  expect(sent(vendor)).toEqual({ model: upstream, input: 'hi', user: 'me', truncate: 'END' });
});

test('errors are the SDK’s classes', async () => {
  const vendor = await vendorOf();
  const { client } = await clientOf(vendor, 'openai/text-embedding-missing');
  await expect(client.embeddings.create({ model: 'm', input: 'x' })).rejects.toThrow(NotFoundError);
  const wrong: unknown[] = [[], [['a']], [1, 'a'], { a: 1 }, null, [[]]];
  for (const input of wrong) {
    await expect(client.embeddings.create({ model: 'm', input: input as string })).rejects.toThrow(BadRequestError);
  }
});

test('what no chat provider has is said', async () => {
  const vendor = await vendorOf();
  const proxy = await startProxy({ model: 'anthropic/claude-sonnet-4-5', api_base: vendor.origin });
  open.push(proxy);
  const client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'x', maxRetries: 0 });
  await expect(client.embeddings.create({ model: 'm', input: 'x' })).rejects.toThrow(/Anthropic has no embeddings/);
  expect(vendor.seen).toEqual([]);
});

test('watsonx is asked in its own words', async () => {
  const vendor = await startProvider();
  open.push(vendor);
  vendor.answer = (_, res) =>
    json(res, 200, {
      model_id: 'm',
      results: [{ embedding: [1, 0.5] }, { embedding: [2, 1.5] }],
      input_token_count: 9,
    });
  const env = { WATSONX_TOKEN: 'eyJ0123456789', WATSONX_PROJECT_ID: 'p-1', WATSONX_URL: vendor.origin };
  const proxy = await startProxy({ model: 'watsonx/ibm/slate-125m-english-rtrvr' }, env);
  open.push(proxy);
  const client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'x', maxRetries: 0 });
  const reply = await client.embeddings.create({ model: 'ibm/slate-125m-english-rtrvr', input: ['a', 'b'] });
  expect(reply.data.map(({ embedding }) => embedding)).toEqual([
    [1, 0.5],
    [2, 1.5],
  ]);
  expect(reply.usage.prompt_tokens).toBe(9);
  expect(vendor.seen[0]?.url).toBe('/ml/v1/text/embeddings?version=2024-03-13');
  expect(sent(vendor)).toEqual({ inputs: ['a', 'b'], model_id: 'ibm/slate-125m-english-rtrvr', project_id: 'p-1' });
});

test('Hugging Face: its router has a pipeline of its own, endpoints have OpenAI’s form', async () => {
  const { config } = resolveConfig({ model: 'huggingface/BAAI/bge-small-en' }, { HF_TOKEN: 'hf_0123456789' });
  const [to] = config.deployments;
  expect(to?.row.paths?.embeddings).toBe('/hf-inference/models/BAAI/bge-small-en/pipeline/feature-extraction');
  const vendor = await startProvider();
  open.push(vendor);
  vendor.answer = (_, res) =>
    json(res, 200, [
      [1, 0.5],
      [2, 1.5],
    ]);
  const deployments = to === undefined ? [] : [{ ...to, base: vendor.origin, origin: vendor.origin }];
  const call = (entry: Entry) => void entry;
  const proxy = createProxy(
    { ...config, port: 0, host: '127.0.0.1', deployments },
    { call, note: () => {}, debug: false, bodies: false },
  );
  open.push(proxy);
  const { port } = await proxy.listen();
  const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'x', maxRetries: 0 });
  const reply = await client.embeddings.create({ model: 'BAAI/bge-small-en', input: ['a', 'b'] });
  expect(reply.data.map(({ embedding }) => embedding)).toEqual([
    [1, 0.5],
    [2, 1.5],
  ]);
  expect(vendor.seen[0]?.url).toBe('/hf-inference/models/BAAI/bge-small-en/pipeline/feature-extraction');
  expect(sent(vendor)).toEqual({ inputs: ['a', 'b'] });

  const own = await vendorOf();
  const tei = await startProxy(
    { model: 'huggingface/tei', api_base: `${own.origin}/v1` },
    { HF_TOKEN: 'hf_0123456789' },
  );
  open.push(tei);
  await new OpenAI({ baseURL: `${tei.url}/v1`, apiKey: 'x' }).embeddings.create({ model: 'tei', input: 'a' });
  expect(own.seen[0]?.url).toBe('/v1/embeddings');
});

// LangChain's OpenAIEmbeddings write every text as tokens of the model's vocabulary.
test('lists of tokens reach a model that takes texts as texts', async () => {
  const vendor = await startProvider();
  open.push(vendor);
  vendor.answer = (_, res) => json(res, 200, { embeddings: [{ values: [1] }, { values: [2] }] });
  const proxy = await startProxy(
    { model: 'gemini/gemini-embedding-001', api_base: vendor.origin },
    { GEMINI_API_KEY: 'k-0123456789' },
  );
  open.push(proxy);
  const client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'x', maxRetries: 0 });
  const input = ['Grüße aus Köln', '日本'].map((text) => cl100k.encode(text));
  const { data } = await client.embeddings.create({ model: 'text-embedding-ada-002', input, encoding_format: 'float' });
  expect(data.map(({ embedding }) => embedding)).toEqual([[1], [2]]);
  expect(JSON.stringify(sent(vendor))).toMatch(/Grüße aus Köln.*日本/);
});
