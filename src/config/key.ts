import type { Auth, Provider } from '../hub/index.ts';
import { type Environment, firstSet } from './environment.ts';
import { ConfigError } from './error.ts';

export interface Key {
  auth?: Auth;
  key?: string;
  /** The line to print when a key is needed and none is there. */
  missing?: string;
}

/** The provider's key and how it travels: --api_key, then the first of the row's ways whose variable is set. */
export function resolveKey(provider: Provider, typed: string | undefined, env: Environment): Key {
  if (typed !== undefined) return typedKey(provider, typed);
  for (const auth of provider.auth) {
    const found = auth.env.map((name) => firstSet(env, [name])).find((one) => one && fits(auth, one.value));
    if (found) return { auth, key: checkHeaderValue(found.value, found.name) };
  }
  const free = provider.auth.length === 0 || provider.auth.some(({ optional }) => optional === true);
  return free ? {} : { missing: `no key for ${provider.title}: set ${keyVariable(provider)}` };
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
  return auth === undefined ? { key } : { auth, key };
}

function fits(auth: Auth, key: string): boolean {
  return auth.keyPrefix === undefined || key.startsWith(auth.keyPrefix);
}
