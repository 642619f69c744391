import { cacheOf } from './cache-settings.ts';
import { distinct, inOrder } from './deployments.ts';
import { type Described, readEntries, typedTimeout } from './entries.ts';
import { known } from './entry-params.ts';
import type { Environment } from './environment.ts';
import { ConfigError } from './error.ts';
import type { Flags } from './flags.ts';
import { namesIn, unknownNames } from './names.ts';
import { passThroughRoutes } from './pass-through.ts';
import { type ReadFiles, readFiles } from './read-files.ts';
import { assemble, type Meant, type Resolved, serveTyped, timeoutOf } from './resolve.ts';
import { routingOf } from './routing.ts';
import type { FileContent } from './schema.ts';
import { serverSettings } from './server-settings.ts';

/** A Config that came from files. */
export interface Loaded extends Resolved {
  /** Absolute paths of the files. */
  files: readonly string[];
  models: readonly Described[];
  /** Members that mean nothing here, each with its place. */
  ignored: readonly string[];
  /** `environment_variables`. */
  variables: Readonly<Record<string, string>>;
}

/** From files, flags and environment to a Config. Throws ConfigError with all complaints at once, each with its place. */
export function loadFile(name: string, flags: Flags, env: Environment): Loaded {
  const read = readFiles(name, env);
  const meant = meaningOf(read, flags);
  if (read.wrong.length > 0) throw new ConfigError(inOrderOfLines(read.wrong).join('\n'), 1);
  if (meant.deployments.length === 0 && meant.more?.passThrough === undefined)
    throw new ConfigError(`${placeOf(read, []).place}: model_list: it has no model`, 1);
  const { files: _, paths, ignored, variables } = read;
  const serves = namesIn(meant.deployments, meant.aliases);
  const warnings = [
    ...(meant.warnings ?? []),
    ...unknownNames({ ...meant.more, routing: meant.routing, aliases: meant.aliases }, serves),
    ...keyless(flags),
  ];
  const resolved = assemble({ ...meant, more: { ...meant.more, file: name }, warnings }, flags, read.env);
  return { ...resolved, files: paths, models: meant.described, ignored, variables };
}

/** What the files say; complaints go to `read`. */
function meaningOf(read: ReadFiles, flags: Flags): Meant & { described: Described[] } {
  const general = merged(read, 'general_settings');
  const litellm = merged(read, 'litellm_settings');
  const router = merged(read, 'router_settings');
  const usual = usualOf(read, litellm, router, flags);
  const entries = readEntries(read, usual, flags, read);
  const typed = flags.model?.trim();
  const own = typed === undefined ? undefined : serveTyped(typed, flags, read.env);
  const { aliases, hidden } = aliasesOf({ ...known(litellm), ...known(router) }.model_group_alias ?? {}, read);
  const cache = cacheOf(litellm, read.env);
  const passing = passThroughOf(general, usual.timeoutMs, read);
  return {
    deployments: inOrder(distinct([...entries.deployments, ...(own?.deployments ?? [])])),
    accounts: [...(own?.account === undefined ? [] : [own.account]), ...entries.accounts],
    anyModel: false,
    aliases: typed === undefined || flags.alias === undefined ? aliases : { ...aliases, [typed]: flags.alias },
    routing: routingOf(router, litellm),
    more: {
      ...serverSettings(general, litellm, flags),
      ...known({ cache: cache.cache, passThrough: passing.routes.length === 0 ? undefined : passing.routes }),
      ...(hidden.length === 0 ? {} : { hidden }),
      ...(Object.keys(entries.accessGroups).length === 0 ? {} : { accessGroups: entries.accessGroups }),
    },
    secrets: [...entries.secrets, ...cache.secrets, ...passing.secrets],
    warnings: [...read.warnings, ...cache.warnings, ...passing.warnings],
    described: entries.described,
  };
}

type Section = 'general_settings' | 'litellm_settings' | 'router_settings';

/** What a file says wins over what it includes. */
function merged<S extends Section>({ files }: ReadFiles, section: S): NonNullable<FileContent[S]> {
  return Object.assign({}, ...files.toReversed().map(({ content }) => known(content[section] ?? {})));
}

type Settings<S extends Section> = NonNullable<FileContent[S]>;

function usualOf(
  { env }: ReadFiles,
  litellm: Settings<'litellm_settings'>,
  router: Settings<'router_settings'>,
  flags: Flags,
) {
  const timeoutMs = router.timeout ?? litellm.request_timeout ?? litellm.timeout ?? timeoutOf(flags);
  return {
    timeoutMs: typedTimeout(flags, env) ?? timeoutMs,
    dropParams: litellm.drop_params ?? false,
    toolsInPrompt: litellm.add_function_to_prompt ?? false,
    ...known({ streamTimeoutMs: router.stream_timeout ?? litellm.stream_timeout }),
  };
}

/** `alias: group`, or `alias: {model: group, hidden: true}`. */
function aliasesOf(written: Readonly<Record<string, unknown>>, read: ReadFiles) {
  const aliases: Record<string, string> = {};
  const hidden: string[] = [];
  for (const [alias, value] of Object.entries(written)) {
    const map = typeof value === 'object' && value !== null ? value : undefined;
    const model = map !== undefined && 'model' in map ? map.model : value;
    if (typeof model !== 'string' || model.trim() === '') {
      const { place, name } = placeOf(read, ['model_group_alias', alias]);
      read.wrong.push(`${place}: ${name}: expected the name of a model`);
      continue;
    }
    aliases[alias] = model.trim();
    if (map !== undefined && 'hidden' in map && map.hidden === true) hidden.push(alias);
  }
  return { aliases, hidden };
}

/** Where a member of one of the sections stands, and its name. */
function placeOf(read: ReadFiles, path: readonly string[]): { place: string; name: string } {
  const [member = ''] = path;
  for (const { content, at } of read.files) {
    for (const section of ['router_settings', 'litellm_settings', 'general_settings'] as const) {
      const settings = content[section];
      if (settings !== undefined && Object.hasOwn(settings, member)) {
        return { place: at([section, ...path]), name: [section, ...path].join('.') };
      }
    }
  }
  return { place: read.files[0]?.at([]) ?? '', name: path.join('.') };
}

function passThroughOf(
  { pass_through_endpoints: written }: Settings<'general_settings'>,
  timeoutMs: number,
  read: ReadFiles,
) {
  try {
    return passThroughRoutes(written, read.env, timeoutMs);
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    const { place } = placeOf(read, ['pass_through_endpoints']);
    read.wrong.push(...thrown.message.split('\n').map((line) => `${place}: ${line}`));
    return { routes: [], secrets: [], warnings: [] };
  }
}

function keyless(flags: Flags): string[] {
  if (flags.api_key === undefined || flags.model !== undefined || flags.api_base !== undefined) return [];
  return ['--api_key is not used: with a configuration it belongs to --model or --api_base'];
}

/** As they stand in a file; files stay apart. */
function inOrderOfLines(lines: readonly string[]): string[] {
  const placed = lines.map((line) => {
    const [, file = '', row = '0', column = '0'] = /^(.*?):(\d+):(\d+): /.exec(line) ?? [];
    return { line, file, row: Number(row), column: Number(column) };
  });
  placed.sort((one, other) => (one.file === other.file ? one.row - other.row || one.column - other.column : 0));
  return placed.map(({ line }) => line);
}
