/**
 * Pure: one folder is one wire format. No sockets, clock, dice, environment or provider names. A dialect imports hub and
 * wire only, never another dialect.
 */
import type { DialectId } from '../hub/index.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import type { ClientSide, Dialect, ProviderSide } from './dialect.ts';
import { openaiChat } from './openai-chat/index.ts';

export type { AnthropicQuirks } from './anthropic-messages/quirks.ts';
export type * from './dialect.ts';
export type { OpenAIChatQuirks } from './openai-chat/quirks.ts';

/** The dialects that clients speak. */
export type ClientId = Extract<DialectId, 'openai-chat' | 'anthropic-messages'>;

/** By id: what is missing is a compile error. */
export const clients: Readonly<Record<ClientId, Dialect & { client: ClientSide }>> = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
};

export const providers: Readonly<Record<DialectId, Dialect & { provider: ProviderSide }>> = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
  'openai-responses': openaiChat,
  'openai-completions': openaiChat,
  gemini: openaiChat,
  'bedrock-converse': openaiChat,
  cohere: openaiChat,
  ollama: openaiChat,
  replicate: openaiChat,
};
