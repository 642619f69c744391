import { type Config, type Params, plainRouting } from '../hub/index.ts';
import type { Account } from './account.ts';
import { type Served, serve } from './deployments.ts';
import type { Environment } from './environment.ts';
import { firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import { dockerNote, exposureWarnings } from './exposure.ts';
import type { Flags } from './flags.ts';
import { resolveMounts } from './mounts.ts';
import { resolveProxy } from './outgoing-proxy.ts';
import { collectSecrets } from './secrets.ts';
import { readTls } from './tls.ts';
import { resolveTrust } from './trust.ts';

const MB = 1024 * 1024;

/** What was meant, and what to tell about it: `warnings` always, `notes` where there is room. */
export interface Resolved {
  config: Config;
  notes: string[];
  warnings: string[];
}

/** What a --model run, or a file, says of a Config; the rest follows from flags and environment. */
export interface Meant extends Pick<Config, 'deployments' | 'anyModel' | 'aliases' | 'routing'> {
  accounts: readonly Account[];
  more?: Partial<Config>;
  secrets?: readonly string[];
  warnings?: readonly string[];
}

/** From flags and environment to a Config: a --model run is a list with one entry that takes any name. Throws ConfigError. */
export function resolveConfig(flags: Flags, env: Environment): Resolved {
  const typed = flags.model?.trim();
  const served = typed === undefined ? undefined : serveTyped(typed, flags, env);
  const { deployments = [], account } = served ?? {};
  const meant: Meant = {
    deployments,
    accounts: account === undefined ? [] : [account],
    anyModel: served !== undefined,
    aliases: typed === undefined || flags.alias === undefined ? {} : { [typed]: flags.alias },
    routing: plainRouting,
  };
  return assemble(meant, flags, env);
}

/** The model of --model. Throws ConfigError. */
export function serveTyped(typed: string, flags: Flags, env: Environment): Served {
  const manner = {
    defaults: {},
    forced: forcedBy(flags),
    dropParams: flags.drop_params ?? false,
    alsoDrop: [],
    allowed: [],
    toolsInPrompt: flags.add_function_to_prompt ?? false,
    timeoutMs: timeoutOf(flags),
  };
  return serve({ group: flags.alias ?? typed, model: typed, account: flags, env, manner });
}

/** Throws ConfigError. */
export function assemble(meant: Meant, flags: Flags, env: Environment): Resolved {
  const { deployments, accounts, anyModel, aliases, routing, more = {} } = meant;
  const mounted = anyModel ? accounts : accounts.filter(isAtHome);
  const { mounts, secrets, warnings } = resolveMounts(mounted, timeoutOf(flags), env);
  const masterKey = more.masterKey ?? firstSet(env, ['LITELLM_MASTER_KEY'])?.value;
  const outgoing = resolveProxy(env);
  const believed = resolveTrust(env);
  const known = [
    ...secrets,
    ...outgoing.secrets,
    ...accounts.flatMap((account) => account.secrets),
    ...(meant.secrets ?? []),
    ...(masterKey === undefined ? [] : [masterKey]),
  ];
  const docker = dockerNote(flags.host);
  return {
    config: {
      deployments,
      anyModel,
      aliases,
      routing,
      ...listening(flags, env),
      ...limits(flags),
      ...more,
      ...(masterKey === undefined ? {} : { masterKey }),
      secrets: collectSecrets(known, env),
      mounts,
      ...(outgoing.proxy === undefined ? {} : { proxy: outgoing.proxy }),
      ...(believed.trust === undefined ? {} : { trust: believed.trust }),
    },
    notes: docker === undefined ? [] : [docker],
    warnings: [
      ...(meant.warnings ?? []),
      ...new Set(accounts.flatMap(({ missing }) => missing ?? [])),
      ...warnings,
      ...outgoing.warnings,
      ...believed.warnings,
      ...exposureWarnings(flags.host, masterKey, env),
    ],
  };
}

/** Of many models those at a host of the user's own are no reason to lead the provider's mount there. */
function isAtHome({ provider: { base }, origin }: Account): boolean {
  return !URL.canParse(base) || new URL(base).origin === origin;
}

export function timeoutOf(flags: Flags): number {
  return Math.round((flags.request_timeout ?? 600) * 1000);
}

/** What the command line says wins over the request. */
export function forcedBy(flags: Flags): Params {
  return {
    ...(flags.temperature === undefined ? {} : { temperature: flags.temperature }),
    ...(flags.max_tokens === undefined ? {} : { maxTokens: flags.max_tokens }),
  };
}

type Listening = Pick<Config, 'host' | 'port' | 'tls' | 'rootPath' | 'allowedHosts' | 'allowedOrigins' | 'keepAliveMs'>;

function listening(flags: Flags, env: Environment): Listening {
  const tls = readTls(flags);
  return {
    ...(flags.host === undefined ? {} : { host: flags.host.replace(/^\[(.*)\]$/, '$1') }),
    port: flags.port ?? 4000,
    ...(tls === undefined ? {} : { tls }),
    rootPath: rootPath(firstSet(env, ['SERVER_ROOT_PATH'])?.value ?? ''),
    allowedHosts: words(flags.allowed_hosts),
    allowedOrigins: words(flags.allowed_origins).map((origin) => origin.replace(/\/+$/, '')),
    keepAliveMs: (flags.keepalive_timeout ?? 65) * 1000,
  };
}

type Limits = Pick<
  Config,
  'clientKeys' | 'privateMedia' | 'drainMs' | 'maxConcurrent' | 'maxBudget' | 'maxBody' | 'maxReply' | 'maxEvent'
>;

function limits(flags: Flags): Limits {
  return {
    clientKeys: flags.client_keys ?? false,
    privateMedia: flags.allow_private_media ?? false,
    drainMs: (flags.drain_timeout ?? 10) * 1000,
    ...(flags.limit_concurrency === undefined ? {} : { maxConcurrent: flags.limit_concurrency }),
    ...(flags.max_budget === undefined ? {} : { maxBudget: flags.max_budget }),
    maxBody: 100 * MB,
    maxReply: (flags.max_response_mb ?? 64) * MB,
    maxEvent: (flags.max_event_mb ?? 16) * MB,
  };
}

function words(typed: readonly string[] | undefined): string[] {
  return (typed ?? [])
    .flatMap((one) => one.split(','))
    .flatMap((one) => (one.trim() === '' ? [] : [one.trim().toLowerCase()]));
}

/** `/llm` for `llm/`, '' for none. */
function rootPath(typed: string): string {
  const path = typed.replace(/^\/+|\/+$/g, '');
  if (path === '') return '';
  if (/^[\w.~/-]+$/.test(path) && !path.split('/').includes('..')) return `/${path}`;
  throw new ConfigError(`SERVER_ROOT_PATH must be a path such as /llm, not '${typed}'`);
}
