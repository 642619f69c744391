import type { IncomingMessage, ServerResponse } from 'node:http';
import { asProxyError, type Config, ProxyError } from '../hub/index.ts';
import { keyCheck, offeredKey, withoutKey } from './auth.ts';
import { shuttingDown } from './calls.ts';
import type { House } from './house.ts';
import { isAllowedOrigin, isOwnHost } from './origin.ts';
import { ownRoute } from './own-routes.ts';
import { clientOf, refuse, speaksGoogle } from './refusal.ts';

const open = new Set(['/health/liveliness', '/health/liveness', '/health/readiness']);
type Next = () => void;

/**
 * Decides before anything else, in this order: the form of the request, Host, Origin, key. What it lets through has a
 * sane path; nothing has been read of its body.
 */
export function guard(house: House): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  const { admit, enter } = admission(house);
  return (req, res, next) => {
    try {
      const key = admit(req, false);
      if (req.headers.origin !== undefined) allowOrigin(req, res, req.headers.origin);
      if (req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined) {
        preflight(req, res);
        return;
      }
      enter(req, key);
    } catch (thrown) {
      refuse(house, req, res, asProxyError(thrown), clientOf(pathOf(req.url ?? '/'), req.headers));
      return;
    }
    next();
  };
}

/** The guard's checks, which throw what is refused; preflights are admitted and do not enter. */
interface Admission {
  /** Leaves `req.url` without root path and key, and returns the key. `switching`: the request asks for a WebSocket. */
  admit(req: IncomingMessage, switching: boolean): string | undefined;
  enter(req: IncomingMessage, key: string | undefined): void;
}

export function admission(house: House): Admission {
  let known = keyCheckOf(house.config);
  return {
    admit(req, switching) {
      const { config } = house;
      req.url = withoutRoot(req.url ?? '/', config.rootPath);
      const path = pathOf(req.url);
      // Google's clients may write their key into the query; nobody else may.
      const { url, key } = speaksGoogle(path, req.headers) ? withoutKey(req.url) : { url: req.url, key: undefined };
      req.url = url;
      checkForm(req, path, switching);
      if (config.masterKey === undefined) checkHost(req, config);
      if (req.headers.origin !== undefined) checkOrigin(req.headers.origin, config);
      return switching ? (key ?? offeredKey(req.headers)) : key;
    },
    enter(req, key) {
      const { config } = house;
      if (config.masterKey === undefined && !house.calls.closing) return;
      const path = pathOf(req.url ?? '/');
      if (open.has(path.replace(/(?<=.)\/$/, ''))) return;
      if (house.calls.closing) throw shuttingDown();
      if (config.masterKey === undefined || ownRoute(config, path)?.open === true) return;
      if (known.masterKey !== config.masterKey || known.keyHeader !== config.keyHeader) known = keyCheckOf(config);
      known.check?.(req.headers, key);
    },
  };
}

/** Made anew when another configuration brings another key. */
function keyCheckOf({ masterKey, keyHeader }: Config): {
  masterKey?: string;
  keyHeader?: string | undefined;
  check?: ReturnType<typeof keyCheck>;
} {
  return masterKey === undefined ? {} : { masterKey, keyHeader, check: keyCheck(masterKey, keyHeader) };
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

function checkForm(req: IncomingMessage, path: string, switching: boolean): void {
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
  if (!switching && req.headers.upgrade !== undefined && !/^h2c$/i.test(req.headers.upgrade.trim())) {
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

function checkOrigin(origin: string, config: Config): void {
  if (isAllowedOrigin(origin, config.allowedOrigins)) return;
  throw new ProxyError('permission', 'pages of this origin may not call: name it with --allowed_origins');
}

function allowOrigin(req: IncomingMessage, res: ServerResponse, origin: string): void {
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
