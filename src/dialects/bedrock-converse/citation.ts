import type { Block, Citation, JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { self } from './carried.ts';

/** Where a text comes from. Positions of this API point into the source, not into the answer. */
export function readCitation(value: JsonValue): Citation {
  const raw = { by: self, value };
  if (!isObject(value)) return { raw };
  const location = isObject(value['location']) ? value['location'] : {};
  const web = isObject(location['web']) ? location['web'] : {};
  const source = text(value['source']);
  const url = text(web['url']) ?? (source !== undefined && /^https?:\/\//.test(source) ? source : undefined);
  const title = text(value['title']) ?? text(web['domain']);
  const quote = joinTexts(value['sourceContent']);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(quote === '' ? {} : { quote }),
    raw,
  };
}

/** The texts of a list of `{text}`. */
export function joinTexts(list: JsonValue | undefined): string {
  if (!Array.isArray(list)) return '';
  return list.map((one) => (isObject(one) ? (text(one['text']) ?? '') : '')).join('');
}

/** A text with its citations, if all of them are this API's own; undefined: it is a plain text. */
export function writeCited(block: Block & { type: 'text' }): JsonObject | undefined {
  const citations = (block.citations ?? []).flatMap(({ raw }) =>
    raw?.by === self && isObject(raw.value) ? [raw.value] : [],
  );
  if (citations.length === 0 || citations.length !== block.citations?.length) return undefined;
  return { citationsContent: { content: [{ text: block.text }], citations } };
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
