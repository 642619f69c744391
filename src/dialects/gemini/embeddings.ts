import {
  type EmbeddingRequest,
  type EmbeddingResponse,
  type Json,
  type JsonObject,
  textsOnly,
} from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { EmbeddingProvider } from '../dialect.ts';
import { unusable } from './error.ts';
import { listIn, numberIn, objectIn, self } from './own.ts';
import type { GeminiQuirks } from './quirks.ts';
import { resourceName } from './target.ts';

/** What vectors are for, in other providers' words. */
const tasks: ReadonlyMap<string, string> = new Map([
  ['query', 'RETRIEVAL_QUERY'],
  ['search_query', 'RETRIEVAL_QUERY'],
  ['document', 'RETRIEVAL_DOCUMENT'],
  ['passage', 'RETRIEVAL_DOCUMENT'],
  ['search_document', 'RETRIEVAL_DOCUMENT'],
]);

/** Vectors by `:batchEmbedContents`, or by `:predict` where the quirk says so. */
export const embeddings: EmbeddingProvider<GeminiQuirks> = {
  most: ({ predict }) => predict?.most ?? 100,
  encodeRequest: (request, { predict }) => (predict === undefined ? encodeBatch(request) : encodePredict(request)),
  decodeResponse: (body, request, { predict }) => {
    if (isObject(body['error'])) throw unusable('it holds an error');
    const reply = predict === undefined ? decodeBatch(body) : decodePredict(body);
    if (reply.vectors.length === request.inputs.length) return reply;
    throw unusable(`it has ${reply.vectors.length} vectors for ${request.inputs.length} inputs`);
  },
};

function encodeBatch(request: EmbeddingRequest): JsonObject {
  const { task, title, dimensions, rest } = wordsOf(request);
  const requests = textsOf(request).map(
    (text): JsonObject => ({
      model: resourceName(request.model),
      content: { parts: [{ text }] },
      ...(task === undefined ? {} : { taskType: task }),
      ...(title === undefined ? {} : { title }),
      ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
    }),
  );
  return { ...rest, requests };
}

function encodePredict(request: EmbeddingRequest): JsonObject {
  const { task, title, dimensions, rest } = wordsOf(request);
  const { autoTruncate, auto_truncate, parameters, ...more } = rest;
  const truncate = autoTruncate ?? auto_truncate;
  const all: JsonObject = {
    ...(isObject(parameters) ? parameters : {}),
    ...(truncate === undefined ? {} : { autoTruncate: truncate }),
    ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
  };
  const instances = textsOf(request).map(
    (content): JsonObject => ({
      content,
      ...(task === undefined ? {} : { task_type: task }),
      ...(title === undefined ? {} : { title }),
    }),
  );
  return { ...more, instances, ...(Object.keys(all).length === 0 ? {} : { parameters: all }) };
}

interface Words {
  task?: Json;
  title?: Json;
  dimensions?: Json;
  rest: JsonObject;
}

/** This API's own words stand above the hub's. */
function wordsOf({ purpose, dimensions, unknown, extra }: EmbeddingRequest): Words {
  const words = { ...unknown, ...extra?.[self] };
  const { taskType, task_type, title, outputDimensionality, output_dimensionality, ...rest } = words;
  const meant = purpose === undefined ? undefined : (tasks.get(purpose.toLowerCase()) ?? purpose.toUpperCase());
  const task = taskType ?? task_type ?? meant;
  const size = outputDimensionality ?? output_dimensionality ?? dimensions;
  return {
    ...(task === undefined ? {} : { task }),
    ...(title === undefined ? {} : { title }),
    ...(size === undefined ? {} : { dimensions: size }),
    rest,
  };
}

function textsOf({ inputs }: EmbeddingRequest): string[] {
  return textsOnly(inputs, 'Google');
}

function decodeBatch(body: JsonObject): EmbeddingResponse {
  const single = objectIn(body, 'embedding');
  const vectors = (single === undefined ? listIn(body, 'embeddings') : [single]).map(vectorOf);
  const counted = objectIn(body, 'usageMetadata');
  const tokens = counted === undefined ? undefined : numberIn(counted, 'promptTokenCount');
  return { vectors, ...(tokens === undefined ? {} : { usage: { input: tokens, output: 0 } }) };
}

function decodePredict(body: JsonObject): EmbeddingResponse {
  const found = listIn(body, 'predictions').map((one) => (isObject(one) ? (objectIn(one, 'embeddings') ?? {}) : {}));
  const tokens = found.map((one) => numberIn(objectIn(one, 'statistics') ?? {}, 'token_count'));
  const counted = tokens.filter((count) => count !== undefined);
  const input = counted.reduce((sum, count) => sum + count, 0);
  return { vectors: found.map(vectorOf), ...(counted.length === 0 ? {} : { usage: { input, output: 0 } }) };
}

function vectorOf(node: Json): number[] {
  const values = isObject(node) ? listIn(node, 'values') : [];
  if (values.length === 0 || !values.every((value) => typeof value === 'number'))
    throw unusable('a vector is no list of numbers');
  return values;
}
