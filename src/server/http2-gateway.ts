import { type ClientRequest, type IncomingMessage, request, type Server } from 'node:http';
import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';

const idleMs = 65_000;

export interface Gateway {
  take(socket: Duplex): void;
  close(atOnce: boolean): void;
}

/**
 * Each stream becomes a request to the HTTP/1.1 server in the same process, so that nothing behind it knows of a second
 * protocol and no check is made twice.
 */
export function openGateway(server: Server): Gateway {
  const sessions = new Set<ServerHttp2Session>();
  const made = createServer({ maxSessionMemory: 64, settings: { maxConcurrentStreams: 250 } });
  made.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.setTimeout(idleMs, () => session.close());
    session.once('close', () => sessions.delete(session));
  });
  made.on('sessionError', (_, session) => session.destroy());
  made.on('stream', (stream, headers) => passStream(server, stream, headers));
  return {
    take: (socket) => void made.emit('connection', socket),
    close(atOnce) {
      for (const session of sessions) {
        if (atOnce) session.destroy();
        else session.close();
      }
    },
  };
}

/** What HTTP/2 has no place for. */
const ofOneHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

function passStream(server: Server, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const [near, far] = duplexPair();
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on('error', () => {});
    one.once('close', () => other.destroy());
  }
  stream.on('error', () => {});
  if (headers.expect !== undefined) stream.additionalHeaders({ ':status': 100 });
  const asking = request({
    method: headers[':method'] ?? 'GET',
    path: headers[':path'] ?? '/',
    headers: headersOf(headers),
    createConnection: () => near,
  });
  server.emit('connection', far);
  asking.on('error', () => reset(stream));
  asking.on('response', (reply) => answer(stream, reply));
  stream.once('close', () => asking.destroy());
  upload(stream, asking, headers);
}

function upload(stream: ServerHttp2Stream, asking: ClientRequest, headers: IncomingHttpHeaders): void {
  if (stream.endAfterHeaders || /^(?:GET|HEAD)$/.test(headers[':method'] ?? '')) asking.end();
  else stream.pipe(asking);
}

function headersOf(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = { host: headers[':authority'] ?? '', connection: 'close' };
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || ofOneHop.has(name) || name === 'expect') continue;
    found[name] = name === 'cookie' && Array.isArray(value) ? value.join('; ') : value;
  }
  return found;
}

function answer(stream: ServerHttp2Stream, reply: IncomingMessage): void {
  if (stream.destroyed) return;
  const headers: OutgoingHttpHeaders = { ':status': reply.statusCode ?? 500 };
  for (const [name, value] of Object.entries(reply.headers)) {
    if (value !== undefined && !ofOneHop.has(name)) headers[name] = value;
  }
  stream.respond(headers);
  reply.on('error', () => reset(stream));
  reply.once('close', () => {
    if (!reply.complete) reset(stream);
  });
  reply.pipe(stream);
}

/** An answer that broke must not look whole. */
function reset(stream: ServerHttp2Stream): void {
  // To close it, whatever the code, would first write the end of a whole answer.
  if (!stream.destroyed) stream.destroy(new Error('the answer broke'));
}
