import type { EmbeddingRequest, EmbeddingResponse, JsonObject } from '../../hub/index.ts';
import {
  asArray,
  asList,
  asNumber,
  asString,
  FieldError,
  type JsonValue,
  type Members,
  optional,
} from '../../wire/index.ts';
import type { EmbeddingClient } from '../dialect.ts';
import { writeUsage } from './lines.ts';
import { self } from './params.ts';
import { asked, checkPlain } from './request.ts';

/** /api/embed: a text or several. */
export const embedClient: EmbeddingClient = {
  check: (body) => checkInput(body, 'input', readInputs),
  decodeRequest: ({ input, ...body }) => asked(() => decode(body, readInputs(input, 'input'))),
  encodeResponse: ({ vectors, usage }, { model }, given) => {
    const { total_duration, load_duration } = writeUsage(undefined, given);
    return {
      model,
      embeddings: vectors.map(asFloats),
      total_duration: total_duration ?? 0,
      load_duration: load_duration ?? 0,
      ...(usage === undefined ? {} : { prompt_eval_count: usage.input }),
    };
  },
};

/** /api/embeddings, which came before it: one prompt, one vector. */
export const oldEmbedClient: EmbeddingClient = {
  check: (body) => checkInput(body, 'prompt', asString),
  decodeRequest: ({ prompt, ...body }) => asked(() => decode(body, [asString(prompt, 'prompt')])),
  encodeResponse: ({ vectors }: EmbeddingResponse) => ({ embedding: vectors.slice(0, 1).flatMap(asFloats) }),
};

function checkInput(body: Members, word: string, read: (value: JsonValue | undefined, path: string) => unknown): void {
  asked(() => {
    checkPlain(body);
    read(body.has(word) ? body.get(word) : undefined, word);
  });
}

function readInputs(input: JsonValue | undefined, path: string): string[] {
  if (typeof input === 'string') return [input];
  const list = asList(asString)(asArray(input, path), path);
  if (list.length === 0) throw new FieldError(path, 'must not be empty');
  return list;
}

/** What has no hub name is for servers of this API only. */
function decode({ model, dimensions, ...own }: JsonObject, inputs: string[]): EmbeddingRequest {
  const wanted = optional(asNumber, dimensions, 'dimensions');
  const said = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null));
  return {
    model: optional(asString, model, 'model') ?? '',
    inputs,
    ...(wanted === undefined ? {} : { dimensions: wanted }),
    format: 'float',
    extra: { [self]: said },
    unknown: {},
  };
}

/** Base64 is of float32 values, little-endian. */
function asFloats(vector: number[] | string): number[] {
  if (typeof vector !== 'string') return vector;
  const bytes = Buffer.from(vector, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(4 * index));
}
