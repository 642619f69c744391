import { members } from '../../wire/index.ts';

/**
 * Puts the client's name in place of a chunk's top-level `model`. The chunks of one stream begin alike, so the bytes up
 * to the name's end are found once and then only compared.
 */
export class Restamp {
  private known: Buffer | undefined;
  private stamped: Buffer | undefined;
  private readonly name: Buffer;

  constructor(model: string) {
    this.name = Buffer.from(JSON.stringify(model));
  }

  /** undefined: there is nothing to change. */
  apply(chunk: Buffer): Buffer | undefined {
    if (this.known !== undefined && startsWith(chunk, this.known)) {
      return this.stamped === undefined ? undefined : join(this.stamped, chunk, this.known.length);
    }
    const place = members(chunk).at('model');
    if (place === undefined) return undefined;
    const same = this.name.equals(chunk.subarray(place.value, place.end));
    // copied: a slice would keep the whole network buffer alive
    this.known = Buffer.from(chunk.subarray(0, place.end));
    this.stamped = same ? undefined : Buffer.concat([chunk.subarray(0, place.value), this.name]);
    return this.stamped === undefined ? undefined : join(this.stamped, chunk, place.end);
  }
}

function startsWith(chunk: Buffer, prefix: Buffer): boolean {
  if (chunk.length < prefix.length) return false;
  // prefixes are short: a loop costs less than a call into native code
  for (let at = 0; at < prefix.length; at++) if (chunk[at] !== prefix[at]) return false;
  return true;
}

function join(head: Buffer, chunk: Buffer, from: number): Buffer {
  const out = Buffer.allocUnsafe(head.length + chunk.length - from);
  out.set(head, 0);
  chunk.copy(out, head.length, from);
  return out;
}
