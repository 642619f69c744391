import type { Carried, JsonObject } from './request.ts';
import type { Usage } from './response.ts';

/** A request for vectors in no vendor's words. */
export interface EmbeddingRequest {
  model: string;
  /** Texts, or texts as tokens. */
  inputs: (string | number[])[];
  dimensions?: number;
  /** How the client wants to read the vectors. */
  format: 'float' | 'base64';
  /** What the vectors are for, in the client's word (`input_type`): `search_query`, `search_document` ... */
  purpose?: string;
  /** `purpose` was said in another form's words: servers that may not know it are not told. */
  hint?: true;
  user?: string;
  /** Words that only the dialect knows that wrote them. */
  extra?: NonNullable<Carried['extra']>;
  /** Top-level keys without a hub name; they go to any provider. */
  unknown: JsonObject;
}

/** One vector for each input, in their order. Base64 text is of float32 values, little-endian. */
export interface EmbeddingResponse {
  vectors: (number[] | string)[];
  usage?: Usage;
}
