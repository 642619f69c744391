import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, answerPage, describeRoutes, frontDoor, readiness, supportedParams } from './admin.ts';
import { apiOf } from './api.ts';
import { dropCached, flushCache, pingCache } from './caches.ts';
import type { Row } from './directory.ts';
import { healthCheck } from './health.ts';
import type { House } from './house.ts';
import { groupInfo, modelInfo } from './model-info.ts';
import { listLoaded, listTags, ollamaVersion, showTag } from './ollama.ts';
import { libraryPaths, noLibrary, pullTag } from './ollama-library.ts';
import { isOwnHost } from './origin.ts';
import { tokenCounter } from './token-counter.ts';
import { version } from './version.ts';

/** Answers a request; what it throws or rejects with is told in the client's form. */
export type Answering = (
  req: IncomingMessage,
  res: ServerResponse,
  params: Readonly<Record<string, string>>,
) => void | Promise<void>;

type AdminRow = Row<Answering>;

/** What is asked of the server itself, and what Ollama's clients ask beside chats. `lines`: every route, as `GET /health`. */
export function adminRows(house: House, lines: () => string[]): AdminRow[] {
  const health = healthCheck(house);
  return [
    ...get(['/health/liveliness', '/health/liveness'], (_, res) => answerJson(res, 200, "I'm alive!")),
    ...get(['/health/readiness'], (_, res) => {
      res.setHeader('x-modelport-version', version);
      answerJson(res, 200, readiness(house.config));
    }),
    ...get(['/health'], async (req, res) => answerJson(res, 200, await health(req))),
    ...get(['/utils/supported_openai_params'], (req, res) =>
      answerJson(res, 200, supportedParams(house.config, queryOf(req).get('model'))),
    ),
    ...post(['/utils/token_counter'], (req, res) => tokenCounter(house, req, res)),
    ...get(['/model/info', '/v1/model/info', '/v2/model/info'], async (req, res) =>
      answerJson(res, 200, await modelInfo(house, queryOf(req))),
    ),
    ...get(['/model_group/info'], async (req, res) => answerJson(res, 200, await groupInfo(house, queryOf(req)))),
    ...descriptions(house, lines),
    ...get(['/cache/ping'], async (_, res) => answerJson(res, 200, await pingCache(house))),
    ...post(['/cache/delete'], async (req, res) => answerJson(res, 200, await dropCached(house, req, res))),
    ...post(['/cache/flushall'], async (_, res) => answerJson(res, 200, await flushCache(house))),
    ...ollamaRows(house),
  ];
}

function descriptions(house: House, lines: () => string[]): AdminRow[] {
  const locked = () => house.config.masterKey !== undefined;
  return [
    ...get(['/routes'], (_, res) => answerJson(res, 200, { routes: describeRoutes(lines()) })),
    ...get(['/openapi.json'], async (_, res) => {
      const { describeApi } = await import('./openapi.ts');
      answerJson(res, 200, describeApi(apiOf(lines()), locked()));
    }),
    ...get(['/docs', '/redoc'], async (req, res) => {
      const { docsPage } = await import('./docs-page.ts');
      const { tls, allowedHosts, port } = house.config;
      const host = isOwnHost(req.headers.host ?? '', allowedHosts) ? req.headers.host : undefined;
      const origin = `${tls === undefined ? 'http' : 'https'}://${host ?? `localhost:${port}`}`;
      answerPage(res, docsPage(apiOf(lines()), origin, locked()));
    }),
    ...get(['/'], (_, res) => answerJson(res, 200, frontDoor(lines()))),
  ];
}

/** Operations on models that clients know from elsewhere; listed nowhere. */
export const absentRows: readonly AdminRow[] = libraryPaths.flatMap((path) =>
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
    method,
    path,
    to: (req: IncomingMessage) => noLibrary((req.url ?? '/').split('?', 1)[0] ?? path),
  })),
);

function ollamaRows(house: House): AdminRow[] {
  return [
    ...get(['/api/version'], (_, res) => answerJson(res, 200, ollamaVersion())),
    ...get(['/api/tags'], (_, res) => answerJson(res, 200, listTags(house.config))),
    ...get(['/api/ps'], async (_, res) => answerJson(res, 200, await listLoaded(house))),
    ...post(['/api/show'], (req, res) => showTag(house, req, res)),
    ...post(['/api/pull'], (req, res) => pullTag(house, req, res)),
  ];
}

export function queryOf(req: IncomingMessage): URLSearchParams {
  return new URL(req.url ?? '/', 'http://localhost').searchParams;
}

function get(paths: readonly string[], to: Answering): AdminRow[] {
  return paths.map((path) => ({ method: 'GET', path, to }));
}

function post(paths: readonly string[], to: Answering): AdminRow[] {
  return paths.map((path) => ({ method: 'POST', path, to }));
}
