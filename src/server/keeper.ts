import { type Config, type Deployment, type ForwardedOperation, type Mount, ProxyError } from '../hub/index.ts';
import { defaultKeeper } from '../providers/index.ts';
import { knownAs } from '../router/index.ts';
import { endpointOf, noEndpoint } from '../translate/index.ts';
import type { House } from './house.ts';

/** What says whose account is asked, in the order in which it counts (LITELLM.md 7). */
export interface Wanted {
  operation: ForwardedOperation;
  /** `custom_llm_provider`: of the path, a header, the query or the body. */
  provider?: string;
  /** Of a header or the query. */
  model?: string;
  /** Of the path, then of the body. */
  ids: readonly string[];
  /** Of the body: what is to be run may lie with another account than what it is run on. */
  bodyModel?: string;
}

/**
 * The deployment whose provider keeps what is asked for: as named, else who showed one of the ids, else the first that
 * has the endpoint, else the usual account of the environment. Throws not-found where there is none.
 */
export function keeperOf({ config, owners }: House, wanted: Wanted): Deployment {
  const { operation } = wanted;
  const has = (to: Deployment): boolean => endpointOf(to, operation) !== undefined;
  const named = wanted.model === undefined ? undefined : knownAs(config, wanted.model);
  if (wanted.provider !== undefined) return ofProvider(config, wanted.provider, operation, named);
  if (named !== undefined) return checked(named, operation);
  for (const id of wanted.ids) {
    const owner = byId(config, owners.find(id));
    if (owner !== undefined && has(owner)) return owner;
  }
  const asked = wanted.bodyModel === undefined ? undefined : knownAs(config, wanted.bodyModel);
  if (asked !== undefined && has(asked)) return asked;
  const first = config.deployments.find(has);
  if (first !== undefined) return first;
  return usual(config, operation);
}

/** Whether a name that came late, behind the file, means another account than the one that is being sent to. */
export function contradicts(config: Config, to: Deployment, name: string, value: string): boolean {
  if (name === 'custom_llm_provider') return value.trim() !== to.provider.id;
  if (name !== 'model' && name !== 'target_model_names') return false;
  const meant = knownAs(config, value.trim());
  return meant !== undefined && !sameAccount(meant, to);
}

/** The provider's name for a model that clients know by another; other names stay as they are. */
export function modelAt(config: Config, to: Deployment, name: string): string {
  const known = knownAs(config, name);
  if (known !== undefined && sameAccount(known, to)) return known.model;
  const near = known && config.deployments.find((one) => one.group === known.group && sameAccount(one, to));
  if (near !== undefined) return near.model;
  if (known?.provider.id === to.provider.id) return known.model;
  const prefix = `${to.provider.id}/`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** Whether there is no more than one account to choose from. */
export function isOnlyOne({ deployments }: Config, operation: ForwardedOperation): boolean {
  const [first, ...rest] = deployments.filter((to) => endpointOf(to, operation) !== undefined);
  return first === undefined || rest.every((to) => sameAccount(first, to));
}

function sameAccount(one: Deployment, other: Deployment): boolean {
  return one.provider.id === other.provider.id && one.base === other.base && one.key === other.key;
}

function ofProvider(
  config: Config,
  name: string,
  operation: ForwardedOperation,
  named: Deployment | undefined,
): Deployment {
  if (named !== undefined && named.provider.id === name) return checked(named, operation);
  const own = config.deployments.filter(({ provider }) => provider.id === name);
  const [first] = own;
  if (first !== undefined) {
    return own.find((to) => endpointOf(to, operation) !== undefined) ?? checked(first, operation);
  }
  const mount = mountOf(config, name);
  if (mount !== undefined) return checked(accountOf(mount), operation);
  const text = `custom_llm_provider '${name.slice(0, 60)}' is no provider that is known here`;
  throw new ProxyError('invalid-request', text, { param: 'custom_llm_provider' });
}

function checked(to: Deployment, operation: ForwardedOperation): Deployment {
  if (endpointOf(to, operation) === undefined) throw noEndpoint(to.provider.title, operation);
  return to;
}

/** The usual account of the environment, where its key is set (LITELLM.md 7: "default openai; keys from env"). */
function usual(config: Config, operation: ForwardedOperation): Deployment {
  const mount = mountOf(config, defaultKeeper);
  const to = mount === undefined ? undefined : opened(mount);
  if (to?.key !== undefined && endpointOf(to, operation) !== undefined) return to;
  const [first] = config.deployments;
  const variables = to?.row.auth.flatMap(({ env }) => env).join(' or ') ?? '';
  const hint = variables === '' ? '' : `, and ${variables} is not set`;
  throw noEndpoint(first?.provider.title ?? 'nobody here', operation, hint);
}

function byId(config: Config, id: string | undefined): Deployment | undefined {
  if (id === undefined) return undefined;
  const known = config.deployments.find((one) => one.id === id);
  if (known !== undefined) return known;
  const mount = config.mounts.find(({ provider }) => opensAs(provider) === id);
  return mount === undefined ? undefined : opened(mount);
}

/** The id of a mount's own deployment. */
function opensAs(provider: string): string {
  return `native/${provider}`;
}

function mountOf(config: Config, provider: string): Mount | undefined {
  return config.mounts.find((mount) => mount.provider === provider);
}

function accountOf(mount: Mount): Deployment {
  return mount.open('/').to;
}

/** Undefined: something of it is not set. */
function opened(mount: Mount): Deployment | undefined {
  try {
    return accountOf(mount);
  } catch {
    return undefined;
  }
}
