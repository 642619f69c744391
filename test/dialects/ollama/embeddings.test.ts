import { expect, test } from 'vitest';
import { ollama } from '../../../src/dialects/ollama/index.ts';
import type { EmbeddingRequest, JsonObject } from '../../../src/hub/index.ts';
import { validate } from '../validators.ts';

const { embeddings } = ollama.provider;
if (embeddings === undefined) throw new Error('no embeddings');

const asked = (more: Partial<EmbeddingRequest> = {}): EmbeddingRequest => ({
  model: 'nomic-embed-text',
  inputs: ['a', 'b'],
  format: 'float',
  unknown: {},
  ...more,
});

test.each<[Partial<EmbeddingRequest>, JsonObject]>([
  [{}, { input: ['a', 'b'] }],
  [
    { dimensions: 64, format: 'base64', purpose: 'query' },
    { input: ['a', 'b'], dimensions: 64 },
  ],
  [{ unknown: { truncate: false, num_ctx: 9 } }, { input: ['a', 'b'], truncate: false, options: { num_ctx: 9 } }],
])('%j', (more, expected) => {
  const body = embeddings.encodeRequest(asked(more), {});
  expect(body).toEqual({ model: 'nomic-embed-text', ...expected });
  expect(validate('ollama', body, 'embed.request').errors).toEqual([]);
});

test('lists of tokens are refused', () => {
  const encode = () => embeddings.encodeRequest(asked({ inputs: [[1]] }), {});
  expect(encode).toThrow(expect.objectContaining({ kind: 'invalid-request' }));
});

test('a reply', () => {
  const body = { model: 'n', embeddings: [[1, 2], [3]], prompt_eval_count: 4 };
  expect(embeddings.decodeResponse(body, asked(), {})).toMatchObject({ vectors: [[1, 2], [3]], usage: { input: 4 } });
});

test.each<[JsonObject, string]>([
  [{ embeddings: [[1]] }, 'bad-upstream-reply'],
  [{ embeddings: [[1], ['x']] }, 'bad-upstream-reply'],
  [{}, 'bad-upstream-reply'],
  [{ error: 'the input length exceeds the context length' }, 'context-window'],
])('a bad reply %j', (body, kind) => {
  const read = () => embeddings.decodeResponse(body, asked(), {});
  expect(read).toThrow(expect.objectContaining({ kind }));
});
