import {
  type EmbeddingRequest,
  type EmbeddingResponse,
  type Json,
  type JsonObject,
  textsOnly,
  type Usage,
} from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { EmbeddingProvider } from '../dialect.ts';
import { decodeInnerError, unusable } from './error.ts';
import { self } from './params.ts';

/** v2/embed: at most 96 inputs; `input_type` is required, and is `search_document` where the client does not say. */
export const embeddings: EmbeddingProvider = {
  most: 96,
  encodeRequest(request) {
    const { model, dimensions, unknown } = request;
    const { embedding_types: types = ['float'], ...rest } = unknown;
    return {
      ...rest,
      model,
      ...encodeInputs(request),
      embedding_types: types,
      ...(dimensions === undefined ? {} : { output_dimension: dimensions }),
    };
  },
  decodeResponse(body, request) {
    const vectors = readVectors(body);
    if (vectors.length !== request.inputs.length) {
      throw unusable(`it has ${vectors.length} vectors for ${request.inputs.length} inputs`);
    }
    const usage = readUsage(body['meta']);
    return { vectors, ...(usage === undefined ? {} : { usage }) };
  },
};

/** What clients of other providers call the same purpose. */
const purposes: ReadonlyMap<string, string> = new Map([
  ['query', 'search_query'],
  ['document', 'search_document'],
  ['passage', 'search_document'],
]);

/** Images are data URLs in place of texts; mixed with texts they take the long form. */
function encodeInputs({ inputs, purpose = 'search_document' }: EmbeddingRequest): JsonObject {
  const texts = textsOnly(inputs, 'Cohere');
  const images = texts.filter(isImage).length;
  const inputType = purposes.get(purpose) ?? purpose;
  if (images === 0) return { texts, input_type: inputType };
  if (images === texts.length) return { images: texts, input_type: 'image' };
  return { inputs: texts.map((input) => ({ content: [encodePart(input)] })), input_type: inputType };
}

function isImage(text: string): boolean {
  return /^data:image\//i.test(text);
}

function encodePart(input: string): JsonObject {
  return isImage(input) ? { type: 'image_url', image_url: { url: input } } : { type: 'text', text: input };
}

/** By type, or the plain list of older servers; of several types the first. */
function readVectors(body: JsonObject): EmbeddingResponse['vectors'] {
  const { embeddings: found } = body;
  const lists: (Json | undefined)[] = isObject(found) ? [found['float'], ...Object.values(found)] : [found];
  const vectors = lists.map(readList).find((list) => list !== undefined);
  if (vectors !== undefined) return vectors;
  if (typeof body['message'] === 'string') throw decodeInnerError(body);
  throw unusable('it has no embeddings');
}

function readList(list: JsonValue | undefined): EmbeddingResponse['vectors'] | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const vectors = list.flatMap((one): EmbeddingResponse['vectors'] => {
    if (typeof one === 'string') return [one];
    const isVector = Array.isArray(one) && one.every((value) => typeof value === 'number');
    return isVector ? [one] : [];
  });
  return vectors.length === list.length ? vectors : undefined;
}

function readUsage(meta: JsonValue | undefined): Usage | undefined {
  const billed = isObject(meta) ? meta['billed_units'] : undefined;
  if (!isObject(billed)) return undefined;
  const { input_tokens: tokens, image_tokens: images } = billed;
  const input = (typeof tokens === 'number' ? tokens : 0) + (typeof images === 'number' ? images : 0);
  return { input, output: 0, raw: { by: self, value: billed } };
}
