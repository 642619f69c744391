import type { CountClient, CountProvider } from '../dialect.ts';
import { countOf } from '../trouble.ts';
import { encodeRequest } from './encode-request.ts';
import type { AnthropicQuirks } from './quirks.ts';
import { check } from './request.ts';

/** https://docs.anthropic.com/en/api/messages-count-tokens: a message without what concerns its answer only. */
const answerWords: readonly string[] = [
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'stream',
  'metadata',
  'service_tier',
  'container',
  'inference_geo',
  'user_profile_id',
];

export const countClient: CountClient = {
  check,
  encodeResponse: (tokens) => ({ input_tokens: tokens }),
};

export const countProvider: CountProvider<AnthropicQuirks> = {
  refuses: answerWords,
  encodeRequest(request, quirks) {
    const entries = Object.entries(encodeRequest({ ...request, unknown: {} }, quirks));
    return Object.fromEntries(entries.filter(([word]) => !answerWords.includes(word)));
  },
  decodeResponse: ({ input_tokens: tokens }) => countOf(tokens),
};
