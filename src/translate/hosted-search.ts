import type { HubRequest, JsonObject, Tool, WebSearch } from '../hub/index.ts';
import type { Adapted } from './adapt.ts';
import type { Table } from './table.ts';

type Searching = Extract<Tool, { kind: 'hosted' }> & { search: WebSearch };

/**
 * Whether a request has another vendor's search of the web that this one has too. Domains that cannot be said are no
 * detail: then there is no search.
 */
export function searchesElsewhere({ tools = [], named, params }: HubRequest, table: Table): boolean {
  const { searches } = table.speaker.provider;
  const asked = tools.find((tool) => isForeign(tool, table));
  if (searches === undefined || asked === undefined || named?.webSearch !== undefined) return false;
  if (!searches.beside && tools.some(({ kind }) => kind !== 'hosted')) return false;
  const { allowed, blocked } = asked.search;
  if (allowed !== undefined && !searches.filters.includes('allowed')) return false;
  if (blocked !== undefined && !searches.filters.includes('blocked')) return false;
  const word = table.speaker.params.webSearch ?? '';
  return table.takes(
    'webSearch',
    word,
    () => ({}),
    () => params.reasoning !== undefined,
  );
}

function isForeign(tool: Tool, { speaker }: Table): tool is Searching {
  return tool.kind === 'hosted' && tool.search !== undefined && tool.dialect !== speaker.id;
}

/** The search in the words that every dialect's encoder reads: those of the chat form. */
export function hostedSearch(request: HubRequest, table: Table): Adapted {
  const { tools = [], named } = request;
  const asked = tools.find((tool) => isForeign(tool, table));
  if (asked === undefined) return { request, undo: (emit) => emit };
  return {
    request: {
      ...request,
      tools: tools.filter((tool) => !isForeign(tool, table)),
      named: { ...named, webSearch: optionsOf(asked.search) },
    },
    undo: (emit) => emit,
  };
}

function optionsOf({ size, location, allowed, blocked, uses }: WebSearch): JsonObject {
  const filters = {
    ...(allowed === undefined ? {} : { allowed_domains: allowed }),
    ...(blocked === undefined ? {} : { blocked_domains: blocked }),
  };
  return {
    ...(size === undefined ? {} : { search_context_size: size }),
    ...(location === undefined ? {} : { user_location: { type: 'approximate', approximate: location } }),
    ...(Object.keys(filters).length === 0 ? {} : { filters }),
    ...(uses === undefined ? {} : { max_uses: uses }),
  };
}
