import { ProxyError } from '../hub/index.ts';

/** Where a request goes: `origin` for the pool, `path` with its query, `basic` when the base URL holds user-info. */
export interface Address {
  origin: string;
  path: string;
  basic?: string;
}

/** Paths are few, unless they hold names that clients made up. */
const mostJoined = 500;
const joined = new Map<string, Address>();
const bases = new Map<string, { origin: string; segments: string[]; query: string; basic?: string }>();

/**
 * Joins a path to a base URL. A prefix that the path repeats is not doubled: `https://host/v1` and `/v1/messages` make
 * `/v1/messages`. The base's own query is kept, and wins. Throws invalid-request when the path would leave the base.
 */
export function join(base: string, path: string): Address {
  const key = `${base} ${path}`;
  let address = joined.get(key);
  if (address === undefined) {
    address = build(base, path);
    if (joined.size >= mostJoined) joined.clear();
    joined.set(key, address);
  }
  return address;
}

function build(base: string, path: string): Address {
  const parsed = bases.get(base) ?? parse(base);
  const cut = path.indexOf('?');
  const wanted = safeSegments(cut < 0 ? path : path.slice(0, cut));
  const segments = [...parsed.segments, ...wanted.slice(overlap(parsed.segments, wanted))];
  const query = joinQueries(parsed.query, cut < 0 ? '' : path.slice(cut + 1));
  const whole = `/${segments.join('/')}${query === '' ? '' : `?${query}`}`;
  const address: Address = { origin: parsed.origin, path: whole };
  if (parsed.basic !== undefined) address.basic = parsed.basic;
  return address;
}

/** A word that the base says is not said again (`api-version`). */
function joinQueries(base: string, own: string): string {
  if (base === '' || own === '') return base + own;
  const said = new URLSearchParams(base);
  const rest = own.split('&').filter((pair) => ![...new URLSearchParams(pair).keys()].some((name) => said.has(name)));
  return [base, ...rest].join('&');
}

function parse(base: string) {
  const url = new URL(base);
  const found: {
    origin: string;
    segments: string[];
    query: string;
    basic?: string;
  } = {
    origin: url.origin,
    segments: url.pathname.split('/').filter((segment) => segment !== ''),
    query: url.search.slice(1),
  };
  if (url.username !== '' || url.password !== '') {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    found.basic = `Basic ${Buffer.from(user).toString('base64')}`;
  }
  bases.set(base, found);
  return found;
}

/** How many of the first wanted segments the base ends with already. */
function overlap(base: readonly string[], wanted: readonly string[]): number {
  for (let length = Math.min(base.length, wanted.length); length > 0; length--) {
    const start = base.length - length;
    if (wanted.slice(0, length).every((segment, index) => segment === base[start + index])) return length;
  }
  return 0;
}

function safeSegments(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => {
      const plain = decoded(segment);
      // Some servers decode twice, and Java's cut off what follows a semicolon.
      if (/^\.\.?(?:;|$)/.test(decoded(plain)) || hasControl(plain)) {
        throw new ProxyError('invalid-request', 'the model name cannot be part of a URL', { param: 'model' });
      }
      return /[^\x21-\x7e]/.test(segment) ? encodeURIComponent(segment) : segment;
    });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
