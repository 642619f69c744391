import { type Config, type Deployment, forModel, type Operation, ProxyError } from '../hub/index.ts';

/** `pin`: the id of a deployment, whatever the model is called. */
export interface Trial {
  model: string;
  operation: Operation;
  pin?: string;
  config: Config;
}

export interface Tried<T> {
  value: T;
  deployment: Deployment;
  retries: number;
  fallbacks: number;
}

/** Chooses a deployment for a model name and tries it. Throws invalid-request for a name that nobody knows. */
export async function attempt<T>(trial: Trial, send: (to: Deployment) => Promise<T>): Promise<Tried<T>> {
  const deployment = choose(trial);
  return { value: await send(deployment), deployment, retries: 0, fallbacks: 0 };
}

function choose({ model, pin, operation, config }: Trial): Deployment {
  const { deployments, anyModel } = config;
  const pinned = pin === undefined ? undefined : deployments.find(({ id }) => id === pin);
  const chosen = pinned ?? (anyModel ? only(deployments[0], operation, model) : knownAs(config, model));
  if (chosen !== undefined) return chosen;
  const message = `Invalid model name passed in model=${model}. Call \`/v1/models\` to view available models for your key.`;
  throw new ProxyError('invalid-request', message, { param: 'model' });
}

/** DECISIONS.md 7: what is no chat keeps the client's name, on the same provider, unless the model is of that kind. */
function only(to: Deployment | undefined, operation: Operation, name: string): Deployment | undefined {
  if (to === undefined || operation !== 'embeddings' || to.embeds === true || name === to.group) return to;
  const prefix = `${to.provider.id}/`;
  return forModel(to, name.startsWith(prefix) ? name.slice(prefix.length) : name);
}

/**
 * By the listed name, an alias of it, or the part after its provider (DECISIONS.md 8), also with the tag that Ollama's
 * clients put behind names without one; undefined: none is called so.
 */
export function knownAs(config: Config, model: string): Deployment | undefined {
  return called(config, model) ?? (model.endsWith(latest) ? called(config, model.slice(0, -latest.length)) : undefined);
}

const latest = ':latest';

function called({ deployments, aliases }: Config, model: string): Deployment | undefined {
  const group = Object.hasOwn(aliases, model) ? aliases[model] : undefined;
  const named = (one: string | undefined): Deployment | undefined => deployments.find((to) => to.group === one);
  return (
    named(model) ??
    named(group) ??
    deployments.find((one) => afterProvider(one.group) === model) ??
    named(Object.entries(aliases).find(([alias]) => afterProvider(alias) === model)?.[1])
  );
}

function afterProvider(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}
