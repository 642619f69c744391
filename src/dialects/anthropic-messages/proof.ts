import { type Block, type Signature, seal, unseal, writeSignature } from '../../hub/index.ts';
import { self } from './carried.ts';

/**
 * Proofs of other makers that have no field of their own in this wire travel in the `data` of a `redacted_thinking` block,
 * which clients keep and return unread. Behind the seal stands what the proof belongs to: nothing (thinking without
 * text), `.redacted`, `.text` (the text block before it) or `.call:<id>` (that call, wherever it stands in the message).
 */
export type ProofOf = { kind: 'thinking' | 'redacted' | 'text' } | { kind: 'call'; id: string };

/** The block's proof, if it is another maker's. */
export function foreignProof(block: { signature?: Signature }): Signature | undefined {
  return block.signature === undefined || block.signature.by === self ? undefined : block.signature;
}

/** The `data` of the block that carries a proof. This wire's own is redacted thinking as it came. */
export function writeProof(signature: Signature, of: ProofOf): string {
  if (signature.by === self) return writeSignature(signature, self);
  switch (of.kind) {
    case 'thinking':
      return seal(signature);
    case 'redacted':
    case 'text':
      return `${seal(signature)}.${of.kind}`;
    case 'call':
      return `${seal(signature)}.call:${of.id}`;
  }
}

/** Puts what `redacted_thinking` data holds where it belongs among the blocks of one message, calls that follow aside. */
export function readProof(data: string, blocks: Block[], calls: Map<string, Signature>): void {
  const dot = data.indexOf('.');
  const signature = unseal(dot < 0 ? data : data.slice(0, dot));
  const of = dot < 0 ? '' : data.slice(dot + 1);
  if (signature === undefined) {
    blocks.push({ type: 'thinking', text: '', redacted: true, signature: { by: self, value: data } });
  } else if (of.startsWith('call:')) {
    calls.set(of.slice(5), signature);
  } else if (of === 'text') {
    const last = blocks.at(-1);
    if (last?.type === 'text') last.signature = signature;
  } else {
    blocks.push({ type: 'thinking', text: '', ...(of === 'redacted' ? { redacted: true as const } : {}), signature });
  }
}

/** Gives calls the proofs that were found for them. */
export function attachProofs(blocks: readonly Block[], calls: ReadonlyMap<string, Signature>): void {
  if (calls.size === 0) return;
  for (const block of blocks) {
    const signature = block.type === 'tool-call' ? calls.get(block.id) : undefined;
    if (signature !== undefined) block.signature = signature;
  }
}
