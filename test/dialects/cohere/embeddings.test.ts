import { describe, expect, test } from 'vitest';
import { cohere } from '../../../src/dialects/cohere/index.ts';
import type { EmbeddingRequest, JsonObject } from '../../../src/hub/index.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { validate } from '../validators.ts';

const { embeddings } = cohere.provider;
if (embeddings === undefined) throw new Error('no embeddings');

const asked = (more: Partial<EmbeddingRequest> = {}): EmbeddingRequest => ({
  model: 'embed-v4.0',
  inputs: ['a'],
  format: 'float',
  unknown: {},
  ...more,
});
const png = 'data:image/png;base64,AA==';

const rows: [Partial<EmbeddingRequest>, JsonObject][] = [
  [{}, { texts: ['a'], input_type: 'search_document', embedding_types: ['float'] }],
  [
    { purpose: 'query', format: 'base64' },
    { input_type: 'search_query', embedding_types: ['float'] },
  ],
  [
    { purpose: 'classification', dimensions: 256 },
    { input_type: 'classification', output_dimension: 256 },
  ],
  [{ unknown: { truncate: 'END', embedding_types: ['int8'] } }, { truncate: 'END', embedding_types: ['int8'] }],
  [{ inputs: [png] }, { images: [png], input_type: 'image' }],
  [
    { inputs: [png, 'a'] },
    {
      inputs: [
        { content: [{ type: 'image_url', image_url: { url: png } }] },
        { content: [{ type: 'text', text: 'a' }] },
      ],
    },
  ],
];

test.each(rows)('%j', (more, expected) => {
  const body = embeddings.encodeRequest(asked(more), {});
  expect(body).toMatchObject({ model: 'embed-v4.0', ...expected });
  const { errors } = validate('cohere', body, 'embed.request');
  // The republished schema names no members of the content's parts.
  expect(errors.filter((error) => !/content/.test(error))).toEqual([]);
});

test('lists of tokens are refused', () => {
  const encode = () => embeddings.encodeRequest(asked({ inputs: [[1, 2]] }), {});
  expect(encode).toThrow(expect.objectContaining({ kind: 'invalid-request' }));
  expect(embeddings.most).toBe(96);
});

describe('replies', () => {
  const meta = { billed_units: { input_tokens: 3, image_tokens: 4 } };
  test.each<[string, JsonObject, object]>([
    ['by type', { embeddings: { float: [[1, 2]] }, meta }, { vectors: [[1, 2]], usage: { input: 7 } }],
    ['of another type', { embeddings: { int8: [[1]] } }, { vectors: [[1]] }],
    ['in base64', { embeddings: { base64: ['AA=='] } }, { vectors: ['AA=='] }],
    ['a plain list', { embeddings: [[0.5]] }, { vectors: [[0.5]] }],
  ])('%s', (_name, body, expected) => {
    expect(embeddings.decodeResponse(body, asked(), {})).toMatchObject(expected);
  });

  test.each<[string, JsonObject, string]>([
    ['too few', { embeddings: { float: [] } }, 'bad-upstream-reply'],
    ['no numbers', { embeddings: { float: [[1, 'x']] } }, 'bad-upstream-reply'],
    ['an error', { message: 'too many tokens' }, 'context-window'],
    ['more than asked', { embeddings: { float: [[1], [2]] } }, 'bad-upstream-reply'],
  ])('%s', (_name, body, kind) => {
    const read = () => embeddings.decodeResponse(body, asked(), {});
    expect(read).toThrow(expect.objectContaining({ kind }));
  });
});

describeRecorded('recorded', () => {
  const all = recordings('embeddings').filter(({ meta }) => meta.provider === 'cohere');
  test('there is one', () => expect(all).not.toEqual([]));
  test.each(all)('$case', ({ request, body }) => {
    const sent = JSON.parse(JSON.stringify(request));
    expect(embeddings.encodeRequest(asked({ inputs: sent.texts, dimensions: sent.output_dimension }), {})).toEqual(
      sent,
    );
    const json = JSON.parse(body.toString());
    const reply = embeddings.decodeResponse(json, asked({ inputs: sent.texts }), {});
    expect(reply.vectors).toEqual(json.embeddings.float);
    expect(reply.usage?.input).toBe(json.meta.billed_units.input_tokens);
  });
});
