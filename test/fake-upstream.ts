import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** A request as it came. */
interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The body as JSON; throws when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read foreign JSON
  json(): any;
  /** Which connection, counted from 0: equal numbers mean a reused socket. */
  connection: number;
  /** Milliseconds of `Date.now()`. */
  at: number;
  /** Bytes of the answer's body written so far. */
  sent: number;
  /** Settles when the answer is over: completed, or the client's socket closed before. */
  over: Promise<{ aborted: boolean; at: number }>;
}

/** How to answer. */
export interface Reply {
  status?: number;
  headers?: Record<string, string | string[]>;
  /** An object goes as JSON. */
  body?: string | Buffer | object;
  /** In place of `body`: pieces, as many as the client takes. */
  pieces?: Iterable<string | Buffer>;
  /** Where the body is cut into writes: every so many bytes, or at these offsets. */
  cuts?: number | readonly number[];
  /** Before the head, and between two writes. */
  delayMs?: number;
  paceMs?: number;
  compress?: 'gzip' | 'br';
  /** After the last write: a whole reply (default), silence, a closed socket, a reset. */
  end?: 'whole' | 'stall' | 'cut' | 'reset';
  /** No head at all: only `end` happens. */
  headless?: true;
  /** A whole reply, then the kept-alive socket is closed without a word in the head. */
  hangUp?: true;
}

/** Answers itself (undefined) or says how. */
export type Handler = (request: Received, res: ServerResponse) => Reply | undefined | Promise<Reply | undefined>;

export interface FakeUpstream {
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  received: readonly Received[];
  /** The next answers in order; the last one is repeated. */
  will(...replies: (Reply | Handler)[]): void;
  /** Settles when so many requests have come in whole. */
  wait(count: number): Promise<Received>;
  openSockets(): number;
  close(): Promise<void>;
}

/** A provider for tests: a real server on a free port of the loopback that records every request. */
export async function fakeUpstream(...first: (Reply | Handler)[]): Promise<FakeUpstream> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const numbers = new WeakMap<Socket, number>();
  let waiting: (() => void)[] = [];
  let script = first;
  let connections = 0;
  const server = createServer({ keepAliveTimeout: 60_000 }, async (req, res) => {
    res.on('error', () => {});
    const request = await receive(req, res, numbers.get(req.socket) ?? -1);
    if (request === undefined) return;
    received.push(request);
    const wake = waiting;
    waiting = [];
    for (const one of wake) one();
    const next = script.length > 1 ? script.shift() : script[0];
    const reply = typeof next === 'function' ? await next(request, res) : (next ?? { status: 404, body: {} });
    if (reply !== undefined) await answer(reply, request, res);
  });
  server.on('connection', (socket) => {
    numbers.set(socket, connections++);
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    will: (...replies) => {
      script = replies;
    },
    wait: async (count) => {
      for (;;) {
        const request = received[count - 1];
        if (request !== undefined) return request;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    openSockets: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Undefined: the client left during its upload. */
async function receive(req: IncomingMessage, res: ServerResponse, connection: number): Promise<Received | undefined> {
  const at = Date.now();
  const over = new Promise<{ aborted: boolean; at: number }>((resolve) => {
    res.on('close', () => resolve({ aborted: !res.writableFinished, at: Date.now() }));
  });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of req) chunks.push(chunk);
  } catch {
    return undefined;
  }
  const body = Buffer.concat(chunks);
  const { method = '', url = '', headers } = req;
  return { method, url, headers, body, json: () => JSON.parse(body.toString()), connection, at, sent: 0, over };
}

async function answer(reply: Reply, request: Received, res: ServerResponse): Promise<void> {
  const { status = 200, headers = {}, paceMs = 0, end = 'whole' } = reply;
  if (reply.delayMs !== undefined) await sleep(reply.delayMs);
  if (!reply.headless) {
    const pieces = reply.pieces ?? split(bytesOf(reply), reply.cuts);
    const length = reply.pieces === undefined && reply.cuts === undefined && end === 'whole';
    const type =
      typeof reply.body === 'object' && !Buffer.isBuffer(reply.body) ? { 'content-type': 'application/json' } : {};
    const encoding = reply.compress === undefined ? {} : { 'content-encoding': reply.compress };
    res.writeHead(status, {
      ...type,
      ...encoding,
      ...(length ? { 'content-length': bytesOf(reply).length } : {}),
      ...headers,
    });
    res.flushHeaders();
    for (const piece of pieces) {
      if (res.destroyed) return;
      request.sent += Buffer.byteLength(piece);
      if (!res.write(piece)) await Promise.race([new Promise((resolve) => res.once('drain', resolve)), request.over]);
      if (paceMs > 0) await sleep(paceMs);
    }
  }
  await finish(end, reply.hangUp === true, res);
}

async function finish(end: 'whole' | 'stall' | 'cut' | 'reset', hangUp: boolean, res: ServerResponse): Promise<void> {
  const { socket } = res;
  // What was written must be on its way before the socket is torn down.
  if (end !== 'whole') await sleep(20);
  switch (end) {
    case 'whole':
      res.end(() => {
        if (hangUp) socket?.end();
      });
      return;
    case 'cut':
      socket?.destroy();
      return;
    case 'reset':
      socket?.resetAndDestroy();
      return;
    case 'stall':
      return;
  }
}

function bytesOf({ body = '', compress }: Reply): Buffer {
  const plain = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  if (compress === undefined) return plain;
  return compress === 'gzip' ? gzipSync(plain) : brotliCompressSync(plain);
}

function split(bytes: Buffer, cuts: number | readonly number[] | undefined): Buffer[] {
  if (cuts === undefined) return bytes.length === 0 ? [] : [bytes];
  const ends =
    typeof cuts === 'number'
      ? Array.from({ length: Math.ceil(bytes.length / cuts) }, (_, index) => (index + 1) * cuts)
      : [...cuts, bytes.length];
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)).filter((piece) => piece.length > 0);
}
