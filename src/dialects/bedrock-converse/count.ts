import type { CountProvider } from '../dialect.ts';
import { countOf } from '../trouble.ts';
import { encodeRequest } from './encode-request.ts';
import type { BedrockQuirks } from './quirks.ts';

/** What the counter reads of a conversation (ConverseTokensRequest). */
const counted: readonly string[] = ['messages', 'system', 'toolConfig', 'additionalModelRequestFields'];

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html */
export const count: CountProvider<BedrockQuirks> = {
  refuses: [],
  encodeRequest(request, quirks) {
    const asked = Object.entries(encodeRequest({ ...request, unknown: {} }, quirks));
    return { input: { converse: Object.fromEntries(asked.filter(([word]) => counted.includes(word))) } };
  },
  decodeResponse: ({ inputTokens }) => countOf(inputTokens),
  // A few models are counted only; of the others AWS says so with status 400.
  unsupported: ({ kind, message }) => kind === 'invalid-request' && /\bcount(?:ing)? ?tokens?\b/i.test(message),
};
