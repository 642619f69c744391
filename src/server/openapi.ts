import type { JsonObject } from '../hub/index.ts';
import type { ApiEntry } from './api.ts';
import { version } from './version.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;
const free = /^\/health\/(?:liv|readiness)/;

/** `GET /openapi.json`: OpenAPI 3.1 of what is here. `locked`: a master key is asked for. */
export function describeApi(entries: readonly ApiEntry[], locked: boolean): JsonObject {
  const paths: { [path: string]: JsonObject } = {};
  for (const entry of entries) {
    const path = numbered(entry.path);
    if (entry.method === '*') {
      paths[path] = { $ref: `#/components/pathItems/${path.includes('{') ? 'mount' : 'fixed'}` };
      continue;
    }
    const before = paths[path] ?? parametersOf(path);
    paths[path] = { ...before, [entry.method.toLowerCase()]: operationOf({ ...entry, path }) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'modelport', version, description: 'A local proxy that lets any client use any LLM.' },
    servers: [{ url: '/' }],
    ...(locked ? { security: Object.keys(schemes).map((name) => ({ [name]: [] })) } : {}),
    tags: [...new Set(entries.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: schemes,
      responses: { Error: failed },
      pathItems: { mount: anyMethod('/{path}'), fixed: anyMethod('/') },
    },
  };
}

const schemes: JsonObject = {
  bearer: { type: 'http', scheme: 'bearer' },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
  azureKey: { type: 'apiKey', in: 'header', name: 'api-key' },
  googleKey: { type: 'apiKey', in: 'header', name: 'x-goog-api-key' },
};

const failed: JsonObject = {
  description: 'An error, in the form of the path’s own clients',
  content: {
    'application/json': {
      schema: { type: 'object', properties: { error: { type: ['object', 'string'] } }, required: ['error'] },
    },
  },
};

/** A name may stand once in a path. */
function numbered(path: string): string {
  const known = new Map<string, number>();
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const times = (known.get(name) ?? 0) + 1;
    known.set(name, times);
    return times === 1 ? `{${name}}` : `{${name}${times}}`;
  });
}

function parametersOf(path: string): JsonObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name = '']) => name);
  if (names.length === 0) return {};
  return { parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })) };
}

function operationOf({ method, path, group, title, body, form, streams }: ApiEntry): JsonObject {
  return {
    operationId: `${method.toLowerCase()}${path.replace(/\W+/g, '_').replace(/_$/, '')}` || 'root',
    tags: [group],
    summary: title,
    ...(free.test(path) ? { security: [] } : {}),
    ...(body === undefined ? {} : { requestBody: requestOf(body, form === true) }),
    responses: {
      '200': {
        description: 'The answer',
        content: {
          'application/json': {},
          ...(streams ? { 'text/event-stream': { schema: { type: 'string' } } } : {}),
        },
      },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

function requestOf(example: JsonObject, form: boolean): JsonObject {
  const schema = { type: 'object', additionalProperties: true };
  const media = form ? { schema } : { schema, example };
  return { required: true, content: { [form ? 'multipart/form-data' : 'application/json']: media } };
}

function anyMethod(path: string): JsonObject {
  const operation = {
    tags: ['Pass-through'],
    summary: 'The provider’s own path, with our credentials',
    responses: { default: { description: 'The provider’s own answer' } },
  };
  return { ...parametersOf(path), ...Object.fromEntries(methods.map((method) => [method, operation])) };
}
