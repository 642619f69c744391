import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { ProxyError } from '../hub/index.ts';

const ownName = hostname().toLowerCase();
const shells = /^(?:app|tauri|vscode-webview|file):\/\//;

/**
 * Whether a Host header names this machine. A page can rebind its own name to 127.0.0.1, but it then sends that name; an
 * address cannot be rebound. Whole names only, or suffixes with their dot.
 */
export function isOwnHost(header: string, allowed: readonly string[]): boolean {
  const host = withoutPort(header.toLowerCase());
  if (host === undefined) return false;
  if (host.startsWith('[')) return host.endsWith(']') && isIP(host.slice(1, -1)) === 6;
  if (isIP(host) === 4) return true;
  return (
    host === 'localhost' ||
    host === 'host.docker.internal' ||
    host === ownName ||
    /^(?:[a-z0-9_-]+\.)+(?:localhost|local)$/.test(host) ||
    allowed.some((one) => one === '*' || one.toLowerCase() === host || one.toLowerCase() === header.toLowerCase())
  );
}

/** Undefined when what follows the name is no port. */
function withoutPort(header: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/.exec(header)?.[1];
}

/** Whether a page of this origin may call: pages of this machine, desktop shells, and what the user listed. */
export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  const low = origin.toLowerCase();
  if (shells.test(low)) return true;
  const host = /^https?:\/\/(\[[0-9a-f:.]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/.exec(low)?.[1];
  if (host !== undefined && isLoopbackName(host)) return true;
  return allowed.some((one) => one === '*' || one.toLowerCase().replace(/\/$/, '') === low);
}

function isLoopbackName(host: string): boolean {
  return (
    host === 'localhost' || host === '[::1]' || host === '0.0.0.0' || (isIP(host) === 4 && host.startsWith('127.'))
  );
}

/** Throws permission for a GET that a page of another site sent: it needs no preflight, and would spend (RELIABILITY.md 7). */
export function refusePages({ method, headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none' || !/^(?:GET|HEAD)$/.test(method ?? '')) return;
  throw new ProxyError('permission', 'pages may not call this: ask from a terminal, or set LITELLM_MASTER_KEY');
}
