import type { Block, HubRequest, JsonObject, Message } from '../../../src/hub/index.ts';
import { text } from './codec.ts';

/** A request's name, what is special about it, and the members of the body that it must become. */
export type Row = [name: string, request: Partial<HubRequest>, expected: JsonObject];

export const own = (value: string) => ({ by: 'anthropic-messages' as const, value });
export const foreign = (value: string) => ({ by: 'openai-chat' as const, value });
export const user = (...blocks: Block[]): Message => ({ role: 'user', blocks });
export const assistant = (...blocks: Block[]): Message => ({ role: 'assistant', blocks });
export const system = (...blocks: Block[]): Message => ({ role: 'system', blocks });
export const call = (id: string, args = '{}', name = 'look'): Block => ({ type: 'tool-call', id, name, args });
export const result = (callId: string, value = 'seen'): Block => ({
  type: 'tool-result',
  callId,
  content: [text(value)],
});
export const look = { kind: 'function' as const, name: 'look', schema: { type: 'object', properties: {} } };
export const think = (value: string, signature = own('s')): Block => ({ type: 'thinking', text: value, signature });
export const media = (mime: string, data: string, kind: 'image' | 'file' | 'audio' = 'file'): Block => ({
  type: 'media',
  media: kind,
  source: { kind: 'base64', mime, data },
});
export const base64 = (value: string): string => Buffer.from(value).toString('base64');
export const t = (value: string): JsonObject => ({ type: 'text', text: value });
export const u = (...content: JsonObject[]): JsonObject => ({ role: 'user', content });
export const a = (...content: JsonObject[]): JsonObject => ({ role: 'assistant', content });
export const use = (id: string, input: JsonObject = {}): JsonObject => ({ type: 'tool_use', id, name: 'look', input });
export const tr = (id: string): JsonObject => ({ type: 'tool_result', tool_use_id: id, content: [t('seen')] });
