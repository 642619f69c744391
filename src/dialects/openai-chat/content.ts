import type { Block, Json, JsonObject } from '../../hub/index.ts';
import { asArray, asObject, asString, isObject, optional, readDataUrl, writeDataUrl } from '../../wire/index.ts';
import { readCache, writeCache } from './cache.ts';
import { keep, kept, others } from './extra.ts';
import { readThinkingPart } from './thinking.ts';

type Media = Extract<Block, { type: 'media' }>;

/** A message's content: '' and null are no blocks, a string is one. */
export function decodeContent(content: Json | undefined, path: string): Block[] {
  if (content === undefined || content === null || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return asArray(content, path).map((part, index) =>
    decodePart(asObject(part, `${path}[${index}]`), `${path}[${index}]`),
  );
}

const textFields = new Set(['type', 'text', 'cache_control']);
const refusalFields = new Set(['type', 'refusal', 'cache_control']);

function decodePart(part: JsonObject, path: string): Block {
  const cache = readCache(part.cache_control);
  const type = asString(part.type, `${path}.type`);
  switch (type) {
    case 'text':
      return { type, text: asString(part.text, `${path}.text`), ...cache, ...keep(others(part, textFields)) };
    case 'refusal':
      return { type, text: asString(part.refusal, `${path}.refusal`), ...cache, ...keep(others(part, refusalFields)) };
    case 'image_url':
      return { ...decodeUrl('image', part.image_url, `${path}.image_url`), ...cache };
    case 'video_url':
      return { ...decodeUrl('video', part.video_url, `${path}.video_url`), ...cache };
    case 'input_audio':
      return { ...decodeAudio(asObject(part.input_audio, `${path}.input_audio`), `${path}.input_audio`), ...cache };
    case 'file':
      return { ...decodeFile(asObject(part.file, `${path}.file`), `${path}.file`), ...cache };
    case 'thinking':
    case 'redacted_thinking':
      return { ...readThinkingPart(part), ...cache };
    default:
      return { type: 'opaque', dialect: 'openai-chat', value: part };
  }
}

const urlFields = new Set(['url', 'detail', 'format']);

/** OpenAI's object, the plain string of older clients, and LiteLLM's `format` (a media type). */
function decodeUrl(media: 'image' | 'video', value: Json | undefined, path: string): Media {
  const fields = typeof value === 'string' ? { url: value } : asObject(value, path);
  const url = asString(fields.url, `${path}.url`);
  const detail = optional(asString, fields.detail, `${path}.detail`);
  const format = optional(asString, fields.format, `${path}.format`);
  const inline = readDataUrl(url);
  const extra = others(fields, urlFields);
  if (inline === undefined && format !== undefined) extra.format = format;
  return {
    type: 'media',
    media,
    source:
      inline === undefined ? { kind: 'url', url } : { kind: 'base64', mime: format ?? inline.mime, data: inline.data },
    ...(detail === undefined ? {} : { detail }),
    ...keep(extra),
  };
}

function decodeAudio(fields: JsonObject, path: string): Media {
  const format = asString(fields.format, `${path}.format`);
  const mime = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
  return {
    type: 'media',
    media: 'audio',
    source: { kind: 'base64', mime, data: asString(fields.data, `${path}.data`) },
  };
}

function decodeFile(fields: JsonObject, path: string): Media {
  const name = optional(asString, fields.filename, `${path}.filename`);
  const data = optional(asString, fields.file_data, `${path}.file_data`);
  const mime = optional(asString, fields.format, `${path}.format`);
  const named = name === undefined ? {} : { name };
  if (data === undefined) {
    const id = asString(fields.file_id, `${path}.file_id`);
    const source = /^https?:/i.test(id) ? ({ kind: 'url', url: id } as const) : ({ kind: 'file-id', id } as const);
    return { type: 'media', media: 'file', source, ...named };
  }
  if (/^https?:/i.test(data)) return { type: 'media', media: 'file', source: { kind: 'url', url: data }, ...named };
  const inline = readDataUrl(data) ?? { mime: 'application/pdf', data };
  return {
    type: 'media',
    media: 'file',
    source: { kind: 'base64', mime: mime ?? inline.mime, data: inline.data },
    ...named,
  };
}

export interface ContentForm {
  flatContent?: true;
  stripCacheMarks?: true;
  documentUrls?: true;
}

/** Blocks as content: the plain string where nothing else is to be said. */
export function encodeContent(blocks: readonly Block[], form: ContentForm): Json {
  const parts = blocks.map((block) => encodePart(block, form)).filter((part) => part !== undefined);
  const [only] = parts;
  if (only === undefined) return '';
  if (form.flatContent && parts.every((part) => typeof part.text === 'string')) {
    return parts.map((part) => part.text).join('\n');
  }
  return parts.length === 1 && typeof only.text === 'string' && Object.keys(only).length === 2 ? only.text : parts;
}

/** undefined: no part of any message's content. */
export function encodePart(block: Block, form: ContentForm): JsonObject | undefined {
  const cache = writeCache(block, form.stripCacheMarks);
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text, ...kept(block), ...cache };
    case 'refusal':
      return { type: 'refusal', refusal: block.text, ...kept(block), ...cache };
    case 'media':
      return { ...(form.documentUrls ? encodeDocument(block) : encodeMedia(block)), ...cache };
    case 'opaque':
      return block.dialect === 'openai-chat' && isObject(block.value) && !isCustomCall(block.value)
        ? block.value
        : undefined;
    case 'thinking':
    case 'tool-call':
    case 'tool-result':
      return undefined;
  }
}

/** A call of a `custom` tool: opaque, but it belongs into `tool_calls`. */
export function isCustomCall(value: JsonObject): boolean {
  return value.type === 'custom' && value.custom !== undefined;
}

function encodeMedia(block: Media): JsonObject {
  const { source } = block;
  if (source.kind === 'file-id') return { type: 'file', file: { file_id: source.id } };
  switch (block.media) {
    case 'image': {
      const detail = block.detail === undefined ? {} : { detail: block.detail };
      return { type: 'image_url', image_url: { url: urlOf(source), ...detail, ...kept(block) } };
    }
    case 'video':
      return { type: 'video_url', video_url: { url: urlOf(source), ...kept(block) } };
    case 'audio':
      if (source.kind === 'url') return { type: 'text', text: source.url };
      return { type: 'input_audio', input_audio: { data: source.data, format: audioFormat(source.mime) } };
    case 'file':
      return encodeFile(block.name, source);
  }
}

function encodeDocument(block: Media): JsonObject {
  const encoded = encodeMedia(block);
  if (encoded.type !== 'file' || block.source.kind === 'file-id') return encoded;
  const name = block.name === undefined ? {} : { document_name: block.name };
  return { type: 'document_url', document_url: urlOf(block.source), ...name };
}

type Located = Exclude<Media['source'], { kind: 'file-id' }>;

function urlOf(source: Located): string {
  return source.kind === 'url' ? source.url : writeDataUrl(source.mime, source.data);
}

function audioFormat(mime: string): string {
  const sub = mime.replace(/^audio\//, '').replace(/^x-/, '');
  return sub === 'mpeg' ? 'mp3' : sub;
}

/** The API takes PDF files only, so text files go as text. */
function encodeFile(name: string | undefined, source: Located): JsonObject {
  if (source.kind === 'base64' && source.mime.startsWith('text/')) {
    return { type: 'text', text: Buffer.from(source.data, 'base64').toString('utf8') };
  }
  const mime = source.kind === 'base64' ? source.mime : 'application/pdf';
  const filename = name ?? `file.${mime.slice(mime.indexOf('/') + 1)}`;
  return { type: 'file', file: { filename, file_data: urlOf(source) } };
}
