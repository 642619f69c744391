import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fillPlaces, type Place, type Provider } from '../hub/index.ts';
import { baseVariable, type Environment, firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import type { Flags } from './flags.ts';

/**
 * The parts of a provider's URLs that differ from user to user. `given`: the base URL as the user gave it; `said`: those
 * that are known already, which count. Throws ConfigError when a file that a variable names cannot be read.
 */
export function resolvePlaces(
  provider: Provider,
  flags: Pick<Flags, 'api_version'>,
  env: Environment,
  given = '',
  said: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, place] of Object.entries(provider.places ?? {})) {
    const value =
      said[name] ??
      queryWord(place, given) ??
      (place.flag === undefined ? undefined : flags[place.flag]) ??
      firstSet(env, place.env)?.value ??
      memberOf(place, env) ??
      byAnother(place, found) ??
      (place.default === undefined ? undefined : fillPlaces(place.default, found));
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function byAnother({ by }: Place, found: Readonly<Record<string, string>>): string | undefined {
  return by?.values[found[by.place] ?? ''];
}

function queryWord({ query }: Place, given: string): string | undefined {
  if (query === undefined || !URL.canParse(given)) return undefined;
  const value = new URL(given).searchParams.get(query);
  return value === null || value === '' ? undefined : value;
}

/** The first of the members that the JSON object has as a text; a file that lies at the usual place may be anything. */
function memberOf({ json }: Place, env: Environment): string | undefined {
  if (json === undefined) return undefined;
  const said = firstSet(env, json.env);
  const texts = said === undefined ? json.usual.map((path) => readUsual(path, env)) : [readSaid(said)];
  for (const text of texts) {
    const members = text === undefined ? {} : parse(text);
    const name = json.members.find((one) => typeof members[one] === 'string' && members[one] !== '');
    if (name !== undefined) return String(members[name]);
  }
  return undefined;
}

function readSaid({ name, value }: { name: string; value: string }): string {
  if (value.startsWith('{')) return value;
  try {
    return readFileSync(value, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    throw new ConfigError(`${name}: ${value} cannot be read (${String(code)})`, 1);
  }
}

/** `~` is the user's folder, `$NAME` a variable; undefined when it is not there. */
function readUsual(path: string, env: Environment): string | undefined {
  const [, name] = /^\$(\w+)/.exec(path) ?? [];
  const folder = name === undefined ? (firstSet(env, ['HOME', 'USERPROFILE'])?.value ?? homedir()) : env[name];
  if (folder === undefined || folder === '') return undefined;
  try {
    return readFileSync(
      path.replace(/^(?:~|\$\w+)/, () => folder),
      'utf8',
    );
  } catch {
    return undefined;
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** A row's base URL with its places filled in. Throws ConfigError naming what to set. */
export function fillBase(provider: Provider, places: Readonly<Record<string, string>>): string {
  const filled = fillPlaces(provider.base, places);
  if (filled !== undefined) return filled;
  const missing = Object.entries(provider.places ?? {}).filter(
    ([name]) => provider.base.includes(`{${name}}`) && places[name] === undefined,
  );
  const wishes = missing.map(([name, { env }]) => `its ${name}: set ${env[0]}`);
  throw new ConfigError(
    `${provider.title} lacks ${wishes.join(', and ')} (or ${baseVariable(provider.id)} to the whole base URL)`,
  );
}
