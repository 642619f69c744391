import { expect, test } from 'vitest';
import type { BedrockQuirks } from '../../../src/dialects/bedrock-converse/quirks.ts';
import type { EmbeddingRequest, JsonObject } from '../../../src/hub/index.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { provider } from './codec.ts';

function asked(inputs: EmbeddingRequest['inputs'], more: Partial<EmbeddingRequest> = {}): EmbeddingRequest {
  return { model: 'm', inputs, format: 'float', unknown: {}, ...more };
}

const { embeddings } = provider;

test.each<[NonNullable<BedrockQuirks['embeddings']>, EmbeddingRequest, JsonObject]>([
  ['text', asked(['a'], { dimensions: 256 }), { inputText: 'a' }],
  [
    'sized-text',
    asked(['a'], { dimensions: 256, unknown: { normalize: true } }),
    { inputText: 'a', dimensions: 256, normalize: true },
  ],
  ['texts', asked(['a', 'b']), { texts: ['a', 'b'], input_type: 'search_document' }],
  [
    'texts',
    asked(['a'], { purpose: 'search_query', dimensions: 512, unknown: { truncate: 'END' } }),
    { texts: ['a'], input_type: 'search_query', output_dimension: 512, truncate: 'END' },
  ],
])('the form %s', (form, request, body) => {
  expect(embeddings?.encodeRequest(request, { embeddings: form })).toEqual(body);
});

test('what makes no vectors, and what is no text, is refused', () => {
  expect(() => embeddings?.encodeRequest(asked(['a']), {})).toThrow(/makes no vectors/);
  expect(() => embeddings?.encodeRequest(asked([[1, 2]]), { embeddings: 'texts' })).toThrow(
    /'input' is a list of tokens/,
  );
});

test('how many texts go at once', () => {
  const { most } = embeddings ?? {};
  expect(typeof most === 'function' && [most({ embeddings: 'text' }), most({ embeddings: 'texts' })]).toEqual([1, 96]);
});

test.each<[JsonObject, number, object]>([
  [{ embedding: [1, 2], inputTextTokenCount: 3 }, 1, { vectors: [[1, 2]], usage: { input: 3, output: 0 } }],
  [{ embeddings: [[1], [2]], id: 'x' }, 2, { vectors: [[1], [2]] }],
  [{ embeddings: { float: [[1], [2]] } }, 2, { vectors: [[1], [2]] }],
])('%j', (body, count, reply) => {
  expect(embeddings?.decodeResponse(body, asked(Array(count).fill('a')), {})).toEqual(reply);
});

test.each<[JsonObject]>([[{}], [{ embedding: 'x' }], [{ embeddings: [[1]] }], [{ embeddings: [['x'], [1]] }]])(
  '%j is unusable',
  (body) => {
    expect(() => embeddings?.decodeResponse(body, asked(['a', 'b']), {})).toThrow(/unusable/);
  },
);

test('the path', () => {
  const at = { operation: 'embeddings', model: 'amazon.titan-embed-text-v2:0', stream: false } as const;
  const { path } = provider.target({ ...at, query: new URLSearchParams(), headers: {} });
  expect(path).toBe('/model/amazon.titan-embed-text-v2%3A0/invoke');
});

describeRecorded('recorded vectors', () => {
  test.each(recordings('embeddings').filter(({ meta }) => meta.provider === 'bedrock'))(
    '$case',
    ({ body, request }) => {
      const json = JSON.parse(body.toString());
      expect(embeddings?.encodeRequest(asked(['Hello World!']), { embeddings: 'text' })).toEqual(request);
      expect(embeddings?.decodeResponse(json, asked(['Hello World!']), {}).vectors).toEqual([json.embedding]);
    },
  );
});
