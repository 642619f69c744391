import type { Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { readLocation } from '../web-search.ts';

/** Whether a tool is the vendor's search of the web; it has a name for each version. */
export function isSearch(type: Json | undefined): boolean {
  return typeof type === 'string' && type.startsWith('web_search');
}

/** `web_search_options` of the chat form as a tool. */
export function encodeWebSearch(options: Json | undefined): JsonObject | undefined {
  if (!isObject(options)) return undefined;
  const { search_context_size: size, filters } = options;
  const place = readLocation(options.user_location);
  return {
    type: 'web_search',
    ...(typeof size === 'string' ? { search_context_size: size } : {}),
    ...(place === undefined ? {} : { user_location: { ...place, type: 'approximate' } }),
    ...(isObject(filters) ? { filters } : {}),
  };
}
