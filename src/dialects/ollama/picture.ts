import type { Block } from '../../hub/index.ts';
import { asString, type JsonValue, readDataUrl } from '../../wire/index.ts';

/** How base64 begins, by media type: pictures come without one. */
const beginnings: readonly (readonly [RegExp, string])[] = [
  [/^\/9j\//, 'image/jpeg'],
  [/^iVBORw0KGg/, 'image/png'],
  [/^R0lGOD/, 'image/gif'],
  [/^UklGR/, 'image/webp'],
];

/** A picture: bare base64 as the API wants it, or the URL that some clients send. */
export function readPicture(value: JsonValue | undefined, path: string): Block {
  const text = asString(value, path);
  if (/^https?:\/\//i.test(text)) return { type: 'media', media: 'image', source: { kind: 'url', url: text } };
  const { mime, data } = readDataUrl(text) ?? { mime: typeOf(text), data: text };
  return { type: 'media', media: 'image', source: { kind: 'base64', mime, data } };
}

function typeOf(data: string): string {
  return beginnings.find(([begins]) => begins.test(data))?.[1] ?? 'image/png';
}
