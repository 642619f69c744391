import { createHash } from 'node:crypto';
import { type Deployment, type Provider, specialise } from '../hub/index.ts';
import { embeddingNames, mediaNames } from '../providers/index.ts';
import { type Account, resolveAccount } from './account.ts';
import { givenBase } from './base-url.ts';
import type { Environment } from './environment.ts';
import { ConfigError } from './error.ts';
import type { Flags } from './flags.ts';
import { resolveModel } from './model-name.ts';
import { resolvePlaces } from './places.ts';

type Manner = Pick<
  Deployment,
  'defaults' | 'forced' | 'dropParams' | 'alsoDrop' | 'allowed' | 'toolsInPrompt' | 'timeoutMs'
> &
  Partial<
    Pick<
      Deployment,
      'streamTimeoutMs' | 'trust' | 'adds' | 'mock' | 'clientKey' | 'info' | 'price' | 'share' | 'embeds' | 'makes'
    >
  >;

/** A model that is to be served: that of --model, or an entry of a model_list. */
export interface Wanted {
  group: string;
  /** `provider/model`, or a name that says its provider. */
  model: string;
  account: Pick<Flags, 'api_base' | 'api_key' | 'api_version' | 'headers'>;
  env: Environment;
  manner: Manner;
  /** Instead of a hash of the settings. */
  id?: string;
}

/** One deployment for each key; none where only names of clients say the provider. */
export interface Served {
  deployments: Deployment[];
  account?: Account;
}

/** From what was typed to what can be called. Throws ConfigError. */
export function serve(wanted: Wanted): Served {
  return wanted.group.includes('*') ? servePattern(wanted) : serveOne(wanted);
}

function serveOne(wanted: Wanted): Required<Served> {
  const { model, account: said, env } = wanted;
  const named = resolveModel(model, said.api_base);
  const { provider } = named;
  const given = givenBase(provider, said.api_base, env);
  const known = resolvePlaces(provider, said, env, given);
  const { row, model: name, places } = specialise(provider, named.model, given, known);
  const account = resolveAccount(row, said, env, places);
  const kind = mediaNames.find(({ match }) => match.test(name));
  const settings: Omit<Deployment, 'id' | 'key'> = {
    group: wanted.group,
    provider,
    row,
    model: name,
    places,
    settings: account.settings,
    ...(embeddingNames.test(name) ? { embeds: true as const } : {}),
    ...(kind === undefined ? {} : { makes: kind.makes }),
    ...(account.auth === undefined ? {} : { auth: account.auth }),
    base: account.base,
    origin: account.origin,
    headers: account.headers,
    ...wanted.manner,
  };
  const each = account.keys.length === 0 ? [{}] : account.keys.map((key) => ({ key }));
  const deployments = each.map((key, index) => {
    const one = { ...settings, ...key };
    const own = wanted.id === undefined || index === 0 ? wanted.id : `${wanted.id}-${index + 1}`;
    return { id: own ?? identify(one), ...one };
  });
  return { deployments, account };
}

/** What the rules of a row replace is in the rest. */
function identify({ provider, row: _, trust, ...settings }: Omit<Deployment, 'id'>): string {
  const text = JSON.stringify([provider.id, settings, ...(trust === undefined ? [] : [trust.id])]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Names come from clients: the memory of what they stand for has an end, and so has a name. */
const mostKnown = 1000;
const longestName = 512;

function servePattern(wanted: Wanted): Served {
  const known = new Map<string, readonly Deployment[]>();
  const meant = (star: string): readonly Deployment[] => {
    const found = known.get(star);
    if (found !== undefined) return found;
    const made = star.length > longestName ? [] : tryServing(filled(wanted, star));
    if (known.size >= mostKnown) known.clear();
    known.set(star, made);
    return made;
  };
  if (wanted.model === '*') return { deployments: [{ ...anything(wanted), wild: meant }] };
  const shape = serveOne(wanted);
  const deployments = shape.deployments.map((to, index) => ({
    ...to,
    wild: (star: string) => meant(star).slice(index, index + 1),
  }));
  return { ...shape, deployments };
}

/** A right side without a star is the same for every name. */
function filled(wanted: Wanted, star: string): Wanted {
  const { id, model, group } = wanted;
  const full = { ...wanted, model: model.replace('*', () => star), group: group.replace('*', () => star) };
  return id === undefined ? full : { ...full, id: `${id}/${star}` };
}

function tryServing(wanted: Wanted): readonly Deployment[] {
  try {
    return serveOne(wanted).deployments;
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return [];
  }
}

/** Stands for `model: "*"`, whose provider every name says anew; nothing is sent to it. */
function anything({ group, manner, id }: Wanted): Deployment {
  const settings: Omit<Deployment, 'id'> = {
    group,
    provider: nobody,
    row: nobody,
    model: '*',
    places: {},
    settings: {},
    base: 'mock:',
    origin: '',
    headers: {},
    ...manner,
  };
  return { id: id ?? identify(settings), ...settings };
}

const nobody: Provider = { id: '*', title: 'any provider', dialect: 'openai-chat', base: 'mock:', auth: [] };

/** Patterns behind names, the most specific first. */
export function inOrder(deployments: readonly Deployment[]): Deployment[] {
  const literal = ({ group, wild }: Deployment): number =>
    wild === undefined ? Infinity : group.replaceAll('*', '').length;
  return [...deployments].sort((one, other) => {
    const [a, b] = [literal(one), literal(other)];
    return a === b ? 0 : b - a;
  });
}

/** Entries that are equal are told apart by their place. */
export function distinct(deployments: readonly Deployment[]): Deployment[] {
  const counts = new Map<string, number>();
  return deployments.map((to) => {
    const count = (counts.get(to.id) ?? 0) + 1;
    counts.set(to.id, count);
    return count === 1 ? to : { ...to, id: `${to.id}-${count}` };
  });
}
