import { FieldError } from './json.ts';

/** What becomes of a form's bytes. */
export interface FormSink {
  /** Whether a field is kept from what goes on; files always go on. */
  takes(name: string): boolean;
  /** A field that was taken. */
  field(name: string, value: string): void;
  bytes(piece: Buffer): void;
}

const crlf = Buffer.from('\r\n');
const hyphen = 0x2d;
const headEnd = Buffer.from('\r\n\r\n');
/** A part's headers, and the value of a field that is taken. */
const most = 64 * 1024;

/** The boundary of a multipart form by its content-type; undefined: it is none. Throws FieldError for a form without one. */
export function boundaryOf(type: string | undefined): string | undefined {
  if (type === undefined || !/^\s*multipart\/form-data\s*(?:;|$)/i.test(type)) return undefined;
  const found = /;\s*boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200})(?=[\s;]|$))/i.exec(type);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw new FieldError('', 'is a form whose content-type names no boundary');
  return boundary;
}

/**
 * Reads a multipart form (RFC 7578) as it passes and takes fields out of it. The parts that stay keep their bytes,
 * headers included; what stands before the first and behind the last boundary is left out. Holds no more than one part's
 * headers or one taken field. The library that takes media's forms apart is no match: it hands over parsed headers, from
 * which neither the bytes of a part nor the declared length of a form could be written again, and providers of files
 * want the length.
 */
export class FormFilter {
  readonly #sink: FormSink;
  readonly #mark: Buffer;
  /** Where a part begins: at the very start the boundary has no line end before it. */
  #held: Buffer = crlf;
  #at: 'before' | 'border' | 'head' | 'body' | 'after' = 'before';
  #was: 'before' | 'body' = 'before';
  #inside = false;
  #begun = false;
  #taken: { name: string; pieces: Buffer[]; size: number } | undefined;

  constructor(boundary: string, sink: FormSink) {
    this.#mark = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#sink = sink;
  }

  /** Whether the last part has ended. */
  get complete(): boolean {
    return this.#at === 'after';
  }

  /** Throws FieldError for what is no form. */
  push(chunk: Buffer): void {
    if (this.#at === 'after') return;
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (this.#step());
  }

  /** One state's worth of what is held; false: more must come. */
  #step(): boolean {
    switch (this.#at) {
      case 'before':
      case 'body':
        return this.#toMark(this.#at);
      case 'border':
        return this.#border();
      case 'head':
        return this.#head();
      case 'after':
        return false;
    }
  }

  /** Hands out what lies before the next boundary. */
  #toMark(at: 'before' | 'body'): boolean {
    const held = this.#held;
    const found = held.indexOf(this.#mark);
    if (found >= 0) {
      if (found > 0) this.#hand(held.subarray(0, found));
      this.#held = held.subarray(found + this.#mark.length);
      this.#at = 'border';
      this.#was = at;
      return true;
    }
    // The rest may be the beginning of a boundary.
    const sure = held.length - this.#mark.length + 1;
    if (sure <= 0) return false;
    this.#hand(held.subarray(0, sure));
    this.#held = held.subarray(sure);
    return false;
  }

  #hand(piece: Buffer): void {
    // What stands before the first part is nobody's.
    if (!this.#inside) return;
    if (this.#taken === undefined) {
      this.#sink.bytes(piece);
      return;
    }
    this.#taken.size += piece.length;
    if (this.#taken.size > most) throw new FieldError(this.#taken.name, 'is too long');
    this.#taken.pieces.push(piece);
  }

  #endPart(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken !== undefined) this.#sink.field(taken.name, Buffer.concat(taken.pieces).toString('utf8'));
  }

  /**
   * Behind a boundary: a line end before a part, two hyphens behind the last one; blanks may stand there. Anything else
   * says that it was none.
   */
  #border(): boolean {
    const held = this.#held;
    const found = afterMark(held);
    switch (found) {
      case 'unclear':
        return false;
      case 'content':
        this.#hand(this.#mark);
        this.#at = this.#was;
        return true;
      case 'last':
        this.#endPart();
        this.#keep(Buffer.from('--'));
        this.#held = Buffer.alloc(0);
        this.#at = 'after';
        return false;
      case 'part':
        this.#endPart();
        // The line end stays: a part without headers has nothing else before the blank line.
        this.#held = held.subarray(held.indexOf(crlf));
        this.#at = 'head';
        return true;
    }
  }

  #head(): boolean {
    const end = this.#held.indexOf(headEnd);
    if (end < 0 || end > most) {
      if (this.#held.length > most) throw new FieldError('', 'has a part whose headers are too long');
      return false;
    }
    const head = this.#held.subarray(0, end + headEnd.length);
    const { name, file } = readHead(head.toString('utf8'));
    this.#held = this.#held.subarray(end + headEnd.length);
    this.#at = 'body';
    this.#inside = true;
    if (!file && this.#sink.takes(name)) this.#taken = { name, pieces: [], size: 0 };
    else this.#keep(head);
    return true;
  }

  /** A boundary that stays; the first one has no line end before it. */
  #keep(behind: Buffer): void {
    this.#sink.bytes(Buffer.concat([this.#begun ? this.#mark : this.#mark.subarray(crlf.length), behind]));
    this.#begun = true;
  }
}

function readHead(head: string): { name: string; file: boolean } {
  const line = /\r\ncontent-disposition:([^\r\n]*)/i.exec(head)?.[1] ?? '';
  const name = /;\s*name=(?:"((?:\\.|[^"\\])*)"|([^\s;]+))/i.exec(line);
  const plain = (name?.[1] ?? name?.[2] ?? '').replace(/\\(.)/g, '$1');
  return { name: plain.replace(/%22/g, '"'), file: /;\s*filename\*?=/i.test(line) };
}

/** What the bytes behind something that looks like a boundary say of it. */
function afterMark(bytes: Buffer): 'part' | 'last' | 'content' | 'unclear' {
  if (bytes[0] === hyphen) return bytes.length < 2 ? 'unclear' : bytes[1] === hyphen ? 'last' : 'content';
  for (let at = 0; at < Math.min(bytes.length, most); at++) {
    const byte = bytes[at];
    if (byte === 0x20 || byte === 0x09) continue;
    if (byte !== 0x0d) return 'content';
    return at + 1 === bytes.length ? 'unclear' : bytes[at + 1] === 0x0a ? 'part' : 'content';
  }
  return bytes.length < most ? 'unclear' : 'content';
}
