/**
 * HTTP in. The only room that knows requests and responses: guard, routes, the life of a call, native pass-through.
 */
import type { Server } from 'node:http';
import type { Config, Entry } from '../hub/index.ts';
import { shuttingDown } from './calls.ts';
import { openHouse } from './house.ts';
import { listen } from './listen.ts';

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

export interface Proxy {
  /** Resolves when the sockets listen; rejects with the socket's error (`EADDRINUSE`). */
  listen(): Promise<{ port: number; hosts: readonly string[] }>;
  /** Stops accepting, waits for running answers at most `config.drainMs`, then ends them with an error. */
  close(): Promise<void>;
}

/** How long clients may take to read the error that ends their answers. */
const farewellMs = 500;

export function createProxy(config: Config, sink: Sink): Proxy {
  const house = openHouse(config, sink);
  let servers: Server[] = [];
  return {
    async listen() {
      const listening = await listen(house);
      servers = listening.servers;
      return { port: listening.port, hosts: listening.hosts };
    },
    async close() {
      house.calls.closing = true;
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const server of servers) server.closeIdleConnections();
      await within(config.drainMs, house.calls.idle());
      house.calls.endAll(shuttingDown());
      await within(farewellMs, house.calls.idle());
      for (const server of servers) server.closeAllConnections();
      await Promise.all([...closed, house.upstream.close(), house.ledger.settled()]);
    },
  };
}

async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    done,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}
