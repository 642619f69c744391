import type { ServerResponse } from 'node:http';
import { clients, providers } from '../dialects/index.ts';
import { type Deployment, type Facts, type Headers, ProxyError } from '../hub/index.ts';
import { watchingRelay } from '../translate/index.ts';
import type { Exchange, Receiver } from '../upstream/index.ts';
import { type JsonMap, type JsonValue, readJson } from '../wire/index.ts';
import { answerHeaders, idHeaders, visible } from './headers.ts';
import { given, type House } from './house.ts';
import { Pump } from './pump.ts';
import type { Story } from './story.ts';

/** Where a forwarded reply belongs. */
export interface Desk {
  house: House;
  res: ServerResponse;
  story: Story;
  to: Deployment;
  /** The reply is a file. */
  download: boolean;
  /** Streams of this family say when they are complete. */
  closes: boolean;
  dropped: readonly string[];
  timeoutMs: number;
  /** Hears what a reply, or an event of a stream, says. */
  hears(said: JsonValue, facts: Facts): void;
}

/** The dialect in whose words these endpoints refuse. */
const form = 'openai-chat';
const mostErrorBytes = 2 ** 20;
/** What of a file's head says what it is. */
const describing = ['content-disposition', 'content-length', 'etag', 'last-modified'] as const;

/**
 * Hands a forwarded reply to the client: JSON when it is whole, events and files as they come. Until the head is out a
 * failure is `refused`; from then on a stream ends with an error event, and a file with a broken connection.
 */
export class ForwardedReply implements Receiver {
  exchange: Exchange | undefined;
  readonly #desk: Desk;
  readonly #refused: (error: ProxyError) => void;
  #status = 0;
  #headers: Headers = {};
  #pump: Pump | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #stall: NodeJS.Timeout | undefined;
  readonly #facts: Facts = {};

  constructor(desk: Desk, refused: (error: ProxyError) => void) {
    this.#desk = desk;
    this.#refused = refused;
  }

  /** The client left or the server closes. */
  cancel(reason: ProxyError): void {
    this.exchange?.abort();
    if (!this.#desk.res.headersSent) this.#refused(reason);
    else if (this.#pump === undefined) this.fail(reason);
    else if (reason.kind === 'cancelled') this.#pump.stop(reason);
    else this.#pump.end(reason);
  }

  head(status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
    this.#facts.firstByteAt = Date.now();
    if (status >= 400) return;
    if (status < 200 || status > 299) {
      this.#giveUp(unusable(status >= 300 ? 'a redirect, which is not followed' : `the status ${status}`));
    } else if (!this.#desk.download && /^\s*text\/event-stream/i.test(String(headers['content-type']))) {
      this.#openPump();
    }
  }

  data(chunk: Buffer): void {
    if (this.#pump !== undefined) {
      this.#pump.push(chunk);
    } else if (this.#status < 400 && this.#desk.download) {
      this.#pass(chunk);
    } else {
      this.#size += chunk.length;
      this.#chunks.push(chunk);
      const { maxReply } = this.#desk.house.config;
      if (this.#status >= 400 && this.#size >= mostErrorBytes) {
        this.exchange?.abort();
        this.end();
      } else if (this.#size > maxReply) {
        this.#giveUp(unusable(`more than ${Math.floor(maxReply / 2 ** 20)} MB`));
      }
    }
  }

  end(): void {
    const { download, res } = this.#desk;
    if (this.#pump !== undefined) {
      this.#pump.end();
      return;
    }
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    if (this.#status >= 400) this.#refused(refusal(this.#status, this.#headers, bytes));
    else if (!download) this.#whole(bytes);
    else {
      if (!res.headersSent) this.#begin(typeOf(this.#headers, 'application/octet-stream'), describing);
      clearTimeout(this.#stall);
      res.end();
      this.#done();
    }
  }

  fail(error: ProxyError): void {
    const { res } = this.#desk;
    if (this.#pump !== undefined) this.#pump.end(error);
    else if (this.#status >= 400 && error.kind !== 'cancelled') this.end();
    else if (!res.headersSent) this.#refused(error);
    else {
      // Only a broken end tells a client that its file is not whole.
      clearTimeout(this.#stall);
      res.destroy();
      this.#done(error);
    }
  }

  #whole(bytes: Buffer): void {
    const said = readJson(bytes.toString('utf8'));
    if (bytes.length > 0 && (typeof said !== 'object' || said === null)) {
      this.#refused(unusable('a body that is no JSON'));
      return;
    }
    if (bytes.length === 0 && this.#status === 200) {
      this.#refused(unusable('an empty body'));
      return;
    }
    if (said !== undefined) this.#desk.hears(said, this.#facts);
    this.#begin('application/json', [], String(bytes.length));
    this.#desk.res.end(bytes);
    this.#done();
  }

  #pass(chunk: Buffer): void {
    const { res, timeoutMs } = this.#desk;
    if (!res.headersSent) {
      this.#begin(typeOf(this.#headers, 'application/octet-stream'), describing);
      res.on('drain', () => {
        clearTimeout(this.#stall);
        this.exchange?.resume();
      });
    }
    if (res.destroyed || res.write(chunk)) return;
    this.exchange?.pause();
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => res.destroy(), timeoutMs);
  }

  #openPump(): void {
    const { house, story, closes, timeoutMs, res, hears } = this.#desk;
    const relay = watchingRelay({
      maxEvent: house.config.maxEvent,
      now: Date.now,
      closes,
      redact: house.redact,
      tell: (error) => lastWords(story.broken(error)),
      see: (event: JsonMap, facts) => hears(event, facts),
    });
    const pump = new Pump(relay, () => this.exchange, timeoutMs, {
      ready: () => {
        this.#begin(relay.type, [], undefined);
        pump.attach(res, (error) => this.#done(error, pump.facts()));
      },
      failed: (thrown) => this.#refused(asFailure(thrown)),
      asError: asFailure,
    });
    this.#pump = pump;
  }

  #begin(type: string, more: readonly string[], length?: string): void {
    const { house, res, story, to, dropped } = this.#desk;
    const told = { ms: Date.now() - story.at, retries: 0, dropped, cost: undefined, estimated: false };
    const head = [
      ...idHeaders(story.id, story.requestId),
      ...answerHeaders(to, this.#headers, told, house.redact),
      'content-type',
      type,
    ];
    if (this.#pump !== undefined) head.push('cache-control', 'no-cache', 'x-accel-buffering', 'no');
    for (const name of more) {
      const value = this.#headers[name];
      if (value !== undefined) head.push(name, visible(house.redact(String(value))));
    }
    if (length !== undefined && this.#status !== 204) head.push('content-length', length);
    if (house.calls.closing) head.push('connection', 'close');
    res.writeHead(this.#status, head);
  }

  #done(error?: ProxyError, facts = this.#facts): void {
    const { story } = this.#desk;
    story.end(error?.kind === 'cancelled' ? 499 : this.#status, facts, error);
  }

  #giveUp(error: ProxyError): void {
    this.exchange?.abort();
    this.#chunks = [];
    this.#refused(error);
  }
}

function typeOf(headers: Headers, usual: string): string {
  return visible(String(headers['content-type'] ?? usual));
}

function unusable(what: string): ProxyError {
  return new ProxyError('bad-upstream-reply', `the provider answered with ${what}`);
}

function asFailure(thrown: unknown): ProxyError {
  return thrown instanceof ProxyError
    ? thrown
    : new ProxyError('bad-upstream-reply', "the provider's stream could not be read", { cause: thrown });
}

function refusal(status: number, headers: Headers, bytes: Buffer): ProxyError {
  if (status > 599) return unusable(`the status ${status}`);
  const text = bytes.subarray(0, mostErrorBytes).toString('utf8');
  return providers[form].provider.decodeError(status, headers, text);
}

/** How a stream of events ends that broke: an event that clients throw, and the usual end. */
function lastWords(error: ProxyError): string {
  const { body } = clients[form].client.encodeError(error, given);
  return `event: error\ndata: ${JSON.stringify(body)}\n\nevent: done\ndata: [DONE]\n\n`;
}
