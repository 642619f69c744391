import type { Block, JsonObject, Source } from '../../hub/index.ts';
import { asArray, asObject, asString, isObject, type JsonValue, optional, readDataUrl } from '../../wire/index.ts';
import { readCitation } from './citation.ts';
import { keep, others } from './own.ts';

type Media = Extract<Block, { type: 'media' }>;

/** Content of a message or of a tool's result: a text, or parts in their order. `around`: the item, for parts of the future. */
export function decodeContent(content: JsonValue | undefined, path: string, around: JsonObject): Block[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return asArray(content, path).map((part, index) =>
    decodePart(asObject(part, `${path}[${index}]`), `${path}[${index}]`, around),
  );
}

const mark = 'prompt_cache_breakpoint';
const textFields = new Set(['type', 'text', 'annotations', 'logprobs', mark]);

function decodePart(part: JsonObject, path: string, around: JsonObject): Block {
  const cache = isObject(part[mark]) ? { cache: {} } : {};
  switch (asString(part.type, `${path}.type`)) {
    case 'input_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      return { type: 'text', text: asString(part.text, `${path}.text`), ...cache, ...keep(others(part, textFields)) };
    case 'output_text':
      return { ...decodeText(part, path), ...cache };
    case 'refusal':
      return { type: 'refusal', text: asString(part.refusal, `${path}.refusal`) };
    case 'input_image':
    case 'computer_screenshot':
      return { ...decodeImage(part, path), ...cache };
    case 'input_file':
      return { ...decodeFile(part, path), ...cache };
    case 'input_audio':
      return decodeAudio(asObject(part.input_audio, `${path}.input_audio`), `${path}.input_audio`);
    default:
      return { type: 'opaque', dialect: 'openai-responses', value: { ...around, content: [part] } };
  }
}

function decodeText(part: JsonObject, path: string): Block {
  const text = asString(part.text, `${path}.text`);
  const annotations = optional(asArray, part.annotations, `${path}.annotations`) ?? [];
  if (annotations.length === 0) return { type: 'text', text };
  return { type: 'text', text, citations: annotations.map((one) => readCitation(one, text)) };
}

/** Older clients put the link a level deeper, as the chat form does. */
function decodeImage(part: JsonObject, path: string): Media {
  const { image_url: given } = part;
  const link = isObject(given) ? given.url : given;
  const detail = optional(asString, part.detail, `${path}.detail`);
  const id = optional(asString, part.file_id, `${path}.file_id`);
  const source: Source =
    id !== undefined && (link === undefined || link === null)
      ? { kind: 'file-id', id }
      : readSource(asString(link, `${path}.image_url`));
  return { type: 'media', media: 'image', source, ...(detail === undefined ? {} : { detail }) };
}

function readSource(url: string): Source {
  const inline = readDataUrl(url);
  return inline === undefined ? { kind: 'url', url } : { kind: 'base64', mime: inline.mime, data: inline.data };
}

function decodeFile(part: JsonObject, path: string): Media {
  const name = optional(asString, part.filename, `${path}.filename`);
  const data = optional(asString, part.file_data, `${path}.file_data`);
  const url = optional(asString, part.file_url, `${path}.file_url`);
  const named = name === undefined ? {} : { name };
  const file = { type: 'media', media: 'file', ...named } as const;
  if (data !== undefined) {
    const inline = readDataUrl(data) ?? { mime: mimeOf(name), data };
    return { ...file, source: { kind: 'base64', mime: inline.mime, data: inline.data } };
  }
  if (url !== undefined) return { ...file, source: readSource(url) };
  return { ...file, source: { kind: 'file-id', id: asString(part.file_id, `${path}.file_id`) } };
}

const types: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
};

/** Data that does not say what it is. */
function mimeOf(name = ''): string {
  return types[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/pdf';
}

function decodeAudio(fields: JsonObject, path: string): Media {
  const format = asString(fields.format, `${path}.format`);
  const mime = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
  const data = asString(fields.data, `${path}.data`);
  return { type: 'media', media: 'audio', source: { kind: 'base64', mime, data } };
}
