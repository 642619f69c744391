import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { ProxyError, type Trust } from '../hub/index.ts';
import { playMock } from './mock-exchange.ts';
import { openPool } from './pool.ts';
import { type Exchange, type Receiver, Transfer } from './transfer.ts';
import { tlsOptions } from './trust.ts';
import { join } from './url.ts';

/** One request to a provider. `base` may hold user-info and a query; `timeoutMs` counts to the first byte and between chunks. */
export interface Sending {
  method: string;
  /** The provider's name for the model; only the models of `mock:` look at it. */
  model: string;
  base: string;
  path: string;
  headers: Record<string, string>;
  /** Bytes that come as they are read are sent as they come; such a request is never repeated. */
  body: Buffer | Readable | null;
  timeoutMs: number;
  /** In the place of what holds for all. */
  trust?: Trust | undefined;
}

/** Proxies of the environment, read by the config room. */
export interface ProxySettings {
  http?: string;
  https?: string;
  none?: string;
}

export interface Upstream {
  /** Throws invalid-request for a path or a header that must not leave. */
  send(sending: Sending, receiver: Receiver): Exchange;
  close(): Promise<void>;
}

/** `usual`: for what does not say otherwise. */
export function createUpstream(proxy?: ProxySettings, usual?: Trust): Upstream {
  /** By origin and trust: what one deployment believes opens no connection of another. */
  const pools = new Map<string, Dispatcher>();
  const agents = new Map<string, Promise<Dispatcher>>();
  const poolFor = (origin: string, trust: Trust | undefined): Dispatcher => {
    const name = trust === undefined ? origin : `${origin} ${trust.id}`;
    let pool = pools.get(name);
    if (pool === undefined) {
      pool = openPool(origin, trust);
      pools.set(name, pool);
    }
    return pool;
  };
  const agentFor = (through: ProxySettings, trust: Trust | undefined): Promise<Dispatcher> => {
    const name = trust?.id ?? '';
    const agent = agents.get(name) ?? openAgent(through, trust);
    agents.set(name, agent);
    return agent;
  };
  const proxied = proxy?.http !== undefined || proxy?.https !== undefined ? proxy : undefined;
  return {
    send(sending, receiver) {
      if (sending.base.startsWith('mock:')) return playMock(sending, receiver);
      const { origin, path, basic } = join(sending.base, sending.path);
      const headers = cleanHeaders(sending, basic);
      const request = {
        origin,
        path,
        method: sending.method,
        headers,
        body: sending.body,
      };
      const trust = sending.trust ?? usual;
      const transfer = new Transfer(request, receiver, sending.timeoutMs, trust);
      if (proxied === undefined) {
        transfer.start(poolFor(origin, trust));
      } else {
        agentFor(proxied, trust).then(
          (through) => transfer.start(through),
          (thrown: Error) => transfer.onResponseError(undefined, thrown),
        );
      }
      return transfer;
    },
    async close() {
      const open = [...pools.values(), ...(await Promise.all(agents.values()))];
      pools.clear();
      await Promise.all(open.map((one) => one.destroy()));
    },
  };
}

async function openAgent(proxy: ProxySettings, trust: Trust | undefined): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import('./agents.ts');
  return new EnvHttpProxyAgent({
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? proxy.http ?? '',
    noProxy: proxy.none ?? '',
    connect: tlsOptions(trust),
    requestTls: tlsOptions(trust),
    pipelining: 1,
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 4000,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 256 * 1024,
  });
}

const lineBreak = /[\r\n\0]/;

function cleanHeaders(sending: Sending, basic: string | undefined): Record<string, string> {
  const headers = Object.assign({ 'accept-encoding': 'identity' }, sending.headers);
  if (basic !== undefined) headers['authorization'] ??= basic;
  for (const name in headers) {
    if (lineBreak.test(headers[name] ?? '')) {
      throw new ProxyError('invalid-request', `the header ${name} holds a line break and was not sent`, {
        param: name,
      });
    }
  }
  return headers;
}
