import type { Config, Deployment, Fallback } from '../hub/index.ts';

/** Whether somebody serves a name. */
export type Names = (name: string) => boolean;

export function namesIn(deployments: readonly Deployment[], aliases: Readonly<Record<string, string>>): Names {
  const known = new Set([...deployments.flatMap(({ group, id }) => [group, id]), ...Object.keys(aliases)]);
  const patterns = deployments.flatMap(({ group, wild }) => (wild === undefined ? [] : [partsOf(group)]));
  return (name) =>
    known.has(name) ||
    patterns.some(
      ([before, behind]) =>
        name.startsWith(before) && name.endsWith(behind) && name.length >= before.length + behind.length,
    );
}

function partsOf(group: string): readonly [string, string] {
  const star = group.indexOf('*');
  return [group.slice(0, star), group.slice(star + 1)];
}

/** A line for each setting that names a model which nobody serves. */
export function unknownNames(
  { routing, aliases, modelFor }: Pick<Config, 'routing' | 'aliases' | 'modelFor'>,
  serves: Names,
): string[] {
  const nameOf = (fallback: Fallback): string => (typeof fallback === 'string' ? fallback : fallback.model);
  const lists: [string, Readonly<Record<string, readonly Fallback[]>>][] = [
    ['fallbacks', routing.fallbacks],
    ['context_window_fallbacks', routing.windowFallbacks],
    ['content_policy_fallbacks', routing.contentFallbacks],
    ['default_fallbacks', { '*': routing.defaultFallbacks }],
  ];
  const said: [string, string][] = [
    ...lists.flatMap(([setting, groups]) =>
      Object.entries(groups).flatMap(([group, others]): [string, string][] => [
        ...(group === '*' ? [] : [[setting, group] satisfies [string, string]]),
        ...others.map((one): [string, string] => [setting, nameOf(one)]),
      ]),
    ),
    ...Object.values(aliases).map((group): [string, string] => ['model_group_alias', group]),
    ...Object.values(modelFor ?? {}).map((name): [string, string] => ['general_settings', name]),
  ];
  const lines = said.flatMap(([setting, name]) =>
    serves(name) ? [] : [`${setting}: no model of the configuration is called '${name}'`],
  );
  return [...new Set(lines)];
}
