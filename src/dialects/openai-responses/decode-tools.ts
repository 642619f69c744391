import type { JsonObject, Tool, ToolChoice, WebSearch } from '../../hub/index.ts';
import { asArray, asBoolean, asObject, asString, isObject, type JsonValue, optional } from '../../wire/index.ts';
import { readSearch } from '../web-search.ts';
import { keep, others, self } from './own.ts';
import { isSearch } from './search.ts';

/** The tools, those of namespaces one by one; what the vendor runs itself, or nobody knows, is its own. */
export function decodeTools(value: JsonValue | undefined): Tool[] | undefined {
  const tools = optional(asArray, value, 'tools');
  return tools?.flatMap((tool, index) => decodeTool(asObject(tool, `tools[${index}]`), `tools[${index}]`));
}

function decodeTool(tool: JsonObject, path: string): Tool[] {
  switch (asString(tool.type, `${path}.type`)) {
    case 'function':
      return [decodeFunction(tool, path)];
    case 'custom':
      return [decodeCustom(tool, path)];
    case 'namespace':
      return decodeNamespace(tool, path);
    default:
      return [{ kind: 'hosted', dialect: self, value: tool, ...searchOf(tool) }];
  }
}

/** One that may not go out is none. */
function searchOf(tool: JsonObject): { search?: WebSearch } {
  if (!isSearch(tool.type) || tool.external_web_access === false) return {};
  return { search: readSearch(tool, isObject(tool.filters) ? tool.filters : {}) };
}

const functionFields = new Set(['type', 'name', 'description', 'parameters', 'strict']);

/** `strict` left out means true here, and nothing in other APIs; clients that mean it say it. */
function decodeFunction(tool: JsonObject, path: string): Extract<Tool, { kind: 'function' }> {
  const description = optional(asString, tool.description, `${path}.description`);
  const strict = optional(asBoolean, tool.strict, `${path}.strict`);
  return {
    kind: 'function',
    name: asString(tool.name, `${path}.name`),
    ...(description === undefined ? {} : { description }),
    schema: optional(asObject, tool.parameters, `${path}.parameters`) ?? { type: 'object', properties: {} },
    ...(strict === undefined ? {} : { strict }),
    ...keep(others(tool, functionFields)),
  };
}

const customFields = new Set(['type', 'name', 'description', 'format']);

function decodeCustom(tool: JsonObject, path: string): Extract<Tool, { kind: 'custom' }> {
  const description = optional(asString, tool.description, `${path}.description`);
  const format = optional(asObject, tool.format, `${path}.format`);
  return {
    kind: 'custom',
    name: asString(tool.name, `${path}.name`),
    ...(description === undefined ? {} : { description }),
    ...(format === undefined ? {} : { format }),
    ...keep(others(tool, customFields)),
  };
}

const namespaceFields = new Set(['type', 'name', 'tools']);

function decodeNamespace(space: JsonObject, path: string): Tool[] {
  const namespace = asString(space.name, `${path}.name`);
  const own = others(space, namespaceFields);
  return asArray(space.tools, `${path}.tools`).map((one, index): Tool => {
    const at = `${path}.tools[${index}]`;
    const tool = asObject(one, at);
    if (tool.type !== 'function' && tool.type !== 'custom') {
      return { kind: 'hosted', dialect: self, value: { ...space, tools: [tool] } };
    }
    const decoded = tool.type === 'function' ? decodeFunction(tool, at) : decodeCustom(tool, at);
    const extra = { ...decoded.extra?.[self], namespace: own };
    return { ...decoded, namespace, extra: { [self]: extra } };
  });
}

/** undefined: not given. `own`: the choice as it was written, where the hub cannot say all of it (a server's tool). */
export function decodeChoice(choice: JsonValue | undefined): { choice?: ToolChoice; own?: JsonObject } {
  if (choice === undefined || choice === null) return {};
  const word = isObject(choice) ? choice.type : asString(choice, 'tool_choice');
  switch (word) {
    case 'auto':
    case 'none':
      return { choice: { kind: word } };
    case 'required':
      return { choice: { kind: 'any' } };
  }
  const object = asObject(choice, 'tool_choice');
  switch (asString(object.type, 'tool_choice.type')) {
    case 'function':
    case 'custom':
      return { choice: { kind: 'one', name: asString(object.name, 'tool_choice.name') } };
    case 'allowed_tools':
      return { choice: decodeAllowed(object), own: object };
    default:
      return { own: object };
  }
}

/** Functions by name, the vendor's own tools by type. */
function decodeAllowed(choice: JsonObject): ToolChoice {
  const only = asArray(choice.tools, 'tool_choice.tools').map((one, index) => {
    const path = `tool_choice.tools[${index}]`;
    const tool = asObject(one, path);
    return typeof tool.name === 'string' ? tool.name : asString(tool.type, `${path}.type`);
  });
  return { kind: choice.mode === 'required' ? 'any' : 'auto', only };
}
