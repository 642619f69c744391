import { type Config, type Deployment, forModel, type Operation, ProxyError, suits } from '../hub/index.ts';
import { unnamed } from './unnamed.ts';

/** Deployments that share the calls of a name. `group`: the name that the configuration has for them. */
export interface Named {
  group: string;
  all: readonly Deployment[];
}

/** Who is called what, made once for a configuration. */
interface Directory {
  groups: ReadonlyMap<string, Named>;
  ids: ReadonlyMap<string, Named>;
  /** By what litellm_params say: `openai/gpt-4o`. */
  models: ReadonlyMap<string, Named>;
  /** The most specific first. */
  patterns: readonly Pattern[];
  /** The only deployment there is, when nothing else can happen to a call of it but to be sent there. */
  lone?: Deployment;
}

interface Pattern {
  begin: string;
  end: string;
  all: readonly Deployment[];
}

const directories = new WeakMap<Config, Directory>();

/**
 * Who answers for a name, in LiteLLM's order (LITELLM.md 9.1). `pin`: the id of a deployment, whatever the name. Throws
 * invalid-request for a name that nobody has.
 */
export function named(config: Config, operation: Operation, name: string, pin?: string): Named {
  const pinned = pin === undefined ? undefined : directoryOf(config).ids.get(pin);
  const found = pinned ?? (config.anyModel ? anyOf(config, operation, name) : called(config, name));
  // What a pattern stands for has an id too, which only the name leads to.
  const one = pin === undefined || pinned !== undefined ? undefined : found?.all.find(({ id }) => id === pin);
  if (one !== undefined) return alone(one);
  if (found !== undefined) return found;
  const to = unnamed(config, operation, name);
  if (to !== undefined) return alone(to);
  const message = `Invalid model name passed in model=${name}. Call \`/v1/models\` to view available models for your key.`;
  throw new ProxyError('invalid-request', message, { param: 'model' });
}

/** The deployment of a call for which there is nothing to choose, to retry or to fall back on; undefined: see `named`. */
export function straightTo(config: Config, operation: Operation, name: string): Deployment | undefined {
  const { lone } = directoryOf(config);
  if (lone === undefined) return undefined;
  return config.anyModel && suits(lone, operation) ? lone : named(config, operation, name).all[0];
}

/** The first deployment that a name stands for, whatever is asked of it; undefined: none is called so. */
export function knownAs(config: Config, name: string): Deployment | undefined {
  return called(config, name)?.all[0];
}

/** `--model`: one group, of one deployment or of several keys. */
function anyOf(config: Config, operation: Operation, name: string): Named | undefined {
  const [first] = config.deployments;
  const group = first && directoryOf(config).groups.get(first.group);
  if (first === undefined || group === undefined) return group;
  if (suits(first, operation) || name === group.group) return group;
  return { group: name, all: group.all.map((to) => renamed(to, name)) };
}

/** DECISIONS.md 7: what is no chat keeps the client's name, on the same provider, unless the model is of that kind. */
function renamed(to: Deployment, name: string): Deployment {
  const prefix = `${to.provider.id}/`;
  return forModel(to, name.startsWith(prefix) ? name.slice(prefix.length) : name);
}

function called(config: Config, name: string): Named | undefined {
  const directory = directoryOf(config);
  const { groups, ids, models } = directory;
  const alias = Object.hasOwn(config.aliases, name) ? config.aliases[name] : undefined;
  return (
    groups.get(name) ??
    (alias === undefined ? undefined : (groups.get(alias) ?? ids.get(alias) ?? matching(directory, alias))) ??
    ids.get(name) ??
    matching(directory, name) ??
    models.get(name) ??
    loosely(config, directory, name)
  );
}

const latest = ':latest';

/**
 * DECISIONS.md 8: the part of a listed name after its provider; and the tag that Ollama's clients put behind names without
 * one.
 */
function loosely(config: Config, { groups }: Directory, name: string): Named | undefined {
  for (const [group, found] of groups) if (afterProvider(group) === name) return found;
  for (const [alias, group] of Object.entries(config.aliases)) {
    if (afterProvider(alias) === name) return groups.get(group);
  }
  return name.endsWith(latest) ? called(config, name.slice(0, -latest.length)) : undefined;
}

export function afterProvider(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

function matching({ patterns }: Directory, name: string): Named | undefined {
  for (const { begin, end, all } of patterns) {
    if (name.length < begin.length + end.length || !name.startsWith(begin) || !name.endsWith(end)) continue;
    const star = name.slice(begin.length, name.length - end.length);
    const serving = new Map(all.flatMap((to) => to.wild?.(star) ?? []).map((to) => [to.id, to]));
    if (serving.size > 0) return { group: name, all: [...serving.values()] };
  }
  return undefined;
}

function directoryOf(config: Config): Directory {
  const known = directories.get(config);
  if (known !== undefined) return known;
  const plain = config.deployments.filter((to) => to.wild === undefined);
  const wild = config.deployments.filter((to) => to.wild !== undefined);
  const made: Directory = {
    groups: grouped(plain, ({ group }) => group),
    ids: new Map(plain.map((to) => [to.id, alone(to)])),
    models: grouped(plain, ({ provider, model }) => `${provider.id}/${model}`),
    patterns: [...grouped(wild, ({ group }) => group).values()].map(patternOf).sort(bySpecificity),
  };
  const [first] = plain;
  if (first !== undefined && config.deployments.length === 1 && isPlain(config, first)) made.lone = first;
  directories.set(config, made);
  return made;
}

function isPlain({ routing, modelFor }: Config, { share }: Deployment): boolean {
  const limited = share?.rpm ?? share?.tpm ?? share?.parallel ?? (routing.checksWindow ? share?.window : undefined);
  const again = routing.retries ?? share?.retries ?? 0;
  const ruled = modelFor ?? routing.tags ?? routing.retryPolicy ?? routing.groupRetryPolicy;
  const { fallbacks, windowFallbacks, contentFallbacks, defaultFallbacks } = routing;
  const others = [fallbacks, windowFallbacks, contentFallbacks, defaultFallbacks].some(
    (lists) => Object.keys(lists).length > 0,
  );
  return limited === undefined && again === 0 && ruled === undefined && !others;
}

function grouped(all: readonly Deployment[], nameOf: (to: Deployment) => string): Map<string, Named> {
  const found = new Map<string, { group: string; all: Deployment[] }>();
  for (const to of all) {
    const name = nameOf(to);
    const known = found.get(name);
    if (known === undefined) found.set(name, { group: to.group, all: [to] });
    else known.all.push(to);
  }
  return found;
}

function alone(to: Deployment): Named {
  return { group: to.group, all: [to] };
}

function patternOf({ group, all }: Named): Pattern {
  return { begin: group.slice(0, group.indexOf('*')), end: group.slice(group.lastIndexOf('*') + 1), all };
}

/** The longest fixed part first. */
function bySpecificity(one: Pattern, other: Pattern): number {
  return other.begin.length + other.end.length - (one.begin.length + one.end.length);
}
