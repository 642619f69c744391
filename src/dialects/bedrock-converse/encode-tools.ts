import { type HubRequest, inlineRefs, type Json, type JsonObject, type Tool } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { cachePoint, self } from './carried.ts';
import type { BedrockQuirks } from './quirks.ts';

/** `toolConfig`, and Claude's own word for calls one by one. */
export interface ToolWords {
  toolConfig?: JsonObject;
  /** For `additionalModelRequestFields`. */
  tool_choice?: JsonObject;
}

/** `called`: names of tools in the conversation. `free`: while the model thinks it may not be forced to call. */
export function encodeTools(
  request: HubRequest,
  called: readonly string[],
  free: boolean,
  quirks: Partial<BedrockQuirks>,
): ToolWords {
  const none = request.toolChoice?.kind === 'none';
  const tools = none ? [] : offered(request, quirks);
  if (tools.length > 0) return { ...choice(request, tools, free, quirks) };
  if (called.length === 0) return {};
  // The API refuses calls in a conversation without tools, and has no word against using them: they are named as far as
  // the calls tell.
  return {
    toolConfig: {
      tools: called.map((name) => ({
        toolSpec: { name, description: name, inputSchema: { json: { type: 'object' } } },
      })),
    },
  };
}

function offered(request: HubRequest, quirks: Partial<BedrockQuirks>): JsonObject[] {
  const tools = (request.tools ?? []).flatMap((tool): JsonObject[] => {
    const node = encodeTool(tool, quirks);
    if (node === undefined) return [];
    const mark = quirks.caches === 'messages' ? undefined : cachePoint(tool.cache, quirks);
    return mark === undefined ? [node] : [node, mark];
  });
  const { searchTool } = quirks;
  if (searchTool !== undefined && isObject(request.named?.webSearch)) tools.push({ systemTool: { name: searchTool } });
  return tools;
}

function encodeTool(tool: Tool, quirks: Partial<BedrockQuirks>): JsonObject | undefined {
  switch (tool.kind) {
    case 'function':
      return {
        toolSpec: {
          name: tool.name,
          description: tool.description === undefined || tool.description === '' ? tool.name : tool.description,
          inputSchema: { json: objectSchema(tool.schema, quirks) },
          ...(tool.strict === true && quirks.strictTools === true ? { strict: true } : {}),
        },
      };
    case 'custom':
      return undefined;
    case 'hosted':
      return tool.dialect === self ? tool.value : undefined;
  }
}

/** The API takes object schemas only, and the models behind it no `$schema`. */
function objectSchema(given: Json, { plainSchemas }: Partial<BedrockQuirks>): JsonObject {
  const schema = plainSchemas === true ? inlineRefs(given) : given;
  if (!isObject(schema)) return { type: 'object', properties: {} };
  if (plainSchemas === true) return plain(schema);
  const { $schema: _draft, $id: _id, ...rest } = schema;
  return rest['type'] === 'object' ? rest : { properties: {}, ...rest, type: 'object' };
}

function plain({ properties, required }: JsonObject): JsonObject {
  return {
    type: 'object',
    properties: isObject(properties) ? properties : {},
    ...(Array.isArray(required) ? { required } : {}),
  };
}

function choice(request: HubRequest, tools: JsonObject[], free: boolean, quirks: Partial<BedrockQuirks>): ToolWords {
  const wanted = free ? 'auto' : strongest(request, quirks);
  const name = request.toolChoice?.kind === 'one' ? request.toolChoice.name : '';
  const serial = request.params.parallelToolCalls === false && quirks.claude === true;
  const asked = request.toolChoice !== undefined;
  const toolChoice: JsonObject = wanted === 'tool' ? { tool: { name } } : { [wanted]: {} };
  return {
    toolConfig: { tools, ...(asked ? { toolChoice } : {}) },
    ...(serial
      ? { tool_choice: { type: wanted, ...(wanted === 'tool' ? { name } : {}), disable_parallel_tool_use: true } }
      : {}),
  };
}

/** What the model takes of what was asked: one tool, any, or its own choice. */
function strongest(request: HubRequest, { toolChoices }: Partial<BedrockQuirks>): 'auto' | 'any' | 'tool' {
  const kind = request.toolChoice?.kind;
  if (kind !== 'any' && kind !== 'one') return 'auto';
  if (toolChoices === 'auto') return 'auto';
  return kind === 'one' && toolChoices !== 'any' ? 'tool' : 'any';
}
