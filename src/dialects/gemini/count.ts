import type { CountClient, CountProvider } from '../dialect.ts';
import { countOf } from '../trouble.ts';
import { encodeRequest } from './encode-request.ts';
import type { GeminiQuirks } from './quirks.ts';
import { checkCounted } from './request.ts';
import { resourceName } from './target.ts';

/** What Vertex AI's counter reads; the one of Google's own API reads a whole request. */
const plainWords: readonly string[] = ['contents', 'systemInstruction', 'tools', 'generationConfig'];

/** https://ai.google.dev/api/tokens: beside `contents` alone, a request as it would be made. */
export const count: CountProvider<GeminiQuirks> = {
  refuses: ['model'],
  names: (body, model) =>
    body.has('generateContentRequest') ? { 'generateContentRequest.model': resourceName(model) } : {},
  encodeRequest(request, quirks) {
    const asked = encodeRequest({ ...request, unknown: {} }, quirks);
    if (quirks.plainCount !== true) {
      return { generateContentRequest: { model: resourceName(request.model), ...asked } };
    }
    return Object.fromEntries(Object.entries(asked).filter(([word]) => plainWords.includes(word)));
  },
  // Protobuf leaves a zero out.
  decodeResponse: ({ totalTokens = 0 }) => countOf(totalTokens),
};

export const countClient: CountClient = {
  check: checkCounted,
  encodeResponse: (totalTokens) => ({ totalTokens }),
};
