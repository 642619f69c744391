import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ClientSide, clients } from '../dialects/index.ts';
import { asProxyError, ProxyError } from '../hub/index.ts';
import { connectionError, type Exchange } from '../upstream/index.ts';
import type { Life } from './calls.ts';
import { idHeaders } from './headers.ts';
import { given, type House } from './house.ts';
import { checkLimits } from './limits.ts';
import { onwardHeaders } from './native-headers.ts';
import { libraryFor } from './native-library.ts';
import { NativeReply } from './native-reply.ts';
import { type Destination, destinationOf, type Passage, passageOf } from './native-route.ts';
import { likeAws, sendSigned } from './native-signed.ts';
import { RequestWatch, spokenAt } from './native-watch.ts';
import { refusePages } from './origin.ts';
import { clientOf, refuse } from './refusal.ts';
import { Story } from './story.ts';
import { version } from './version.ts';

/**
 * Pass-through, native and the user's own: method, path below the mount, query and body go up as they came, with our
 * credentials; the reply comes back as it is. Which mount it is, is looked up with every request.
 */
export function passThrough(house: House): (req: IncomingMessage, res: ServerResponse, next: () => void) => void {
  return (req, res, next) => {
    const passage = passageOf(house.config, req.url ?? '/');
    if (passage === undefined) next();
    else void new Pass(house, req, res).run(passage);
  };
}

/** One request on its way through. */
export class Pass {
  readonly house: House;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly life: Life;
  readonly story: Story;
  readonly watch = new RequestWatch();
  readonly #here: string | undefined;
  #speaker: ClientSide;
  #reply: NativeReply | undefined;

  constructor(house: House, req: IncomingMessage, res: ServerResponse) {
    this.house = house;
    this.req = req;
    this.res = res;
    this.life = house.calls.begin(res);
    this.#speaker = clientOf(req.url ?? '/', req.headers);
    this.story = new Story(house, req, 'openai-chat');
    this.#here = hereOf(house, req);
  }

  /** Never rejects. */
  async run(passage: Passage): Promise<void> {
    const { house, req, res, story, life } = this;
    try {
      checkLimits(house);
      if (isFree(house, passage) && req.headers.origin === undefined) refusePages(req);
      const destination = destinationOf(house.config, passage);
      checkUpload(req, house.config.maxBody);
      const ids = [...idHeaders(story.id, story.requestId), 'x-litellm-version', version];
      for (let at = 0; at + 1 < ids.length; at += 2) res.setHeader(ids[at] ?? '', ids[at + 1] ?? '');
      life.onEnd((reason) => this.leave(reason));
      if (typeof destination.keys === 'function' && destination.to?.auth?.kind === 'sigv4') {
        this.#speaker = likeAws(this.#speaker);
        await sendSigned(this, destination, destination.keys);
      } else await this.#passOn(destination, await this.#keys(destination));
    } catch (thrown) {
      this.leave(asProxyError(thrown));
    }
  }

  /** What a token service must make first is made before the library is asked. */
  async #keys({ keys, base, path, basic, timeoutMs }: Destination): Promise<Record<string, string>> {
    if (typeof keys !== 'function') return basic === undefined ? keys : { authorization: basic, ...keys };
    const asking = { method: this.req.method ?? 'GET', model: '', base, path, headers: {}, body: null, timeoutMs };
    return keys(asking, this.house.upstream);
  }

  async #passOn(destination: Destination, keys: Record<string, string>): Promise<void> {
    const { house, req, res } = this;
    const library = await libraryFor(house, destination.origin, destination.to?.trust);
    if (this.life.reason !== undefined) return;
    if (req.headers.expect !== undefined) res.writeContinue();
    let exchange: Exchange | undefined;
    const reply = this.reply(destination, () => exchange);
    const headers = onwardHeaders(req, house.config, { ...keys, ...destination.headers }, destination);
    req.headers = headers;
    req.url = destination.path;
    await library.pass(req, res, {
      origin: destination.origin,
      timeoutMs: destination.timeoutMs,
      begins: () => this.#listen(() => exchange?.abort()),
      sends: (up) => {
        exchange = { pause() {}, resume() {}, abort: () => void up.destroy() };
      },
      replies: (up) => {
        exchange = { pause: () => void up.pause(), resume: () => void up.resume(), abort: () => void up.destroy() };
        hear(up, reply, destination.origin);
      },
      fails: (error) => reply.fail(error),
      full: () => reply.full,
    });
  }

  reply(destination: Destination, exchange: () => Exchange | undefined): NativeReply {
    const { house, story, req } = this;
    const spoken = spokenAt(destination.path);
    let said: ReturnType<RequestWatch['read']> | undefined;
    const asked = () => (said ??= this.watch.read(destination.path));
    const here = destination.to === undefined || this.#here === undefined ? {} : { here: this.#here };
    const place = { house, destination, story, spoken, exchange, asked, head: req.method === 'HEAD', ...here };
    this.#reply = new NativeReply(place, this.res, (error) => this.leave(error));
    return this.#reply;
  }

  #listen(stop: () => void): void {
    const limit = this.house.config.maxBody;
    const counts = /json/i.test(this.req.headers['content-type'] ?? '');
    let size = 0;
    this.req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        this.leave(tooLarge(limit));
        stop();
      } else if (counts) this.watch.push(chunk);
    });
  }

  /** Google's SDKs read past an error among the events: for them the end is broken as well. */
  #tellLast(error: ProxyError): void {
    const { res } = this;
    const words = lastWords(error, this.#speaker);
    if (this.#speaker === clients.gemini.client) res.write(words, () => res.destroy());
    else res.end(words);
  }

  /** Before the head: an error in the form of the path. After it an event, or where there are none a broken end. */
  leave(reason: ProxyError): void {
    const { house, req, res, story } = this;
    const error = story.clean(reason);
    if (error.kind === 'cancelled') {
      this.#reply?.leave(error);
      story.end(499, undefined, error);
    } else if (res.headersSent) {
      this.#reply?.abandon();
      if (!mayTell(res)) res.destroy();
      else if (!res.writableEnded) this.#tellLast(error);
      story.end(res.statusCode, undefined, error);
    } else {
      story.end(refuse(house, req, res, error, this.#speaker), undefined, error);
    }
  }
}

/** Whether more can be said behind what has gone out. */
function mayTell(res: ServerResponse): boolean {
  const events = /^\s*text\/event-stream/i.test(String(res.getHeader('content-type')));
  return events && !res.hasHeader('content-length') && !res.hasHeader('content-encoding');
}

/** An event that clients throw; what was cut in the middle ends before it. */
function lastWords(error: ProxyError, speaker: ClientSide): string {
  const { body } = speaker.encodeError(error, given);
  const named = body['type'] === 'error' ? 'event: error\n' : '';
  return `\n\n${named}data: ${JSON.stringify(body)}\n\n`;
}

/** Whether it is answered without a key. */
function isFree({ config }: House, passage: Passage): boolean {
  return config.masterKey === undefined || (passage.kind === 'own' && passage.route.open === true);
}

/** `http://localhost:4000/gemini`, as the client wrote it. */
function hereOf({ config }: House, { url = '/', headers: { host } }: IncomingMessage): string | undefined {
  const [mount] = /^\/[^/?]+/.exec(url) ?? [];
  if (host === undefined || mount === undefined) return undefined;
  return `${config.tls === undefined ? 'http' : 'https'}://${host}${config.rootPath}${mount}`;
}

/** A reply of the library's, as one of the house's own client would be heard. */
function hear(up: IncomingMessage, reply: NativeReply, origin: string): void {
  up.on('error', () => {});
  up.on('data', (chunk: Buffer) => reply.data(chunk));
  up.once('end', () => reply.end());
  // Without this a client would wait for ever for a provider that broke off.
  up.once('close', () => {
    if (!up.complete) reply.fail(connectionError(new Error('closed'), origin, true));
  });
  reply.head(up.statusCode ?? 0, up.headers);
}

function checkUpload(req: IncomingMessage, limit: number): void {
  if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

function tooLarge(limit: number): ProxyError {
  const text = `the request body is larger than ${Math.floor(limit / 2 ** 20)} MB`;
  return new ProxyError('invalid-request', text, { status: 413 });
}
