import { type Block, type Ids, type Json, type JsonObject, ProxyError } from '../../hub/index.ts';
import { isObject, readDataUrl, readJson } from '../../wire/index.ts';
import { self, writeCarried, writeExtra } from './carried.ts';
import { writeCitations } from './citation.ts';

/** Where a block stands, for ids by position. */
export interface Place {
  message: number;
  index: number;
}

/** One block of a message; undefined for what this API or this maker cannot be told. */
export function encodeBlock(block: Block, ids: Ids, at: Place): JsonObject | undefined {
  switch (block.type) {
    case 'text':
      return encodeText(block);
    case 'refusal':
      return isBlank(block.text) ? undefined : { type: 'text', text: block.text, ...writeCarried(block) };
    case 'media':
      return encodeMedia(block, at);
    case 'thinking':
      return encodeThinking(block);
    case 'tool-call':
      return {
        type: 'tool_use',
        id: ids.call(block.id, at.message, at.index),
        name: block.name,
        input: argsObject(block.args),
        ...writeCarried(block),
      };
    case 'tool-result':
      return encodeResult(block, ids, at);
    case 'opaque':
      return encodeOpaque(block);
  }
}

/** The API refuses text blocks without a visible character. */
function isBlank(text: string): boolean {
  return !/\S/.test(text);
}

function encodeText(block: Block & { type: 'text' }): JsonObject | undefined {
  if (isBlank(block.text)) return undefined;
  const citations = writeCitations(block);
  return {
    type: 'text',
    text: block.text,
    ...(citations.length === 0 ? {} : { citations }),
    ...writeCarried(block),
  };
}

/** Only thinking that this maker signed; anybody else's is refused, and so is a cache mark on thinking. */
function encodeThinking(block: Block & { type: 'thinking' }): JsonObject | undefined {
  const signature = block.signature;
  if (signature?.by !== self || signature.value === '') return undefined;
  return block.redacted === true
    ? { type: 'redacted_thinking', data: signature.value }
    : { type: 'thinking', thinking: block.text, signature: signature.value, ...writeExtra(block) };
}

function encodeOpaque(block: Block & { type: 'opaque' }): JsonObject | undefined {
  return block.dialect === self && isObject(block.value) ? block.value : undefined;
}

function encodeResult(block: Block & { type: 'tool-result' }, ids: Ids, at: Place): JsonObject {
  const content = block.content.flatMap((part): JsonObject[] => {
    const encoded = encodePart(part, at);
    return encoded === undefined ? [] : [encoded];
  });
  return {
    type: 'tool_result',
    tool_use_id: ids.result(block.callId),
    ...(content.length === 0 ? {} : { content }),
    ...(block.failed === true ? { is_error: true } : {}),
    ...writeCarried(block),
  };
}

/** Results hold texts, pictures, documents and this API's own search results. */
function encodePart(part: Block, at: Place): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part);
    case 'refusal':
      return isBlank(part.text) ? undefined : { type: 'text', text: part.text };
    case 'media':
      return encodeMedia(part, at);
    case 'opaque':
      return encodeOpaque(part);
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
export function argsObject(args: string): JsonObject {
  if (isBlank(args)) return {};
  const parsed = readJson(args);
  if (isObject(parsed)) return parsed;
  return parsed === null ? {} : { input: parsed ?? args };
}

const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];
/** Files that are text under another name. */
const textLike = /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|javascript|x-ndjson|csv)\b)/;

function encodeMedia(block: Block & { type: 'media' }, at: Place): JsonObject {
  const isImage = block.media === 'image' || (block.source.kind === 'base64' && /^image\//.test(block.source.mime));
  if (!isImage && block.media !== 'file') throw unsupported(`${block.media} input`, at);
  const title = isImage || block.name === undefined || isBlank(block.name) ? {} : { title: block.name.slice(0, 500) };
  return {
    type: isImage ? 'image' : 'document',
    source: encodeSource(block, isImage, at),
    ...title,
    ...writeCarried(block),
  };
}

function encodeSource(block: Block & { type: 'media' }, isImage: boolean, at: Place): JsonObject {
  const source = block.source;
  switch (source.kind) {
    case 'file-id':
      return { type: 'file', file_id: source.id };
    case 'url': {
      const inline = readDataUrl(source.url);
      return inline === undefined ? { type: 'url', url: source.url } : encodeBase64(inline, isImage, at);
    }
    case 'base64':
      return encodeBase64(source, isImage, at);
  }
}

function encodeBase64(from: { mime: string; data: string }, isImage: boolean, at: Place): JsonObject {
  const mime = mimeOf(from.mime);
  if (isImage) {
    if (!imageTypes.includes(mime)) throw unsupported(`an image of type ${mime}`, at);
    return { type: 'base64', media_type: mime, data: from.data };
  }
  if (mime === 'application/pdf') return { type: 'base64', media_type: mime, data: from.data };
  if (!textLike.test(mime)) throw unsupported(`a file of type ${mime}`, at);
  return { type: 'text', media_type: 'text/plain', data: Buffer.from(from.data, 'base64').toString('utf8') };
}

function mimeOf(written: string): string {
  const mime = (written.split(';')[0] ?? '').trim().toLowerCase();
  return mime === 'image/jpg' ? 'image/jpeg' : mime;
}

function unsupported(what: string, at: Place): ProxyError {
  const param = `messages[${at.message}]`;
  return new ProxyError('invalid-request', `${param}: Anthropic's Messages API does not take ${what}`, { param });
}

/** Text of a system message as top-level blocks; only text can stand there. */
export function encodeSystemBlock(block: Block, at: Place): JsonObject | undefined {
  switch (block.type) {
    case 'text':
      return encodeText(block);
    case 'refusal':
      return isBlank(block.text) ? undefined : { type: 'text', text: block.text };
    case 'media':
      throw unsupported('media in system messages', at);
    case 'thinking':
    case 'tool-call':
    case 'tool-result':
    case 'opaque':
      return undefined;
  }
}

/** The mark of a block that had to go lies on the one before it: the cached prefix is the same. */
export function moveMark(mark: Json | undefined, blocks: readonly JsonObject[]): void {
  const last = blocks.at(-1);
  if (mark === undefined || last === undefined || last['cache_control'] !== undefined) return;
  const type = last['type'];
  if (type !== 'thinking' && type !== 'redacted_thinking') last['cache_control'] = mark;
}
