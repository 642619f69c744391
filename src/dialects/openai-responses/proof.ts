import { type Signature, seal, unseal } from '../../hub/index.ts';
import { self } from './own.ts';

/**
 * Proofs of other makers travel in the `encrypted_content` of reasoning items, which clients keep and return unread.
 * Behind the seal stands what the proof belongs to: nothing (these thoughts), `.redacted` (thoughts that are hidden),
 * `.text` (the text before it), `.empty` (a text without words) or `.call:<id>` (that call, wherever it stands).
 */
export type ProofOf = { kind: 'thinking' | 'redacted' | 'text' | 'empty' } | { kind: 'call'; id: string };

/**
 * Thoughts that nobody signed are marked by an empty proof: their item has an id of ours, which a maker of proofs would
 * look for in vain, so a body that holds them must be read before it goes there.
 */
const unsigned = seal({ by: self, value: '' });

export function writeProof(signature: Signature | undefined, of: ProofOf): string {
  if (signature === undefined) return unsigned;
  if (signature.by === self && of.kind !== 'call' && of.kind !== 'text' && of.kind !== 'empty') return signature.value;
  switch (of.kind) {
    case 'thinking':
      return seal(signature);
    case 'redacted':
    case 'text':
    case 'empty':
      return `${seal(signature)}.${of.kind}`;
    case 'call':
      return `${seal(signature)}.call:${of.id}`;
  }
}

/** `ours`: the item is one that we made, and its id means nothing to anybody else. */
export function readProof(
  value: string,
  id: string | undefined,
): { signature?: Signature; of: ProofOf; ours: boolean } {
  const dot = value.indexOf('.');
  const signature = unseal(dot < 0 ? value : value.slice(0, dot));
  if (signature === undefined) {
    const own: Signature = { by: self, value, ...(id === undefined ? {} : { id }) };
    return { signature: own, of: { kind: 'thinking' }, ours: false };
  }
  const of = readOf(dot < 0 ? '' : value.slice(dot + 1));
  return signature.value === '' ? { of, ours: true } : { signature, of, ours: true };
}

function readOf(text: string): ProofOf {
  if (text.startsWith('call:')) return { kind: 'call', id: text.slice(5) };
  return text === 'redacted' || text === 'text' || text === 'empty' ? { kind: text } : { kind: 'thinking' };
}
