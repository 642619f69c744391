import { type Provider, specialise } from '../hub/index.ts';
import { bareNames, providers } from '../providers/index.ts';
import { providerOfHost } from './base-url.ts';
import { ConfigError } from './error.ts';
import { nearest } from './nearest.ts';

/** Who serves a model, and under which name. */
export interface Named {
  provider: Provider;
  model: string;
}

/**
 * `provider/model` by the first slash; else the provider whose host --api_base names; else the table of bare names
 * (LITELLM.md 3.1). Throws ConfigError when none of them knows the name.
 */
export function resolveModel(typed: string, apiBase?: string): Named {
  const name = typed.trim();
  const slash = name.indexOf('/');
  const prefixed = rowOf(name.slice(0, Math.max(slash, 0)));
  if (prefixed !== undefined) return named(prefixed, name.slice(slash + 1), name);
  const byHost = apiBase === undefined ? undefined : providerOfHost(apiBase);
  const id = byHost ?? bareNames.find(({ match }) => match.test(name))?.provider;
  const row = id === undefined ? undefined : rowOf(id);
  if (row === undefined) throw new ConfigError(unknown(name, apiBase));
  return named(row, name, name);
}

/** The row for a model's name, with what its rules replace. Throws ConfigError. */
export function rowForModel(typed: string): Provider {
  const { provider, model } = resolveModel(typed);
  return specialise(provider, model, provider.base).row;
}

function rowOf(id: string): Provider | undefined {
  return Object.hasOwn(providers, id) ? providers[id] : undefined;
}

function named(provider: Provider, rest: string, typed: string): Named {
  if (rest === '') throw new ConfigError(`--model ${typed} lacks the model's name: write ${provider.id}/<model>`);
  const bare = provider.modelPrefix !== undefined && !rest.includes('/');
  return { provider, model: bare ? `${provider.modelPrefix}${rest}` : rest };
}

function unknown(name: string, apiBase: string | undefined): string {
  return `LLM Provider NOT provided. You passed model=${name}: ${advice(name, apiBase)}`;
}

function advice(name: string, apiBase: string | undefined): string {
  if (apiBase !== undefined) return `for an OpenAI-compatible server write --model openai/${name}`;
  const slash = name.indexOf('/');
  const list = '`modelport providers` lists the providers';
  if (slash <= 0) return `write --model <provider>/<model>, such as openai/gpt-4o-mini; ${list}`;
  const prefix = name.slice(0, slash);
  const meant = nearest(prefix, Object.keys(providers));
  return meant === undefined
    ? `no provider is called '${prefix}', write one such as openai/gpt-4o-mini; ${list}`
    : `did you mean --model ${meant}${name.slice(slash)}?`;
}
