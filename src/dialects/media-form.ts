import { type JsonObject, ProxyError } from '../hub/index.ts';
import type { JsonValue } from '../wire/index.ts';
import type { Given } from './dialect.ts';

/**
 * A provider's form of images or reranking. OpenAI's form of images and Cohere's of reranking are the common language here:
 * all clients speak them, and what they say is little.
 */
export interface MediaForm {
  /** Throws invalid-request for what it cannot say. `model`: the provider's name. */
  encodeRequest(asked: JsonObject, model: string): JsonObject;
  /** Top-level words of the client's form that it has no place for, beside those that ask for nothing. */
  lost(asked: JsonObject): readonly string[];
  /** The reply in the client's form. Throws bad-upstream-reply. */
  decodeResponse(reply: JsonValue, asked: JsonObject, given: Given): JsonObject;
}

/** The words that ask for something and are not among these. */
export function wordsBeside(asked: JsonObject, told: readonly string[]): string[] {
  return Object.keys(asked).filter((word) => (asked[word] ?? false) !== false && !told.includes(word));
}

export function unusableMedia(problem: string): ProxyError {
  return new ProxyError('bad-upstream-reply', `the provider's reply is unusable: ${problem}`);
}
