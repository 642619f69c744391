import { isBlank, skipString } from './scan.ts';

const quote = 0x22;

/** The same JSON without blanks between its tokens; numbers and escapes keep their spelling. */
export function withoutBlanks(json: Buffer): Buffer {
  const out = Buffer.allocUnsafe(json.length);
  let size = 0;
  let at = 0;
  while (at < json.length) {
    const end = json[at] === quote ? skipString(json, at) : at + 1;
    if (!isBlank(json[at])) size += json.copy(out, size, at, end);
    at = end;
  }
  return out.subarray(0, size);
}
