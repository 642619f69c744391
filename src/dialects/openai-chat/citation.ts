import type { Citation, Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { Characters } from './characters.ts';

/** `base`: where the block begins in the message's content, in UTF-16 units. */
export function readCitation(annotation: Json, content: Characters, base: number): Citation {
  const citation: Citation = { raw: { by: 'openai-chat', value: annotation } };
  const body = isObject(annotation) && isObject(annotation.url_citation) ? annotation.url_citation : undefined;
  if (body === undefined) return citation;
  if (typeof body.url === 'string') citation.url = body.url;
  if (typeof body.title === 'string') citation.title = body.title;
  if (typeof body.content === 'string') citation.quote = body.content;
  const { start_index: first, end_index: last } = body;
  if (!isIndex(first) || !isIndex(last)) return citation;
  const start = content.toUnits(first) - base;
  const end = content.toUnits(last) - base;
  // servers that cannot say where a source was used write 0 and 0
  if (start < 0 || end <= start) return citation;
  return { ...citation, start, end };
}

/**
 * An annotation as the official schema wants it: url, title and both indexes are required. undefined: a citation without
 * a URL, for which the form has no place. A citation that names no place is one of its whole block, which ends at `end`.
 */
export function writeCitation(
  citation: Citation,
  content: Characters,
  base: number,
  end: number,
): JsonObject | undefined {
  const own = citation.raw?.by === 'openai-chat' ? citation.raw.value : undefined;
  if (own !== undefined && !(isObject(own) && isObject(own.url_citation))) return isObject(own) ? own : undefined;
  const body = isObject(own) && isObject(own.url_citation) ? own.url_citation : undefined;
  const url = citation.url ?? body?.url;
  if (typeof url !== 'string') return undefined;
  const place = {
    start_index: content.toCharacters(base + (citation.start ?? 0)),
    end_index: content.toCharacters(citation.end === undefined ? end : base + citation.end),
  };
  return {
    ...(isObject(own) ? own : {}),
    type: 'url_citation',
    url_citation: { ...place, title: citation.title ?? '', ...body, url },
  };
}

function isIndex(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
