import { ConfigError, type Environment, type Loaded, loadConfig, watchFiles } from '../config/index.ts';
import type { Config } from '../hub/index.ts';
import type { CliFlags } from './flags.ts';
import type { Terminal } from './terminal.ts';

/** A configuration that follows its files while it is served. */
export interface Reloading {
  /** Reads the files again, whether or not they have changed. */
  again(): void;
  close(): void;
}

/**
 * Takes a change of the files as soon as it is saved; a file that cannot be used is complained about, and what was served
 * goes on being served.
 */
export function keepReloading(
  first: Loaded,
  flags: CliFlags,
  env: Environment,
  terminal: Terminal,
  take: (config: Config) => void,
): Reloading {
  let current = first;
  let work = Promise.resolve();
  let watched = watchFiles(current.files, () => again());
  const read = async (): Promise<void> => {
    let next: Loaded;
    try {
      next = await loadConfig(flags, env);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      terminal.say('error', `${thrown.message}\nthe configuration was not taken: what was served before goes on`);
      return;
    }
    take(next.config);
    if (next.files.join('\0') !== current.files.join('\0')) {
      watched.close();
      watched = watchFiles(next.files, () => again());
    }
    const known = new Set([...current.warnings, ...current.ignored]);
    const ignored = next.ignored.filter((one) => !known.has(one));
    for (const warning of next.warnings.filter((one) => !known.has(one))) terminal.say('warn', warning);
    if (ignored.length > 0) terminal.say('warn', ignoredLine(ignored));
    terminal.say('info', `configuration taken: ${changes(current.config, next.config)}`);
    if (needsRestart(current.config, next.config))
      terminal.say('warn', 'address, port, TLS and root path change with the next start only');
    current = next;
  };
  const again = (): void => {
    work = work.then(read).catch((thrown: unknown) => {
      const why = thrown instanceof Error ? thrown.message : 'unknown';
      terminal.say('error', `the configuration could not be read again: ${why}`);
    });
  };
  return { again, close: () => watched.close() };
}

/** Members that mean nothing here, said once. */
export function ignoredLine(ignored: readonly string[]): string {
  return `ignored, since it means nothing here: ${ignored.join(', ')}`;
}

/** In one line what a reload has changed. */
function changes(before: Config, after: Config): string {
  const [old, now] = [idsByName(before), idsByName(after)];
  const added = [...now.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !now.has(name));
  const changed = [...now].flatMap(([name, ids]) => (old.has(name) && old.get(name) !== ids ? [name] : []));
  const parts = [
    ...listed('added', added),
    ...listed('changed', changed),
    ...listed('removed', removed),
    ...(settingsOf(before) === settingsOf(after) ? [] : ['settings changed']),
  ];
  return parts.length === 0 ? 'nothing that matters has changed' : parts.join('; ');
}

const mostNames = 5;

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  return [`${what} ${names.slice(0, mostNames).join(', ')}${more}`];
}

function idsByName({ deployments }: Config): Map<string, string> {
  const names = new Map<string, string>();
  for (const { group, id } of deployments) names.set(group, `${names.get(group) ?? ''} ${id}`);
  return names;
}

/** What is not a deployment; mounts follow from the environment. */
function settingsOf({ deployments: _, mounts: __, secrets: ___, ...rest }: Config): string {
  return JSON.stringify(rest);
}

function needsRestart(before: Config, after: Config): boolean {
  const sockets = ({ host, port, tls, rootPath, keepAliveMs }: Config): string =>
    JSON.stringify([host, port, tls, rootPath, keepAliveMs]);
  return sockets(before) !== sockets(after);
}
