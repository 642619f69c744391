import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { ProxyError } from '../hub/index.ts';

/** What stands before a part's bytes. Header values are raw bytes as latin1, so that no charset of a file's name is touched. */
export interface PartHead {
  name: string;
  /** Its bytes are a file's and pass as they come; fields are read. */
  file: boolean;
  headers: readonly (readonly [string, string])[];
}

export interface Part extends PartHead {
  bytes: Readable;
}

/** More parts than any form has. */
const mostParts = 1000;
const mostHeaders = 40;

/**
 * The parts of a form, one after the other and in flat memory: the next comes when the bytes of the one before have been
 * read. Rejects with invalid-request for what is no form, 413 over `most` bytes, and with `left` when the client goes.
 */
export class PartReader {
  readonly #req: IncomingMessage;
  readonly #dicer: Dicer;
  readonly #queue: Part[] = [];
  #current: Part | undefined;
  #count = 0;
  #over = false;
  #error: ProxyError | undefined;
  #wake: () => void = () => {};

  constructor(req: IncomingMessage, boundary: string, most: number) {
    this.#req = req;
    this.#dicer = new Dicer({ boundary, maxHeaderPairs: mostHeaders });
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) this.stop(tooLarge(most));
    });
    req.on('error', () => {});
    req.on('close', () => {
      if (!req.complete) this.stop(new ProxyError('cancelled', 'the client left before its form was complete'));
    });
    this.#dicer.on('part', (part: Readable) => this.#take(part));
    this.#dicer.on('error', () => this.#fail(broken('it ends before its last boundary')));
    this.#dicer.on('finish', () => {
      this.#over = true;
      this.#wake();
    });
    req.pipe(this.#dicer);
  }

  /** The next part; undefined: that was the last. */
  async next(): Promise<Part | undefined> {
    while (this.#queue.length === 0 && !this.#over && this.#error === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#error !== undefined) throw this.#error;
    this.#current = this.#queue.shift();
    return this.#current;
  }

  /** Nothing more is read: what is left of the request stays in its socket. */
  stop(reason: ProxyError): void {
    if (this.#over) return;
    this.#req.unpipe(this.#dicer);
    if (!this.#req.complete) this.#req.pause();
    this.#fail(reason);
  }

  #take(bytes: Readable): void {
    let known = false;
    // An error of a part is the form's too, which is told by `next`.
    bytes.on('error', () => {});
    bytes.once('header', (lines: Record<string, readonly string[]>) => {
      known = true;
      this.#count++;
      const headers = Object.entries(lines).flatMap(([name, values]) =>
        values.map((one): [string, string] => [name, one]),
      );
      const said = lines['content-disposition']?.[0] ?? '';
      const name = nameOf(said);
      if (name === undefined) this.stop(broken('it has a part without a name'));
      else if (this.#count > mostParts) this.stop(broken(`it has more than ${mostParts} parts`));
      else this.#queue.push({ name, file: isFile(said), headers, bytes });
      this.#wake();
    });
    bytes.once('end', () => {
      if (!known) this.stop(broken('it has a part without headers'));
    });
  }

  #fail(error: ProxyError): void {
    this.#error ??= error;
    // Whoever reads hears of it.
    this.#current?.bytes.destroy(error);
    for (const part of this.#queue.splice(0)) part.bytes.destroy();
    this.#wake();
  }
}

/** `form-data; name="model"`: RFC 7578 has it in quotes, some write none; quotes inside come as \" or %22. */
function nameOf(disposition: string): string | undefined {
  const found = /;\s*name\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  const name = found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2];
  return name === undefined ? undefined : Buffer.from(name, 'latin1').toString('utf8');
}

function isFile(disposition: string): boolean {
  return /;\s*filename\*?\s*=/i.test(disposition);
}

export function tooLarge(limit: number): ProxyError {
  const text = `the request body is larger than ${Math.floor(limit / 2 ** 20)} MB`;
  return new ProxyError('invalid-request', text, { status: 413 });
}

function broken(problem: string): ProxyError {
  return new ProxyError('invalid-request', `the body is no whole multipart form: ${problem}`);
}

/** A part's head as it is written: before the first one there is no line end to end. */
export function writeHead(boundary: string, headers: PartHead['headers'], first: boolean): Buffer {
  const lines = headers.map(([name, value]) => `${spelled(name)}: ${value}\r\n`).join('');
  return Buffer.from(`${first ? '' : '\r\n'}--${boundary}\r\n${lines}\r\n`, 'latin1');
}

/** Simple servers look for `Content-Disposition` as it stands. */
function spelled(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (letters) => letters.toUpperCase());
}
