import type { Deployment } from '../hub/index.ts';
import { modes } from '../providers/index.ts';
import type { Account } from './account.ts';
import { serve, type Wanted } from './deployments.ts';
import { environmentFor, secretsOf } from './entry-account.ts';
import { known, priceOf, readDefaults, shareOf, type Told } from './entry-params.ts';
import type { Environment } from './environment.ts';
import { firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import type { Flags } from './flags.ts';
import { keySource, type Source } from './key-source.ts';
import type { ReadFile, ReadFiles } from './read-files.ts';
import { forcedBy } from './resolve.ts';
import type { Credential, ModelEntry, ModelInfo, ModelParams } from './schema-model.ts';
import { isJson, isJsonMap } from './tree.ts';
import { trustOf } from './trust.ts';
import type { Findings } from './validate.ts';

/** What a configuration serves, for who looks at it before it runs. */
export interface Described {
  name: string;
  id: string;
  provider: string;
  model: string;
  /** Where it goes: scheme, host and port. */
  origin: string;
  /** Where its key comes from: a variable, `in the file`, or what is missing; never the key. */
  key: string;
}

export interface Entries {
  deployments: Deployment[];
  accounts: Account[];
  described: Described[];
  secrets: string[];
  accessGroups: Record<string, string[]>;
}

/** What holds for all entries unless they say otherwise. */
export interface Usual {
  timeoutMs: number;
  streamTimeoutMs?: number;
  dropParams: boolean;
  toolsInPrompt: boolean;
}

/** The deployments of every model_list. Complaints go to `found`. */
export function readEntries(read: ReadFiles, usual: Usual, flags: Flags, found: Findings): Entries {
  const credentials = new Map<string, Credential>();
  for (const { content } of read.files.toReversed())
    for (const one of content.credential_list ?? []) credentials.set(one.credential_name, one);
  const made: Entries = { deployments: [], accounts: [], described: [], secrets: [], accessGroups: {} };
  for (const file of read.files) {
    for (const [index, entry] of (file.content.model_list ?? []).entries()) {
      if (file.spoilt.has(index)) continue;
      const reading: Reading = { entry, index, file, read, env: read.env, usual, flags, found, credentials };
      try {
        readEntry(reading, made);
      } catch (thrown) {
        if (!(thrown instanceof ConfigError)) throw thrown;
        complain(reading, inWordsOfFiles(thrown.message));
      }
    }
  }
  return made;
}

interface Reading {
  entry: ModelEntry;
  index: number;
  file: ReadFile;
  read: ReadFiles;
  env: Environment;
  usual: Usual;
  flags: Flags;
  found: Findings;
  credentials: ReadonlyMap<string, Credential>;
}

function readEntry(reading: Reading, made: Entries): void {
  const { entry } = reading;
  const params = withCredentials(reading);
  const info = entry.model_info ?? {};
  made.secrets.push(...secretsOf(params));
  const wanted = wantedOf(reading, params, info);
  const served = serve(wanted);
  made.deployments.push(...served.deployments);
  if (served.account !== undefined) made.accounts.push(needed(served.account, params));
  const key = keySource(sourcesOf(reading), params, served.account, reading.env);
  for (const { id, provider, model, origin } of served.deployments)
    made.described.push({ name: entry.model_name, id, provider: provider.id, model, origin, key });
  for (const group of info.access_groups ?? []) {
    const names = made.accessGroups[group] ?? [];
    if (!names.includes(entry.model_name)) made.accessGroups[group] = [...names, entry.model_name];
  }
}

/** Where the members of an entry's account may stand: in it, and in the credentials that it names. */
function sourcesOf({ entry, index, file, read }: Reading): Source[] {
  const name = entry.litellm_params.litellm_credential_name;
  const shared = read.files.flatMap(({ content, references }) =>
    (content.credential_list ?? []).flatMap((one, at): Source[] =>
      one.credential_name === name ? [{ references, path: `credential_list[${at}].credential_values` }] : [],
    ),
  );
  return [{ references: file.references, path: where(index) }, ...shared];
}

/** What answers itself needs no key. */
function needed({ missing, ...account }: Account, { mock_response: mock }: ModelParams): Account {
  return missing === undefined || mock !== undefined ? account : { ...account, missing };
}

function withCredentials({ entry, file, index, found, credentials }: Reading): ModelParams {
  const { litellm_params: own } = entry;
  const name = own.litellm_credential_name;
  if (name === undefined) return own;
  const shared = credentials.get(name);
  if (shared !== undefined) return { ...shared.credential_values, ...known(own) };
  const path = ['model_list', index, 'litellm_params', 'litellm_credential_name'];
  found.wrong.push(`${file.at(path)}: ${where(index)}.litellm_credential_name: credential_list has none of this name`);
  return own;
}

function wantedOf(reading: Reading, params: ModelParams, info: ModelInfo): Wanted {
  const { entry, env, flags, usual } = reading;
  if (params.model === undefined) throw new ConfigError('model: it is missing, such as openai/gpt-4o-mini');
  const { defaults, adds } = readDefaults(params, told(reading));
  const typedMs = typedTimeout(flags, env);
  const streamMs = params.stream_timeout ?? (params.timeout === undefined ? usual.streamTimeoutMs : undefined);
  const mayBring = JSON.stringify(params.configurable_clientside_auth_params ?? '').includes('"api_key"');
  return {
    group: entry.model_name,
    model: fullName(params),
    account: accountOf(params, flags),
    env: environmentFor(params, env),
    ...(info.id === undefined ? {} : { id: info.id }),
    manner: {
      defaults,
      forced: forcedBy(flags),
      dropParams: flags.drop_params ?? params.drop_params ?? usual.dropParams,
      alsoDrop: params.additional_drop_params ?? [],
      allowed: params.allowed_openai_params ?? [],
      toolsInPrompt: flags.add_function_to_prompt ?? params.add_function_to_prompt ?? usual.toolsInPrompt,
      timeoutMs: typedMs ?? params.timeout ?? usual.timeoutMs,
      ...(mayBring ? { clientKey: true as const } : {}),
      ...(Object.keys(info).length > 0 && isJson(info) && isJsonMap(info) ? { info } : {}),
      ...(Object.keys(adds).length === 0 ? {} : { adds }),
      ...known({
        streamTimeoutMs: typedMs === undefined ? streamMs : undefined,
        trust: trustOf(params.ssl_verify, env),
        mock: params.mock_response,
        price: priceOf(params, info),
        share: shareOf(params, info),
        makes: info.mode !== undefined && Object.hasOwn(modes, info.mode) ? modes[info.mode] : undefined,
      }),
      ...(info.mode === 'embedding' ? { embeds: true as const } : {}),
    },
  };
}

/** REQUEST_TIMEOUT is what holds where nobody says otherwise; only the flag wins over a file. */
export function typedTimeout(flags: Flags, env: Environment): number | undefined {
  const usual = firstSet(env, ['REQUEST_TIMEOUT'])?.value;
  const { request_timeout: typed } = flags;
  return typed === undefined || typed === Number(usual) ? undefined : Math.round(typed * 1000);
}

function fullName({ model = '', custom_llm_provider: provider }: ModelParams): string {
  return provider === undefined || model.startsWith(`${provider}/`) ? model : `${provider}/${model}`;
}

/** Of the command line --api_base and what belongs to it hold for all, unless they are meant for its own --model. */
function accountOf(params: ModelParams, flags: Flags): Wanted['account'] {
  const { organization, headers, extra_headers: extra } = params;
  const own = { ...(organization === undefined ? {} : { 'openai-organization': organization }), ...headers, ...extra };
  const typed: Pick<Flags, 'api_base' | 'api_key'> = flags.model === undefined ? flags : {};
  return known({
    api_base: typed.api_base ?? params.api_base ?? params.base_url,
    api_key: (typed.api_base === undefined ? undefined : typed.api_key) ?? params.api_key?.join(','),
    api_version: params.api_version ?? flags.api_version,
    headers: [...(Object.keys(own).length === 0 ? [] : [JSON.stringify(own)]), ...(flags.headers ?? [])],
  });
}

function told({ index, file, found }: Reading): Told {
  const path = (word: string) => ['model_list', index, 'litellm_params', word];
  return {
    ignored: (word, hint) =>
      found.ignored.push(`${where(index)}.${word} (${file.at(path(word))}${hint === undefined ? '' : `: ${hint}`})`),
    wrong: (word, problem) => found.wrong.push(`${file.at(path(word))}: ${where(index)}.${word}: ${problem}`),
  };
}

function where(index: number): string {
  return `model_list[${index}].litellm_params`;
}

/** Points at the member that a message speaks of. */
function complain({ index, file, found }: Reading, message: string): void {
  const [begin = '', member] = /^(model|api_base|api_key|headers)\b[: ]*/.exec(message) ?? [];
  const path = ['model_list', index, 'litellm_params', member ?? 'model'];
  const name = member === undefined ? where(index) : `${where(index)}.${member}`;
  found.wrong.push(`${file.at(path)}: ${name}: ${message.slice(begin.length)}`);
}

/** Messages speak of flags, and quote what was typed; a file's values stay in it. */
function inWordsOfFiles(message: string): string {
  return message.replace(/--(?=(?:api_base|api_key|model|headers)\b)/g, '').replace(/, not '[\s\S]*$/, '');
}
