import type { Config, Deployment } from '../hub/index.ts';
import type { House } from './house.ts';

type Names = readonly [string, Deployment][];

/** Every name that clients may use, once, with the first deployment that it stands for; patterns aside. */
export function namesOf(config: Config): [string, Deployment][] {
  const names = new Map<string, Deployment>();
  for (const to of config.deployments) if (to.wild === undefined && !names.has(to.group)) names.set(to.group, to);
  for (const [alias, group] of Object.entries(config.aliases)) {
    const to = names.get(group);
    if (to !== undefined && !names.has(alias) && config.hidden?.includes(alias) !== true) names.set(alias, to);
  }
  return [...names];
}

/**
 * Those, and what patterns stand for as far as the provider's models are known; else the pattern. `query`: LiteLLM's words
 * `return_wildcard_routes`, `include_model_access_groups` and `only_model_access_groups`.
 */
export async function everyName(
  { config, ledger }: Pick<House, 'config' | 'ledger'>,
  query: URLSearchParams,
): Promise<Names> {
  if (asks(query, 'only_model_access_groups')) return accessGroups(config);
  const names = new Map(namesOf(config));
  const patterns = config.listsPatterns === true || asks(query, 'return_wildcard_routes');
  for (const to of config.deployments) {
    if (to.wild === undefined) continue;
    const meant = patterns ? [] : meantBy(to, await ledger.models(to.provider));
    for (const [name, one] of meant.length === 0 ? [[to.group, to] as const] : meant) {
      if (!names.has(name)) names.set(name, one);
    }
  }
  const groups = asks(query, 'include_model_access_groups') ? accessGroups(config) : [];
  return [...names, ...groups.filter(([name]) => !names.has(name))];
}

function asks(query: URLSearchParams, word: string): boolean {
  return query.get(word)?.toLowerCase() === 'true';
}

/** Each access group with the first deployment of its models. */
function accessGroups({ accessGroups: groups = {}, deployments }: Config): [string, Deployment][] {
  return Object.entries(groups).flatMap(([name, members]): [string, Deployment][] => {
    const first = deployments.find(({ group }) => members.includes(group));
    return first === undefined ? [] : [[name, first]];
  });
}

/** The models of a provider that a pattern leads to. */
function meantBy({ group, model, wild }: Deployment, known: readonly string[]): Names {
  const [before = '', ...behind] = model.split('*');
  const end = behind.join('*');
  if (behind.length === 0) return [];
  return known.flatMap((name): [string, Deployment][] => {
    if (name.length < before.length + end.length || !name.startsWith(before) || !name.endsWith(end)) return [];
    const star = name.slice(before.length, name.length - end.length);
    const [to] = wild?.(star) ?? [];
    return to === undefined ? [] : [[group.replace('*', () => star), to]];
  });
}
