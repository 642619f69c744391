import type { Json, JsonObject, Tool, ToolChoice, WebSearch } from '../../hub/index.ts';
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
      : [...functions, { kind: 'hosted', dialect: self, value: hosted, ...searchOf(hosted) }];
  });
}

/** An entry that is a search and nothing else. */
function searchOf(hosted: JsonObject): { search?: WebSearch } {
  const search = field(hosted, 'googleSearch') ?? field(hosted, 'googleSearchRetrieval');
  if (!isObject(search) || Object.keys(hosted).length > 1) return {};
  const blocked = listIn(search, 'excludeDomains').filter((domain) => typeof domain === 'string');
  return { search: blocked.length === 0 ? {} : { blocked } };
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

/** What `functionCallingConfig` asks for. Names beside AUTO mean nothing. */
export function readChoice(config: JsonValue | undefined): ToolChoice | undefined {
  if (!isObject(config)) return undefined;
  const names = listIn(config, 'allowedFunctionNames').filter((name) => typeof name === 'string');
  const [first] = names;
  const only = names.length === 0 ? {} : { only: names };
  switch (textIn(config, 'mode')?.toUpperCase()) {
    case 'AUTO':
      return { kind: 'auto' };
    case 'VALIDATED':
      return { kind: 'auto', ...only };
    case 'NONE':
      return { kind: 'none' };
    case 'ANY':
      return names.length === 1 && first !== undefined ? { kind: 'one', name: first } : { kind: 'any', ...only };
    default:
      return undefined;
  }
}
