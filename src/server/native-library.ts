import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RequestHandler } from 'http-proxy-middleware';
import type { ProxyError, Trust } from '../hub/index.ts';
import { connectionError, timeoutError } from '../upstream/index.ts';
import type { House } from './house.ts';
import { openAgents } from './native-agents.ts';

/** What of a request the library does not hold: kept beside it until its reply. */
interface Passing {
  origin: string;
  timeoutMs: number;
  /** The upload is about to begin: the last moment to listen to it without losing bytes. */
  begins?(): void;
  /** The request has a connection. */
  sends(up: ClientRequest): void;
  replies(up: IncomingMessage): void;
  fails(error: ProxyError): void;
  /** Whether the client, not the provider, is who keeps the other waiting. */
  full(): boolean;
}

/** http-proxy-middleware, for one protocol of the providers: connections, both directions of bodies, WebSockets. */
export interface Library {
  pass(req: IncomingMessage, res: ServerResponse, passing: Passing): Promise<void>;
  /** Joins two sockets; `passing.replies` hears of a refusal only. */
  join(req: IncomingMessage, socket: Duplex, head: Buffer, passing: Passing): void;
}

const opened = new WeakMap<House, Map<string, Promise<Library>>>();

/** Loaded with the first request that is passed on. */
export function libraryFor(house: House, origin: string, own?: Trust): Promise<Library> {
  const libraries = opened.get(house) ?? new Map<string, Promise<Library>>();
  opened.set(house, libraries);
  const protocol = origin.startsWith('https:') ? 'https:' : 'http:';
  const trust = protocol === 'https:' ? (own ?? house.config.trust) : undefined;
  const name = `${protocol} ${trust?.id}`;
  const known = libraries.get(name) ?? open(house, protocol, trust);
  libraries.set(name, known);
  return known;
}

async function open({ config }: House, protocol: 'http:' | 'https:', trust: Trust | undefined): Promise<Library> {
  const { createProxyMiddleware } = await import('./middleware.ts');
  const agents = openAgents(config.proxy, trust);
  const passing = new WeakMap<IncomingMessage, Passing>();
  const run: RequestHandler<IncomingMessage, ServerResponse> = createProxyMiddleware<IncomingMessage, ServerResponse>({
    router: (req) => passing.get(req)?.origin,
    changeOrigin: true,
    prependPath: false,
    toProxy: true,
    selfHandleResponse: true,
    agent: protocol === 'https:' ? agents.secure : agents.plain,
    on: {
      start: (req) => passing.get(req)?.begins?.(),
      proxyReq: (up, req, res) => sends(up, req, res, passing.get(req)),
      proxyReqWs: (up, req, socket) => switches(up, socket, passing.get(req)),
      proxyRes: (up, req) => passing.get(req)?.replies(up),
      error: (cause, req) => {
        const one = passing.get(req);
        one?.fails(connectionError(cause, one.origin, false));
      },
    },
  });
  return {
    async pass(req, res, one) {
      passing.set(req, one);
      await run(req, res, (thrown: unknown) => {
        if (thrown instanceof Error) throw thrown;
      });
    },
    join(req, socket, head, one) {
      passing.set(req, one);
      if (socket instanceof Socket) run.upgrade(req, socket, head);
      else socket.destroy();
    },
  };
}

/** What the library leaves undone: clients that go, and providers that keep silent. */
function sends(up: ClientRequest, req: IncomingMessage, res: ServerResponse, one: Passing | undefined): void {
  if (one === undefined || res.destroyed) {
    up.destroy();
    return;
  }
  // Without this a client that leaves before the first byte would leave the provider working.
  res.once('close', () => {
    if (!res.writableFinished) up.destroy();
  });
  const timer = waits(one, (error) => {
    one.fails(error);
    up.destroy();
  });
  req.on('data', () => timer.refresh());
  let answered = false;
  up.once('response', (reply) => {
    answered = true;
    reply.on('data', () => timer.refresh());
  });
  up.once('close', () => {
    clearTimeout(timer);
    // A provider that switches protocols unasked ends here, and nothing else tells of it.
    if (!answered) one.fails(connectionError(closed(), one.origin, false));
  });
  one.sends(up);
}

function closed(): Error {
  return Object.assign(new Error('closed'), { code: 'ECONNRESET' });
}

const longest = 2 ** 31 - 1;

function waits({ timeoutMs, origin, full }: Passing, over: (error: ProxyError) => void): NodeJS.Timeout {
  const timer: NodeJS.Timeout = setTimeout(
    () => {
      if (full()) timer.refresh();
      else over(timeoutError(origin, timeoutMs, false));
    },
    timeoutMs > 0 ? Math.min(timeoutMs, longest) : longest,
  );
  return timer;
}

/** Beside the library's own listeners, which would write a refusal to the client as it came. */
function switches(up: ClientRequest, socket: Duplex, one: Passing | undefined): void {
  if (one === undefined || socket.destroyed) {
    up.destroy();
    return;
  }
  const timer = waits(one, (error) => {
    one.fails(error);
    up.destroy();
  });
  const settled = watchLeaving(socket, () => up.destroy());
  const hears = (reply: IncomingMessage): void => {
    settled();
    one.replies(reply);
  };
  process.nextTick(() => up.removeAllListeners('response').once('response', hears));
  up.once('close', () => clearTimeout(timer));
  up.once('upgrade', (reply, other) => {
    clearTimeout(timer);
    settled();
    one.sends(up);
    for (const name of unsaid) delete reply.headers[name];
    socket.once('close', () => other.destroy());
    socket.once('end', () => other.end(() => other.destroy()));
    other.once('close', () => {
      if (!socket.writableEnded) socket.end();
    });
  });
}

const unsaid = ['set-cookie', 'strict-transport-security', 'alt-svc'];

/** Nobody reads a socket that waits for its other end: its own end is looked for, and what comes before stays in it. */
function watchLeaving(socket: Duplex, gone: () => void): () => void {
  const look = (): void => void socket.read(0);
  const leave = (): void => {
    gone();
    socket.destroy();
  };
  socket.on('readable', look).once('end', leave).once('close', gone);
  return () => void socket.off('readable', look).off('end', leave).off('close', gone);
}
