import { readSignature, type Signature, thoughtMark, writeSignature } from '../../hub/index.ts';
import { self } from './params.ts';

/** This form has no place for the proof of a call, so it travels behind the call's id. */
export function splitId(text: string): { id: string; signature?: Signature } {
  const at = text.indexOf(thoughtMark);
  if (at < 0) return { id: text };
  const proof = text.slice(at + thoughtMark.length);
  const id = text.slice(0, at);
  return proof === '' ? { id } : { id, signature: readSignature(proof, self) };
}

export function joinId(id: string, signature: Signature | undefined): string {
  return signature === undefined ? id : `${id}${thoughtMark}${writeSignature(signature, self)}`;
}
