import type { HubRequest, Json, JsonObject, Tool } from '../../hub/index.ts';
import { inlineRefs, isRecursive, withoutKeywords } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { readChoice } from './decode-tools.ts';
import { toOpenApi } from './open-api-schema.ts';
import { kept, self } from './own.ts';
import type { GeminiQuirks } from './quirks.ts';

/** `tools` and the part of `toolConfig` that chooses. */
interface ToolWords {
  tools?: JsonObject[];
  functionCallingConfig?: JsonObject;
}

export function encodeTools(request: HubRequest, quirks: Partial<GeminiQuirks>): ToolWords {
  const declarations: JsonObject[] = [];
  const hosted: JsonObject[] = [];
  for (const tool of request.tools ?? []) {
    if (tool.kind === 'function') declarations.push(declare(tool, quirks));
    else if (tool.kind === 'hosted' && isOwn(tool)) hosted.push(tool.value);
  }
  if (isObject(request.named?.webSearch) && !hosted.some((tool) => tool['googleSearch'] !== undefined)) {
    hosted.push({ googleSearch: {} });
  }
  const tools = [...(declarations.length === 0 ? [] : [{ functionDeclarations: declarations }]), ...hosted];
  if (tools.length === 0) return {};
  const choice = encodeChoice(request, declarations);
  return { tools, ...(choice === undefined ? {} : { functionCallingConfig: choice }) };
}

/** Google's own tools are known by their key, whoever read the request. */
const keys = new Set(
  [
    'functionDeclarations',
    'googleSearch',
    'googleSearchRetrieval',
    'codeExecution',
    'urlContext',
    'googleMaps',
    'computerUse',
    'fileSearch',
    'enterpriseWebSearch',
    'retrieval',
  ].flatMap((key) => [key, key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
);

function isOwn(tool: Tool & { kind: 'hosted' }): boolean {
  return tool.dialect === self || Object.keys(tool.value).some((key) => keys.has(key) && isObject(tool.value[key]));
}

type FunctionTool = Tool & { kind: 'function' };

function declare(tool: FunctionTool, quirks: Partial<GeminiQuirks>): JsonObject {
  return {
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    ...encodeParameters(tool.schema, quirks),
    ...kept(tool),
  };
}

/**
 * The OpenAPI form, which every model knows, as long as nothing is lost by it; else JSON Schema as it is. A function
 * without parameters has no schema.
 */
function encodeParameters(schema: Json, quirks: Partial<GeminiQuirks>): JsonObject {
  if (!isObject(schema) || isEmpty(schema)) return {};
  const whole = isObjectType(schema['type']) ? schema : { ...schema, type: 'object' };
  const { schema: converted, lost } = toOpenApi(whole);
  if (!lost || quirks.openApiSchemas) return { parameters: converted };
  return { parametersJsonSchema: jsonSchema(whole) };
}

/** Parameters are an object; some clients leave that out. */
function isObjectType(type: Json | undefined): boolean {
  return typeof type === 'string' && type.toLowerCase() === 'object';
}

function isEmpty(schema: JsonObject): boolean {
  const { properties, additionalProperties = false, $ref, anyOf, oneOf, allOf } = schema;
  const open = additionalProperties !== false || [$ref, anyOf, oneOf, allOf].some((word) => word !== undefined);
  return !open && (properties === undefined || (isObject(properties) && Object.keys(properties).length === 0));
}

/**
 * JSON Schema without what is no part of it, or speaks to validators only. Google takes references, also those of a schema
 * that holds itself; where they say nothing more they are put in place.
 */
export function jsonSchema(schema: Json): Json {
  return withoutKeywords(isRecursive(schema) ? schema : inlineRefs(schema), ['$schema', 'strict']);
}

function encodeChoice({ toolChoice }: HubRequest, declarations: readonly JsonObject[]): JsonObject | undefined {
  if (toolChoice === undefined || declarations.length === 0) return undefined;
  switch (toolChoice.kind) {
    case 'auto':
      return toolChoice.only === undefined
        ? { mode: 'AUTO' }
        : { mode: 'VALIDATED', allowedFunctionNames: [...toolChoice.only] };
    case 'none':
      return { mode: 'NONE' };
    case 'any':
      return { mode: 'ANY', ...(toolChoice.only === undefined ? {} : { allowedFunctionNames: [...toolChoice.only] }) };
    case 'one':
      return { mode: 'ANY', allowedFunctionNames: [toolChoice.name] };
  }
}

/** `toolConfig` with its part that chooses: as the client of this form wrote it, where that is what is asked for still. */
export function encodeToolConfig(written: Json | undefined, chosen: JsonObject | undefined): JsonObject {
  const { functionCallingConfig, function_calling_config, ...rest } = isObject(written) ? written : {};
  if (chosen === undefined) return rest;
  const own = functionCallingConfig ?? function_calling_config;
  const same = JSON.stringify(readChoice(own)) === JSON.stringify(readChoice(chosen));
  return { ...rest, functionCallingConfig: same && isObject(own) ? own : chosen };
}
