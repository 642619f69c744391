import type { Block, JsonObject } from '../../hub/index.ts';
import { readDataUrl } from '../../wire/index.ts';
import type { MediaBlock } from '../dialect.ts';
import { unsayable } from './error.ts';

type Kind = 'image' | 'document' | 'video' | 'audio';

/** Formats of this API by the ending of a MIME type or of a file name. */
const formats: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  image: { png: 'png', jpeg: 'jpeg', jpg: 'jpeg', pjpeg: 'jpeg', gif: 'gif', webp: 'webp' },
  document: {
    pdf: 'pdf',
    csv: 'csv',
    msword: 'doc',
    doc: 'doc',
    'vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
    docx: 'docx',
    'vnd.ms-excel': 'xls',
    xls: 'xls',
    'vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
    xlsx: 'xlsx',
    html: 'html',
    'xhtml+xml': 'html',
    htm: 'html',
    plain: 'txt',
    txt: 'txt',
    markdown: 'md',
    'x-markdown': 'md',
    md: 'md',
  },
  video: {
    'x-matroska': 'mkv',
    mkv: 'mkv',
    quicktime: 'mov',
    mov: 'mov',
    mp4: 'mp4',
    webm: 'webm',
    'x-flv': 'flv',
    flv: 'flv',
    mpeg: 'mpeg',
    mpg: 'mpg',
    'x-ms-wmv': 'wmv',
    wmv: 'wmv',
    '3gpp': 'three_gp',
    '3gp': 'three_gp',
  },
  audio: {
    mp3: 'mp3',
    mpeg: 'mp3',
    opus: 'opus',
    wav: 'wav',
    'x-wav': 'wav',
    wave: 'wav',
    aac: 'aac',
    'x-aac': 'x-aac',
    flac: 'flac',
    mp4: 'mp4',
    'x-m4a': 'm4a',
    m4a: 'm4a',
    ogg: 'ogg',
    webm: 'webm',
    'x-matroska': 'mka',
    pcm: 'pcm',
    l16: 'pcm',
  },
};

/** Text under another name (source code, JSON): the service reads it as plain text. */
const textLike = /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|javascript|x-ndjson|typescript|toml|sql|x-sh)\b)/;

/** Names that a conversation's documents have so far: the service wants them legal, and each only once. */
export type Names = Set<string>;

/** Pictures, documents, videos and sounds, as bytes or as objects in S3. Throws invalid-request for what has no form. */
export function encodeMedia(block: MediaBlock, names: Names, message: number): JsonObject {
  const source = block.source;
  if (source.kind === 'file-id') throw unsayable('files by their id', message);
  const inline = source.kind === 'base64' ? source : readDataUrl(source.url);
  if (inline !== undefined) return encodeBytes(block, inline, names, message);
  const { url } = source.kind === 'url' ? source : { url: '' };
  if (!isStored(url)) throw unsayable('links other than s3://', message);
  const kind = kindOf(block, '', url);
  const format = formatOf(kind, '', url);
  if (format === undefined) throw unsayable(`the ${kind} ${url}, whose ending tells no format`, message);
  return written(kind, format, { s3Location: { uri: url } }, nameOf(block, url, names));
}

/** Links of the web are fetched by us: the service reads bytes and its own storage only. */
export function inlines(_media: MediaBlock, url: string): boolean {
  return /^https?:/i.test(url);
}

function isStored(url: string): boolean {
  return /^s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9](?:\/.*)?$/s.test(url) && url.length <= 1024;
}

function encodeBytes(
  block: MediaBlock,
  { mime, data }: { mime: string; data: string },
  names: Names,
  message: number,
): JsonObject {
  const type = (mime.split(';', 1)[0] ?? '').trim().toLowerCase();
  const kind = kindOf(block, type, block.name ?? '');
  const format = formatOf(kind, type, block.name ?? '');
  if (format === undefined) throw unsayable(`${kind} input of type ${type}`, message);
  return written(kind, format, { bytes: data }, nameOf(block, '', names));
}

function kindOf(block: MediaBlock, mime: string, name: string): Kind {
  const told = /^(image|video|audio)\//.exec(mime)?.[1] ?? (block.media === 'file' ? kindOfEnding(name) : block.media);
  return told === 'image' || told === 'video' || told === 'audio' ? told : 'document';
}

function kindOfEnding(name: string): Kind {
  const ending = endingOf(name);
  const found = (['document', 'image', 'video', 'audio'] as const).find((kind) => Object.hasOwn(formats[kind], ending));
  return found ?? 'document';
}

function formatOf(kind: Kind, mime: string, name: string): string | undefined {
  const known = formats[kind];
  const subtype = mime.slice(mime.indexOf('/') + 1);
  for (const word of [subtype, endingOf(name)]) if (Object.hasOwn(known, word)) return known[word];
  return kind === 'document' && textLike.test(mime) ? 'txt' : undefined;
}

function endingOf(name: string): string {
  return /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}

function written(kind: Kind, format: string, source: JsonObject, name: () => string): JsonObject {
  return { [kind]: kind === 'document' ? { format, name: name(), source } : { format, source } };
}

/** A name from letters, digits, single blanks, hyphens and brackets; a second document of a name gets a number. */
function nameOf({ name }: MediaBlock, url: string, names: Names): () => string {
  return () => {
    const plain = (name ?? url.slice(url.lastIndexOf('/') + 1)).replace(/\.[a-z0-9]{1,8}$/i, '');
    const legal = plain
      .replace(/[^a-zA-Z0-9\s()[\]-]+/g, '-')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 190);
    const wanted = /[a-zA-Z0-9]/.test(legal) ? legal : 'Document';
    let free = wanted;
    for (let n = 2; names.has(free); n++) free = `${wanted} ${n}`;
    names.add(free);
    return free;
  };
}

/** A picture of an answer; undefined where it holds no bytes. */
export function decodeImage(format: string, data: string): Block {
  return { type: 'media', media: 'image', source: { kind: 'base64', mime: `image/${format}`, data } };
}
