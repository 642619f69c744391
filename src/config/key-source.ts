import type { Account } from './account.ts';
import { identityOf } from './entry-account.ts';
import { type Environment, firstSet } from './environment.ts';
import type { ModelParams } from './schema-model.ts';

/** A map of a file, and the variables in the places of its values. */
export interface Source {
  references: ReadonlyMap<string, string>;
  path: string;
}

/** Where an entry's key comes from, for people: names of variables, or that it stands in the file; never the key. */
export function keySource(
  sources: readonly Source[],
  params: ModelParams,
  account: Account | undefined,
  env: Environment,
): string {
  const word = identityOf(params);
  if (word !== undefined) {
    const names = sources.flatMap(({ references, path }) => namesAt(references, `${path}.${word}`));
    return names.length === 0 ? 'in the file' : names.join(', ');
  }
  if (account === undefined) return 'that of the provider of each name';
  if (account.variable !== undefined) return account.variable;
  if (account.missing !== undefined) return 'missing';
  const settings = account.auth?.settings;
  if (settings === undefined) return 'none is needed';
  const set = Object.values(settings).flatMap((names) => firstSet(env, names)?.name ?? []);
  return set.length === 0 ? "the provider's own sign-in on this machine" : set.join(', ');
}

/** A list's members have places of their own. */
function namesAt(references: ReadonlyMap<string, string>, path: string): string[] {
  return [...references].flatMap(([at, name]) => (at === path || at.startsWith(`${path}[`) ? [name] : []));
}
