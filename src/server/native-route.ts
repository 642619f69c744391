import { type Config, type Deployment, type Mount, type PassThroughRoute, ProxyError } from '../hub/index.ts';
import { knownAs } from '../router/index.ts';
import { type Credentials, credentials, join } from '../upstream/index.ts';
import { ownRoute } from './own-routes.ts';

/** A pass-through that a URL asks for; `below`: the rest of the URL, query included. */
export type Passage =
  | { kind: 'mount'; mount: Mount; below: string }
  | { kind: 'own'; route: PassThroughRoute; below: string };

/** Where a request is passed on to, decided before a byte of it is sent. */
export interface Destination {
  /** Who answers, for headers and errors. */
  name: string;
  to?: Deployment;
  base: string;
  origin: string;
  path: string;
  /** Of user-info in the base URL. */
  basic?: string;
  keys: Credentials;
  /** Ours beside the credentials, over which they win. */
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** Dollars a request. */
  cost?: number;
  /** Whether clients' own headers go on, where that is not as everywhere. */
  forwards?: boolean;
}

const byName = new WeakMap<readonly Mount[], ReadonlyMap<string, Mount>>();

/** Looked up with every request: a configuration that is read again brings other mounts. */
export function passageOf(config: Config, url: string): Passage | undefined {
  const end = url.search(/[?#]/);
  const path = end < 0 ? url : url.slice(0, end);
  const route = ownRoute(config, path);
  if (route !== undefined) return { kind: 'own', route, below: url.slice(route.path.length) };
  const [first = ''] = /^\/[^/]*/.exec(path) ?? [];
  const mount = mountsByName(config.mounts).get(first);
  return mount === undefined ? undefined : { kind: 'mount', mount, below: rooted(url.slice(first.length)) };
}

function mountsByName(mounts: readonly Mount[]): ReadonlyMap<string, Mount> {
  let found = byName.get(mounts);
  if (found === undefined) {
    found = new Map(mounts.flatMap((mount) => mount.paths.map((path): [string, Mount] => [path, mount])));
    byName.set(mounts, found);
  }
  return found;
}

function rooted(below: string): string {
  return below.startsWith('/') ? below : `/${below}`;
}

/** Throws invalid-request for a path that must not leave, authentication where there is no key. */
export function destinationOf(config: Config, passage: Passage): Destination {
  checkSlashes(passage.below);
  return passage.kind === 'own' ? ownDestination(passage) : mounted(config, passage);
}

function mounted(config: Config, { mount, below }: Extract<Passage, { kind: 'mount' }>): Destination {
  const named = byModel(config, mount, below);
  const { to, path } = named ?? mount.open(withoutKeys(below));
  const address = join(to.base, path);
  return {
    name: to.provider.id,
    to,
    base: to.base,
    ...address,
    path: withSlash(address.path, path),
    keys: credentials(to),
    headers: to.headers,
    timeoutMs: to.timeoutMs,
  };
}

/** A name of the configuration in the place of a model's: its deployment answers, under the provider's name for it. */
function byModel(config: Config, mount: Mount, below: string): { to: Deployment; path: string } | undefined {
  const name = mount.names?.exec(below)?.[1];
  const to = name === undefined ? undefined : knownAs(config, decodeURIComponent(name));
  if (name === undefined || to === undefined || to.provider.id !== mount.provider) return undefined;
  return { to, path: withoutKeys(below.replace(name, encodeURIComponent(to.model))) };
}

function ownDestination({ route, below }: Extract<Passage, { kind: 'own' }>): Destination {
  const { protocol, username, password, host, pathname, search } = new URL(route.target);
  const user = username === '' && password === '' ? '' : `${username}:${password}@`;
  const base = `${protocol}//${user}${host}${search}`;
  const wanted = route.below === true || below.startsWith('?') ? pathname.replace(/\/$/, '') + below : pathname;
  const address = join(base, wanted);
  const { authorization } = route.headers;
  return {
    name: host,
    base,
    ...address,
    path: withSlash(address.path, wanted),
    keys: address.basic === undefined || authorization !== undefined ? {} : { authorization: address.basic },
    headers: route.headers,
    timeoutMs: route.timeoutMs,
    forwards: route.forwards === true,
    ...(route.costPerRequest === undefined ? {} : { cost: route.costPerRequest }),
  };
}

/** Encoded slashes, and those of Windows, may lead out of a base, unless they are part of a name as AWS writes them. */
function checkSlashes(url: string): void {
  const [path = ''] = url.split('?', 1);
  const odd = path.split('/').filter((segment) => /%2f|%5c|\\/i.test(segment));
  if (odd.some((segment) => /%5c|\\/i.test(segment) || !/^arn(?::|%3a)/i.test(segment))) {
    throw new ProxyError('invalid-request', 'the path holds a slash that is none');
  }
}

const keyWords: ReadonlySet<string> = new Set(['key', 'api_key', 'api-key', 'apikey', 'access_token']);

/** The query's own keys are clients'. */
function withoutKeys(url: string): string {
  const cut = url.indexOf('?');
  if (cut < 0) return url;
  const kept = url
    .slice(cut + 1)
    .split('&')
    .filter((field) => !keyWords.has((field.split('=', 1)[0] ?? '').toLowerCase()));
  return url.slice(0, cut) + (kept.length === 0 ? '' : `?${kept.join('&')}`);
}

/** Joining takes a last slash away; some servers mean something by it. */
function withSlash(joined: string, asked: string): string {
  const [path = '', ...query] = joined.split('?');
  const ends = (asked.split('?', 1)[0] ?? '').endsWith('/');
  return ends && !path.endsWith('/') ? [`${path}/`, ...query].join('?') : joined;
}
