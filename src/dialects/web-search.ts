import type { Json, JsonObject, WebSearch } from '../hub/index.ts';
import { isObject, type JsonValue } from '../wire/index.ts';

/** A search of the web as OpenAI's and Anthropic's tools say it; `filters`: the object that names domains. Lenient. */
export function readSearch(tool: JsonObject, filters: JsonObject): WebSearch {
  const { search_context_size: size, max_uses: uses } = tool;
  const location = readLocation(tool['user_location']);
  const allowed = texts(filters['allowed_domains']);
  const blocked = texts(filters['blocked_domains']);
  return {
    ...(typeof size === 'string' ? { size } : {}),
    ...(location === undefined ? {} : { location }),
    ...(allowed.length === 0 ? {} : { allowed }),
    ...(blocked.length === 0 ? {} : { blocked }),
    ...(typeof uses === 'number' ? { uses } : {}),
  };
}

/** The place of a search, which the chat form writes one level deeper. */
export function readLocation(value: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const place = isObject(value['approximate']) ? value['approximate'] : value;
  const said = Object.entries(place).filter(([word, one]) => word !== 'type' && one !== null);
  return said.length === 0 ? undefined : Object.fromEntries(said);
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
