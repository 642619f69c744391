import {
  type Deployment,
  fillPlaces,
  type Mount,
  type Native,
  type Provider,
  ProxyError,
  settingSecrets,
  specialise,
} from '../hub/index.ts';
import { providers } from '../providers/index.ts';
import { type Account, resolveAccount } from './account.ts';
import { baseVariables, givenBase, resolveBase } from './base-url.ts';
import { type Environment, firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import { settingsOf } from './key.ts';
import { fillBase, resolvePlaces } from './places.ts';

export interface Mounts {
  mounts: Mount[];
  secrets: string[];
  warnings: string[];
}

/** Names of places that clients made up: the memory of them has an end. */
const mostOpened = 200;

/**
 * Native pass-through for every provider that has a host, under its id. The mount of a served model's provider goes where
 * the model goes: its base URL, key and headers hold for both. What a mount needs is read when it is first asked for, but
 * for its secrets; one whose base URL cannot be meant is left out with a warning.
 */
export function resolveMounts(
  served: Account | readonly Account[] | undefined,
  timeoutMs: number,
  variables: Environment,
): Mounts {
  // The process's own are slow to ask, and may change until a mount is called.
  const env = { ...variables };
  const found: Mounts = { mounts: [], secrets: [], warnings: [] };
  const accounts = served === undefined ? [] : [served].flat();
  for (const provider of Object.values(providers)) {
    if (provider.base === 'mock:') continue;
    const account = accounts.find((one) => one.provider.id === provider.id);
    try {
      if (account === undefined) found.secrets.push(...secretsOf(provider, env));
      found.mounts.push(mountOf(provider, account, timeoutMs, env));
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      found.warnings.push(`no pass-through at /${provider.id}: ${thrown.message}`);
    }
  }
  return found;
}

/** What must not be shown of a provider that nobody has called yet. Throws ConfigError for a base URL that is none. */
function secretsOf(provider: Provider, env: Environment): string[] {
  const typed = firstSet(env, baseVariables(provider)) !== undefined;
  return [
    ...(typed ? resolveBase(provider, undefined, env).secrets : []),
    ...provider.auth.flatMap((auth) => [
      ...auth.env.flatMap((name) => firstSet(env, [name])?.value ?? []),
      ...settingSecrets(settingsOf(auth, env)),
    ]),
  ];
}

function mountOf(provider: Provider, account: Account | undefined, timeoutMs: number, env: Environment): Mount {
  const native: Native = provider.native ?? {};
  const opened = new Map<string, Deployment>();
  const answering = (way: Way): Deployment => {
    const key = JSON.stringify(way);
    let to = opened.get(key);
    if (to === undefined) {
      to = open(provider, account, way, timeoutMs, env);
      if (opened.size >= mostOpened) opened.clear();
      opened.set(key, to);
    }
    return to;
  };
  return {
    paths: [provider.id, ...(native.also ?? [])].map((name) => `/${name}`),
    provider: provider.id,
    ...(native.names === undefined ? {} : { names: native.names }),
    open(asked) {
      const cut = asked.indexOf('?');
      const plain = cut < 0 ? asked : asked.slice(0, cut);
      const path = native.short?.[plain] ?? plain;
      const found = native.whole?.exec(path);
      const way: Way = { said: { ...found?.groups }, whole: found != null, beside: isBeside(native, path) };
      const to = meant(() => answering(way), provider);
      const below = way.whole ? path : path.replace(native.skips ?? '', '');
      return { to, path: below + queryFor(native, path, cut < 0 ? '' : asked.slice(cut), to) };
    },
  };
}

/** Which of a mount's bases a path goes below. */
interface Way {
  /** Places that the path names. */
  said: Readonly<Record<string, string>>;
  whole: boolean;
  beside: boolean;
}

function isBeside({ beside }: Native, path: string): boolean {
  return beside?.paths.test(path) === true;
}

function queryFor({ query }: Native, path: string, typed: string, { places, base }: Deployment): string {
  if (query === undefined || query.not?.test(path) === true) return typed;
  const said = new URLSearchParams(typed).has(query.name) || new URL(base).searchParams.has(query.name);
  const value = fillPlaces(query.value, places);
  if (said || value === undefined) return typed;
  return `${typed === '' || typed === '?' ? '?' : `${typed}&`}${query.name}=${encodeURIComponent(value)}`;
}

function open(
  provider: Provider,
  served: Account | undefined,
  { said, whole, beside }: Way,
  timeoutMs: number,
  env: Environment,
): Deployment {
  const other = beside ? provider.native?.beside : undefined;
  const asked = other === undefined ? provider : { ...provider, base: other.base, env: { base: other.env } };
  const given = givenBase(asked, undefined, env);
  const places = resolvePlaces(asked, {}, env, given, said);
  const { row } = specialise(asked, '', given, places);
  const named = other !== undefined && firstSet(env, other.env) !== undefined;
  const moved = served !== undefined && (other !== undefined || Object.keys(said).length > 0);
  const account =
    served === undefined || named || (moved && isUsual(served, provider, env))
      ? { ...resolveAccount(row, {}, env, places), ...(served === undefined ? {} : keyOf(served)) }
      : served;
  return {
    id: `native/${provider.id}`,
    group: provider.id,
    provider,
    row,
    model: '',
    places,
    settings: account.settings,
    ...(account.auth === undefined ? {} : { auth: account.auth }),
    ...(account.key === undefined ? {} : { key: account.key }),
    base: whole ? withoutEnd(account.base, provider.native?.cut) : account.base,
    origin: account.origin,
    headers: account.headers,
    defaults: {},
    forced: {},
    dropParams: false,
    alsoDrop: [],
    allowed: [],
    toolsInPrompt: false,
    timeoutMs,
  };
}

/** Whether an account's base URL is the row's own, filled with the environment's places. */
function isUsual({ base }: Account, provider: Provider, env: Environment): boolean {
  try {
    return fillBase(provider, resolvePlaces(provider, {}, env)) === base;
  } catch {
    return false;
  }
}

function keyOf({ auth, key, settings, headers }: Account) {
  return { ...(auth && { auth }), ...(key === undefined ? {} : { key }), settings, headers };
}

/** The query stays. */
function withoutEnd(base: string, end: RegExp | undefined): string {
  const [plain = base, ...query] = base.split('?');
  return [end === undefined ? plain : plain.replace(end, ''), ...query].join('?');
}

function meant<T>(read: () => T, { id }: Provider): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    throw new ProxyError('authentication', thrown.message, { provider: id });
  }
}
