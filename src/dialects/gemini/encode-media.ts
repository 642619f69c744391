import type { Block, JsonObject, Source } from '../../hub/index.ts';
import { isObject, readDataUrl } from '../../wire/index.ts';
import { kept, textIn } from './own.ts';
import type { GeminiQuirks } from './quirks.ts';

type Media = Extract<Block, { type: 'media' }>;

const files = 'https://generativelanguage.googleapis.com/v1beta/';
/** What Google fetches for every model: its storage, its file service, its videos. */
const fetched =
  /^(?:gs:\/\/|https:\/\/(?:generativelanguage\.googleapis\.com\/|(?:www\.|m\.)?youtube\.com\/|youtu\.be\/))/i;

const mimes: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['mp3', 'audio/mp3'],
  ['wav', 'audio/wav'],
  ['ogg', 'audio/ogg'],
  ['flac', 'audio/flac'],
  ['aac', 'audio/aac'],
  ['aiff', 'audio/aiff'],
  ['m4a', 'audio/m4a'],
  ['mp4', 'video/mp4'],
  ['mpg', 'video/mpg'],
  ['mpeg', 'video/mpeg'],
  ['mov', 'video/mov'],
  ['avi', 'video/avi'],
  ['flv', 'video/x-flv'],
  ['webm', 'video/webm'],
  ['wmv', 'video/wmv'],
  ['3gp', 'video/3gpp'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['json', 'application/json'],
  ['xml', 'text/xml'],
]);
const usual: Readonly<Record<Media['media'], string>> = {
  image: 'image/jpeg',
  audio: 'audio/mp3',
  video: 'video/mp4',
  file: 'application/pdf',
};

/**
 * Links that Google does not fetch for every model are fetched by us. Films, sounds and documents on the web are left to
 * Google: they may be larger than a body.
 */
export function inlines(media: Media, url: string): boolean {
  if (!/^https?:/i.test(url) || fetched.test(url)) return false;
  const mime = mimeOfUrl(url);
  return mime === undefined
    ? media.media === 'image' || media.media === 'file'
    : !/^(?:video|audio)\/|\/pdf$/.test(mime);
}

/** A picture, sound, film or file as a part. */
export function encodeMedia(block: Media, quirks: Partial<GeminiQuirks>): JsonObject {
  const level = quirks.partResolution ? resolutions.get(block.detail ?? '') : undefined;
  const { fileData: _told, ...own } = kept(block);
  return {
    ...dataOf(block.source, block),
    ...(level === undefined ? {} : { mediaResolution: { level } }),
    ...own,
  };
}

const resolutions: ReadonlyMap<string, string> = new Map([
  ['low', 'MEDIA_RESOLUTION_LOW'],
  ['medium', 'MEDIA_RESOLUTION_MEDIUM'],
  ['high', 'MEDIA_RESOLUTION_HIGH'],
]);

function dataOf(source: Source, block: Media): JsonObject {
  switch (source.kind) {
    case 'base64':
      return { inlineData: { mimeType: mimeOf(source.mime), data: source.data } };
    case 'url': {
      const inline = readDataUrl(source.url);
      return inline === undefined
        ? fileOf(source.url, block)
        : { inlineData: { mimeType: mimeOf(inline.mime), data: inline.data } };
    }
    case 'file-id':
      return fileOf(/^files\//.test(source.id) ? `${files}${source.id}` : source.id, block);
  }
}

/** The file service knows the type of its files; everywhere else it must be said. A client of this form said it. */
function fileOf(uri: string, block: Media): JsonObject {
  const { fileData: told } = kept(block);
  const mime =
    (isObject(told) ? textIn(told, 'mimeType') : undefined) ??
    mimeOfUrl(uri) ??
    mimeOfUrl(block.name ?? '') ??
    (uri.startsWith(files) ? undefined : usual[kindOf(uri, block)]);
  return { fileData: { ...(mime === undefined ? {} : { mimeType: mime }), fileUri: uri } };
}

function kindOf(uri: string, block: Media): Media['media'] {
  return /youtu\.?be/i.test(uri) && block.media === 'file' ? 'video' : block.media;
}

function mimeOfUrl(url: string): string | undefined {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  const ending = /\.([A-Za-z0-9]+)$/.exec(path)?.[1];
  return ending === undefined ? undefined : mimes.get(ending.toLowerCase());
}

function mimeOf(written: string): string {
  const mime = (written.split(';')[0] ?? '').trim().toLowerCase();
  return mime === 'image/jpg' ? 'image/jpeg' : mime;
}
