import type { KeptAnswer } from './cache.ts';

const newline = 0x0a;

type Head = Omit<KeptAnswer, 'body'>;

/** One line of JSON, and the bytes as they went out. */
export function writeKept({ body, ...head }: KeptAnswer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** Undefined for what we have not written. */
export function readKept(value: Buffer): KeptAnswer | undefined {
  const cut = value.indexOf(newline);
  const head = cut < 0 ? undefined : headOf(value.toString('utf8', 0, cut));
  return head === undefined ? undefined : { ...head, body: value.subarray(cut + 1) };
}

function headOf(text: string): Head | undefined {
  try {
    const head: unknown = JSON.parse(text);
    return isHead(head) ? head : undefined;
  } catch {
    return undefined;
  }
}

function isHead(head: unknown): head is Head {
  return typeof head === 'object' && head !== null && 'pieces' in head && Array.isArray(head.pieces) && 'type' in head;
}
