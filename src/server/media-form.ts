import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ProxyError } from '../hub/index.ts';
import { boundaryOf } from '../wire/index.ts';
import type { Life } from './calls.ts';
import { type Part, type PartHead, PartReader, tooLarge, writeHead } from './multipart.ts';

const MB = 2 ** 20;
/** A form up to this long is waited for: it can be sent again when a provider fails. */
const waitedFor = 4 * MB;
/** What is held at most until the model is known. */
const mostHeld = 25 * MB;
/** What passes at most, in flat memory. */
const mostPassed = 512 * MB;
const mostField = 256 * 1024;

/** What was read of a form: fields whole, files in pieces. */
type Piece =
  | { kind: 'field'; head: PartHead; value: Buffer }
  | { kind: 'file'; head: PartHead }
  | { kind: 'bytes'; bytes: Buffer };

/** What changes on the way. */
export interface FormEdits {
  /** The value to send; undefined: the field is left out. May throw. */
  field(name: string, value: string): string | undefined;
  /** Fields to add behind the last, by name. */
  more(): readonly (readonly [string, string])[];
}

/**
 * A form, received until it is whole or long enough to be passed on as it comes. `enough`: whether what the fields say
 * decides where it goes.
 */
export async function receiveMediaForm(
  req: IncomingMessage,
  res: ServerResponse,
  life: Life,
  enough: (fields: ReadonlyMap<string, string>) => boolean,
): Promise<MediaForm> {
  const boundary = checkHead(req);
  if (req.headers.expect !== undefined) res.writeContinue();
  const reader = new PartReader(req, boundary, mostPassed);
  life.onEnd((reason) => reader.stop(reason));
  const form = new MediaForm(reader);
  await form.gather(enough);
  return form;
}

function checkHead(req: IncomingMessage): string {
  const { headers } = req;
  if (Number(headers['content-length'] ?? 0) > mostPassed) throw tooLarge(mostPassed);
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    throw new ProxyError('invalid-request', 'a form must not be compressed', { status: 415 });
  }
  const boundary = boundaryOf(headers['content-type']);
  if (boundary !== undefined) return boundary;
  throw new ProxyError('invalid-request', 'the body must be multipart/form-data', { status: 415 });
}

export class MediaForm {
  /** Of equal names the last counts. */
  readonly fields = new Map<string, string>();
  readonly files = new Set<string>();
  readonly #reader: PartReader;
  readonly #held: Piece[] = [];
  #size = 0;
  /** The file whose bytes were not all read when the form was long enough. */
  #open: AsyncIterator<Buffer> | undefined;
  whole = false;

  constructor(reader: PartReader) {
    this.#reader = reader;
  }

  async gather(enough: (fields: ReadonlyMap<string, string>) => boolean): Promise<void> {
    for (;;) {
      const piece = await this.#next();
      if (piece === undefined) {
        this.whole = true;
        return;
      }
      this.#held.push(piece);
      this.#size += piece.kind === 'bytes' ? piece.bytes.length : 1024;
      if (this.#size > waitedFor && enough(this.fields)) return;
      if (this.#size > mostHeld) throw tooLarge(mostHeld);
    }
  }

  /** All of it as bytes; any number of times. */
  bytes(boundary: string, edits: FormEdits): Buffer {
    const writer = new FormWriter(boundary, edits);
    return Buffer.concat([...this.#held.flatMap((piece) => writer.write(piece)), writer.end()]);
  }

  /** As it comes; once. */
  stream(boundary: string, edits: FormEdits): Readable {
    return Readable.from(this.#passed(new FormWriter(boundary, edits)), { objectMode: false });
  }

  async *#passed(writer: FormWriter): AsyncGenerator<Buffer> {
    for (const piece of this.#held.splice(0)) yield* writer.write(piece);
    for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) yield* writer.write(piece);
    yield writer.end();
  }

  async #next(): Promise<Piece | undefined> {
    if (this.#open !== undefined) {
      const { value, done } = await this.#read(this.#open);
      if (done !== true) return { kind: 'bytes', bytes: value };
      this.#open = undefined;
    }
    const part = await this.#reader.next();
    if (part === undefined) return undefined;
    const { bytes, ...head } = part;
    if (part.file) {
      this.files.add(part.name);
      this.#open = bytes[Symbol.asyncIterator]();
      return { kind: 'file', head };
    }
    const value = await this.#fieldOf(part);
    this.fields.set(part.name, value.toString('utf8'));
    return { kind: 'field', head, value };
  }

  /** A part that breaks off is told by the reader, which knows why. */
  async #read(from: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
    try {
      return await from.next();
    } catch (thrown) {
      await this.#reader.next();
      throw thrown;
    }
  }

  async #fieldOf({ name, bytes }: Part): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let size = 0;
    const from: AsyncIterator<Buffer> = bytes[Symbol.asyncIterator]();
    for (;;) {
      const { value, done } = await this.#read(from);
      if (done === true) return Buffer.concat(pieces);
      size += value.length;
      if (size > mostField) throw new ProxyError('invalid-request', `the field '${name}' is too long`, { param: name });
      pieces.push(value);
    }
  }
}

/** Writes pieces as parts of a new form. */
class FormWriter {
  readonly #boundary: string;
  readonly #edits: FormEdits;
  #begun = false;

  constructor(boundary: string, edits: FormEdits) {
    this.#boundary = boundary;
    this.#edits = edits;
  }

  write(piece: Piece): Buffer[] {
    switch (piece.kind) {
      case 'bytes':
        return [piece.bytes];
      case 'file':
        return [this.#head(piece.head.headers)];
      case 'field': {
        const { head, value } = piece;
        const text = value.toString('utf8');
        const kept = this.#edits.field(head.name, text);
        if (kept === undefined) return [];
        return kept === text ? [this.#head(head.headers), value] : this.#field(head.name, kept);
      }
    }
  }

  end(): Buffer {
    const added = this.#edits.more().flatMap(([name, value]) => this.#field(name, value));
    return Buffer.concat([...added, Buffer.from(`\r\n--${this.#boundary}--\r\n`)]);
  }

  #field(name: string, value: string): Buffer[] {
    const disposition = Buffer.from(`form-data; name="${name.replace(/["\r\n]/g, '_')}"`).toString('latin1');
    return [this.#head([['content-disposition', disposition]]), Buffer.from(value)];
  }

  #head(headers: PartHead['headers']): Buffer {
    const first = !this.#begun;
    this.#begun = true;
    return writeHead(this.#boundary, headers, first);
  }
}
