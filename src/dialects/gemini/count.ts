import { ProxyError } from '../../hub/index.ts';
import type { CountClient, CountProvider } from '../dialect.ts';
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
  decodeResponse({ totalTokens }) {
    // Protobuf leaves a zero out.
    if (totalTokens === undefined) return 0;
    if (typeof totalTokens === 'number') return totalTokens;
    throw new ProxyError('bad-upstream-reply', "the provider's reply is unusable: it holds no count of tokens");
  },
};

export const countClient: CountClient = {
  check: checkCounted,
  encodeResponse: (totalTokens) => ({ totalTokens }),
};
