import type { HubRequest, Json, JsonObject, Tool } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { kept, self } from './own.ts';
import { encodeWebSearch, isSearch } from './search.ts';

/** `tools` and what is said about them; all absent where there are none. */
export function encodeTools(request: HubRequest): JsonObject {
  const tools = gather(request);
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

/** Tools of one namespace stand in it together, where the first of them was. */
function gather({ tools = [], from }: HubRequest): JsonObject[] {
  const out: JsonObject[] = [];
  const spaces = new Map<string, JsonObject[]>();
  for (const tool of tools) {
    const namespace = tool.kind === 'hosted' ? undefined : tool.namespace;
    const encoded = encodeTool(tool, from === self);
    if (namespace === undefined) {
      out.push(...encoded);
      continue;
    }
    const known = spaces.get(namespace);
    if (known !== undefined) known.push(...encoded);
    else {
      const { namespace: own } = kept(tool);
      spaces.set(namespace, encoded);
      out.push({ description: '', ...(isObject(own) ? own : {}), type: 'namespace', name: namespace, tools: encoded });
    }
  }
  return out;
}

function encodeTool(tool: Tool, asWritten: boolean): JsonObject[] {
  switch (tool.kind) {
    case 'function': {
      const { namespace: _, ...own } = kept(tool);
      return [
        {
          ...own,
          type: 'function',
          name: tool.name,
          ...(tool.description === undefined ? {} : { description: tool.description }),
          parameters: isObject(tool.schema) ? tool.schema : { type: 'object', properties: {} },
          // Left out it means true here, and false in every other API.
          ...(tool.strict === undefined && asWritten ? {} : { strict: tool.strict ?? false }),
        },
      ];
    }
    case 'custom': {
      const { namespace: _, ...own } = kept(tool);
      const described = tool.description === undefined ? {} : { description: tool.description };
      const format = tool.format === undefined ? {} : { format: tool.format };
      return [{ ...own, type: 'custom', name: tool.name, ...described, ...format }];
    }
    case 'hosted': {
      const { type } = tool.value;
      return tool.dialect === self || (typeof type === 'string' && hosted.test(type)) ? [tool.value] : [];
    }
  }
}

function encodeChoice(request: HubRequest): Json | undefined {
  const choice = request.toolChoice;
  const own = kept(request).tool_choice;
  if (own !== undefined) return own;
  switch (choice?.kind) {
    case undefined:
      return undefined;
    case 'none':
      return choice.kind;
    case 'auto':
    case 'any': {
      const mode = choice.kind === 'any' ? 'required' : 'auto';
      const tools = choice.only?.flatMap((name) => allowedTool(request.tools ?? [], name));
      return tools === undefined ? mode : { type: 'allowed_tools', mode, tools };
    }
    case 'one':
      return { type: kindOf(request.tools ?? [], choice.name), name: choice.name };
  }
}

function allowedTool(tools: readonly Tool[], name: string): JsonObject[] {
  const run = tools.find((tool) => tool.kind === 'hosted' && tool.value.type === name);
  return [run === undefined ? { type: kindOf(tools, name), name } : { type: name }];
}

function kindOf(tools: readonly Tool[], name: string): 'function' | 'custom' {
  return tools.some((tool) => tool.kind === 'custom' && tool.name === name) ? 'custom' : 'function';
}
