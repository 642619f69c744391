import type { Block, Citation, JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { self } from './own.ts';

/** An annotation of `text`. Indexes count characters (code points), the hub counts UTF-16 units. */
export function readCitation(annotation: JsonValue, text: string): Citation {
  const citation: Citation = { raw: { by: self, value: annotation } };
  if (!isObject(annotation)) return citation;
  const { url, title, filename, start_index: first, end_index: last } = annotation;
  if (typeof url === 'string') citation.url = url;
  if (typeof title === 'string') citation.title = title;
  if (typeof filename === 'string') citation.file = filename;
  if (!isIndex(first) || !isIndex(last) || last <= first) return citation;
  return { ...citation, start: toUnits(text, first), end: toUnits(text, last) };
}

/** The annotations of a text that this dialect made, or that name a page. */
export function writeCitations(block: Extract<Block, { type: 'text' }>): JsonObject[] {
  return (block.citations ?? []).flatMap((citation): JsonObject[] => {
    const own = citation.raw?.by === self ? citation.raw.value : undefined;
    if (isObject(own) && own.type !== 'url_citation') return [own];
    const url = citation.url;
    if (url === undefined) return [];
    const { start = 0, end = block.text.length, title = '' } = citation;
    const place = { start_index: toCharacters(block.text, start), end_index: toCharacters(block.text, end) };
    return [{ ...(isObject(own) ? own : {}), type: 'url_citation', url, title, ...place }];
  });
}

const wide = /[\ud800-\udbff]/;

function toUnits(text: string, characters: number): number {
  if (!wide.test(text)) return characters;
  let units = 0;
  let left = characters;
  for (const character of text) {
    if (left <= 0) break;
    units += character.length;
    left--;
  }
  return units + left;
}

function toCharacters(text: string, units: number): number {
  return wide.test(text) ? [...text.slice(0, units)].length : units;
}

function isIndex(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
