import type { EmbeddingRequest, EmbeddingResponse, Json, JsonObject } from '../../hub/index.ts';
import { asList, asNumber, asObject, asString, FieldError, type Members, optional } from '../../wire/index.ts';
import type { EmbeddingClient } from '../dialect.ts';
import { asked } from './error.ts';
import { field, self } from './own.ts';

/** What vectors are for, in the words of other APIs. */
const purposes: ReadonlyMap<string, string> = new Map([
  ['RETRIEVAL_QUERY', 'search_query'],
  ['RETRIEVAL_DOCUMENT', 'search_document'],
  ['CLASSIFICATION', 'classification'],
  ['CLUSTERING', 'clustering'],
]);

/** `:batchEmbedContents` asks for many vectors: https://ai.google.dev/api/embeddings */
export const batchClient: EmbeddingClient = {
  check: (body: Members) => asked(() => void readBatch(body.get('requests'))),
  decodeRequest: (body) => asked(() => decode(readBatch(body['requests']))),
  encodeResponse: (reply) => ({ embeddings: reply.vectors.map(written), ...counted(reply) }),
};

/** `:embedContent` asks for one. */
export const singleClient: EmbeddingClient = {
  check: (body: Members) => asked(() => void textOf(body.get('content'), 'content')),
  decodeRequest: (body) => asked(() => decode([{ node: body, path: '', text: textOf(body['content'], 'content') }])),
  encodeResponse: (reply) => ({ embedding: written(reply.vectors[0] ?? []), ...counted(reply) }),
};

interface One {
  node: JsonObject;
  /** What stands before the names of its fields. */
  path: string;
  text: string;
}

function readBatch(requests: Json | undefined): One[] {
  const list = asList(asObject)(requests, 'requests');
  if (list.length === 0) throw new FieldError('requests', 'must hold at least one request');
  return list.map((node, index) => {
    const path = `requests[${index}].`;
    return { node, path, text: textOf(node['content'], `${path}content`) };
  });
}

function decode(all: readonly One[]): EmbeddingRequest {
  const dimensions = shared(all, 'outputDimensionality', asNumber);
  const taskType = shared(all, 'taskType', asString);
  const title = shared(all, 'title', asString);
  const purpose = taskType === undefined ? undefined : purposes.get(taskType.toUpperCase());
  const own: JsonObject = {
    ...(taskType === undefined ? {} : { taskType }),
    ...(title === undefined ? {} : { title }),
  };
  return {
    model: '',
    inputs: all.map(({ text }) => text),
    format: 'float',
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(purpose === undefined ? {} : { purpose, hint: true }),
    ...(Object.keys(own).length === 0 ? {} : { extra: { [self]: own } }),
    unknown: {},
  };
}

/** What all requests of a batch say: elsewhere a batch has one setting. */
function shared<T extends number | string>(
  requests: readonly One[],
  name: string,
  as: (value: Json | undefined, path: string) => T,
): T | undefined {
  const [first, ...others] = requests.map(({ node, path }) => optional(as, field(node, name), `${path}${name}`));
  const odd = others.findIndex((other) => other !== first);
  if (odd < 0) return first;
  throw new FieldError(`requests[${odd + 1}].${name}`, 'must be that of the other requests of the batch');
}

/** The parts of one content make one vector. */
function textOf(value: Json | undefined, path: string): string {
  const content = asObject(value, path);
  const parts = asList(asObject)(content['parts'], `${path}.parts`);
  if (parts.length === 0) throw new FieldError(`${path}.parts`, 'must hold at least one part');
  return parts.map((part, index) => asString(part['text'], `${path}.parts[${index}].text`)).join('\n');
}

/** Base64 text is of float32 values, little-endian. */
function written(vector: number[] | string): JsonObject {
  if (typeof vector !== 'string') return { values: vector };
  const bytes = Buffer.from(vector, 'base64');
  return { values: Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(4 * index)) };
}

function counted({ usage }: EmbeddingResponse): JsonObject {
  return usage === undefined ? {} : { usageMetadata: { promptTokenCount: usage.input } };
}
