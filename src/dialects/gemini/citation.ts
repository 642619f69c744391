import type { Citation, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { listIn, numberIn, objectIn, self, textIn } from './own.ts';

/** A citation, and which of the answer's texts its places count in: that of this part, where the wire says. */
interface Placed {
  citation: Citation;
  /** Bytes of UTF-8. */
  bytes?: { start: number; end: number };
  /** What stands there. */
  quote?: string;
}

/** Sources of an answer: what supports which words, sources of no words in particular, and texts that were recited. */
export function readCitations(candidate: JsonObject): Placed[] {
  return [
    ...readGrounding(objectIn(candidate, 'groundingMetadata')),
    ...readRecited(objectIn(candidate, 'citationMetadata')),
  ];
}

function readGrounding(grounding: JsonObject | undefined): Placed[] {
  if (grounding === undefined) return [];
  const chunks = listIn(grounding, 'groundingChunks');
  const used = new Set<number>();
  const supported = listIn(grounding, 'groundingSupports').flatMap((support): Placed[] => {
    const segment = isObject(support) ? (objectIn(support, 'segment') ?? {}) : {};
    const places = isObject(support) ? listIn(support, 'groundingChunkIndices') : [];
    return places.flatMap((place): Placed[] => {
      const chunk = typeof place === 'number' ? chunks[place] : undefined;
      if (typeof place !== 'number' || !isObject(chunk)) return [];
      used.add(place);
      const quote = textIn(segment, 'text');
      const citation = {
        ...readChunk(chunk),
        ...(quote === undefined ? {} : { quote }),
        raw: { by: self, value: chunk },
      };
      return [{ citation, ...bytesOf(segment), ...(quote === undefined ? {} : { quote }) }];
    });
  });
  const others = chunks.flatMap((chunk, place): Placed[] =>
    used.has(place) || !isObject(chunk) ? [] : [{ citation: { ...readChunk(chunk), raw: { by: self, value: chunk } } }],
  );
  return [...supported, ...others];
}

function readChunk(chunk: JsonObject): Citation {
  const source = ['web', 'retrievedContext', 'maps', 'image']
    .map((kind) => objectIn(chunk, kind))
    .find((one) => one !== undefined);
  if (source === undefined) return {};
  const uri = textIn(source, 'uri') ?? textIn(source, 'sourceUri');
  const title = textIn(source, 'title');
  return {
    ...(uri === undefined ? {} : /^https?:/i.test(uri) ? { url: uri } : { file: uri }),
    ...(title === undefined ? {} : { title }),
  };
}

/** `citationSources` at AI Studio, `citations` at Vertex AI. */
function readRecited(metadata: JsonObject | undefined): Placed[] {
  if (metadata === undefined) return [];
  return [...listIn(metadata, 'citationSources'), ...listIn(metadata, 'citations')].flatMap((source): Placed[] => {
    if (!isObject(source)) return [];
    const url = textIn(source, 'uri');
    const title = textIn(source, 'title');
    return [
      {
        citation: {
          ...(url === undefined ? {} : { url }),
          ...(title === undefined ? {} : { title }),
          raw: { by: self, value: source },
        },
        ...bytesOf(source),
      },
    ];
  });
}

function bytesOf(node: JsonObject): Pick<Placed, 'bytes'> {
  const end = numberIn(node, 'endIndex');
  return end === undefined ? {} : { bytes: { start: numberIn(node, 'startIndex') ?? 0, end } };
}

/** The citation with its place in this text, in UTF-16 units; without one where the text does not say there what is quoted. */
export function placed({ citation, bytes, quote }: Placed, text: string): Citation {
  if (bytes === undefined) return citation;
  const all = Buffer.from(text);
  const cited = all.subarray(bytes.start, bytes.end).toString();
  if (bytes.end > all.length || bytes.start > bytes.end || (quote !== undefined && quote !== cited)) return citation;
  const start = all.subarray(0, bytes.start).toString().length;
  return { ...citation, start, end: start + cited.length };
}

/** Citations on the texts of an answer as `groundingMetadata`; places count bytes of UTF-8 within the part. */
export function writeCitations(texts: readonly Cited[]): { groundingMetadata?: JsonObject } {
  const chunks: JsonObject[] = [];
  const supports: JsonObject[] = [];
  for (const { part, text, citations } of texts) {
    for (const citation of citations) {
      const index = placeOf(chunks, writeChunk(citation));
      const segment = writeSegment(citation, text, part);
      if (segment !== undefined) supports.push({ segment, groundingChunkIndices: [index] });
    }
  }
  if (chunks.length === 0) return {};
  return {
    groundingMetadata: { groundingChunks: chunks, ...(supports.length === 0 ? {} : { groundingSupports: supports }) },
  };
}

/** A text of an answer, and which of its parts it is. */
export interface Cited {
  part: number;
  text: string;
  citations: readonly Citation[];
}

function placeOf(chunks: JsonObject[], chunk: JsonObject): number {
  const written = JSON.stringify(chunk);
  const known = chunks.findIndex((one) => JSON.stringify(one) === written);
  return known < 0 ? chunks.push(chunk) - 1 : known;
}

/** A source without an address is a document that the client gave. */
function writeChunk({ raw, url, title, file }: Citation): JsonObject {
  if (raw?.by === self && isObject(raw.value) && isChunk(raw.value)) return raw.value;
  const named = title === undefined ? {} : { title };
  if (url !== undefined) return { web: { uri: url, ...named } };
  return { retrievedContext: { ...(file === undefined ? {} : { uri: file }), ...named } };
}

function isChunk(value: JsonObject): boolean {
  return ['web', 'retrievedContext', 'maps', 'image'].some((kind) => objectIn(value, kind) !== undefined);
}

function writeSegment({ start, end, quote }: Citation, text: string, part: number): JsonObject | undefined {
  if (start === undefined || end === undefined || start > end || end > text.length) {
    return quote === undefined ? undefined : { ...(part === 0 ? {} : { partIndex: part }), text: quote };
  }
  const before = Buffer.byteLength(text.slice(0, start));
  const cited = text.slice(start, end);
  return {
    ...(part === 0 ? {} : { partIndex: part }),
    ...(before === 0 ? {} : { startIndex: before }),
    endIndex: before + Buffer.byteLength(cited),
    text: cited,
  };
}
