import { createHash } from 'node:crypto';
import { type Config, type Deployment, type Params, plainRouting, specialise } from '../hub/index.ts';
import { embeddingNames } from '../providers/index.ts';
import { type Account, resolveAccount } from './account.ts';
import { givenBase } from './base-url.ts';
import type { Environment } from './environment.ts';
import { firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import { dockerNote, exposureWarnings } from './exposure.ts';
import type { Flags } from './flags.ts';
import { resolveModel } from './model-name.ts';
import { resolveMounts } from './mounts.ts';
import { resolveProxy } from './outgoing-proxy.ts';
import { resolvePlaces } from './places.ts';
import { collectSecrets } from './secrets.ts';
import { readTls } from './tls.ts';

const MB = 1024 * 1024;

/** What was meant, and what to tell about it: `warnings` always, `notes` where there is room. */
export interface Resolved {
  config: Config;
  notes: string[];
  warnings: string[];
}

/** From flags and environment to a Config: a --model run is a list with one entry that takes any name. Throws ConfigError. */
export function resolveConfig(flags: Flags, env: Environment): Resolved {
  const timeoutMs = Math.round((flags.request_timeout ?? 600) * 1000);
  const served = flags.model === undefined ? undefined : serve(flags.model, flags, timeoutMs, env);
  const { mounts, secrets, warnings } = resolveMounts(served?.account, timeoutMs, env);
  const masterKey = firstSet(env, ['LITELLM_MASTER_KEY'])?.value;
  const outgoing = resolveProxy(env);
  const known = [
    ...secrets,
    ...outgoing.secrets,
    ...(served?.account.secrets ?? []),
    ...(masterKey === undefined ? [] : [masterKey]),
  ];
  const docker = dockerNote(flags.host);
  return {
    config: {
      deployments: served === undefined ? [] : [served.deployment],
      anyModel: served !== undefined,
      aliases: served === undefined || flags.alias === undefined ? {} : { [served.typed]: flags.alias },
      routing: plainRouting,
      ...(masterKey === undefined ? {} : { masterKey }),
      ...listening(flags, env),
      ...limits(flags),
      secrets: collectSecrets(known, env),
      mounts,
      ...(outgoing.proxy === undefined ? {} : { proxy: outgoing.proxy }),
    },
    notes: docker === undefined ? [] : [docker],
    warnings: [
      ...(served?.account.missing === undefined ? [] : [served.account.missing]),
      ...warnings,
      ...outgoing.warnings,
      ...exposureWarnings(flags.host, masterKey, env),
    ],
  };
}

interface Served {
  deployment: Deployment;
  account: Account;
  typed: string;
}

function serve(model: string, flags: Flags, timeoutMs: number, env: Environment): Served {
  const typed = model.trim();
  const named = resolveModel(typed, flags.api_base);
  const { provider } = named;
  const given = givenBase(provider, flags.api_base, env);
  const known = resolvePlaces(provider, flags, env, given);
  const { row, model: upstreamName, places } = specialise(provider, named.model, given, known);
  const account = resolveAccount(row, flags, env, places);
  const settings: Omit<Deployment, 'id'> = {
    group: flags.alias ?? typed,
    provider,
    row,
    model: upstreamName,
    places,
    settings: account.settings,
    ...(embeddingNames.test(upstreamName) ? { embeds: true as const } : {}),
    ...(account.auth === undefined ? {} : { auth: account.auth }),
    ...(account.key === undefined ? {} : { key: account.key }),
    base: account.base,
    origin: account.origin,
    headers: account.headers,
    defaults: {},
    forced: forced(flags),
    dropParams: flags.drop_params ?? false,
    alsoDrop: [],
    allowed: [],
    toolsInPrompt: flags.add_function_to_prompt ?? false,
    timeoutMs,
  };
  return { deployment: { id: identify(settings), ...settings }, account, typed };
}

function forced(flags: Flags): Params {
  return {
    ...(flags.temperature === undefined ? {} : { temperature: flags.temperature }),
    ...(flags.max_tokens === undefined ? {} : { maxTokens: flags.max_tokens }),
  };
}

function identify({ provider, ...settings }: Omit<Deployment, 'id'>): string {
  const text = JSON.stringify([provider.id, settings]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
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
