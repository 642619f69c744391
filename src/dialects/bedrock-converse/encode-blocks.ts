import type { Block, Ids, JsonObject } from '../../hub/index.ts';
import { isObject, readJson } from '../../wire/index.ts';
import { self } from './carried.ts';
import { writeCited } from './citation.ts';
import { encodeMedia, type Names } from './media.ts';

/** What one conversation remembers while it is written. `message`, `index`: where the block stands. */
export interface Writing {
  ids: Ids;
  names: Names;
  message: number;
  index: number;
}

/** One block of a message; undefined for what this API or its maker cannot be told. */
export function encodeBlock(block: Block, at: Writing): JsonObject | undefined {
  switch (block.type) {
    case 'text':
      return isBlank(block.text) ? undefined : (writeCited(block) ?? { text: block.text });
    case 'refusal':
      return isBlank(block.text) ? undefined : { text: block.text };
    case 'media':
      return encodeMedia(block, at.names, at.message);
    case 'thinking':
      return encodeThinking(block);
    case 'tool-call':
      return {
        toolUse: {
          toolUseId: at.ids.call(block.id, at.message, at.index),
          name: block.name,
          input: argsObject(block.args),
        },
      };
    case 'tool-result':
      return encodeResult(block, at);
    case 'opaque':
      return block.dialect === self && isObject(block.value) ? block.value : undefined;
  }
}

/** The API refuses text blocks without a visible character. */
export function isBlank(text: string): boolean {
  return !/\S/.test(text);
}

/** Only thinking that this maker signed; anybody else's is refused. */
function encodeThinking({ signature, ...block }: Block & { type: 'thinking' }): JsonObject | undefined {
  if (signature?.by !== self || signature.value === '') return undefined;
  return {
    reasoningContent:
      block.redacted === true
        ? { redactedContent: signature.value }
        : { reasoningText: { text: block.text, signature: signature.value } },
  };
}

function encodeResult(block: Block & { type: 'tool-result' }, at: Writing): JsonObject {
  const content = block.content.flatMap((part): JsonObject[] => {
    const encoded = encodePart(part, at);
    return encoded === undefined ? [] : [encoded];
  });
  return {
    toolResult: {
      toolUseId: at.ids.result(block.callId),
      content: content.length === 0 ? [{ text: '(no output)' }] : content,
      ...(block.failed === true ? { status: 'error' } : {}),
    },
  };
}

/** Results hold texts, pictures, documents and videos. */
function encodePart(part: Block, at: Writing): JsonObject | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return isBlank(part.text) ? undefined : { text: part.text };
    case 'media':
      return encodeMedia(part, at.names, at.message);
    case 'opaque':
    case 'thinking':
    case 'tool-call':
    case 'tool-result':
      return undefined;
  }
}

/**
 * Arguments as the object that the API wants: no text is no arguments, and what is no object (a list, a text that is no
 * JSON) is put under one key, so that the model still sees what was called.
 */
function argsObject(args: string): JsonObject {
  if (isBlank(args)) return {};
  const parsed = readJson(args);
  if (isObject(parsed)) return parsed;
  return parsed === null ? {} : { input: parsed ?? args };
}
