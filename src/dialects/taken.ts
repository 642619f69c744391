import { type Json, type ParamName, type Provider, params, silentParams } from '../hub/index.ts';
import { providers as dialects } from './index.ts';

/** What a provider takes of OpenAI's parameters, in OpenAI's words. */
export interface Takes {
  takes: string[];
  refuses: string[];
  /** Taken with these values only. */
  only: Record<string, readonly Json[]>;
  /** Sent under another name. */
  renames: Readonly<Record<string, string>>;
  /** Whether some of its models differ. */
  some_models_differ: boolean;
}

/**
 * What its dialect can say, less what its row refuses; what is left out in silence counts as neither. `provider`: a row, or
 * what it is for one model (LITELLM.md 4).
 */
export function takenParams(provider: Provider): Takes {
  const found: Takes = {
    takes: [],
    refuses: [],
    only: {},
    renames: provider.renames ?? {},
    some_models_differ: (provider.models ?? []).length > 0,
  };
  for (const name of Object.keys(params).filter(isParam)) sort(name, provider, found);
  return found;
}

function sort(name: ParamName, provider: Provider, found: Takes): void {
  const refusals = provider.refuses ?? [];
  const refused = dialects[provider.dialect].params[name] === undefined || refusals.includes(name);
  if (refused && silentParams.has(name)) return;
  for (const word of params[name].words) {
    const byWord = refusals.some((one) => typeof one === 'object' && 'word' in one && one.word === word);
    (refused || byWord ? found.refuses : found.takes).push(word);
    const partly = refusals.find((one) => typeof one === 'object' && 'param' in one && one.param === name);
    if (typeof partly === 'object' && 'unless' in partly) found.only[word] = partly.unless;
  }
}

function isParam(name: string): name is ParamName {
  return Object.hasOwn(params, name);
}
