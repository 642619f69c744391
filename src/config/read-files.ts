import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Environment } from './environment.ts';
import { ConfigError } from './error.ts';
import type { FileContent } from './schema.ts';
import { type Reference, substitute } from './substitute.ts';
import { isTreeMap, type Tree, type TreeMap } from './tree.ts';
import { type Findings, pathText, validate } from './validate.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

/** One file of a configuration, read and found good. */
export interface ReadFile {
  content: FileContent;
  spoilt: ReadonlySet<number>;
  at: YamlFile['at'];
  /** Variables in the places of values, by `pathText`. */
  references: ReadonlyMap<string, string>;
}

export interface ReadFiles extends Findings {
  /** The file itself, then what it includes. */
  files: ReadFile[];
  /** Absolute paths, for who watches them. */
  paths: string[];
  /** The environment with `environment_variables`, which count. */
  env: Environment;
  /** Those alone. */
  variables: Readonly<Record<string, string>>;
}

const mostFiles = 100;

/** Reads a file and what it includes. Complaints are gathered; throws ConfigError where they leave nothing to look at. */
export function readFiles(name: string, env: Environment): ReadFiles {
  const found: ReadFiles = { files: [], paths: [], env, variables: {}, wrong: [], ignored: [], warnings: [] };
  const read: YamlFile[] = [];
  gather(name, resolve(name), [], read, found);
  found.variables = Object.assign({}, ...read.toReversed().map((file) => variablesOf(file, env, found)));
  found.env = { ...env, ...found.variables };
  for (const file of read) {
    for (const { place, key } of file.twice)
      found.warnings.push(`${place}: '${key}' is there twice: the last one counts`);
    const references = new Map<string, string>();
    const tell = ({ path, name: variable, missing }: Reference): void => {
      references.set(pathText(path), variable);
      if (!missing) return;
      const text = pathText(path);
      const open = text === 'general_settings.master_key' ? ', so callers need no key' : '';
      found.warnings.push(`${file.at(path)}: ${text}: the variable ${variable} is not set${open}`);
    };
    const { include: _, environment_variables: __, ...rest } = file.content;
    const valid = validate(substitute(rest, found.env, tell), file, found);
    if (valid === undefined) throw new ConfigError(found.wrong.join('\n'), 1);
    found.files.push({ ...valid, at: file.at, references });
  }
  return found;
}

function gather(name: string, path: string, above: readonly string[], read: YamlFile[], found: ReadFiles): void {
  const file = readYaml(path, name);
  read.push(file);
  found.paths.push(path);
  if (read.length > mostFiles) throw new ConfigError(`${name}: more than ${mostFiles} files are included`, 1);
  for (const [index, one] of listOf(file.content['include']).entries()) {
    const place = file.at(['include', index]);
    if (typeof one !== 'string' || one.trim() === '') {
      found.wrong.push(`${place}: include: expected a list of files`);
      continue;
    }
    const next = resolve(dirname(path), one);
    if ([...above, path].includes(next)) throw new ConfigError(`${place}: include: the file includes itself`, 1);
    if (found.paths.includes(next)) continue;
    const shown = isAbsolute(one) ? one : join(dirname(name), one);
    try {
      gather(shown, next, [...above, path], read, found);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError) || !thrown.message.startsWith(`${shown}: `)) throw thrown;
      throw new ConfigError(`${place}: include: ${thrown.message}`, 1);
    }
  }
}

function listOf(value: Tree | undefined): Tree[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** LITELLM.md 9: they are set before anything else is read; they may come from variables themselves. */
function variablesOf(file: YamlFile, env: Environment, found: Findings): Record<string, string> {
  const written = file.content['environment_variables'];
  if (written === undefined || written === null) return {};
  const place = (path: readonly string[]): string => `${file.at(['environment_variables', ...path])}`;
  if (!isTreeMap(written)) {
    found.wrong.push(`${place([])}: environment_variables: expected a map`);
    return {};
  }
  const told = ({ path, name, missing }: Reference): void => {
    if (missing) found.warnings.push(`${place(path.map(String))}: the variable ${name} is not set`);
  };
  const known: TreeMap = substitute(written, env, told);
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]): [string, string][] => {
      if (['string', 'number', 'boolean'].includes(typeof value)) return [[name, String(value)]];
      found.wrong.push(`${place([name])}: environment_variables.${name}: expected a text`);
      return [];
    }),
  );
}
