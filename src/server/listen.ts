import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { clients } from '../dialects/index.ts';
import { ProxyError } from '../hub/index.ts';
import { createApp, type Listening } from './app.ts';
import { given, type House } from './house.ts';
import { clientOf, part, refuse } from './refusal.ts';

/** Without a host both loopback families are bound, so that `localhost` works whichever way a client resolves it. */
export async function listen(house: House): Promise<{ servers: Server[]; port: number; hosts: string[] }> {
  const { config } = house;
  const app = createApp(house);
  const both = config.host === undefined || config.host === 'localhost';
  const first = openServer(house, app);
  const host = both ? '127.0.0.1' : (config.host ?? '127.0.0.1');
  const port = await bind(first, host, config.port);
  if (!both) return { servers: [first], port, hosts: [host] };
  const second = openServer(house, app);
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

function hasCode(thrown: unknown, codes: readonly string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code));
}

function openServer(house: House, { listener, ...classes }: Listening): Server {
  const options = {
    ...classes,
    maxHeaderSize: 64 * 1024,
    headersTimeout: 15_000,
    requestTimeout: 300_000,
    connectionsCheckingInterval: 5000,
    keepAliveTimeout: house.config.keepAliveMs,
    noDelay: true,
    // Node's own answer to a missing Host has no body; the guard's has.
    requireHostHeader: false,
  };
  const { tls } = house.config;
  const server =
    tls === undefined ? createServer(options, listener) : createTlsServer({ ...options, ...tls }, listener);
  // The body is asked for when it is wanted, which is after Host, key and size were looked at.
  server.on('checkContinue', listener);
  server.on('checkExpectation', (req, res) => {
    const error = new ProxyError('invalid-request', 'only Expect: 100-continue is known', { status: 417 });
    refuse(house, req, res, error, clientOf(req.url ?? '/'));
  });
  server.on('clientError', (error, socket) => answerParser(error, socket));
  server.on('connect', (_: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {});
    say(socket, 405, 'this server is no forward proxy');
  });
  return server;
}

/** The HTTP parser gave up on a socket: there is no request to answer, only the socket. */
function answerParser(error: Error, socket: Duplex): void {
  socket.on('error', () => {});
  const busy = '_httpMessage' in socket ? socket._httpMessage : undefined;
  const begun = typeof busy === 'object' && busy !== null && 'headersSent' in busy && busy.headersSent === true;
  if (begun || hasCode(error, ['ECONNRESET', 'EPIPE']) || !socket.writable) {
    socket.destroy();
  } else if (hasCode(error, ['HPE_HEADER_OVERFLOW'])) {
    say(socket, 431, 'the request headers are larger than 64 kB');
  } else if (hasCode(error, ['ERR_HTTP_REQUEST_TIMEOUT'])) {
    say(socket, 408, 'the request did not arrive in time');
  } else {
    say(socket, 400, 'this is not a valid HTTP request');
  }
}

function say(socket: Duplex, status: number, text: string): void {
  const error = new ProxyError('invalid-request', text, { status });
  const { body, headers } = clients['openai-chat'].client.encodeError(error, given);
  part(socket, status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
}
