import type { Json, JsonObject, Tool, ToolChoice } from '../../hub/index.ts';
import { asList, asObject, asString, isObject, type JsonValue, optional } from '../../wire/index.ts';
import { fromOpenApi } from './json-schema.ts';
import { field, keep, listIn, self, textIn } from './own.ts';

/** Functions, and what Google runs itself, one for each entry of the list. */
export function decodeTools(value: JsonValue | undefined): Tool[] | undefined {
  return optional(asList(asObject), value, 'tools')?.flatMap((tool, index): Tool[] => {
    const { functionDeclarations: _d, function_declarations: _e, ...hosted } = tool;
    const path = `tools[${index}].functionDeclarations`;
    const functions = optional(asList(decodeFunction), field(tool, 'functionDeclarations'), path) ?? [];
    return Object.keys(hosted).length === 0
      ? functions
      : [...functions, { kind: 'hosted', dialect: self, value: hosted }];
  });
}

const known = ['name', 'description', 'parameters', 'parametersJsonSchema', 'parameters_json_schema'];

function decodeFunction(value: JsonValue | undefined, path: string): Tool {
  const node = asObject(value, path);
  const description = optional(asString, node['description'], `${path}.description`);
  return {
    kind: 'function',
    name: asString(node['name'], `${path}.name`),
    ...(description === undefined ? {} : { description }),
    schema: schemaOf(node),
    ...keep(node, known),
  };
}

/** A function without parameters says nothing of them. */
function schemaOf(node: JsonObject): Json {
  const written = field(node, 'parametersJsonSchema');
  if (written !== undefined) return written;
  const { parameters } = node;
  return isObject(parameters) ? fromOpenApi(parameters) : { type: 'object', properties: {} };
}

/**
 * What `functionCallingConfig` asks for, as far as the hub can say it: of several names that may be called only that one
 * must be.
 */
export function readChoice(config: JsonValue | undefined): ToolChoice | undefined {
  if (!isObject(config)) return undefined;
  const names = listIn(config, 'allowedFunctionNames').filter((name) => typeof name === 'string');
  const [only] = names;
  switch (textIn(config, 'mode')?.toUpperCase()) {
    case 'AUTO':
    case 'VALIDATED':
      return { kind: 'auto' };
    case 'NONE':
      return { kind: 'none' };
    case 'ANY':
      return names.length === 1 && only !== undefined ? { kind: 'one', name: only } : { kind: 'any' };
    default:
      return undefined;
  }
}
