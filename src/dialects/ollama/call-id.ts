import { readSignature, type Signature, thoughtMark, writeSignature } from '../../hub/index.ts';
import { sealThoughts, type Thought, unsealThoughts } from '../sealed-thoughts.ts';
import { self } from './params.ts';

/** This form has no place for the proof of a call, or of the thoughts before it, so they travel behind the call's id. */
export function splitId(text: string): { id: string; signature?: Signature; thoughts?: Thought[] } {
  const at = text.indexOf(thoughtMark);
  if (at < 0) return { id: text };
  const proof = text.slice(at + thoughtMark.length);
  const id = text.slice(0, at);
  if (proof === '') return { id };
  const thoughts = unsealThoughts(proof);
  return thoughts === undefined ? { id, signature: readSignature(proof, self) } : { id, thoughts };
}

export function joinId(id: string, signature: Signature | undefined, thoughts: readonly Thought[]): string {
  const proof = signature === undefined ? sealThoughts(thoughts) : writeSignature(signature, self);
  return proof === undefined ? id : `${id}${thoughtMark}${proof}`;
}
