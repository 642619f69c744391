import { fillPlaces, type Provider } from '../hub/index.ts';
import { type Environment, firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import type { Flags } from './flags.ts';

/** The parts of a provider's URLs that differ from user to user: the flag, the variables, the default. */
export function resolvePlaces(
  provider: Provider,
  flags: Pick<Flags, 'api_version'>,
  env: Environment,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, { env: names, default: usual, flag }] of Object.entries(provider.places ?? {})) {
    const value = (flag === undefined ? undefined : flags[flag]) ?? firstSet(env, names)?.value ?? usual;
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** A row's base URL with its places filled in. Throws ConfigError naming what to set. */
export function fillBase(provider: Provider, places: Readonly<Record<string, string>>): string {
  const filled = fillPlaces(provider.base, places);
  if (filled !== undefined) return filled;
  const missing = Object.entries(provider.places ?? {}).filter(
    ([name]) => provider.base.includes(`{${name}}`) && places[name] === undefined,
  );
  const wishes = missing.map(([name, { env }]) => `${name}: set ${env[0]}`);
  throw new ConfigError(`${provider.title} needs a ${wishes.join(', and a ')}`);
}
