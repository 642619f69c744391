import type { Config, Fallback, ProxyError, Routing } from '../hub/index.ts';
import { afterProvider, type Named } from './names.ts';
import type { Lists, Wishes } from './trial.ts';

/**
 * What is tried when a group failed, in order: what is meant for this error, then what is meant for all. Lists of the
 * request stand in the place of the configuration's. `name`: as the group was asked for.
 */
export function fallbacksFor(
  error: ProxyError,
  name: string,
  group: Named,
  config: Config,
  wishes: Wishes,
): readonly Fallback[] {
  if (wishes.noFallbacks === true || !mayHelp(error)) return [];
  const { routing } = config;
  const own = wishes.fallbacks === undefined ? routing.defaultFallbacks : [];
  const usual = listed(wishes.fallbacks ?? routing.fallbacks, namesOf(name, group, config));
  return [...specialFor(error, name, group, config, wishes), ...usual, ...own];
}

/** Those alone that are meant for this error. */
export function specialFor(
  error: ProxyError,
  name: string,
  group: Named,
  config: Config,
  wishes: Wishes,
): readonly Fallback[] {
  return wishes.noFallbacks === true ? [] : special(error, namesOf(name, group, config), config.routing, wishes);
}

/** What a group's lists may be kept under. */
function namesOf(name: string, { group }: Named, { aliases }: Config): string[] {
  return [name, Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : group, group, afterProvider(name), '*'];
}

/** Another model does not bring back a client or a budget. */
function mayHelp({ kind }: ProxyError): boolean {
  return kind !== 'cancelled' && kind !== 'internal' && kind !== 'budget';
}

function special(error: ProxyError, names: readonly string[], routing: Routing, wishes: Wishes): readonly Fallback[] {
  if (error.kind === 'context-window') return listed(wishes.windowFallbacks ?? routing.windowFallbacks, names);
  if (error.kind === 'content-policy') return listed(wishes.contentFallbacks ?? routing.contentFallbacks, names);
  return [];
}

/** The first name that has a list. */
function listed(lists: Lists, names: readonly string[]): readonly Fallback[] {
  const name = names.find((one) => Object.hasOwn(lists, one));
  return name === undefined ? [] : (lists[name] ?? []);
}
