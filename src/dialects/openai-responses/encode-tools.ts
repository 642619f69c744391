import type { HubRequest, Json, JsonObject, Tool } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { kept, self } from './own.ts';

/** `tools` and what is said about them; all absent where there are none. */
export function encodeTools(request: HubRequest): JsonObject {
  const tools = (request.tools ?? []).flatMap(encodeTool);
  const search = encodeWebSearch(request.named?.webSearch);
  if (search !== undefined && !tools.some((tool) => isSearch(tool.type))) tools.push(search);
  if (tools.length === 0) return {};
  const choice = encodeChoice(request);
  const parallel = request.params.parallelToolCalls;
  return {
    tools,
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }),
  };
}

/** Tools that the vendor runs, known by type whoever read the request. */
const hosted =
  /^(?:web_search(?:_preview)?(?:_\d{4}_\d{2}_\d{2})?|file_search|code_interpreter|image_generation|mcp|computer(?:_use_preview)?|local_shell|shell|apply_patch|x_search)$/;

function encodeTool(tool: Tool): JsonObject[] {
  switch (tool.kind) {
    case 'function':
      return [
        {
          ...kept(tool),
          type: 'function',
          name: tool.name,
          ...(tool.description === undefined ? {} : { description: tool.description }),
          parameters: isObject(tool.schema) ? tool.schema : { type: 'object', properties: {} },
          // Left out it would mean true here, and false in every other API.
          strict: tool.strict ?? false,
        },
      ];
    case 'hosted': {
      const { type } = tool.value;
      return tool.dialect === self || (typeof type === 'string' && hosted.test(type)) ? [tool.value] : [];
    }
  }
}

function isSearch(type: Json | undefined): boolean {
  return typeof type === 'string' && type.startsWith('web_search');
}

/** `web_search_options` of the chat form, where the place lies one level deeper. */
function encodeWebSearch(options: Json | undefined): JsonObject | undefined {
  if (!isObject(options)) return undefined;
  const { search_context_size: size, user_location: location, filters } = options;
  const place = isObject(location) && isObject(location.approximate) ? location.approximate : location;
  return {
    type: 'web_search',
    ...(typeof size === 'string' ? { search_context_size: size } : {}),
    ...(isObject(place) ? { user_location: { ...place, type: 'approximate' } } : {}),
    ...(isObject(filters) ? { filters } : {}),
  };
}

function encodeChoice(request: HubRequest): Json | undefined {
  const choice = request.toolChoice;
  switch (choice?.kind) {
    case undefined:
      return kept(request).tool_choice;
    case 'auto':
    case 'none':
      return choice.kind;
    case 'any':
      return 'required';
    case 'one':
      return { type: 'function', name: choice.name };
  }
}
