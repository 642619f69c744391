import { type Block, type JsonObject, ProxyError } from '../../hub/index.ts';
import { readDataUrl, writeDataUrl } from '../../wire/index.ts';

type Media = Extract<Block, { type: 'media' }>;

/** `message`: its number, for complaints; `marks`: cache marks are sent. */
export interface Place {
  message: number;
  marks: boolean;
}

/** A block as content of a message that is not the model's, or of a tool's result; undefined: it has no place there. */
export function encodeInput(block: Block, { message, marks }: Place): JsonObject | undefined {
  const part = encodePart(block, message);
  const marked = marks && block.cache !== undefined && part !== undefined;
  return marked ? { ...part, ...breakpoint } : part;
}

/** Where the prefix ends that is to be cached. */
export const breakpoint = { prompt_cache_breakpoint: { mode: 'explicit' } } as const;

function encodePart(block: Block, message: number): JsonObject | undefined {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return { type: 'input_text', text: block.text };
    case 'media':
      return encodeMedia(block, message);
    case 'thinking':
    case 'tool-call':
    case 'tool-result':
    case 'opaque':
      return undefined;
  }
}

/** Throws invalid-request for sounds and films. */
function encodeMedia(block: Media, message: number): JsonObject {
  const { source } = block;
  if (isImage(block)) return encodeImage(block);
  if (block.media !== 'file') throw refused(block.media, message);
  if (source.kind === 'file-id') return { type: 'input_file', file_id: source.id };
  const inline = source.kind === 'base64' ? source : readDataUrl(source.url);
  if (inline === undefined) return { type: 'input_file', file_url: source.kind === 'url' ? source.url : '' };
  // Texts are read by every model, files of text by some.
  if (inline.mime.startsWith('text/')) {
    return { type: 'input_text', text: Buffer.from(inline.data, 'base64').toString('utf8') };
  }
  const filename = block.name ?? `file.${inline.mime.slice(inline.mime.indexOf('/') + 1)}`;
  return { type: 'input_file', filename, file_data: writeDataUrl(inline.mime, inline.data) };
}

function isImage({ media, source }: Media): boolean {
  return media === 'image' || (media === 'file' && source.kind === 'base64' && source.mime.startsWith('image/'));
}

const details: readonly (string | undefined)[] = ['low', 'high', 'auto', 'original'];

function encodeImage({ source, detail }: Media): JsonObject {
  const told = { type: 'input_image', detail: detail !== undefined && details.includes(detail) ? detail : 'auto' };
  switch (source.kind) {
    case 'file-id':
      return { ...told, file_id: source.id };
    case 'url':
      return { ...told, image_url: source.url };
    case 'base64':
      return { ...told, image_url: writeDataUrl(source.mime, source.data) };
  }
}

function refused(what: string, message: number): ProxyError {
  const param = `messages[${message}]`;
  return new ProxyError('invalid-request', `${param}: OpenAI's Responses API does not take ${what} input`, { param });
}
