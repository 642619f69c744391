import type { Citation, JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { self } from './params.ts';

/** What a citation is about: a part of the content by its number, or the plan before tool calls. */
export type Cited = number | 'plan';

/** Where a citation belongs; without `content_index` it is the text. */
export function citedPart(citation: JsonObject): Cited | undefined {
  if (citation['type'] === 'PLAN') return 'plan';
  const index = citation['content_index'];
  return typeof index === 'number' ? index : undefined;
}

/** One citation of the hub for each source. Offsets on the wire count characters, in the hub UTF-16 units of `text`. */
export function readCitations(citation: JsonObject, text: string): Citation[] {
  const { start, end, sources } = citation;
  const place =
    typeof start === 'number' && typeof end === 'number' && start >= 0 && end > start
      ? { start: unitsOf(text, start), end: unitsOf(text, end) }
      : {};
  const list = Array.isArray(sources) ? sources.filter(isObject) : [];
  const raw = { by: self, value: citation } as const;
  if (list.length === 0) return [{ ...place, raw }];
  return list.map((source) => ({ ...readSource(source), ...place, raw }));
}

function readSource(source: JsonObject): Citation {
  const held = [source['document'], source['tool_output']].find(isObject) ?? {};
  const url = text(held['url']) ?? link(source['id']);
  const title = text(held['title']);
  const file = text(source['id']);
  const quote = text(held['text']) ?? text(held['snippet']) ?? text(held['content']);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file }),
    ...(quote === undefined ? {} : { quote }),
  };
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function link(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && /^https?:\/\//.test(value) ? value : undefined;
}

function unitsOf(text: string, characters: number): number {
  let units = 0;
  for (let left = characters; left > 0 && units < text.length; left--) units += isPair(text, units) ? 2 : 1;
  return units;
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}
