import type { Deployment, JsonObject, ParamName, Params } from '../hub/index.ts';
import type { Call } from './call.ts';
import type { Steering } from './steering.ts';
import type { Table } from './table.ts';
import { asksReasoning, type Word, wordsOf, wordValue } from './words.ts';

/** One request held against one deployment; filled step by step. */
export interface Sifting {
  call: Call;
  to: Deployment;
  table: Table;
  steering: Steering;
  same: boolean;
  /** Refused words are left out, not complained about. */
  lenient: boolean;
  dropParams: boolean;
  alsoDrop: ReadonlySet<string>;
  allowed: ReadonlySet<string>;
  kept: Map<ParamName, Word[]>;
  gone: Set<ParamName>;
  /** Words that were left out. */
  left: Word[];
  /** Words of parameters that the command line overrides. */
  replaced: Map<ParamName, Word[]>;
  dropped: string[];
  offending: string[];
  dropUnknown: Set<string>;
  set: Params;
  passDrop: string[];
  passSet: JsonObject;
  shapedSet: JsonObject;
  decode: boolean;
}

/** Whether the request asks for reasoning, or the command line does for it; the configuration where the request is silent. */
export function reasons({ call, to }: Sifting): boolean {
  if (to.forced.reasoning !== undefined) return isAsked(to.forced.reasoning);
  let silent = true;
  for (const words of wordsOf(call.client).values()) {
    for (const word of words) {
      if (word.name !== 'reasoning') continue;
      const value = wordValue(call.body, word);
      if (asksReasoning(value)) return true;
      if (value !== undefined) silent = false;
    }
  }
  return silent && to.defaults.reasoning !== undefined && isAsked(to.defaults.reasoning);
}

function isAsked({ effort, budget }: NonNullable<Params['reasoning']>): boolean {
  return budget !== 0 && (effort === undefined || asksReasoning(effort));
}

/** Whether the command line says a parameter. */
export function isForced(to: Deployment, name: ParamName): boolean {
  return Object.hasOwn(to.forced, name);
}
