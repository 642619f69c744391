import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ProxyError } from '../hub/index.ts';
import { failure, isSteering } from '../translate/index.ts';
import { FormFilter } from '../wire/index.ts';
import type { Life } from './calls.ts';

/** A form on its way: the fields that speak to the proxy, and the bytes that go on. */
export interface Upload {
  readonly fields: ReadonlyMap<string, string>;
  /** All of it, when it was short enough to be waited for. */
  readonly body: Buffer | Readable;
  /** Bytes; absent: nobody knows. */
  readonly length?: number;
  /** Hears of a field that comes while the bytes are under way; what it throws ends them. */
  late: (name: string, value: string) => void;
}

/** `hold`: bytes that are waited for, since a field behind the file may say whose it is; `most`: more are refused. */
export interface UploadLimits {
  hold: number;
  most: number;
}

/** Fields that are for us: `model` names no model of a file. */
function speaksToUs(name: string): boolean {
  return name === 'model' || isSteering(name);
}

/**
 * Receives a multipart form, in flat memory. Settles when all of it is there or more came than is waited for; from then
 * on the rest comes through `body`. Throws 413, 415, invalid-request for what is no form, cancelled.
 */
export function receiveForm(
  req: IncomingMessage,
  res: ServerResponse,
  boundary: string,
  limits: UploadLimits,
  life: Life,
): Promise<Upload> {
  checkHead(req, limits.most);
  if (req.headers.expect !== undefined) res.writeContinue();
  return new Promise((resolve, reject) => {
    const form = new Form(req, boundary, limits, resolve);
    form.failed = reject;
    life.onEnd((reason) => form.fail(reason));
  });
}

function checkHead({ headers }: IncomingMessage, most: number): void {
  if (Number(headers['content-length'] ?? 0) > most) throw tooLarge(most);
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return;
  throw new ProxyError('invalid-request', 'a form must not be compressed', { status: 415 });
}

class Form implements Upload {
  readonly fields = new Map<string, string>();
  body: Buffer | Readable = Buffer.alloc(0);
  length?: number;
  late: Upload['late'] = () => {};
  failed: (error: ProxyError) => void = () => {};
  readonly #req: IncomingMessage;
  readonly #limits: UploadLimits;
  readonly #ready: (form: Upload) => void;
  readonly #filter: FormFilter;
  #held: Buffer[] = [];
  #came = 0;
  #went = 0;
  #stream: Readable | undefined;
  #over = false;

  constructor(req: IncomingMessage, boundary: string, limits: UploadLimits, ready: (form: Upload) => void) {
    this.#req = req;
    this.#limits = limits;
    this.#ready = ready;
    this.#filter = new FormFilter(boundary, {
      takes: speaksToUs,
      field: (name, value) => {
        if (name === 'api_base' || name === 'base_url' || name === 'user_config') throw notHere(name);
        this.fields.set(name, value);
        if (this.#stream !== undefined) this.late(name, value);
      },
      bytes: (piece) => this.#pass(piece),
    });
    req.on('data', this.#take);
    req.on('end', this.#end);
    // The socket's end arrives as `close` of the response as well, which ends the life.
    req.on('error', () => {});
  }

  /** Nothing more is read: what is left of the request stays in its socket. */
  fail(error: ProxyError): void {
    if (this.#over) return;
    this.#release();
    this.failed(error);
    this.#stream?.destroy(error);
  }

  readonly #take = (chunk: Buffer): void => {
    this.#came += chunk.length;
    try {
      if (this.#came > this.#limits.most) throw tooLarge(this.#limits.most);
      this.#filter.push(chunk);
    } catch (thrown) {
      this.fail(failure(thrown));
      return;
    }
    if (this.#stream === undefined && this.#came > this.#limits.hold) this.#open();
  };

  readonly #end = (): void => {
    if (this.#over) return;
    if (!this.#filter.complete) {
      this.fail(new ProxyError('invalid-request', 'the form ends before its last boundary'));
      return;
    }
    this.#release();
    if (this.#stream === undefined) {
      this.body = Buffer.concat(this.#held);
      this.#held = [];
      this.length = this.body.length;
      this.#ready(this);
      return;
    }
    // Fields that were taken out leave the declared length as it was: nobody reads what stands behind a form.
    if (this.length !== undefined && this.#went < this.length) {
      this.#stream.push(Buffer.from('\r\n'.padEnd(this.length - this.#went).slice(0, this.length - this.#went)));
    }
    this.#stream.push(null);
  };

  #pass(piece: Buffer): void {
    this.#went += piece.length;
    if (this.#stream === undefined) this.#held.push(piece);
    else if (!this.#stream.push(piece)) this.#req.pause();
  }

  #open(): void {
    const declared = this.#req.headers['content-length'];
    if (declared !== undefined) this.length = Number(declared);
    const stream = new Readable({
      read: () => {
        if (!this.#over) this.#req.resume();
      },
      destroy: (error, done) => {
        this.#release();
        done(error);
      },
    });
    stream.on('error', () => {});
    const held = this.#held;
    this.#held = [];
    this.#stream = stream;
    this.body = stream;
    for (const piece of held) stream.push(piece);
    this.#req.pause();
    this.#ready(this);
  }

  #release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#req.off('data', this.#take);
    this.#req.off('end', this.#end);
    if (!this.#req.complete) this.#req.pause();
  }
}

function tooLarge(limit: number): ProxyError {
  const text = `the request body is larger than ${Math.floor(limit / 2 ** 20)} MB`;
  return new ProxyError('invalid-request', text, { status: 413 });
}

function notHere(name: string): ProxyError {
  const text = `'${name}' is not allowed in a request: where a call goes is set where the proxy is started`;
  return new ProxyError('invalid-request', text, { param: name });
}
