import type { IncomingMessage, ServerResponse } from 'node:http';
import { asProxyError, type Config, ProxyError } from '../hub/index.ts';
import { keyCheck, withoutKey } from './auth.ts';
import { shuttingDown } from './calls.ts';
import type { House } from './house.ts';
import { isAllowedOrigin, isOwnHost } from './origin.ts';
import { clientOf, refuse, speaksGoogle } from './refusal.ts';

const open = new Set(['/health/liveliness', '/health/liveness', '/health/readiness']);
type Next = () => void;

/**
 * Decides before anything else, in this order: the form of the request, Host, Origin, key. What it lets through has a
 * sane path; nothing has been read of its body.
 */
export function guard(house: House): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const { config } = house;
  const checkKey = config.masterKey === undefined ? undefined : keyCheck(config.masterKey);
  return (req, res, next) => {
    let path = '/';
    try {
      req.url = withoutRoot(req.url ?? '/', config.rootPath);
      path = pathOf(req.url);
      const { url, key } = takesKey(path, req) ? withoutKey(req.url) : { url: req.url };
      req.url = url;
      checkForm(req, path);
      if (checkKey === undefined) checkHost(req, config);
      if (req.headers.origin !== undefined) allowOrigin(req, res, req.headers.origin, config);
      if (house.calls.closing && !open.has(path)) throw shuttingDown();
      if (req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined) {
        preflight(req, res);
        return;
      }
      if (!open.has(path.replace(/(?<=.)\/$/, ''))) checkKey?.(req.headers, key);
    } catch (thrown) {
      refuse(house, req, res, asProxyError(thrown), clientOf(path, req.headers));
      return;
    }
    next();
  };
}

/** Google's clients may write their key into the query; nobody else may. */
function takesKey(path: string, { headers }: IncomingMessage): boolean {
  return speaksGoogle(path, headers) || path.startsWith('/gemini/');
}

/** With a root path, both forms are served: some front servers take it off, some do not. */
function withoutRoot(url: string, root: string): string {
  if (root === '' || root === '/' || !url.startsWith(root)) return url;
  const rest = url.slice(root.length);
  return rest === '' || rest.startsWith('?') ? `/${rest}` : rest.startsWith('/') ? rest : url;
}

function pathOf(url: string): string {
  const cut = url.indexOf('?');
  return cut < 0 ? url : url.slice(0, cut);
}

function checkForm(req: IncomingMessage, path: string): void {
  if (!path.startsWith('/')) throw bad('the request target must be a path');
  if (!/^[\w/.~:@!$&'()*+,;=-]*$/.test(path)) checkSegments(decode(path));
  else if (path.includes('..') || path.includes('/./')) checkSegments(path);
  let hosts = 0;
  for (let at = 0; at < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) throw bad('a request must have one Host header');
  if (hosts === 0 && req.httpVersion !== '1.0') throw bad('the Host header is missing');
  // h2c is an offer that HTTP/1.1 servers may ignore, and Java's client makes it with every request.
  if (req.headers.upgrade !== undefined && !/^h2c$/i.test(req.headers.upgrade.trim())) {
    throw bad('this server does not switch protocols');
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw bad('the path holds a broken percent-encoding');
  }
}

function checkSegments(plain: string): void {
  for (let at = 0; at < plain.length; at++) {
    const code = plain.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) throw bad('the path holds a control character');
  }
  if (plain.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')) {
    throw bad("the path holds '.' or '..'");
  }
}

function checkHost(req: IncomingMessage, config: Config): void {
  const host = req.headers.host;
  if (host === undefined || isOwnHost(host, config.allowedHosts)) return;
  throw new ProxyError(
    'permission',
    'this Host is not served without a master key: use localhost, name it with --allowed_hosts, or set LITELLM_MASTER_KEY',
  );
}

function allowOrigin(req: IncomingMessage, res: ServerResponse, origin: string, config: Config): void {
  if (!isAllowedOrigin(origin, config.allowedOrigins)) {
    throw new ProxyError('permission', 'pages of this origin may not call: name it with --allowed_origins');
  }
  res.setHeader('access-control-allow-origin', origin);
  res.setHeader('vary', 'Origin');
  if (req.method !== 'OPTIONS') res.setHeader('access-control-expose-headers', '*');
}

function preflight(req: IncomingMessage, res: ServerResponse): void {
  if (res.hasHeader('access-control-allow-origin')) {
    res.setHeader('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
    const wanted = req.headers['access-control-request-headers'];
    if (wanted !== undefined && /^[\w\-, ]*$/.test(wanted)) res.setHeader('access-control-allow-headers', wanted);
    if (req.headers['access-control-request-private-network'] === 'true') {
      res.setHeader('access-control-allow-private-network', 'true');
    }
    res.setHeader('access-control-max-age', '600');
  }
  res.writeHead(204);
  res.end();
}

function bad(problem: string): ProxyError {
  return new ProxyError('invalid-request', problem);
}
