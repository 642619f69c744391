import type { Block, Citation, Json } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { self } from './carried.ts';

export function readCitations(list: JsonValue | undefined): Citation[] {
  return Array.isArray(list) ? list.map(readCitation) : [];
}

/**
 * Where a text comes from. Positions in this API point into the cited document, not into the answer, so the hub's
 * `start` and `end` stay empty; the record itself travels along for this dialect.
 */
export function readCitation(value: JsonValue): Citation {
  const raw = { by: self, value };
  if (!isObject(value)) return { raw };
  const url = text(value['url']) ?? text(value['source']);
  const title = text(value['title']) ?? text(value['document_title']);
  const file = text(value['file_id']);
  const quote = text(value['cited_text']);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file }),
    ...(quote === undefined ? {} : { quote }),
    raw,
  };
}

/** Only this API's own: every form it has wants an index or a proof that nobody else can give. */
export function writeCitations(block: Block & { type: 'text' }): Json[] {
  return (block.citations ?? []).map(writeCitation).filter((citation) => citation !== undefined);
}

export function writeCitation(citation: Citation): Json | undefined {
  return citation.raw?.by === self && isObject(citation.raw.value) ? citation.raw.value : undefined;
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
