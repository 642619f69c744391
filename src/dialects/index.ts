/**
 * Pure: one folder is one wire format. No sockets, clock, dice, environment or provider names. A dialect imports hub and
 * wire only, never another dialect.
 */
import type { DialectId } from '../hub/index.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { bedrockConverse } from './bedrock-converse/index.ts';
import { cohere } from './cohere/index.ts';
import type { ClientSide, Dialect, ProviderSide } from './dialect.ts';
import { gemini, geminiSingle } from './gemini/index.ts';
import { ollama, ollamaPrompt } from './ollama/index.ts';
import { openaiChat, openaiChatTyped } from './openai-chat/index.ts';
import { openaiCompletions } from './openai-completions/index.ts';
import { openaiResponses } from './openai-responses/index.ts';
import { replicate } from './replicate/index.ts';

export type { AnthropicQuirks } from './anthropic-messages/quirks.ts';
export type { BedrockQuirks } from './bedrock-converse/quirks.ts';
export type { CohereQuirks } from './cohere/quirks.ts';
export type * from './dialect.ts';
export type { GeminiQuirks } from './gemini/quirks.ts';
export { readMediaUsage } from './images.ts';
export { checkMedia, type MediaForm, mediaForms, readMedia } from './media.ts';
export type { OllamaQuirks } from './ollama/quirks.ts';
export type { OpenAIChatQuirks } from './openai-chat/quirks.ts';
export type { OpenAIResponsesQuirks } from './openai-responses/quirks.ts';
export type { ReplicateQuirks } from './replicate/quirks.ts';
export { type Takes, takenParams } from './taken.ts';

/** The dialects that clients speak. */
export type ClientId = Extract<
  DialectId,
  'openai-chat' | 'openai-completions' | 'anthropic-messages' | 'openai-responses' | 'gemini' | 'ollama'
>;

/** By id: what is missing is a compile error. */
export const clients: Readonly<Record<ClientId, Dialect & { client: ClientSide }>> = {
  'openai-chat': openaiChat,
  'openai-completions': openaiCompletions,
  'anthropic-messages': anthropicMessages,
  'openai-responses': openaiResponses,
  gemini,
  ollama,
};

/**
 * Further forms in which a dialect's clients ask: `prompt` is Ollama's /api/generate and its first way to vectors,
 * `single` asks Gemini for one vector, `typed` is how Mistral's SDKs ask for OpenAI's chat.
 */
export const forms: Readonly<Record<'prompt' | 'single' | 'typed', Dialect & { client: ClientSide }>> = {
  prompt: ollamaPrompt,
  single: geminiSingle,
  typed: openaiChatTyped,
};

export const providers: Readonly<Record<DialectId, Dialect & { provider: ProviderSide }>> = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
  'openai-responses': openaiResponses,
  'openai-completions': openaiCompletions,
  gemini,
  'bedrock-converse': bedrockConverse,
  cohere,
  ollama,
  replicate,
};
