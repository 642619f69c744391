import type { CountClient, CountProvider } from '../dialect.ts';
import { countOf } from '../trouble.ts';
import { check } from './check.ts';
import { encodeRequest } from './encode-request.ts';
import type { OpenAIResponsesQuirks } from './quirks.ts';

/** https://platform.openai.com/docs/api-reference/responses/input-tokens: what concerns the answer only is no part of it. */
const answerWords: readonly string[] = [
  ...['max_output_tokens', 'temperature', 'top_p', 'top_logprobs', 'stream', 'stream_options', 'store', 'include'],
  ...['metadata', 'service_tier', 'user', 'safety_identifier', 'prompt_cache_key', 'prompt_cache_retention'],
  ...['background', 'max_tool_calls', 'moderation', 'prompt_cache_options', 'context_management', 'prompt'],
];

export const countClient: CountClient = {
  check,
  encodeResponse: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
};

export const countProvider: CountProvider<OpenAIResponsesQuirks> = {
  refuses: answerWords,
  encodeRequest(request, quirks) {
    const entries = Object.entries(encodeRequest({ ...request, unknown: {} }, quirks));
    return Object.fromEntries(entries.filter(([word]) => !answerWords.includes(word)));
  },
  decodeResponse: ({ input_tokens: tokens }) => countOf(tokens),
};
