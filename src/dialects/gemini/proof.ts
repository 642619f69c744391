import {
  type Block,
  type DialectId,
  type JsonObject,
  type Signature,
  sealPrefix,
  unseal,
  writeSignature,
} from '../../hub/index.ts';
import { isObject, readJson } from '../../wire/index.ts';
import { self, textIn } from './own.ts';

type Thought = Block & { type: 'thinking' };

/** The field that holds a proof for a client: our maker's bare, another's sealed. */
export function writeProof({ signature }: Block): { thoughtSignature?: string } {
  return signature === undefined ? {} : { thoughtSignature: writeSignature(signature, self) };
}

/**
 * Agents of this form throw thoughts away and keep the proofs of calls, which is all that Gemini wants back. Makers that
 * want the thought itself before its call (Claude) get it from here: the thoughts of other makers that led to a call
 * travel in the call's proof, sealed. Base64 all through, as the field's schema wants.
 */
export function sealThoughts(thoughts: readonly Thought[]): { thoughtSignature?: string } {
  const last = thoughts.at(-1)?.signature;
  if (last === undefined) return {};
  const kept = thoughts.flatMap(({ text, redacted, signature }): JsonObject[] =>
    signature === undefined ? [] : [{ text, ...(redacted ? { redacted } : {}), ...asJson(signature) }],
  );
  const sealed = { modelport: 1, by: last.by, value: last.value, thoughts: kept };
  return { thoughtSignature: Buffer.from(JSON.stringify(sealed)).toString('base64') };
}

/** The thoughts that a call's proof carries; undefined: it carries none. */
export function unsealThoughts(proof: string): Thought[] | undefined {
  if (!proof.startsWith(sealPrefix)) return undefined;
  const read = readJson(Buffer.from(proof, 'base64').toString('utf8'));
  const thoughts = isObject(read) ? read['thoughts'] : undefined;
  if (!Array.isArray(thoughts)) return undefined;
  return thoughts.flatMap((thought): Thought[] => {
    const signature = isObject(thought) ? unseal(reseal(thought)) : undefined;
    if (!isObject(thought) || signature === undefined) return [];
    const redacted = thought['redacted'] === true ? { redacted: true as const } : {};
    return [{ type: 'thinking', text: textIn(thought, 'text') ?? '', ...redacted, signature }];
  });
}

/** Whether a thought's proof has to travel with the call behind it. */
export function travels({ type, signature }: Block): boolean {
  return type === 'thinking' && signature !== undefined && signature.by !== self;
}

function asJson({ by, value, id }: Signature): { by: DialectId; value: string; id?: string } {
  return id === undefined ? { by, value } : { by, value, id };
}

function reseal(thought: JsonObject): string {
  const { by = null, value = null, id } = thought;
  const signature = id === undefined ? { by, value } : { by, value, id };
  return Buffer.from(JSON.stringify({ modelport: 1, ...signature })).toString('base64');
}
