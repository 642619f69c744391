import type { DialectId, ErrorKind } from '../../src/hub/index.ts';
import type { WrittenId } from './codecs.ts';

/**
 * What cannot arrive whole, and why: by client, and by recording where it is the recording's own doing; the aspects are
 * those of score.ts. `loss`: words of the entry in `losses` that says so.
 */
export const exceptions: {
  client: WrittenId;
  of: RegExp;
  aspect: string;
  why: string;
  loss?: { of: DialectId; says: RegExp };
}[] = [
  {
    client: 'anthropic-messages',
    of: /^(?!anthropic-messages|bedrock-invoke)/,
    aspect: 'citations',
    why: 'a citation of Messages needs a proof that only its maker has',
    loss: { of: 'anthropic-messages', says: /citations of other makers/ },
  },
  {
    client: 'anthropic-messages',
    of: /oddserver-stream-tool-call-02/,
    aspect: 'tool calls',
    why: 'the id holds a colon',
    loss: { of: 'anthropic-messages', says: /characters of call ids/ },
  },
  {
    client: 'openai-chat',
    of: /^anthropic-messages\/.*fin-stop-sequence/,
    aspect: 'finish',
    why: 'chat does not say which stop sequence it was',
    loss: { of: 'openai-chat', says: /which stop sequence/ },
  },
  {
    client: 'anthropic-messages',
    of: /^azure-openai\/.*usage-cache/,
    aspect: 'usage',
    why: 'the server counts more cached tokens than prompt tokens, and Messages counts them apart',
  },
  ...(['openai-chat', 'anthropic-messages'] as const).map((client) => ({
    client,
    of: /oddserver-stream-tool-call-01|snowflake-stream/,
    aspect: 'finish',
    why: 'the server never says one: the end is the finish (quirk noFinish)',
  })),
];

/**
 * Each recorded error: its kind, the provider's symbolic code where it has one, words that must reach the client, and the
 * status where it is not the provider's (DECISIONS.md 30).
 */
export const errorTable: Record<string, [kind: ErrorKind, code: string | undefined, words: string, status?: number]> = {
  'openai-chat/error-400-01': ['invalid-request', 'unsupported_parameter', "Use 'max_completion_tokens' instead"],
  'openai-chat/error-401-02': ['authentication', 'invalid_api_key', 'Incorrect API key provided'],
  'openai-chat/error-404-01': ['not-found', 'model_not_found', 'does not exist or you do not have access'],
  'openai-chat/error-404-03': ['not-found', 'model_not_found', 'has been deprecated'],
  'openai-chat/error-429-02': ['rate-limit', 'rate_limit_exceeded', 'Please try again in 174ms'],
  'openai-compatible/deepseek-error-400-01': [
    'context-window',
    'invalid_request_error',
    'maximum context length is 1048565',
  ],
  'openai-compatible/groq-error-404-01': ['not-found', 'model_not_found', 'llama-3.3-70b-versatlie'],
  'openai-compatible/ollama-openai-error-400-01': ['context-window', undefined, 'prompt too long'],
  'openai-compatible/ollama-openai-error-401-01': ['authentication', undefined, 'Unauthorized'],
  'openai-compatible/openrouter-error-401-01': ['authentication', undefined, 'No cookie auth credentials found'],
  'openai-compatible/perplexity-error-400-01': ['context-window', undefined, 'total length of all messages'],
  'openai-compatible/perplexity-error-401-01': ['authentication', undefined, 'Invalid API key provided'],
  'anthropic-messages/error-400-02': ['invalid-request', undefined, "does not support effort level 'xhigh'"],
  'anthropic-messages/error-400-03': ['invalid-request', undefined, 'does not match the expected shape'],
  'anthropic-messages/error-401-01': ['authentication', undefined, 'invalid x-api-key'],
  'anthropic-messages/error-401-03': ['authentication', undefined, 'invalid x-api-key'],
  'anthropic-messages/error-401-04': ['authentication', undefined, 'invalid x-api-key'],
  'mistral/error-422-01': ['invalid-request', undefined, 'Extra inputs are not permitted'],
  'mistral/error-429-01': ['rate-limit', '1300', 'Rate limit exceeded'],
  'azure-openai/error-400-02': ['content-policy', 'content_filter', 'content management policy'],
  'azure-openai/error-401-01': ['authentication', undefined, 'invalid subscription key'],
  'azure-openai/error-404-02': ['not-found', 'DeploymentNotFound', 'API deployment for this resource does not exist'],
  'bedrock-converse/error-400-02': ['invalid-request', 'ValidationException', 'model identifier is invalid'],
  // A limit of what may be asked for, not of what the prompt holds.
  'bedrock-converse/error-400-03': ['invalid-request', 'ValidationException', 'exceeds the model limit of 32768'],
  // Keys that are no keys: 401 whatever the provider calls it (LITELLM.md 6.2).
  'bedrock-converse/error-403-01': ['authentication', 'UnrecognizedClientException', 'security token included', 401],
  'bedrock-converse/error-403-02': ['authentication', 'ExpiredTokenException', 'request is expired', 401],
  'cohere-v1/error-404-01': ['not-found', undefined, "model 'command-r' was removed"],
  'cohere-v1/error-404-02': ['not-found', undefined, "model 'command-r-plus' was removed"],
  'cohere-v2/error-400-01': ['context-window', 'TOO_MANY_TOKENS', 'size limit exceeded by 25836 tokens'],
  'embeddings/openai-error-404-01': ['not-found', 'model_not_found', 'The model `nonexistent` does not exist'],
  'embeddings/vertex-error-401-01': ['authentication', 'UNAUTHENTICATED', 'API keys are not supported by this API'],
  'embeddings/vertex-error-401-02': ['authentication', 'UNAUTHENTICATED', 'API keys are not supported by this API'],
  'embeddings/voyage-error-400-01': ['invalid-request', undefined, 'Model nonexistent is not supported'],
  'gemini/error-404-02': ['not-found', 'NOT_FOUND', 'models/nonexistent-model is not found'],
  'gemini/error-503-01': ['overloaded', 'UNAVAILABLE', 'currently experiencing high demand'],
  'gemini/error-503-02': ['overloaded', 'UNAVAILABLE', 'The model is overloaded'],
  'images/openai-error-400-01': ['invalid-request', 'unknown_parameter', "Unknown parameter: 'response_format'"],
  'ollama/error-404-01': ['not-found', undefined, "model 'nonexistent-model:latest' not found"],
  'openai-completions/error-401-01': ['authentication', 'invalid_api_key', 'Incorrect API key provided'],
  'openai-responses/error-400-02': ['not-found', 'model_not_found', "model 'invalid-model' does not exist"],
  'openai-responses/error-401-02': ['authentication', 'invalid_api_key', 'Incorrect API key provided: invalid-key'],
  'openai-responses/xai-error-400-01': ['authentication', 'invalid-argument', 'Incorrect API key provided', 401],
  'vertex-gemini/error-400-02': ['context-window', 'INVALID_ARGUMENT', 'input token count (1250074) exceeds'],
  'vertex-gemini/error-400-03': ['invalid-request', 'INVALID_ARGUMENT', 'Please use a valid role'],
};
