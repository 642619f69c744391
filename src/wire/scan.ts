import { FieldError } from './json.ts';

const quote = 0x22;
const backslash = 0x5c;
/** Shorter strings are cheaper byte by byte than by a call of indexOf. */
const near = 48;
const scalar = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** The first byte that is no JSON blank. */
export function skipBlanks(body: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = body[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** The end of the string that begins with the quote at `from`. */
export function skipString(body: Buffer, from: number): number {
  let at = from + 1;
  for (;;) {
    const until = Math.min(at + near, body.length);
    while (at < until) {
      const byte = body[at];
      if (byte === quote) return at + 1;
      at += byte === backslash ? 2 : 1;
    }
    const found = body.indexOf(quote, at);
    if (found < 0) throw broken('a string without an end', from);
    let first = found;
    while (first > at && body[first - 1] === backslash) first--;
    at = found + 1;
    if ((found - first) % 2 === 0) return at;
  }
}

/**
 * The end of the value at `from`. One pass without recursion; brackets are counted, not matched, since what lies inside
 * a skipped value is for the parser or the provider to judge.
 */
export function skipValue(body: Buffer, from: number): number {
  const first = body[from];
  if (first === quote) return skipString(body, from);
  return first === 0x7b || first === 0x5b ? skipNested(body, from) : skipScalar(body, from);
}

/** The error of a body that cannot be read at `at`. */
export function broken(what: string, at: number): FieldError {
  return new FieldError('', `is not valid JSON: ${what} at byte ${at}`);
}

/** What stands at `at`, for a message. */
export function found(body: Buffer, at: number): string {
  const byte = body[at];
  if (byte === undefined) return 'the end';
  return byte > 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}'`
    : `the byte 0x${byte.toString(16).padStart(2, '0')}`;
}

function skipNested(body: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < body.length; at++) {
    switch (body[at]) {
      case quote:
        at = skipString(body, at) - 1;
        break;
      case 0x7b:
      case 0x5b:
        depth++;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        if (depth === 0) return at + 1;
        break;
    }
  }
  throw broken("a '{' or '[' without an end", from);
}

function skipScalar(body: Buffer, from: number): number {
  let at = from;
  for (; at < body.length; at++) {
    const byte = body[at];
    if (
      byte === 0x2c ||
      byte === 0x7d ||
      byte === 0x5d ||
      byte === 0x20 ||
      byte === 0x0a ||
      byte === 0x0d ||
      byte === 0x09
    )
      break;
  }
  if (!scalar.test(body.toString('latin1', from, at)))
    throw broken(`a value was expected, found ${found(body, from)}`, from);
  return at;
}
