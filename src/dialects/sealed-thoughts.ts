import { type Block, type JsonObject, type Signature, sealPrefix, unseal } from '../hub/index.ts';
import { isObject, readJson } from '../wire/index.ts';

export type Thought = Block & { type: 'thinking' };

/**
 * Clients of some forms throw thoughts away, or their proofs, and keep calls. Makers that want the thought itself before its
 * call (Claude) get it from there: the thoughts that led to a call travel in the call's proof, sealed. Base64 all through.
 * undefined: there is nothing to prove.
 */
export function sealThoughts(thoughts: readonly Thought[]): string | undefined {
  const last = thoughts.findLast(({ signature }) => signature !== undefined)?.signature;
  if (last === undefined) return undefined;
  const kept = thoughts.flatMap(({ text, redacted, signature }): JsonObject[] =>
    signature === undefined ? [] : [{ text, ...(redacted ? { redacted } : {}), ...asJson(signature) }],
  );
  const sealed = { modelport: 1, by: last.by, value: last.value, thoughts: kept };
  return Buffer.from(JSON.stringify(sealed)).toString('base64');
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
    const text = typeof thought['text'] === 'string' ? thought['text'] : '';
    return [{ type: 'thinking', text, ...redacted, signature }];
  });
}

function asJson({ by, value, id }: Signature): JsonObject {
  return id === undefined ? { by, value } : { by, value, id };
}

function reseal(thought: JsonObject): string {
  const { by = null, value = null, id } = thought;
  const signature = id === undefined ? { by, value } : { by, value, id };
  return Buffer.from(JSON.stringify({ modelport: 1, ...signature })).toString('base64');
}
