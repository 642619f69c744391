import { keyVariable, rowForModel } from '../config/index.ts';
import type { Takes } from '../dialects/index.ts';
import type { Provider } from '../hub/index.ts';
import { providers } from '../providers/index.ts';
import type { CliFlags } from './flags.ts';
import type { Terminal } from './terminal.ts';

/**
 * `modelport providers`: one line each on stdout: id, base URL, key variable; with --params what each one takes, with
 * `--params <name>` what that provider or model takes. Throws ConfigError for a name that nobody knows.
 */
export async function listProviders(flags: CliFlags, terminal: Terminal): Promise<number> {
  const taken = flags.params === undefined ? undefined : (await import('../dialects/index.ts')).takenParams;
  const listed = typeof flags.params === 'string' ? [named(flags.params)] : Object.values(providers);
  const rows = listed.map((row) => ({ ...describe(row), ...(taken && { params: taken(row) }) }));
  if (flags.json) terminal.print(JSON.stringify(rows, null, 2));
  else terminal.print(table(rows));
  return 0;
}

/** The row of a provider, or of a provider for one model. */
function named(name: string): Provider {
  const known = Object.hasOwn(providers, name) ? providers[name] : undefined;
  return known ?? rowForModel(name);
}

interface Described {
  id: string;
  title: string;
  dialect: string;
  base_url: string;
  /** The variable to set; null where none is needed. */
  key: string | null;
  key_optional: boolean;
  params?: Takes;
}

function describe(row: Provider): Described {
  return {
    id: row.id,
    title: row.title,
    dialect: row.dialect,
    base_url: row.base,
    key: keyVariable(row) ?? null,
    key_optional: row.auth.length === 0 || row.auth.some(({ optional }) => optional === true),
  };
}

function table(rows: readonly Described[]): string {
  const width = (of: (row: Described) => string) => Math.max(...rows.map((row) => of(row).length));
  const [ids, bases] = [width((row) => row.id), width((row) => row.base_url)];
  const line = (row: Described) => {
    const key = row.key === null ? 'no key' : `${row.key}${row.key_optional ? ' (optional)' : ''}`;
    return `${row.id.padEnd(ids)}  ${(row.base_url || '-').padEnd(bases)}  ${key}`;
  };
  return rows.flatMap((row) => [line(row), ...(row.params === undefined ? [] : paramLines(row.params))]).join('\n');
}

function paramLines(params: Takes): string[] {
  const only = Object.entries(params.only).map(
    ([word, values]) => `${word} (only ${values.join(', ') || 'its default'})`,
  );
  const renames = Object.entries(params.renames).map(([from, to]) => `${from} -> ${to}`);
  const lists: [string, string[]][] = [
    ['takes', params.takes],
    ['refuses', params.refuses],
    ['partly', only],
    ['renames', renames],
    ['note', params.some_models_differ ? ['some models differ'] : []],
  ];
  return lists.flatMap(([name, words]) => (words.length === 0 ? [] : [`  ${name.padEnd(8)} ${words.join(', ')}`]));
}
