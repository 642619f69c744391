import { type ClientRequest, type ClientRequestArgs, Agent as HttpAgent, request } from 'node:http';
import { Agent as HttpsAgent, request as secureRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as secure } from 'node:tls';
import type { Config, Trust } from '../hub/index.ts';
import { tlsOptions } from '../upstream/index.ts';

const connectMs = 10_000;
const idleMs = 4000;
const kept = { keepAlive: true, timeout: idleMs };
type Done = (error: Error | null, socket?: Duplex) => void;
type Wanted = ClientRequestArgs & ConnectionOptions;

/** The agents of the pass-through's library, by protocol: they keep connections, and reach hosts through the environment's proxies. */
export function openAgents(proxy: Config['proxy'], trust?: Trust): { plain: HttpAgent; secure: HttpsAgent } {
  const plain = new HttpAgent(kept);
  const safe = new HttpsAgent({ ...kept, ...tlsOptions(trust) });
  const straightTo = safe.createConnection?.bind(safe);
  Object.assign(plain, {
    createConnection: (wanted: Wanted, done: Done) => {
      const way = wayTo(wanted, proxy?.http, proxy?.none);
      if (way === undefined)
        return inTime(connect({ host: wanted.host ?? '', port: Number(wanted.port), noDelay: true }));
      tunnel(way, wanted, done);
      return undefined;
    },
  });
  Object.assign(safe, {
    createConnection: (wanted: Wanted, done: Done) => {
      const way = wayTo(wanted, proxy?.https ?? proxy?.http, proxy?.none);
      if (way === undefined) return inTime(straightTo(wanted, done));
      tunnel(way, wanted, (error, socket) => {
        if (error !== null || socket === undefined) done(error);
        else done(null, secure({ ...wanted, path: undefined, host: undefined, socket }));
      });
      return undefined;
    },
  });
  return { plain, secure: safe };
}

/** The proxy to go through; undefined: none. Hosts of NO_PROXY are named whole, or by their end behind '.' or '*'. */
function wayTo({ host, port }: Wanted, proxy: string | undefined, none = ''): URL | undefined {
  if (proxy === undefined) return undefined;
  const name = (host ?? '').replace(/^\[|\]$/g, '').toLowerCase();
  const spared = none.split(/[,\s]+/).some((one) => {
    const [, entry = '', only] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(one.toLowerCase()) ?? [];
    if (entry === '' || (only !== undefined && only !== String(port))) return false;
    return /^[.*]/.test(entry) ? name.endsWith(entry.replace(/^\*/, '')) : name === entry;
  });
  return spared ? undefined : new URL(proxy);
}

/** Asks a proxy for a connection to a host (CONNECT), as for every request of the house. */
function tunnel(proxy: URL, { host, port }: Wanted, done: Done): void {
  const target = `${host?.includes(':') ? `[${host}]` : host}:${port}`;
  const user = decodeURIComponent(`${proxy.username}:${proxy.password}`);
  const login = user === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
  const asking: ClientRequest = (proxy.protocol === 'https:' ? secureRequest : request)({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : proxy.port,
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...login },
    agent: false,
  });
  const timer = setTimeout(() => asking.destroy(tooLate()), connectMs);
  asking.once('connect', (reply, socket) => {
    clearTimeout(timer);
    if (reply.statusCode === 200) done(null, socket);
    else {
      socket.destroy();
      done(new Error(`the proxy ${proxy.host} answered ${reply.statusCode}`));
    }
  });
  asking.once('error', (error) => {
    clearTimeout(timer);
    done(error);
  });
  asking.end();
}

function inTime(socket: Duplex | Socket | null | undefined): Duplex | undefined {
  if (socket == null || !('connecting' in socket) || !socket.connecting) return socket ?? undefined;
  const timer = setTimeout(() => socket.destroy(tooLate()), connectMs);
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
  return socket;
}

function tooLate(): Error {
  return Object.assign(new Error('it did not answer in time'), { code: 'ETIMEDOUT' });
}
