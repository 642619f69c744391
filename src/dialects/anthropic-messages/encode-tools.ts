import type { HubRequest, Json, JsonObject, Tool } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { readLocation } from '../web-search.ts';
import { self, writeCarried } from './carried.ts';

/** `tools` and `tool_choice`, absent where there are no tools. */
export interface ToolWords {
  tools?: JsonObject[];
  tool_choice?: JsonObject;
}

/** `called`: names of tools in the conversation. `free`: while the model thinks it may not be forced to call. */
export function encodeTools(request: HubRequest, called: readonly string[], free: boolean): ToolWords {
  const tools: JsonObject[] = [];
  for (const tool of request.tools ?? []) {
    const encoded = encodeTool(tool);
    if (encoded !== undefined) tools.push(encoded);
  }
  const search = encodeWebSearch(request);
  if (search !== undefined && !tools.some((tool) => tool['name'] === search['name'])) tools.push(search);
  if (tools.length > 0) return { tools, ...encodeChoice(request, free) };
  if (called.length === 0) return {};
  // The API refuses calls in a conversation without tools. So the tools are named as far as the calls tell, and the
  // model may not use them: the client did not offer any.
  return {
    tools: called.map((name) => ({ name, input_schema: { type: 'object' } })),
    tool_choice: { type: 'none' },
  };
}

/** Anthropic's own typed tools carry the date of their version, so they are known whoever read the request. */
const ownType = /^(?:mcp_toolset|[a-z][a-z0-9_]*_\d{8})$/;

function encodeTool(tool: Tool): JsonObject | undefined {
  switch (tool.kind) {
    case 'function':
      return {
        name: tool.name,
        ...(tool.description === undefined ? {} : { description: tool.description }),
        input_schema: objectSchema(tool.schema),
        ...(tool.strict === undefined ? {} : { strict: tool.strict }),
        ...writeCarried(tool),
      };
    case 'custom':
      return undefined;
    case 'hosted': {
      const type = tool.value['type'];
      const known = tool.dialect === self || (typeof type === 'string' && ownType.test(type));
      return known ? tool.value : undefined;
    }
  }
}

/** The API takes object schemas only. */
function objectSchema(schema: Json): JsonObject {
  if (!isObject(schema)) return { type: 'object', properties: {} };
  return schema['type'] === 'object' ? schema : { properties: {}, ...schema, type: 'object' };
}

function encodeChoice(request: HubRequest, free: boolean): Pick<ToolWords, 'tool_choice'> {
  const choice = request.toolChoice;
  const serial = request.params.parallelToolCalls === false;
  const forced = choice?.kind === 'any' || choice?.kind === 'one';
  if (choice === undefined && !serial) return {};
  if (choice?.kind === 'none') return { tool_choice: { type: 'none' } };
  const more: JsonObject = serial ? { disable_parallel_tool_use: true } : {};
  if (choice === undefined || choice.kind === 'auto' || (forced && free))
    return { tool_choice: { type: 'auto', ...more } };
  if (choice.kind === 'one') return { tool_choice: { type: 'tool', name: choice.name, ...more } };
  return { tool_choice: { type: 'any', ...more } };
}

/** How many searches each context size of the chat form stands for. */
const searches: Readonly<Record<string, number>> = { low: 1, medium: 5, high: 10 };

function encodeWebSearch(request: HubRequest): JsonObject | undefined {
  const options = request.named?.webSearch;
  if (!isObject(options)) return undefined;
  const size = options['search_context_size'];
  const usual = typeof size === 'string' && Object.hasOwn(searches, size) ? searches[size] : undefined;
  const uses = typeof options['max_uses'] === 'number' ? options['max_uses'] : usual;
  const place = readLocation(options['user_location']);
  const { allowed_domains: allowed, blocked_domains: blocked } = isObject(options['filters']) ? options['filters'] : {};
  return {
    type: 'web_search_20250305',
    name: 'web_search',
    ...(uses === undefined ? {} : { max_uses: uses }),
    ...(place === undefined ? {} : { user_location: { ...place, type: 'approximate' } }),
    // Only one of the two may be said.
    ...(allowed !== undefined
      ? { allowed_domains: allowed }
      : blocked === undefined
        ? {}
        : { blocked_domains: blocked }),
  };
}
