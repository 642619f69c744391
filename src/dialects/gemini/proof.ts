import { type Block, writeSignature } from '../../hub/index.ts';
import { self } from './own.ts';

/** The field that holds a proof for a client: our maker's bare, another's sealed. */
export function writeProof({ signature }: Block): { thoughtSignature?: string } {
  return signature === undefined ? {} : { thoughtSignature: writeSignature(signature, self) };
}

/** Whether a thought's proof has to travel with the call behind it: agents of this form keep what Gemini wants back only. */
export function travels({ type, signature }: Block): boolean {
  return type === 'thinking' && signature !== undefined && signature.by !== self;
}
