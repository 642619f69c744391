import type { DialectId, Signature } from './request.ts';

/** Every sealed signature begins so: base64 of `{"modelport"`. */
export const sealPrefix = 'eyJtb2RlbHBvcnQi';

/** Separates a call's id from its sealed signature where the client's dialect has no other place (chat). */
export const thoughtMark = '__thought__';

/**
 * A signature in a form that a client of another dialect can keep and return: base64 of
 * `{"modelport":1,"by","value","id"}` (DESIGN.md, "A signature has an owner").
 */
export function seal(signature: Signature): string {
  return Buffer.from(JSON.stringify({ modelport: 1, ...signature })).toString('base64');
}

/** The signature inside a seal; undefined for anything else, also for a damaged seal. */
export function unseal(text: string): Signature | undefined {
  if (!text.startsWith(sealPrefix)) return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    return isSealed(read)
      ? {
          by: read.by,
          value: read.value,
          ...(read.id === undefined ? {} : { id: read.id }),
        }
      : undefined;
  } catch {
    return undefined;
  }
}

/** What a signature field of dialect `reader` holds: a seal that we made, or the reader's own proof. */
export function readSignature(text: string, reader: DialectId): Signature {
  return unseal(text) ?? { by: reader, value: text };
}

/** What to write for a client of dialect `writer`: its own proof bare, any other sealed. */
export function writeSignature(signature: Signature, writer: DialectId): string {
  return signature.by === writer ? signature.value : seal(signature);
}

function isSealed(value: unknown): value is { by: DialectId; value: string; id?: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { by, value: proof, id } = value as Record<string, unknown>;
  return typeof by === 'string' && typeof proof === 'string' && (id === undefined || typeof id === 'string');
}
