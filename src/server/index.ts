/**
 * HTTP in. The only room that knows requests and responses: guard, routes, the life of a call, native pass-through.
 */
import type { Server } from 'node:http';
import type { Change, Config, Entry } from '../hub/index.ts';
import type { Served } from './app.ts';
import { type Born, closeConnections, type Inside, listen, ownClasses } from './listen.ts';

/** Where the server tells what happens; the terminal gives one. All texts are redacted already. */
export interface Sink {
  /** A finished call. */
  call(entry: Entry): void;
  /** Something worth a line. `debug` notes are only made when `debug` is true. */
  note(level: 'debug' | 'info' | 'warn' | 'error', text: string): void;
  readonly debug: boolean;
  /** Bodies too (`--detailed_debug`). */
  readonly bodies: boolean;
}

/** The other processes that serve the same port (`--num_workers`): what one learns all know. */
export interface Others {
  tell(change: Change): void;
  listen(take: (change: Change) => void): void;
}

export interface Proxy {
  /**
   * Resolves when the sockets listen; rejects with the socket's error (`EADDRINUSE`). What answers is loaded behind them,
   * while the first request is on its way; `loaded` rejects when that fails.
   */
  listen(): Promise<{ port: number; hosts: readonly string[]; loaded: Promise<void> }>;
  /** Takes another configuration for the calls to come; sockets, limits of sockets and TLS stay. */
  reload(config: Config): void;
  /** Stops accepting, waits for running answers at most `config.drainMs`, then ends them with an error. */
  close(): Promise<void>;
}

export function createProxy(config: Config, sink: Sink, others?: Others): Proxy {
  const born = ownClasses();
  let servers: Server[] = [];
  let served: Served | undefined;
  let loading: Promise<void> | undefined;
  let current = config;
  const open = (): Promise<void> => {
    loading ??= load(current, sink, born, others).then((app) => {
      served = app;
    });
    return loading;
  };
  /** What comes before the app is there waits for it, unread; who has left by then needs no answer. */
  const wait = (who: { destroyed: boolean }, answer: (app: Served) => void): void => {
    const go = () => {
      if (served !== undefined && !who.destroyed) answer(served);
    };
    if (served !== undefined) go();
    else open().then(go, () => {});
  };
  const inside: Inside = {
    request: (req, res) => {
      if (served !== undefined) served.request(req, res);
      else wait(res, (app) => app.request(req, res));
    },
    expectation: (req, res) => wait(res, (app) => app.expectation(req, res)),
    parserError: (error, socket) => wait(socket, (app) => app.parserError(error, socket)),
    tunnel: (socket) => wait(socket, (app) => app.tunnel(socket)),
    upgrade: (req, socket, head) => wait(socket, (app) => app.upgrade(req, socket, head)),
  };
  return {
    async listen() {
      const { port, hosts, ...opened } = await listen(config, inside, born);
      servers = opened.servers;
      return { port, hosts, loaded: open() };
    },
    reload(next) {
      current = next;
      if (served !== undefined) served.reload(next);
      else loading?.then(() => served?.reload(next));
    },
    async close() {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const server of servers) closeConnections(server, false);
      await loading?.catch(() => {});
      await served?.house.calls.drain(config.drainMs);
      served?.house.caches.close();
      for (const server of servers) closeConnections(server, true);
      await Promise.all([...closed, served?.house.upstream.close(), served?.house.ledger.settled()]);
    },
  };
}

/** After a turn of the loop, so that the line that says where to call is out before. */
async function load(config: Config, sink: Sink, born: Born, others: Others | undefined): Promise<Served> {
  await new Promise((resolve) => setImmediate(resolve));
  const { createApp } = await import('./app.ts');
  return createApp(config, sink, born, others);
}
