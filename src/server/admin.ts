import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConfigError, rowForModel } from '../config/index.ts';
import { takenParams } from '../dialects/index.ts';
import { type Config, type Deployment, type JsonObject, type Provider, ProxyError } from '../hub/index.ts';
import { knownAs } from '../router/index.ts';
import { version } from './version.ts';

/** Writes a JSON answer. */
export function answerJson(res: ServerResponse, status: number, body: JsonObject | string): void {
  const text = JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  res.end(text);
}

const startedAt = Date.now();

/** `GET /v1/models`: Anthropic's list for callers that send anthropic-version, else OpenAI's. */
export function listModels(config: Config, req: IncomingMessage, res: ServerResponse): void {
  const names = namesOf(config);
  if (req.headers['anthropic-version'] === undefined) {
    answerJson(res, 200, { object: 'list', data: names.map(([name, to]) => openAIModel(name, to)) });
    return;
  }
  answerJson(res, 200, {
    data: names.map(([name]) => anthropicModel(name)),
    has_more: false,
    first_id: names[0]?.[0] ?? null,
    last_id: names.at(-1)?.[0] ?? null,
  });
}

/** `GET /v1/models/{id}`: a listed name, the part of it after the provider, or an alias. Throws not-found. */
export function showModel(config: Config, id: string, req: IncomingMessage, res: ServerResponse): void {
  const to = knownAs(config, id);
  if (to === undefined) {
    throw new ProxyError('not-found', `The model '${id}' does not exist`, { code: 'model_not_found', param: 'model' });
  }
  answerJson(res, 200, req.headers['anthropic-version'] === undefined ? openAIModel(id, to) : anthropicModel(id));
}

/** Every name that clients may use, once, with the deployment that owns it. */
function namesOf(config: Config): [string, Deployment][] {
  const names = new Map<string, Deployment>();
  for (const to of config.deployments) if (!names.has(to.group)) names.set(to.group, to);
  for (const [alias, group] of Object.entries(config.aliases)) {
    const to = names.get(group);
    if (to !== undefined && !names.has(alias)) names.set(alias, to);
  }
  return [...names];
}

function openAIModel(name: string, to: Deployment): JsonObject {
  return { id: name, object: 'model', created: Math.floor(startedAt / 1000), owned_by: to.provider.id };
}

function anthropicModel(name: string): JsonObject {
  return { type: 'model', id: name, display_name: name, created_at: new Date(startedAt).toISOString() };
}

/** `GET /utils/supported_openai_params?model=`: of a served model, or of any that `--model` would take. Throws invalid-request. */
export function supportedParams(config: Config, model: string | null): JsonObject {
  if (model === null || model === '') {
    throw new ProxyError('invalid-request', 'say which model: ?model=<provider>/<model>', { param: 'model' });
  }
  return { supported_openai_params: takenParams(knownAs(config, model)?.row ?? unserved(model)).takes };
}

function unserved(model: string): Provider {
  try {
    return rowForModel(model);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new ProxyError('invalid-request', cause.message, { param: 'model', cause });
  }
}

/** `GET /health/readiness`. */
export function readiness(): JsonObject {
  return { status: 'healthy', db: 'Not connected', cache: null, litellm_version: version, success_callbacks: [] };
}

/** `GET /`: what is here, for whoever opens the address. */
export function frontDoor(paths: readonly string[]): JsonObject {
  return { name: 'modelport', version, routes: [...paths] };
}
