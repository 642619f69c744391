import {
  type EmbeddingRequest,
  type EmbeddingResponse,
  type JsonObject,
  ProxyError,
  textsOnly,
  type Usage,
} from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { EmbeddingProvider } from '../dialect.ts';
import { unusable } from './error.ts';
import type { BedrockQuirks } from './quirks.ts';

/** InvokeModel's bodies are the models' own: some take one text, others 96. */
export const embeddings: EmbeddingProvider<BedrockQuirks> = {
  most: ({ embeddings: form }) => (form === 'texts' ? 96 : 1),
  encodeRequest(request, { embeddings: form }): JsonObject {
    const texts = textsOnly(request.inputs, 'Amazon Bedrock');
    if (form === undefined) throw unspoken();
    switch (form) {
      case 'texts':
        return many(request, texts);
      case 'sized-text':
        return { inputText: texts[0] ?? '', ...sized(request, 'dimensions'), ...request.unknown };
      case 'text':
        return { inputText: texts[0] ?? '', ...request.unknown };
    }
  },
  decodeResponse(body, { inputs }): EmbeddingResponse {
    const vectors = vectorsIn(body);
    if (vectors.length !== inputs.length)
      throw unusable(`it holds ${vectors.length} vectors for ${inputs.length} inputs`);
    const tokens = body['inputTextTokenCount'];
    const usage: Usage | undefined = typeof tokens === 'number' ? { input: tokens, output: 0 } : undefined;
    return usage === undefined ? { vectors } : { vectors, usage };
  },
};

function unspoken(): ProxyError {
  return new ProxyError('invalid-request', 'this model of Amazon Bedrock makes no vectors, or in a form unknown here', {
    param: 'model',
  });
}

function many(request: EmbeddingRequest, texts: string[]): JsonObject {
  return {
    texts,
    input_type: request.purpose ?? 'search_document',
    ...sized(request, 'output_dimension'),
    ...request.unknown,
  };
}

function sized({ dimensions }: EmbeddingRequest, word: string): JsonObject {
  return dimensions === undefined ? {} : { [word]: dimensions };
}

function vectorsIn(body: JsonObject): number[][] {
  const { embedding, embeddings: list } = body;
  const byType = isObject(list) ? (list['float'] ?? Object.values(list)[0]) : list;
  const found = Array.isArray(byType) ? byType : embedding === undefined ? [] : [embedding];
  return found.map(asVector);
}

function asVector(value: JsonValue): number[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'number')) return value;
  throw unusable('one of its vectors is no list of numbers');
}
