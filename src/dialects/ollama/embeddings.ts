import { type Json, textsOnly } from '../../hub/index.ts';
import type { EmbeddingProvider } from '../dialect.ts';
import { errorWithin, unusable } from './error.ts';
import { self } from './params.ts';
import { readUsage } from './usage.ts';

const words: ReadonlySet<string> = new Set(['truncate', 'keep_alive', 'options']);

/** /api/embed. */
export const embeddings: EmbeddingProvider = {
  encodeRequest({ model, inputs, dimensions, unknown, extra }) {
    const input = textsOnly(inputs, 'Ollama');
    const known = Object.entries(unknown).filter(([word]) => words.has(word));
    const options = Object.entries(unknown).filter(([word]) => !words.has(word));
    return {
      ...(options.length === 0 ? {} : { options: Object.fromEntries(options) }),
      ...Object.fromEntries(known),
      ...extra?.[self],
      model,
      input,
      ...(dimensions === undefined ? {} : { dimensions }),
    };
  },
  decodeResponse(body, { inputs }) {
    const failed = errorWithin(body);
    if (failed !== undefined) throw failed;
    const found: Json[] = Array.isArray(body['embeddings']) ? body['embeddings'] : [];
    const vectors = found.flatMap((one) => {
      const isVector = Array.isArray(one) && one.every((value) => typeof value === 'number');
      return isVector ? [one] : [];
    });
    if (vectors.length !== inputs.length) {
      throw unusable(`it has ${vectors.length} vectors for ${inputs.length} inputs`);
    }
    const usage = readUsage(body);
    return { vectors, ...(usage === undefined ? {} : { usage }) };
  },
};
