import { FieldError, type JsonValue } from './json.ts';
import { broken, found, isBlank, skipBlanks, skipString, skipValue } from './scan.ts';

/** Where a member lies in the body: its name from the quote, its value and the value's end. */
export interface Member {
  readonly key: string;
  readonly name: number;
  readonly value: number;
  readonly end: number;
  /** Where the commas between a list's elements lie; undefined when the value is no list. */
  readonly commas?: readonly number[];
}

/** The top level of a JSON object, found by one scan of its bytes; values are parsed only when asked for. */
export interface Members {
  /** The bytes, BOM removed. */
  readonly body: Buffer;
  /** A character for each byte; undefined where they are many. */
  readonly text: string | undefined;
  /** Each name once, in the order of its first occurrence. */
  readonly names: readonly string[];
  /** Every member in the order of the bytes, equal names included. */
  readonly all: readonly Member[];
  has(name: string): boolean;
  /** The parsed value; of equal names the last counts. Throws FieldError when the value is no JSON. */
  get(name: string): JsonValue | undefined;
  /** The value's bytes. */
  bytes(name: string): Buffer | undefined;
  /** The elements of a list, unparsed, found by the same scan and not looked into; undefined when the value is no list. */
  elements(name: string): Buffer[] | undefined;
  /** Where the member lies: `name` from its quote, `value` and its end; of equal names the last. */
  at(name: string): Member | undefined;
}

/** One copy of so many bytes into a text costs less than the calls for its parts would. */
const few = 16 * 1024;

/** Scans a body. Throws FieldError unless it is one object with nothing but blanks behind it. */
export function members(body: Buffer): Members {
  const bytes = withoutBom(body);
  const text = bytes.length > few ? undefined : bytes.toString('latin1');
  const all = scanObject(bytes, text);
  const last = new Map<string, Member>();
  for (const member of all) last.set(member.key, member);
  let objects: Map<string, JsonValue> | undefined;
  return {
    body: bytes,
    text,
    names: [...last.keys()],
    all,
    has: (name) => last.has(name),
    get: (name) => {
      const member = last.get(name);
      if (member === undefined) return undefined;
      // Objects are asked for once for each word that may lie inside.
      if (bytes[member.value] !== 0x7b) return parseMember(bytes, member);
      const known = objects?.get(name) ?? parseMember(bytes, member);
      objects ??= new Map();
      objects.set(name, known);
      return known;
    },
    bytes: (name) => {
      const member = last.get(name);
      return member === undefined ? undefined : bytes.subarray(member.value, member.end);
    },
    elements: (name) => {
      const member = last.get(name);
      return member?.commas === undefined ? undefined : cutList(bytes, member, member.commas);
    },
    at: (name) => last.get(name),
  };
}

/**
 * The value's bytes of the first member of this name; undefined when there is none. Reads no further than that, which
 * saves a pass over a long message whose role stands first. Throws FieldError for anything but an object.
 */
export function firstMember(object: Buffer, name: string): Buffer | undefined {
  let at = skipBlanks(object, 0);
  if (object[at] !== 0x7b) throw broken(`an object was expected, found ${found(object, at)}`, at);
  at = skipBlanks(object, at + 1);
  if (object[at] === 0x7d) return undefined;
  for (;;) {
    const { key, value, end } = scanMember(object, undefined, at);
    if (key === name) return object.subarray(value, end);
    at = skipBlanks(object, end);
    if (object[at] === 0x7d) return undefined;
    if (object[at] !== 0x2c) throw broken(`',' or '}' was expected, found ${found(object, at)}`, at);
    at = skipBlanks(object, at + 1);
  }
}

/** The elements of an array's bytes, unparsed; undefined when the bytes are no array. Throws FieldError when it is broken. */
export function elements(array: Buffer): Buffer[] | undefined {
  let at = skipBlanks(array, 0);
  if (array[at] !== 0x5b) return undefined;
  const out: Buffer[] = [];
  at = skipBlanks(array, at + 1);
  if (array[at] === 0x5d) {
    expectEnd(array, at + 1);
    return out;
  }
  for (;;) {
    const end = skipValue(array, at);
    out.push(array.subarray(at, end));
    at = skipBlanks(array, end);
    if (array[at] === 0x5d) break;
    if (array[at] !== 0x2c) throw broken(`',' or ']' was expected, found ${found(array, at)}`, at);
    at = skipBlanks(array, at + 1);
  }
  expectEnd(array, at + 1);
  return out;
}

function withoutBom(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

function scanObject(body: Buffer, text: string | undefined): Member[] {
  const all: Member[] = [];
  let at = skipBlanks(body, 0);
  if (body[at] !== 0x7b) throw broken(`an object was expected, found ${found(body, at)}`, at);
  at = skipBlanks(body, at + 1);
  if (body[at] === 0x7d) {
    expectEnd(body, at + 1);
    return all;
  }
  for (;;) {
    const member = scanMember(body, text, at);
    all.push(member);
    at = skipBlanks(body, member.end);
    if (body[at] === 0x7d) break;
    if (body[at] !== 0x2c) throw broken(`',' or '}' was expected, found ${found(body, at)}`, at);
    at = skipBlanks(body, at + 1);
  }
  expectEnd(body, at + 1);
  return all;
}

function scanMember(body: Buffer, text: string | undefined, name: number): Member {
  if (body[name] !== 0x22) throw broken(`a name in quotes was expected, found ${found(body, name)}`, name);
  const nameEnd = skipString(body, name);
  const key = readKey(body, text, name, nameEnd);
  const colon = skipBlanks(body, nameEnd);
  if (body[colon] !== 0x3a) throw broken(`':' was expected, found ${found(body, colon)}`, colon);
  const value = skipBlanks(body, colon + 1);
  if (body[value] !== 0x5b) return { key, name, value, end: skipValue(body, value) };
  const commas: number[] = [];
  return { key, name, value, end: skipValue(body, value, commas), commas };
}

function cutList(body: Buffer, { value, end }: Member, commas: readonly number[]): Buffer[] {
  const close = end - 1;
  let from = skipBlanks(body, value + 1);
  if (from === close) return [];
  return [...commas, close].map((comma) => {
    let to = comma;
    while (to > from && isBlank(body[to - 1])) to--;
    if (to === from) throw broken(`a value was expected, found ${found(body, comma)}`, comma);
    const element = body.subarray(from, to);
    from = skipBlanks(body, comma + 1);
    return element;
  });
}

function readKey(body: Buffer, text: string | undefined, from: number, end: number): string {
  for (let at = from + 1; at < end - 1; at++) {
    const byte = body[at];
    if (byte === undefined || byte < 0x20 || byte > 0x7e || byte === 0x5c) return unescapeKey(body, from, end);
  }
  return text === undefined ? body.toString('latin1', from + 1, end - 1) : text.slice(from + 1, end - 1);
}

function unescapeKey(body: Buffer, from: number, end: number): string {
  try {
    const key: unknown = JSON.parse(body.toString('utf8', from, end));
    return String(key);
  } catch {
    throw broken('a name with a wrong escape or a control character', from);
  }
}

function expectEnd(body: Buffer, from: number): void {
  const at = skipBlanks(body, from);
  if (at < body.length) throw broken(`the end was expected, found ${found(body, at)}`, at);
}

function parseMember(body: Buffer, member: Member): JsonValue {
  // The scan has checked these words already.
  switch (body[member.value]) {
    case 0x74:
      return true;
    case 0x66:
      return false;
    case 0x6e:
      return null;
  }
  try {
    return JSON.parse(body.toString('utf8', member.value, member.end));
  } catch {
    throw new FieldError(member.key, `is not valid JSON (bytes ${member.value} to ${member.end})`);
  }
}
