import { ConfigError, type Environment, firstSet, isLoopback, type Loaded, loadConfig } from '../config/index.ts';
import { Failure } from './failure.ts';
import type { CliFlags } from './flags.ts';
import { identifyServer } from './running-proxy.ts';
import type { Terminal } from './terminal.ts';

/** A proxy to ask: `url` without a trailing slash and without /v1. */
export interface Reached {
  url: string;
  headers: Record<string, string>;
  /** The line that says which one it is. */
  which: string;
  close(): Promise<void>;
}

/**
 * --base_url; else the proxy that runs on --port (4000); else, with --model, one of our own on a free port
 * (DECISIONS.md 4). A provider's --api_key never goes to a proxy that was merely found running.
 */
export async function reach(flags: CliFlags, env: Environment, terminal: Terminal): Promise<Reached> {
  const proxy = running(flags, env);
  if (flags.base_url !== undefined || (await identifyServer(proxy.url, 5000)) !== undefined) return proxy;
  if (flags.model === undefined && flags.config === undefined)
    throw new Failure(
      `no proxy answers on ${proxy.url}: start one, or add --model <provider>/<model> or --base_url <url>`,
      1,
    );
  return serveItself(flags, env, terminal);
}

/** The proxy of --base_url, or the one that should run on this machine. Throws ConfigError. */
export function running(flags: CliFlags, env: Environment): Reached {
  const masterKey = firstSet(env, ['LITELLM_MASTER_KEY'])?.value;
  if (flags.base_url !== undefined) {
    const url = checkedUrl(flags.base_url);
    return { url, headers: bearer(flags.api_key ?? masterKey), which: `asking ${new URL(url).origin}`, close: nothing };
  }
  const url = localUrl(flags);
  const key = masterKey ?? (flags.model === undefined ? flags.api_key : undefined);
  return { url, headers: bearer(key), which: `asking the proxy on ${url}`, close: nothing };
}

async function serveItself(flags: CliFlags, env: Environment, terminal: Terminal): Promise<Reached> {
  const loaded = await loadConfig({ ...flags, host: '127.0.0.1' }, env);
  for (const warning of loaded.warnings) terminal.say('warn', warning);
  return serveLoaded(loaded, `serving ${flags.model ?? flags.config} for this call`);
}

/** A proxy of our own on a free port, for as long as it is asked. */
export async function serveLoaded({ config }: Pick<Loaded, 'config'>, which: string): Promise<Reached> {
  const { createProxy } = await import('../server/index.ts');
  const { tls: _, ...plain } = config;
  const sink = { call: () => undefined, note: () => undefined, debug: false, bodies: false };
  const proxy = createProxy({ ...plain, host: '127.0.0.1', port: 0, drainMs: 0 }, sink);
  const { port } = await proxy.listen();
  return {
    url: `http://127.0.0.1:${port}${config.rootPath}`,
    headers: bearer(config.masterKey),
    which,
    close: () => proxy.close(),
  };
}

function localUrl({ host, port, ssl_certfile_path: cert }: CliFlags): string {
  const name = host === undefined || isLoopback(host) || /^(?:0\.0\.0\.0|::)$/.test(host) ? 'localhost' : host;
  return `${cert === undefined ? 'http' : 'https'}://${name}:${port ?? 4000}`;
}

function checkedUrl(typed: string): string {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new ConfigError('--base_url must be an http:// or https:// URL, such as http://localhost:4000');
  return typed
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/\/v1$/, '');
}

function bearer(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

async function nothing(): Promise<void> {}
