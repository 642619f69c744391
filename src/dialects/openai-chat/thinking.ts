import { type Block, type Json, type JsonObject, readSignature, writeSignature } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';

export type Thinking = Extract<Block, { type: 'thinking' }>;

/** `reasoning_content` and its other names. */
export function readReasoning(message: JsonObject): string {
  for (const name of reasoningFields) {
    const text = message[name];
    if (typeof text === 'string' && text !== '') return text;
  }
  return '';
}

/** OpenRouter's list, which repeats what a plain field says, where there is one. */
export function readReasoningDetails(message: JsonObject): string {
  const details = message.reasoning_details;
  if (!Array.isArray(details)) return '';
  return details.map((detail) => (isObject(detail) ? textOf(detail.text ?? detail.summary) : '')).join('');
}

/** Every field of a message that `readReasoning` may have read. */
export const reasoningFields = ['reasoning_content', 'reasoning', 'reasoning_text', 'thinking'] as const;

/** LiteLLM's `thinking_blocks`: blocks with their proofs, which a client sends back. */
export function readThinkingBlocks(value: Json | undefined): Thinking[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((block) => (isObject(block) ? readThinkingPart(block) : []));
}

/** A block of `thinking_blocks`, or a `thinking` part of a content list (Mistral's holds a list of texts). */
export function readThinkingPart(part: JsonObject): Thinking {
  if (part.type === 'redacted_thinking') {
    return { type: 'thinking', text: '', redacted: true, signature: readSignature(textOf(part.data), 'openai-chat') };
  }
  const thinking: Thinking = { type: 'thinking', text: textOf(part.thinking) };
  if (typeof part.signature === 'string' && part.signature !== '') {
    thinking.signature = readSignature(part.signature, 'openai-chat');
  }
  return thinking;
}

/** For clients: what they must send back for the proof to survive. */
export function writeThinking(block: Thinking): JsonObject {
  const proof = block.signature === undefined ? undefined : writeSignature(block.signature, 'openai-chat');
  if (block.redacted) return { type: 'redacted_thinking', data: proof ?? '' };
  return { type: 'thinking', thinking: block.text, ...(proof === undefined ? {} : { signature: proof }) };
}

/** A text, or a list of texts or parts with text; no deeper, so that no nesting can overflow the stack. */
function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return value
    .map((part) => (isObject(part) ? part.text : part))
    .filter((text) => typeof text === 'string')
    .join('');
}
