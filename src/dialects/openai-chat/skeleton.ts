/** Texts that differ from chunk to chunk of a stream whose chunks are otherwise alike. Inside a text quotes are escaped. */
const slot = /"(?:content|reasoning_content|reasoning|arguments|obfuscation)": ?"/g;

/**
 * What the frames of one stream have in common: the bytes around their texts (as latin1), as they come and as they go
 * on. A frame that is like one that was read needs no reading: 0.4 us against 5 by search, edit and copy of each frame.
 */
export interface Skeleton {
  came: readonly string[];
  goes: readonly string[];
}

/** Undefined for frames without a text. `goes`: the same frame as it was sent on; only its model may differ. */
export function skeletonOf(came: string, goes: string): Skeleton | undefined {
  const bones = bonesOf(came);
  if (bones.length < 2 || came === goes) return bones.length < 2 ? undefined : { came: bones, goes: bones };
  const sent = bonesOf(goes);
  return sent.length === bones.length ? { came: bones, goes: sent } : undefined;
}

function bonesOf(frame: string): string[] {
  const bones: string[] = [];
  let from = 0;
  slot.lastIndex = 0;
  while (slot.test(frame)) {
    const end = closingQuote(frame, slot.lastIndex);
    if (end < 0) return [];
    bones.push(frame.slice(from, slot.lastIndex));
    from = end;
    slot.lastIndex = end;
  }
  bones.push(frame.slice(from));
  return bones;
}

/** Where the frame at `from` ends when it has these bones and is one line and a blank one; else -1. */
export function endOfAlike(text: string, from: number, { came }: Skeleton): number {
  let at = from;
  for (const [index, bone] of came.entries()) {
    if (index > 0) at = closingQuote(text, at);
    if (at < 0 || !text.startsWith(bone, at)) return -1;
    at += bone.length;
  }
  return text.indexOf('\n', from) === at - 2 ? at : -1;
}

/** The frame at `from`, known to be alike, as it goes on. */
export function reworded(text: string, from: number, { came, goes }: Skeleton): string {
  let out = '';
  let at = from;
  for (let index = 0; index < came.length; index++) {
    const value = index === 0 ? at : closingQuote(text, at);
    out += text.slice(at, value) + (goes[index] ?? '');
    at = value + (came[index]?.length ?? 0);
  }
  return out;
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at > from && isEscaped(text, at, from)) at = text.indexOf('"', at + 1);
  return at;
}

function isEscaped(text: string, quote: number, from: number): boolean {
  let first = quote;
  while (first > from && text.charCodeAt(first - 1) === 0x5c) first--;
  return (quote - first) % 2 === 1;
}
