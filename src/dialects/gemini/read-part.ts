import { type Block, type JsonObject, readSignature, type Signature } from '../../hub/index.ts';
import type { Given } from '../dialect.ts';
import { keep, objectIn, self, textIn } from './own.ts';

const known = ['text', 'thought', 'thoughtSignature', 'thought_signature'];
const called = [...known, 'functionCall', 'function_call'];
const media = [...known, 'inlineData', 'inline_data', 'fileData', 'file_data'];

/** One part of a reply; what only this API understands is opaque. undefined: it says nothing. */
export function readPart(part: JsonObject, given: Given): Block | undefined {
  const signed = signatureOf(part);
  const call = objectIn(part, 'functionCall');
  if (call !== undefined) {
    const name = textIn(call, 'name');
    if (name === undefined) return undefined;
    return {
      type: 'tool-call',
      id: textIn(call, 'id') ?? given.id('call_'),
      name,
      args: JSON.stringify(objectIn(call, 'args') ?? {}),
      ...signed,
      ...keep(part, called),
    };
  }
  const data = objectIn(part, 'inlineData') ?? objectIn(part, 'fileData');
  if (data !== undefined) return readMedia(part, data);
  const text = part['text'];
  if (typeof text !== 'string') return isEmpty(part) ? undefined : { type: 'opaque', dialect: self, value: part };
  if (text === '') return signed.signature === undefined ? undefined : { type: 'thinking', text: '', ...signed };
  return { type: part['thought'] === true ? 'thinking' : 'text', text, ...signed, ...keep(part, known) };
}

/** A part with nothing but a proof is the empty text that came with it. */
function isEmpty(part: JsonObject): boolean {
  return Object.keys(part).every((name) => known.includes(name)) && signatureOf(part).signature === undefined;
}

export function signatureOf(part: JsonObject): { signature?: Signature } {
  const proof = textIn(part, 'thoughtSignature');
  return proof === undefined ? {} : { signature: readSignature(proof, self) };
}

function readMedia(part: JsonObject, data: JsonObject): Block {
  const mime = textIn(data, 'mimeType') ?? '';
  const uri = textIn(data, 'fileUri');
  return {
    type: 'media',
    media: kindOfMime(mime),
    source: uri === undefined ? { kind: 'base64', mime, data: textIn(data, 'data') ?? '' } : { kind: 'url', url: uri },
    ...signatureOf(part),
    ...keep(part, media),
  };
}

export function kindOfMime(mime: string): Extract<Block, { type: 'media' }>['media'] {
  const kind = /^(image|audio|video)\//.exec(mime)?.[1];
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file';
}
