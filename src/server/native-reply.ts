import type { ServerResponse } from 'node:http';
import { type DialectId, type Facts, type Headers, ProxyError } from '../hub/index.ts';
import type { Exchange, Receiver } from '../upstream/index.ts';
import { visible } from './headers.ts';
import type { House } from './house.ts';
import type { Destination } from './native-route.ts';
import { countsOf, type ReplyWatch, readWhole, watchStream } from './native-watch.ts';
import type { Story } from './story.ts';

/** What concerns one hop only, and what a server may say to pages, which is ours to say. */
const withheld =
  /^(?:connection|keep-alive|transfer-encoding|upgrade|trailer|proxy-.*|access-control-.*|x-request-id|request-id|server|x-powered-by|set-cookie|alt-svc|strict-transport-security|nel|report-to|x-litellm-(?:call-id|version)|x-modelport-.*)$/;
/** Where a client is sent for the rest of an upload, or for what becomes of its request. */
const further = /^(?:location|x-goog-upload-url|operation-location|azure-asyncoperation)$/;
const mostErrorBytes = 2 ** 20;

/** Whose reply it is, and how it can be asked to wait. */
export interface Replying {
  house: House;
  destination: Destination;
  story: Story;
  head: boolean;
  /** The mount as the client calls it, origin included; absent: a path of the user's own. */
  here?: string;
  /** What the reply can be read as. */
  spoken: { dialect: DialectId; embeddings: boolean } | undefined;
  exchange: () => Exchange | undefined;
  /** Looks at the request, which is complete by now. */
  asked: () => { model?: string; stream: boolean };
}

type Mode = 'waiting' | 'passing' | 'held' | 'error' | 'over';

/**
 * Hands a provider's own reply to the client: as it is, or without our secrets when it is an error. Answers that are
 * counted are held until they are whole, so that the head can say what they cost. What is no answer (redirects, statuses
 * that do not exist, errors that are no JSON) is `refused`.
 */
export class NativeReply implements Receiver {
  readonly #place: Replying;
  readonly #res: ServerResponse;
  readonly #refused: (error: ProxyError) => void;
  #mode: Mode = 'waiting';
  #status = 0;
  #headers: Headers = {};
  #chunks: Buffer[] = [];
  #size = 0;
  #watch: ReplyWatch | undefined;
  /** The client does not read. */
  full = false;

  constructor(place: Replying, res: ServerResponse, refused: (error: ProxyError) => void) {
    this.#place = place;
    this.#res = res;
    this.#refused = refused;
  }

  head(status: number, headers: Headers): void {
    const { destination } = this.#place;
    this.#status = status;
    this.#headers = headers;
    if (status < 200 || (status >= 300 && status < 400) || status > 599) {
      this.#giveUp(unusable(described(status), destination));
    } else if (status >= 400) {
      this.#mode = 'error';
    } else if (this.#place.spoken !== undefined && /^\s*text\/html\b/i.test(String(headers['content-type']))) {
      this.#giveUp(unusable('a page', destination));
    } else if (this.#countable(headers)) {
      this.#mode = 'held';
    } else this.#begin();
  }

  data(chunk: Buffer): void {
    switch (this.#mode) {
      case 'passing':
        this.#pass(chunk);
        return;
      case 'held':
        this.#keep(chunk);
        if (this.#size > this.#place.house.config.maxReply) this.#letGo();
        return;
      case 'error':
        this.#keep(chunk);
        if (this.#size < mostErrorBytes) return;
        this.#place.exchange()?.abort();
        this.end();
        return;
      case 'waiting':
      case 'over':
        return;
    }
  }

  end(): void {
    const mode = this.#mode;
    this.#mode = 'over';
    if (mode === 'passing') {
      this.#res.end();
      this.#tell(this.#watch?.facts() ?? countsOf(this.#headers));
    } else if (mode === 'held') this.#answer();
    else if (mode === 'error') this.#complain();
  }

  fail(error: ProxyError): void {
    const mode = this.#mode;
    // A status of 400 and more has said what is wrong; that its text broke off changes nothing.
    if (mode === 'error') this.end();
    else if (mode !== 'over') {
      this.#mode = 'over';
      if (mode === 'passing') this.#tell(this.#watch?.facts() ?? {}, error);
      this.#refused(error);
    }
  }

  /** The client has left. Some do as soon as they have read the last event: they have their answer. */
  leave(reason: ProxyError): void {
    const facts = this.#watch?.facts() ?? {};
    const done = this.#mode === 'passing' && facts.finish !== undefined;
    this.#mode = 'over';
    if (!done) this.#status = 499;
    this.#tell(facts, done ? undefined : reason);
  }

  /** Nothing of it goes on. */
  abandon(): void {
    this.#mode = 'over';
    this.#chunks = [];
    this.#place.exchange()?.abort();
  }

  /** Whether it is one JSON text that tells tokens. */
  #countable(headers: Headers): boolean {
    const { spoken, head } = this.#place;
    const coded = headers['content-encoding'] ?? 'identity';
    const json = /^application\/(?:[\w.-]+\+)?json\b/i.test(String(headers['content-type'] ?? ''));
    return spoken !== undefined && !head && json && coded === 'identity';
  }

  #keep(chunk: Buffer): void {
    this.#size += chunk.length;
    this.#chunks.push(chunk);
  }

  #begin(): void {
    const { house, spoken } = this.#place;
    this.#mode = 'passing';
    const type = String(this.#headers['content-type'] ?? '');
    if (spoken !== undefined) this.#watch = watchStream(type, spoken.dialect, house.config.maxEvent);
    this.#writeHead({});
    this.#res.flushHeaders();
    this.#res.on('drain', () => {
      this.full = false;
      this.#place.exchange()?.resume();
    });
  }

  /** Too long to be held. */
  #letGo(): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#begin();
    for (const chunk of chunks) this.#pass(chunk);
  }

  #pass(chunk: Buffer): void {
    if (!this.#res.destroyed && !this.#res.write(chunk)) {
      this.full = true;
      this.#place.exchange()?.pause();
    }
    this.#watch?.push(chunk);
  }

  #writeHead(more: Record<string, string | number>): void {
    const { house, destination, story } = this.#place;
    for (const name in this.#headers) {
      const value = this.#headers[name];
      if (value === undefined || withheld.test(name)) continue;
      this.#res.setHeader(name, clean(further.test(name) ? this.#back(value) : value, house));
    }
    this.#res.setHeader('x-modelport-provider', visible(destination.name));
    this.#res.setHeader('x-litellm-model-api-base', visible(destination.origin));
    this.#res.setHeader('x-litellm-response-duration-ms', Date.now() - story.at);
    if (house.calls.closing) this.#res.setHeader('connection', 'close');
    this.#res.writeHead(this.#status, more);
  }

  /** Addresses at the provider lead through the mount: clients have no key for them. */
  #back(value: string | string[]): string | string[] {
    const { here, destination } = this.#place;
    const there = `${destination.origin}/`;
    if (here === undefined || typeof value !== 'string' || !value.startsWith(there)) return value;
    return `${here}/${value.slice(there.length)}`;
  }

  #answer(): void {
    const { house, destination, spoken } = this.#place;
    const body = Buffer.concat(this.#chunks);
    this.#chunks = [];
    const read = spoken === undefined ? {} : readWhole(body, spoken);
    if (Object.keys(read).length === 0 && !isJson(body.toString('utf8'))) {
      this.#refused(unusable('a body that is no whole JSON', destination));
      return;
    }
    const facts = read.usage === undefined ? { ...read, ...countsOf(this.#headers) } : read;
    const { to } = destination;
    const { usage } = facts;
    const cost =
      to === undefined || usage === undefined ? undefined : house.ledger.price(usage, to.provider, this.#model(facts));
    const more = cost === undefined ? {} : { 'x-litellm-response-cost': String(cost) };
    this.#writeHead({ ...more, 'content-length': body.length });
    this.#res.end(body);
    this.#tell(facts);
  }

  #tell(facts: Facts, error?: ProxyError): void {
    const { story, destination } = this.#place;
    const asked = this.#place.asked();
    story.passing(asked.model ?? facts.model, asked.stream, destination.cost);
    if (destination.to !== undefined) story.answeredBy({ ...destination.to, model: this.#model(facts) }, []);
    const first = facts.firstByteAt ?? (facts.usage === undefined ? undefined : Date.now());
    const known = first === undefined ? facts : { ...facts, firstByteAt: first };
    if (error === undefined) story.end(this.#status, known);
    else story.end(this.#status, known, error);
  }

  /** As the reply says it, unless only the name that was asked for has a price. */
  #model({ model: said = '', usage }: Facts): string {
    const { house, destination, asked } = this.#place;
    const { model: wanted = '' } = asked();
    if (said === '' || wanted === '') return said || wanted;
    const { to } = destination;
    const known = (name: string) => to && usage && house.ledger.price(usage, to.provider, name) !== undefined;
    return !known(said) && known(wanted) ? wanted : said;
  }

  #complain(): void {
    const { house, story, destination } = this.#place;
    if (this.#res.destroyed || this.#res.headersSent) return;
    const text = house.redact(Buffer.concat(this.#chunks).subarray(0, mostErrorBytes).toString('utf8'));
    this.#chunks = [];
    if (isJson(text)) {
      this.#headers = { ...this.#headers, 'content-type': 'application/json' };
      this.#writeHead({ 'content-length': Buffer.byteLength(text) });
      this.#res.end(text);
      const asked = this.#place.asked();
      story.passing(asked.model, asked.stream);
      story.end(
        this.#status,
        undefined,
        new ProxyError('upstream', text.slice(0, 500), { provider: destination.name }),
      );
      return;
    }
    const said = readable(this.#headers, text) ? `: ${text.trim().slice(0, 500)}` : '';
    const message = `${destination.name} answered with the status ${this.#status}${said}`;
    // When to come again, the clients' dialects read there.
    const upstream = { status: this.#status, headers: this.#headers, body: '' };
    this.#refused(new ProxyError('upstream', message, { status: this.#status, upstream }));
  }

  #giveUp(error: ProxyError): void {
    this.abandon();
    this.#refused(error);
  }
}

function unusable(what: string, { origin, name }: Destination): ProxyError {
  return new ProxyError('bad-upstream-reply', `${origin} answered with ${what}`, { provider: name });
}

function described(status: number): string {
  return status >= 300 && status < 400 ? `a redirect (${status}), which is not followed` : `the status ${status}`;
}

function clean(value: string | string[], { redact }: House): string | string[] {
  return typeof value === 'string' ? redact(value) : value.map(redact);
}

function isJson(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null;
  } catch {
    return false;
  }
}

/** Whether an error is words for people: no page, nothing compressed. */
function readable(headers: Headers, text: string): boolean {
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding === 'identity' && text.trim() !== '' && !/^\s*</.test(text);
}
