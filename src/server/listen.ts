import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Config } from '../hub/index.ts';
import { type Http2, http2For } from './http2.ts';

/** Who answers what comes through the sockets. */
export interface Inside {
  request(req: IncomingMessage, res: ServerResponse): void;
  /** An `Expect` that is not 100-continue. */
  expectation(req: IncomingMessage, res: ServerResponse): void;
  parserError(error: Error, socket: Duplex): void;
  tunnel(socket: Duplex): void;
  /** A WebSocket is asked for; `head`: what came behind the request. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * Express changes the prototype of every request and response, which was over half of its cost (0.31 against 0.13 ms of
 * CPU a request). Objects of classes of our own make the change a no-op once app.ts has given those the right prototype.
 */
export interface Born {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
}

export function ownClasses(): Born {
  class Incoming extends IncomingMessage {
    offered = false;
    /**
     * Node asks this whether a request leaves HTTP. Once anybody listens for upgrades it would let every offer do so, also
     * those of HTTP/2 that go with ordinary requests; only WebSockets are meant here, and CONNECT.
     */
    get upgrade(): boolean {
      return this.offered && (this.method === 'CONNECT' || /^\s*websocket\s*$/i.test(this.headers.upgrade ?? ''));
    }
    set upgrade(offered: boolean | null) {
      if (offered !== null) this.offered = offered;
    }
  }
  class Outgoing<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {}
  return { IncomingMessage: Incoming, ServerResponse: Outgoing };
}

/** Without a host both loopback families are bound, so that `localhost` works whichever way a client resolves it. */
export async function listen(
  config: Config,
  inside: Inside,
  born: Born,
): Promise<{ servers: Server[]; port: number; hosts: string[] }> {
  const both = config.host === undefined || config.host === 'localhost';
  const first = openServer(config, inside, born);
  const host = both ? '127.0.0.1' : (config.host ?? '127.0.0.1');
  const port = await bind(first, host, config.port);
  if (!both) return { servers: [first], port, hosts: [host] };
  const second = openServer(config, inside, born);
  try {
    await bind(second, '::1', port);
    return { servers: [first, second], port, hosts: [host, '::1'] };
  } catch (thrown) {
    // Machines without IPv6 are served on the one family they have.
    if (hasCode(thrown, ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])) return { servers: [first], port, hosts: [host] };
    first.close();
    throw thrown;
  }
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve(portOf(server.address()));
    });
  });
}

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0;
}

export function hasCode(thrown: unknown, codes: readonly string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code));
}

const sessions = new WeakMap<Server, Http2>();

/** Ends what is open of a server beside its own connections; `atOnce`: its connections too. */
export function closeConnections(server: Server, atOnce: boolean): void {
  sessions.get(server)?.close(atOnce);
  if (atOnce) server.closeAllConnections();
  else server.closeIdleConnections();
}

function openServer({ keepAliveMs, tls }: Config, inside: Inside, born: Born): Server {
  const options = {
    ...born,
    maxHeaderSize: 64 * 1024,
    headersTimeout: 15_000,
    requestTimeout: 300_000,
    connectionsCheckingInterval: 5000,
    keepAliveTimeout: keepAliveMs,
    noDelay: true,
    // Node's own answer to a missing Host has no body; the guard's has.
    requireHostHeader: false,
  };
  const server = tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls });
  const http2 = http2For(server);
  sessions.set(server, http2);
  server.on('request', inside.request);
  // The body is asked for when it is wanted, which is after Host, key and size were looked at.
  server.on('checkContinue', inside.request);
  server.on('checkExpectation', inside.expectation);
  server.on('clientError', (error, socket) => {
    if (http2.takes(error, socket)) return;
    socket.on('error', () => {});
    inside.parserError(error, socket);
  });
  server.on('connect', (_: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {});
    inside.tunnel(socket);
  });
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    inside.upgrade(req, socket, head);
  });
  return server;
}
