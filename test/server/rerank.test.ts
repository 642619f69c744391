import { CohereClientV2 } from 'cohere-ai';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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
  COHERE_API_KEY: 'cohere-0123456789',
  VOYAGE_API_KEY: 'voyage-0123456789',
  JINA_AI_API_KEY: 'jina-0123456789',
  TOGETHER_API_KEY: 'together-0123456789',
  FIREWORKS_API_KEY: 'fireworks-0123456789',
  HF_TOKEN: 'hf-0123456789',
  AWS_BEARER_TOKEN_BEDROCK: 'bedrock-0123456789',
};

const asked = {
  model: 'x',
  query: 'red boat',
  documents: ['a car', { text: 'a red boat' }],
  top_n: 1,
  return_documents: true,
};
const told = [{ index: 1, relevance_score: 0.9, document: { text: 'a red boat' } }];
const plain = { query: 'red boat', documents: ['a car', 'a red boat'] };

/** One question in Cohere's form, in the words of each provider, and its answer in Cohere's form again. */
const rows = [
  {
    name: 'Cohere',
    model: 'cohere/rerank-v3.5',
    path: '/v2/rerank',
    heard: { ...plain, model: 'rerank-v3.5', top_n: 1 },
    answer: { id: 'c1', results: [{ index: 1, relevance_score: 0.9 }], meta: { billed_units: { search_units: 1 } } },
    meta: { billed_units: { search_units: 1 } },
    usage: { input: 0, output: 0, requests: 1 },
  },
  {
    name: 'Jina',
    model: 'jina_ai/jina-reranker-v2',
    path: '/v1/rerank',
    heard: { ...asked, model: 'jina-reranker-v2' },
    answer: { model: 'm', usage: { total_tokens: 21 }, results: told },
    meta: { billed_units: { total_tokens: 21 }, tokens: { input_tokens: 21 } },
    usage: { input: 21, output: 0 },
  },
  {
    name: 'Voyage',
    model: 'voyage/rerank-2.5',
    path: '/v1/rerank',
    heard: { ...plain, model: 'rerank-2.5', top_k: 1, return_documents: true },
    answer: {
      object: 'list',
      data: [{ index: 1, relevance_score: 0.9, document: 'a red boat' }],
      model: 'rerank-2.5',
      usage: { total_tokens: 26 },
    },
    meta: { billed_units: { total_tokens: 26 }, tokens: { input_tokens: 26 } },
    usage: { input: 26, output: 0 },
  },
  {
    name: 'Together',
    model: 'together_ai/Salesforce/Llama-Rank-V1',
    path: '/v1/rerank',
    heard: { ...asked, model: 'Salesforce/Llama-Rank-V1' },
    answer: { object: 'rerank', id: 't1', model: 'm', results: told, usage: { total_tokens: 5 } },
    meta: { billed_units: { total_tokens: 5 }, tokens: { input_tokens: 5 } },
    usage: { input: 5, output: 0 },
  },
  {
    name: 'Fireworks, whose list is called data',
    model: 'fireworks_ai/accounts/fireworks/models/qwen3-reranker-8b',
    path: '/inference/v1/rerank',
    heard: { ...asked, model: 'accounts/fireworks/models/qwen3-reranker-8b' },
    answer: { object: 'list', data: [{ index: 1, relevance_score: 0.9, document: 'a red boat' }] },
    meta: {},
    usage: undefined,
  },
  {
    name: 'vLLM',
    model: 'hosted_vllm/BAAI/bge-reranker-v2-m3',
    path: '/v1/rerank',
    heard: { ...asked, model: 'BAAI/bge-reranker-v2-m3' },
    answer: { id: 'v1', model: 'm', usage: { total_tokens: 7 }, results: told },
    meta: { billed_units: { total_tokens: 7 }, tokens: { input_tokens: 7 } },
    usage: { input: 7, output: 0 },
  },
  {
    name: 'Text Embeddings Inference, which answers a list of all',
    model: 'huggingface/BAAI/bge-reranker-base',
    path: '/rerank',
    heard: { query: 'red boat', texts: ['a car', 'a red boat'], return_text: true },
    answer: [
      { index: 1, score: 0.9, text: 'a red boat' },
      { index: 0, score: 0.1, text: 'a car' },
    ],
    meta: {},
    usage: undefined,
  },
  {
    name: 'Cohere on Bedrock',
    model: 'bedrock/cohere.rerank-v3-5:0',
    path: '/model/cohere.rerank-v3-5%3A0/invoke',
    heard: { ...plain, top_n: 1, api_version: 2 },
    answer: { results: [{ index: 1, relevance_score: 0.9 }] },
    meta: {},
    usage: undefined,
  },
];

test.each(rows)('$name', async ({ model, path, heard, answer, meta, usage }) => {
  proxy = await startProxy({ model, api_base: vendor.url }, keys);
  vendor.answer = (_, res) => reply(res, answer);
  const { status, text } = await post(`${proxy.url}/v1/rerank`, asked);
  expect(vendor.seen).toMatchObject([{ method: 'POST' }]);
  expect([vendor.seen[0]?.path, vendor.seen[0]?.json]).toEqual([path, heard]);
  expect(status).toBe(200);
  const body = JSON.parse(text);
  expect(body).toMatchObject({ id: expect.stringMatching(/./), results: told, meta });
  expect(body.meta).toEqual(meta);
  const { entries } = proxy;
  await vi.waitUntil(() => entries.length > 0);
  expect(entries[0]).toMatchObject({ status: 200, route: 'POST /v1/rerank' });
  expect(entries[0]?.usage).toEqual(usage);
});

test.each(['/rerank', '/v1/rerank', '/v2/rerank'])('is served at %s', async (path) => {
  proxy = await startProxy({ model: 'mock/echo' });
  const { status, text } = await post(`${proxy.url}${path}`, { ...asked, documents: ['a car', 'a red boat'] });
  expect(status).toBe(200);
  const body = JSON.parse(text);
  expect(body.results).toEqual([{ index: 1, relevance_score: 1, document: { text: 'a red boat' } }]);
});

test("Cohere's own SDK", async () => {
  proxy = await startProxy({ model: 'voyage/rerank-2.5', api_base: vendor.url }, keys);
  vendor.answer = (_, res) => reply(res, { data: [{ index: 0, relevance_score: 0.5 }], usage: { total_tokens: 3 } });
  const cohere = new CohereClientV2({ token: 'the-clients-own', environment: proxy.url, maxRetries: 0 });
  const ranking = await cohere.rerank({ model: 'rerank-v3.5', query: 'boat', documents: ['a boat'], topN: 1 });
  expect(ranking.results).toEqual([{ index: 0, relevanceScore: 0.5 }]);
  expect(ranking.id).toMatch(/^rerank-/);
  expect(vendor.seen).toMatchObject([
    { headers: { authorization: `Bearer ${keys.VOYAGE_API_KEY}` }, json: { model: 'rerank-2.5', top_k: 1 } },
  ]);
});

const refused = [
  ['no query', { documents: ['a'] }, 400, "Missing required parameter: 'query'."],
  ['no documents', { query: 'a' }, 400, "Missing required parameter: 'documents'."],
  ['documents that are no list', { query: 'a', documents: 'b' }, 400, "'documents' must be an array"],
  ['an empty list', { query: 'a', documents: [] }, 400, "'documents' must not be empty"],
] as const;
test.each(refused)('%s is refused before anything is sent', async (_, body, status, words) => {
  proxy = await startProxy({ model: 'cohere/rerank-v3.5', api_base: vendor.url }, keys);
  const answer = await post(`${proxy.url}/v1/rerank`, body);
  expect([answer.status, JSON.parse(answer.text).error.message]).toEqual([status, expect.stringContaining(words)]);
  expect(vendor.seen).toEqual([]);
});

test('a provider that ranks nothing is a 404 that names it', async () => {
  proxy = await startProxy({ model: 'openai/gpt-4o', api_base: vendor.url }, keys);
  const { status, text } = await post(`${proxy.url}/v1/rerank`, asked);
  expect([status, JSON.parse(text).error]).toEqual([
    404,
    expect.objectContaining({
      code: 'unsupported_endpoint',
      message: expect.stringContaining('OpenAI (openai) has no /v1/rerank'),
    }),
  ]);
  expect(vendor.seen).toEqual([]);
});

test('what one cannot say is named with --drop_params and refused without', async () => {
  const body = { ...asked, rank_fields: ['title'] };
  proxy = await startProxy({ model: 'voyage/rerank-2.5', api_base: vendor.url }, keys);
  expect((await post(`${proxy.url}/rerank`, body)).status).toBe(400);
  vendor.answer = (_, res) => reply(res, { data: [] });
  const dropped = await post(`${proxy.url}/rerank`, { ...body, drop_params: true });
  expect(dropped.status).toBe(200);
  expect(dropped.headers['x-modelport-dropped-params']).toBe('rank_fields');
});
