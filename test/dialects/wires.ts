import type { DialectId } from '../../src/hub/index.ts';
import { type ValidateOptions, type Vendor, validate } from './validators.ts';

/** The published schema of what a provider is asked; `undefined`: there is none. */
const requests: Readonly<Record<DialectId, readonly [Vendor, string] | undefined>> = {
  'openai-chat': ['openai', 'chat.request'],
  'openai-responses': ['openai', 'responses.request'],
  'openai-completions': ['openai', 'completion.request'],
  'anthropic-messages': ['anthropic', 'request'],
  gemini: ['gemini', 'request'],
  'bedrock-converse': ['bedrock', 'request'],
  cohere: ['cohere', 'request'],
  ollama: ['ollama', 'chat.request'],
  // A version's inputs are described by each model's own schema.
  replicate: undefined,
};

/** Fields of ours that OpenAI's description has no place for (LITELLM.md 5.1); everything else unknown is an error. */
const ours =
  /reasoning_content|thinking_blocks|cache_control|cache_creation|cache_read_input|provider_specific_fields|output_tokens_details/;

/** What the provider's own validator says against a request. */
export function complaints(dialect: DialectId, body: unknown, options: ValidateOptions = {}): string[] {
  const schema = requests[dialect];
  if (schema === undefined) return [];
  const { errors } = validate(schema[0], body, schema[1], { unknown: 'error', ...options });
  return errors.filter((error) => !ours.test(error));
}
