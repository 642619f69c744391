import type { ServerResponse } from 'node:http';
import { ConfigError, rowForModel } from '../config/index.ts';
import { takenParams } from '../dialects/index.ts';
import { type Config, type JsonObject, type Provider, ProxyError } from '../hub/index.ts';
import { knownAs } from '../router/index.ts';
import { cacheType } from './caches.ts';
import { version } from './version.ts';

/** Writes a JSON answer. */
export function answerJson(res: ServerResponse, status: number, body: JsonObject | string): void {
  const text = JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  res.end(text);
}

/** Writes a page that loads nothing from anywhere and runs nothing. */
export function answerPage(res: ServerResponse, html: string): void {
  res.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    'x-content-type-options': 'nosniff',
  });
  res.end(html);
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
export function readiness(config: Config): JsonObject {
  return {
    status: 'healthy',
    db: 'Not connected',
    cache: cacheType(config),
    litellm_version: version,
    success_callbacks: [],
  };
}

/** `GET /`: what is here, for whoever opens the address. */
export function frontDoor(paths: readonly string[]): JsonObject {
  return { name: 'modelport', version, routes: [...paths] };
}

/** `GET /routes` (LITELLM.md 7), from lines such as `GET /health`; `*` stands for every method. */
export function describeRoutes(lines: readonly string[]): JsonObject[] {
  const byPath = new Map<string, string[]>();
  for (const line of lines) {
    const [method = '', path = ''] = line.split(' ');
    byPath.set(path, [...(byPath.get(path) ?? []), ...(method === '*' ? everyMethod : [method])]);
  }
  return [...byPath].map(([path, methods]) => {
    const name = path.replace(/\W+/g, '_').replace(/^_|_$/g, '') || 'root';
    return { path, methods, name, endpoint: name };
  });
}

const everyMethod = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
