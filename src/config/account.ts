import { isMaker, type Provider, settingSecrets } from '../hub/index.ts';
import { type Base, resolveBase } from './base-url.ts';
import type { Environment } from './environment.ts';
import type { Flags } from './flags.ts';
import { parseHeaders, rowHeaders } from './headers.ts';
import { type Key, resolveKey } from './key.ts';
import { resolvePlaces } from './places.ts';

/** Where a provider's calls go and as whom. */
export interface Account extends Base, Key {
  provider: Provider;
  /** The row's constant ones and those of --headers. */
  headers: Record<string, string>;
  /** All keys, `key` first: several by comma take turns. */
  keys: readonly string[];
}

/** What flags and environment say about one provider. Throws ConfigError. */
export function resolveAccount(
  provider: Provider,
  flags: Pick<Flags, 'api_base' | 'api_key' | 'headers'>,
  env: Environment,
  places: Readonly<Record<string, string>> = resolvePlaces(provider, {}, env),
): Account {
  const base = resolveBase(provider, flags.api_base, env, places);
  const typed = parseHeaders(flags.headers ?? []);
  const { missing, ...found } = resolveKey(provider, flags.api_key, env);
  const keys = keysOf(found);
  const [first] = keys;
  const key = first === undefined ? found : { ...found, key: first };
  const otherwise = /^https?:\/\/[^/?#]*@/.test(base.base) || 'authorization' in typed || 'x-api-key' in typed;
  return {
    provider,
    ...base,
    ...key,
    keys,
    ...(missing === undefined || otherwise ? {} : { missing }),
    headers: { ...rowHeaders(provider.headers ?? {}, env), ...typed },
    secrets: [...base.secrets, ...Object.values(typed), ...settingSecrets(key.settings), ...keys],
  };
}

/** No key that travels has a comma in it. */
function keysOf({ auth, key }: Key): string[] {
  if (key === undefined) return [];
  const parts = key.split(',').map((one) => one.trim());
  return auth !== undefined && isMaker(auth) ? [key] : [...new Set(parts.filter((one) => one !== ''))];
}
