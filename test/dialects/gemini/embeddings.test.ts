import { expect, test } from 'vitest';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import type { GeminiQuirks } from '../../../src/dialects/index.ts';
import type { EmbeddingRequest, JsonObject } from '../../../src/hub/index.ts';
import { at } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { validate } from '../validators.ts';

const { embeddings, target } = gemini.provider;
if (embeddings === undefined) throw new Error('no embeddings');

const predict: GeminiQuirks = { predict: { most: 250 } };
const asked = (more: Partial<EmbeddingRequest> = {}): EmbeddingRequest => ({
  model: 'gemini-embedding-001',
  inputs: ['a'],
  format: 'float',
  unknown: {},
  ...more,
});
const one = (text: string, more: JsonObject = {}): JsonObject => ({
  model: 'models/gemini-embedding-001',
  content: { parts: [{ text }] },
  ...more,
});

test.each<[Partial<EmbeddingRequest>, JsonObject]>([
  [{ inputs: ['a', 'b'] }, { requests: [one('a'), one('b')] }],
  [{ model: 'models/gemini-embedding-001', dimensions: 768 }, { requests: [one('a', { outputDimensionality: 768 })] }],
  [{ purpose: 'search_query' }, { requests: [one('a', { taskType: 'RETRIEVAL_QUERY' })] }],
  [{ purpose: 'passage' }, { requests: [one('a', { taskType: 'RETRIEVAL_DOCUMENT' })] }],
  [{ purpose: 'clustering' }, { requests: [one('a', { taskType: 'CLUSTERING' })] }],
  [
    { purpose: 'query', unknown: { task_type: 'RETRIEVAL_DOCUMENT', title: 't' } },
    { requests: [one('a', { taskType: 'RETRIEVAL_DOCUMENT', title: 't' })] },
  ],
])('%j in a batch', (more, body) => {
  const encoded = embeddings.encodeRequest(asked(more), {});
  expect(encoded).toEqual(body);
  expect(validate('gemini', encoded, 'batch.request').errors).toEqual([]);
});

test.each<[Partial<EmbeddingRequest>, JsonObject]>([
  [{ inputs: ['a', 'b'] }, { instances: [{ content: 'a' }, { content: 'b' }] }],
  [
    { dimensions: 8, purpose: 'document', unknown: { auto_truncate: false, title: 't' } },
    {
      instances: [{ content: 'a', task_type: 'RETRIEVAL_DOCUMENT', title: 't' }],
      parameters: { autoTruncate: false, outputDimensionality: 8 },
    },
  ],
])('%j by :predict', (more, body) => {
  expect(embeddings.encodeRequest(asked(more), predict)).toEqual(body);
});

test('lists of tokens are refused, by their place', () => {
  expect(() => embeddings.encodeRequest(asked({ inputs: ['a', [1, 2]] }), {})).toThrow(
    expect.objectContaining({ kind: 'invalid-request', facts: { param: 'input[1]', code: 'tokens_not_supported' } }),
  );
});

test('most inputs of one request', () => {
  const { most } = embeddings;
  if (typeof most !== 'function') throw new Error('most depends on the quirk');
  expect([most({}), most(predict)]).toEqual([100, 250]);
});

test('the path', () => {
  expect(target({ ...at('gemini-embedding-001'), operation: 'embeddings' }).path).toBe(
    '/models/gemini-embedding-001:batchEmbedContents',
  );
});

test.each<[string, JsonObject]>([
  ['too few', { embeddings: [] }],
  ['no numbers', { embeddings: [{ values: ['x'] }] }],
  ['nothing', {}],
  ['an error', { error: { code: 500 } }],
])('%s is no reply', (_title, body) => {
  expect(() => embeddings.decodeResponse(body, asked(), {})).toThrow(
    expect.objectContaining({ kind: 'bad-upstream-reply' }),
  );
});

test('usage where it is told', () => {
  const batch = { embeddings: [{ values: [1] }], usageMetadata: { promptTokenCount: 4 } };
  expect(embeddings.decodeResponse(batch, asked(), {})).toEqual({ vectors: [[1]], usage: { input: 4, output: 0 } });
});

describeRecorded('recorded vectors', () => {
  const all = recordings('embeddings').filter(({ name }) => /\/(?:google|vertex)-json/.test(name));
  test('there are two', () => expect(all).toHaveLength(2));
  test.each(all)('$name', ({ name, body, request }) => {
    const json = JSON.parse(body.toString());
    const vertex = name.includes('vertex');
    const values: number[][] = vertex
      ? json.predictions.map((found: { embeddings: { values: number[] } }) => found.embeddings.values)
      : json.embeddings.map((found: { values: number[] }) => found.values);
    const reply = embeddings.decodeResponse(json, asked({ inputs: values.map(() => 'a') }), vertex ? predict : {});
    expect(reply).toEqual({ vectors: values, ...(vertex ? { usage: { input: 11, output: 0 } } : {}) });
    if (request === undefined) return;
    expect(embeddings.encodeRequest(asked({ inputs: ['Some text goes here'], dimensions: 768 }), {})).toEqual(request);
  });
});
