import type { Config, Fallback, ProxyError, Routing } from '../hub/index.ts';
import { afterProvider, type Named } from './names.ts';
import type { Lists, Wishes } from './trial.ts';

/** A group that was asked. */
interface Asked {
  /** As it was asked for. */
  name: string;
  group: Named;
  config: Config;
  wishes: Wishes | undefined;
}

/**
 * What is tried when a group failed, in order: what is meant for this error, then what is meant for all. Lists of the
 * request stand in the place of the configuration's.
 */
export function fallbacksFor(error: ProxyError, asked: Asked): readonly Fallback[] {
  const { config, wishes = {} } = asked;
  if (wishes.noFallbacks === true || !mayHelp(error)) return [];
  const { routing } = config;
  const own = wishes.fallbacks === undefined ? routing.defaultFallbacks : [];
  return [...specialFor(error, asked), ...listed(wishes.fallbacks ?? routing.fallbacks, namesOf(asked)), ...own];
}

/** Those alone that are meant for this error. */
export function specialFor(error: ProxyError, asked: Asked): readonly Fallback[] {
  const { config, wishes = {} } = asked;
  return wishes.noFallbacks === true ? [] : special(error, namesOf(asked), config.routing, wishes);
}

/** What a group's lists may be kept under. */
function namesOf({ name, group: { group }, config: { aliases } }: Asked): string[] {
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
