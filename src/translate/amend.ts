import type { HubRequest, ParamName } from '../hub/index.ts';
import type { Ruling } from './policy.ts';
import type { Table } from './table.ts';

/** The request as the provider may get it: a copy, since all attempts share the original. */
export function amend(request: HubRequest, { hub }: Ruling, model: string, table: Table): HubRequest {
  const { output, tools, toolChoice, store, named, extra, ...rest } = request;
  const keeps = (name: ParamName): boolean => !hub.drop.has(name);
  const others = pick(named ?? {}, keeps);
  return {
    ...rest,
    model,
    stream: request.stream && keeps('stream'),
    params: paramsOf(request, hub, table),
    unknown: pick(request.unknown, (word) => !hub.dropUnknown.has(word)),
    ...(extra === undefined ? {} : { extra: withoutWords(extra, request.from, hub.dropUnknown) }),
    ...(Object.keys(others).length === 0 ? {} : { named: others }),
    ...(output !== undefined && keeps('output') ? { output } : {}),
    ...(tools !== undefined && keeps('tools') ? { tools } : {}),
    ...(toolChoice !== undefined && keeps('toolChoice') ? { toolChoice } : {}),
    ...(store !== undefined && keeps('store') ? { store } : {}),
  };
}

type Extra = NonNullable<HubRequest['extra']>;

/** Words that the client's dialect keeps because nobody knows them: those that speak to us go nowhere. */
function withoutWords(extra: Extra, from: HubRequest['from'], words: ReadonlySet<string>): Extra {
  const own = extra[from];
  return own === undefined || words.size === 0 ? extra : { ...extra, [from]: pick(own, (word) => !words.has(word)) };
}

function paramsOf({ params }: HubRequest, { set, drop }: Ruling['hub'], table: Table): HubRequest['params'] {
  const kept = { ...pick(params, (name) => !drop.has(name)), ...set };
  const { maxTokens, ...others } = kept;
  const budget = kept.reasoning?.budget ?? 0;
  // A fill that leaves no room behind the thinking is worse than none: the dialect then makes room itself.
  const filled = params.maxTokens === undefined && maxTokens === table.fill.maxTokens;
  return filled && maxTokens !== undefined && budget >= maxTokens ? others : kept;
}

function pick<T extends object>(from: T, wanted: (name: keyof T & string) => boolean): T {
  const kept = { ...from };
  for (const name in kept) if (!wanted(name)) delete kept[name];
  return kept;
}
