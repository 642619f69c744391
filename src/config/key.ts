import { type Auth, isMaker, type Provider } from '../hub/index.ts';
import { type Environment, firstSet } from './environment.ts';
import { ConfigError } from './error.ts';

export interface Key {
  auth?: Auth;
  key?: string;
  /** The variable that holds it. */
  variable?: string;
  /** What the maker of tokens needs; empty for keys. */
  settings: Readonly<Record<string, string>>;
  /** The line to print when a key is needed and none is there. */
  missing?: string;
}

/** The provider's key and how it travels: --api_key, then the first of the row's ways whose variable is set. */
export function resolveKey(provider: Provider, typed: string | undefined, env: Environment): Key {
  if (typed !== undefined) return typedKey(provider, typed);
  for (const auth of provider.auth) {
    const found = auth.env.map((name) => firstSet(env, [name])).find((one) => one && fits(auth, one.value));
    const settings = settingsOf(auth, env);
    if (found) return { auth, key: checkHeaderValue(found.value, found.name), variable: found.name, settings };
    if (isMaker(auth) && (auth.optional === true || Object.keys(settings).length > 0)) return { auth, settings };
  }
  const free = provider.auth.length === 0 || provider.auth.some(({ optional }) => optional === true);
  return free
    ? { settings: {} }
    : { settings: {}, missing: `no key for ${provider.title}: set ${keyVariable(provider)}` };
}

/** What the environment says of a maker's settings. */
export function settingsOf(auth: Auth, env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(auth.settings ?? {}).flatMap(([name, names]) => {
      const value = firstSet(env, names)?.value;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The variable that a user is told to set. */
export function keyVariable(provider: Provider): string | undefined {
  return (provider.auth.find(({ keyPrefix }) => keyPrefix === undefined) ?? provider.auth[0])?.env[0];
}

/** A value that may travel as a header, trimmed; CR, LF, NUL and what no header can carry are refused (RELIABILITY.md K6). */
export function checkHeaderValue(value: string, source: string): string {
  const trimmed = value.trim();
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(trimmed)) return trimmed;
  throw new ConfigError(`${source} holds a character that a header cannot carry (a line break, NUL or beyond Latin-1)`);
}

function typedKey(provider: Provider, typed: string): Key {
  const key = checkHeaderValue(typed, '--api_key');
  const auth = provider.auth.find((one) => fits(one, key));
  return auth === undefined ? { key, settings: {} } : { auth, key, settings: {} };
}

/** A maker without variables for a key has no use for one. */
function fits(auth: Auth, key: string): boolean {
  if (isMaker(auth) && auth.env.length === 0) return false;
  return auth.keyPrefix === undefined || key.startsWith(auth.keyPrefix);
}
