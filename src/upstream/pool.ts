import type { Socket } from 'node:net';
import type { Dispatcher, Client as UndiciClient, Pool as UndiciPool } from 'undici';
import buildConnector from 'undici/lib/core/connect.js';
import Client from 'undici/lib/dispatcher/client.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { Trust } from '../hub/index.ts';
import { tlsOptions } from './trust.ts';

/** Tells afterwards which connection a request was written to. */
export interface Seat extends Dispatcher.DispatchOptions {
  lane?: Lane | undefined;
  /** Nobody waits for the reply any more. */
  gone?: true;
}

const second = 1000;
/** The caller keeps its own exact time-outs: undici's clock ticks twice a second. */
const options: UndiciPool.Options = {
  connections: null,
  pipelining: 1,
  keepAliveTimeout: 4 * second,
  keepAliveMaxTimeout: 4 * second,
  headersTimeout: 0,
  bodyTimeout: 0,
  maxHeaderSize: 256 * 1024,
};

/**
 * One kept connection. Remembers how many replies its socket has carried and how many bytes have come, since only a
 * request that was written to a used socket and got no byte back may be repeated (the keep-alive race).
 */
class Lane extends Client {
  served = 0;
  socket: Socket | undefined;
  #seat: Seat | undefined;
  #awaitsHead = false;

  constructor(origin: URL | string, given: UndiciClient.Options) {
    const connect = typeof given.connect === 'function' ? given.connect : buildConnector({ ...given.connect });
    super(origin, {
      ...given,
      connect: (to, done) => {
        // After an abort undici would connect again, only to find that the request is gone, and keep the socket for 4 s.
        if (this.#seat?.gone) {
          done(new Error('aborted'), null);
          return;
        }
        connect(to, (...result) => {
          this.served = 0;
          this.socket = result[1] ?? undefined;
          if (this.socket !== undefined) this.#readOver(this.socket);
          done(...result);
        });
      },
    });
  }

  override dispatch(request: Seat, handler: Dispatcher.DispatchHandler): boolean {
    request.lane = this;
    this.#seat = request;
    this.#awaitsHead = true;
    return super.dispatch(request, handler);
  }

  /** Undici breaks off at a `100 Continue` that nobody asked for; HTTP says to read over it. */
  #readOver(socket: Socket): void {
    const read = socket.read.bind(socket);
    Object.assign(socket, {
      read: (size?: number): unknown => {
        const chunk: unknown = read(size);
        if (!this.#awaitsHead || !Buffer.isBuffer(chunk)) return chunk;
        const rest = withoutContinue(chunk);
        this.#awaitsHead = rest.length === 0;
        return rest;
      },
    });
  }
}

function withoutContinue(chunk: Buffer): Buffer {
  let rest = chunk;
  while (rest.toString('latin1', 0, 13) === 'HTTP/1.1 100 ') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    rest = rest.subarray(end + 4);
  }
  return rest;
}

/** A pool of kept connections to one origin, as many as are needed. */
export function openPool(origin: string, trust: Trust | undefined): Dispatcher {
  return new Pool(origin, {
    ...optionsFor(origin, trust),
    factory: (to, given) => new Lane(to, given),
  });
}

/** One new connection, outside the pool, which closes after its request. */
export function openOnce(origin: string, trust: Trust | undefined): Dispatcher {
  const { connections, ...single } = optionsFor(origin, trust);
  return new Client(origin, single);
}

function optionsFor(origin: string, trust: Trust | undefined): UndiciPool.Options {
  const secure = origin.startsWith('https:') ? tlsOptions(trust) : {};
  return { ...options, connect: { timeout: 10 * second, noDelay: true, ...secure } };
}
