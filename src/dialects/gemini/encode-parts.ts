import type { Block, Json, JsonObject } from '../../hub/index.ts';
import { isObject, readJson } from '../../wire/index.ts';
import { encodeMedia } from './encode-media.ts';
import { kept, self } from './own.ts';
import type { GeminiQuirks } from './quirks.ts';

/** One block as a part, calls and results aside; undefined for what this API or this maker cannot be told. */
export function encodePart(block: Block, quirks: Partial<GeminiQuirks>): JsonObject | undefined {
  switch (block.type) {
    case 'text': {
      const signed = proofOf(block);
      if (block.text === '' && signed === undefined) return undefined;
      return { text: block.text, ...signed, ...kept(block) };
    }
    case 'refusal':
      return block.text === '' ? undefined : { text: block.text };
    case 'media':
      return encodeMedia(block, quirks);
    case 'thinking':
      return encodeThought(block);
    case 'opaque':
      return block.dialect === self && isObject(block.value) ? block.value : undefined;
    case 'tool-call':
    case 'tool-result':
      return undefined;
  }
}

/** Only thoughts with a proof of this maker; one without words is the empty part that the proof came on. */
function encodeThought(block: Block & { type: 'thinking' }): JsonObject | undefined {
  const signed = proofOf(block);
  if (signed === undefined) return undefined;
  return { text: block.text, ...(block.text === '' ? {} : { thought: true }), ...signed, ...kept(block) };
}

/** The signature, where it is this maker's: another's is refused. */
function proofOf({ signature }: Block): { thoughtSignature: string } | undefined {
  return signature?.by === self && signature.value !== '' ? { thoughtSignature: signature.value } : undefined;
}

/** `id` undefined: it is not sent. */
export function encodeCall(block: Block & { type: 'tool-call' }, id: string | undefined): JsonObject {
  return {
    functionCall: { ...(id === undefined ? {} : { id }), name: block.name, args: argsObject(block.args) },
    ...proofOf(block),
    ...kept(block),
  };
}

/** Arguments as the object that the API wants; what is none is put under one key, so that the model still sees it. */
export function argsObject(args: string): JsonObject {
  if (args.trim() === '') return {};
  const parsed = readJson(args);
  if (isObject(parsed)) return parsed;
  return parsed === null ? {} : { input: parsed ?? args };
}

/** What a tool said: text for `response`, and what is no text. */
interface Said {
  response: JsonObject;
  media: (Block & { type: 'media' })[];
}

/**
 * A result. A JSON object stands as it is, everything else under `output`, failures under `error`: the keys that Google's
 * reference of FunctionResponse names.
 */
export function readResult(block: Block & { type: 'tool-result' }): Said {
  const texts = block.content.flatMap((part) => (part.type === 'text' || part.type === 'refusal' ? [part.text] : []));
  const media = block.content.filter((part) => part.type === 'media');
  const text = texts.join('\n');
  const parsed: Json | undefined = holdsLongNumber(text) ? undefined : readJson(text);
  if (block.failed === true) return { response: { error: isObject(parsed) ? parsed : text }, media };
  return { response: isObject(parsed) ? parsed : { output: text }, media };
}

/** A number that loses digits when it is read. */
function holdsLongNumber(text: string): boolean {
  return /\d{16}/.test(text);
}
