import { type Block, type JsonObject, ProxyError } from '../../hub/index.ts';
import { isObject, readJson } from '../../wire/index.ts';

type Media = Extract<Block, { type: 'media' }>;

/** Text and bare base64 images: all that a message holds. */
export interface Content {
  text: string;
  images: string[];
}

/** Throws invalid-request for media that this API has no form for; links must have been fetched before. */
export function contentOf(blocks: readonly Block[]): Content {
  const texts: string[] = [];
  const images: string[] = [];
  for (const block of blocks) {
    if (block.type === 'text' || block.type === 'refusal') texts.push(block.text);
    else if (block.type === 'media' && isImage(block)) images.push(imageOf(block));
    else if (block.type === 'media') texts.push(fileOf(block));
  }
  return { text: texts.filter((text) => text !== '').join('\n'), images };
}

function isImage({ media, source }: Media): boolean {
  return media === 'image' || (media === 'file' && source.kind === 'base64' && source.mime.startsWith('image/'));
}

function imageOf({ source }: Media): string {
  if (source.kind === 'base64') return source.data;
  throw refused(source.kind === 'url' ? 'an image whose link was not fetched' : 'files by id');
}

function fileOf({ media, source }: Media): string {
  if (media === 'file' && source.kind === 'base64' && source.mime.startsWith('text/')) {
    return Buffer.from(source.data, 'base64').toString('utf8');
  }
  throw refused(media === 'file' ? 'files but text' : media);
}

function refused(what: string): ProxyError {
  return new ProxyError('invalid-request', `Ollama takes texts and images, no ${what}`, { param: 'messages' });
}

/** Arguments are an object here. */
export function argsObject(args: string): JsonObject {
  if (args.trim() === '') return {};
  const parsed = readJson(args);
  return isObject(parsed) ? parsed : { input: args };
}
