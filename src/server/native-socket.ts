import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { asProxyError, type Deployment, ProxyError, type Trust } from '../hub/index.ts';
import { connectionError, join } from '../upstream/index.ts';
import { keyProtocol } from './auth.ts';
import { admission } from './guard.ts';
import { given, type House, redacted } from './house.ts';
import { checkLimits } from './limits.ts';
import { onwardHeaders } from './native-headers.ts';
import { libraryFor } from './native-library.ts';
import { destinationOf, passageOf } from './native-route.ts';
import { clientOf, part } from './refusal.ts';
import { Story } from './story.ts';

/** Where a WebSocket goes on to. */
export interface SocketTarget {
  /** http(s), without a trailing slash; may hold user-info and a query. */
  base: string;
  /** Below it, query included. */
  path: string;
  /** Our credentials; they win over what the client sent. */
  headers: Readonly<Record<string, string>>;
  /** Until the other side has answered the request for a socket. */
  timeoutMs?: number;
  trust?: Trust | undefined;
  /** Whose it is and by which name the client asked for it, for the log. */
  told?: { to: Deployment; model?: string };
}

/** Who takes a WebSocket before the mounts do: true when it is taken. Called behind the guard's checks. */
export type SocketRoute = (req: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** Answers requests for WebSockets: the guard's checks, then `own` routes, then mounts, else 400. */
export function switchProtocols(house: House, own: readonly SocketRoute[]) {
  const { admit, enter } = admission(house);
  return (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    try {
      enter(req, admit(req, true));
      if (!own.some((route) => route(req, socket, head))) passMounted(house, req, socket, head);
    } catch (thrown) {
      refuseSocket(house, req, socket, asProxyError(thrown));
    }
  };
}

function passMounted(house: House, req: IncomingMessage, socket: Duplex, head: Buffer): void {
  const passage = passageOf(house.config, req.url ?? '/');
  if (passage === undefined) throw new ProxyError('invalid-request', 'this path has no WebSocket');
  const { base, path, keys, headers, timeoutMs, to } = destinationOf(house.config, passage);
  const go = (made: Record<string, string>): void =>
    passSocket(house, req, socket, head, { base, path, headers: { ...made, ...headers }, timeoutMs, trust: to?.trust });
  if (typeof keys !== 'function') {
    go(keys);
    return;
  }
  const asking = { method: 'GET', model: '', base, path, headers: {}, body: null, timeoutMs };
  keys(asking, house.upstream).then(go, (thrown) => refuseSocket(house, req, socket, asProxyError(thrown)));
}

/** What of a request says in which form it is answered. */
type Asked = Pick<IncomingMessage, 'url' | 'headers'>;

/** Answers a request for a WebSocket with an error, in the form of its path. Returns the status that was told. */
export function refuseSocket(house: House, { url = '/', headers }: Asked, socket: Duplex, error: ProxyError): number {
  const told = clientOf(url, headers).encodeError(redacted(error, house.redact), given);
  part(socket, told.status, { 'content-type': 'application/json', ...told.headers }, JSON.stringify(told.body));
  return told.status;
}

/**
 * Joins a client's WebSocket to a provider's: frames pass both ways untouched, credentials are ours. The guard has looked
 * at `req` already (see `SocketRoute`). Told as one call when it is over. Never throws.
 */
export function passSocket(
  house: House,
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  target: SocketTarget,
): void {
  const joint = new Joint(house, req, socket, target.told);
  try {
    checkLimits(house);
    const { origin, path, basic } = join(target.base, target.path);
    const keys = { ...(basic === undefined ? {} : { authorization: basic }), ...target.headers };
    const headers = socketHeaders(req, onwardHeaders(req, house.config, keys));
    const { timeoutMs = 10_000 } = target;
    libraryFor(house, origin, target.trust).then(
      (library) => {
        if (socket.destroyed) return;
        req.headers = headers;
        req.url = path;
        library.join(req, socket, head, { origin, timeoutMs, ...joint.hears(origin) });
      },
      (thrown) => joint.fail(asProxyError(thrown)),
    );
  } catch (thrown) {
    joint.fail(asProxyError(thrown));
  }
}

/** One WebSocket from the request for it to its end. */
class Joint {
  readonly #house: House;
  readonly #asked: Asked;
  readonly #socket: Duplex;
  readonly #story: Story;
  #joined = false;

  constructor(house: House, req: IncomingMessage, socket: Duplex, told: SocketTarget['told']) {
    this.#house = house;
    // The library is given another URL and other headers in the same object.
    const { url = '/', headers } = req;
    this.#asked = { url, headers };
    this.#socket = socket;
    this.#story = new Story(house, req, 'openai-chat');
    this.#story.passing(told?.model, true);
    if (told !== undefined) this.#story.answeredBy(told.to, []);
    socket.once('close', () => this.#story.end(this.#joined ? 101 : 499, undefined));
    house.calls.begin(socket).onEnd((reason) => {
      if (reason.kind !== 'cancelled') this.fail(reason);
    });
  }

  hears(origin: string) {
    return {
      sends: () => {
        this.#joined = true;
      },
      replies: (reply: IncomingMessage) => {
        collect(reply, (text) => this.fail(refused(reply.statusCode ?? 0, origin, this.#house.redact(text))));
      },
      fails: (error: ProxyError) =>
        this.fail(this.#joined ? connectionError(new Error('closed'), origin, true) : error),
      full: () => false,
    };
  }

  fail(reason: ProxyError): void {
    const error = this.#story.clean(reason);
    if (!this.#joined) this.#story.end(refuseSocket(this.#house, this.#asked, this.#socket, error), undefined, error);
    else {
      this.#story.end(101, undefined, error);
      this.#socket.destroy();
    }
  }
}

/** The handshake is the client's, but for a key among the protocols that it offers; what pages say of themselves stays here. */
function socketHeaders({ headers }: IncomingMessage, onward: Record<string, string>): Record<string, string> {
  const { 'content-length': _length, 'accept-encoding': _encoding, ...kept } = onward;
  const found: Record<string, string> = { ...kept, connection: 'Upgrade', upgrade: 'websocket' };
  for (const name of ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-extensions']) {
    const value = headers[name];
    if (typeof value === 'string') found[name] = value;
  }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  const protocols = offered.filter((one) => one !== '' && !keyProtocol.test(one));
  if (protocols.length > 0) found['sec-websocket-protocol'] = protocols.join(', ');
  return found;
}

const mostErrorBytes = 64 * 1024;

function collect(reply: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  reply.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= mostErrorBytes) chunks.push(chunk);
    else reply.destroy();
  });
  reply.on('error', () => {});
  reply.once('close', () => done(Buffer.concat(chunks).toString('utf8')));
}

function refused(status: number, origin: string, text: string): ProxyError {
  const said = text.trim() === '' || /^\s*</.test(text) ? '' : `: ${text.trim().slice(0, 500)}`;
  const message = `${origin} opened no WebSocket, but answered ${status}${said}`;
  return new ProxyError('upstream', message, { status: status >= 400 && status <= 599 ? status : 502 });
}
