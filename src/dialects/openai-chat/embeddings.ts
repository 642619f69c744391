import {
  type EmbeddingRequest,
  type EmbeddingResponse,
  type Facts,
  type JsonObject,
  ProxyError,
  textsOnly,
  type Usage,
} from '../../hub/index.ts';
import { asArray, asObject, isObject, type JsonMap, type JsonValue, type Members } from '../../wire/index.ts';
import type { EmbeddingClient, EmbeddingProvider } from '../dialect.ts';
import type { OpenAIChatQuirks } from './quirks.ts';

/** https://platform.openai.com/docs/api-reference/embeddings */
export const embeddingClient: EmbeddingClient = {
  check(body: Members): void {
    readInputs(body.get('input'));
    readFormat(body.get('encoding_format'));
  },
  decodeRequest(body: JsonObject): EmbeddingRequest {
    const { model, input, dimensions, encoding_format, user, input_type, ...unknown } = body;
    const request: EmbeddingRequest = {
      model: typeof model === 'string' ? model : '',
      inputs: readInputs(input),
      format: readFormat(encoding_format),
      unknown,
    };
    if (typeof dimensions === 'number') request.dimensions = dimensions;
    else if (dimensions !== undefined && dimensions !== null) throw wrong('dimensions', 'must be a number');
    if (typeof user === 'string') request.user = user;
    if (typeof input_type === 'string') request.purpose = input_type;
    return request;
  },
  encodeResponse({ vectors, usage }: EmbeddingResponse, { model, format }: EmbeddingRequest): JsonObject {
    const data = vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: format === 'base64' ? asBase64(vector) : asFloats(vector),
    }));
    const tokens = usage?.input ?? 0;
    return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
  },
  glance({ data, model, usage }: JsonObject): Facts {
    if (!Array.isArray(data)) {
      throw new ProxyError('bad-upstream-reply', "the provider's reply is unusable: it holds no vectors");
    }
    const counted = readUsage(usage);
    return {
      ...(typeof model === 'string' ? { model } : {}),
      ...(counted === undefined ? {} : { usage: counted }),
    };
  },
};

export const embeddingProvider: EmbeddingProvider<OpenAIChatQuirks> = {
  encodeRequest({ model, inputs, dimensions, format, purpose, hint, user, unknown }, quirks): JsonObject {
    if (quirks.vectorResults) return { ...unknown, inputs: textsOnly(inputs, 'this provider') };
    return {
      ...unknown,
      model,
      input: inputs,
      ...(quirks.byteVectors ? {} : { encoding_format: format }),
      ...(dimensions === undefined ? {} : { dimensions }),
      ...(purpose === undefined || hint ? {} : { input_type: purpose }),
      ...(user === undefined ? {} : { user }),
    };
  },
  readList: (list) => ({ results: list.map((embedding) => ({ embedding })) }),
  decodeResponse(body, { inputs }, quirks): EmbeddingResponse {
    const vectors: EmbeddingResponse['vectors'] = [];
    const list = quirks.vectorResults ? 'results' : 'data';
    for (const [place, item] of asArray(body[list], list).entries()) {
      const { index, embedding } = asObject(item, `data[${place}]`);
      vectors[typeof index === 'number' ? index : place] =
        quirks.byteVectors && typeof embedding === 'string' ? signedBytes(embedding) : readVector(embedding, place);
    }
    const count = Object.keys(vectors).length;
    if (count !== inputs.length || vectors.length !== count) {
      const problem = `the provider sent vectors for ${count} of ${inputs.length} inputs`;
      throw new ProxyError('bad-upstream-reply', problem);
    }
    const usage = readUsage(quirks.vectorResults ? { prompt_tokens: body['input_token_count'] ?? 0 } : body['usage']);
    return usage === undefined ? { vectors } : { vectors, usage };
  },
};

/** A text, texts, a list of tokens or lists of tokens; none of them empty. */
function readInputs(input: JsonValue | undefined): (string | number[])[] {
  if (input === undefined || input === null)
    throw wrong('input', 'is required', "Missing required parameter: 'input'.");
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) throw wrong('input', 'must be a string or an array');
  if (input.length === 0) throw wrong('input', 'must not be empty');
  if (isTokens(input)) return [input];
  return input.map((one, index) => {
    if (typeof one === 'string') return one;
    if (Array.isArray(one) && one.length > 0 && isTokens(one)) return one;
    throw wrong(`input[${index}]`, 'must be a string or an array of tokens');
  });
}

function isTokens(list: readonly JsonValue[]): list is number[] {
  return list.every((one) => typeof one === 'number');
}

function readFormat(format: JsonValue | undefined): 'float' | 'base64' {
  if (format === undefined || format === null || format === 'float') return 'float';
  if (format === 'base64') return 'base64';
  throw wrong('encoding_format', "must be 'float' or 'base64'");
}

function wrong(param: string, problem: string, message = `'${param}' ${problem}`): ProxyError {
  return new ProxyError('invalid-request', message, { param });
}

function readVector(embedding: JsonValue | undefined, place: number): number[] | string {
  if (typeof embedding === 'string') return embedding;
  if (Array.isArray(embedding) && isTokens(embedding)) return embedding;
  throw new ProxyError('bad-upstream-reply', `the provider's reply is unusable: data[${place}] has no embedding`);
}

function signedBytes(text: string): number[] {
  return [...new Int8Array(Buffer.from(text, 'base64'))];
}

function readUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const input = tokens(value, 'prompt_tokens') ?? tokens(value, 'total_tokens');
  return input === undefined ? undefined : { input, output: 0 };
}

function tokens(usage: JsonMap, name: string): number | undefined {
  const value = usage[name];
  return typeof value === 'number' ? value : undefined;
}

/** Float32 values, little-endian (the OpenAI SDKs read them so). */
function asBase64(vector: number[] | string): string {
  if (typeof vector === 'string') return vector;
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes.toString('base64');
}

function asFloats(vector: number[] | string): number[] {
  if (typeof vector !== 'string') return vector;
  const bytes = Buffer.from(vector, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(4 * index));
}
