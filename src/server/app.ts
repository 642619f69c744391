import express, { type NextFunction, type Request, type Response } from 'express';
import { asProxyError, type Config, ProxyError } from '../hub/index.ts';
import { answerJson, answerPage, describeRoutes, frontDoor, readiness, supportedParams } from './admin.ts';
import { apiOf, written } from './api.ts';
import { dropCached, flushCache, pingCache } from './caches.ts';
import { endpoints } from './endpoints.ts';
import { forwarding } from './forward.ts';
import { guard } from './guard.ts';
import { handle, type Way } from './handle.ts';
import { healthCheck } from './health.ts';
import { type House, openHouse, reload } from './house.ts';
import type { Others, Sink } from './index.ts';
import type { Born, Inside } from './listen.ts';
import { isJsonEdit, takesFiles, upload } from './media.ts';
import { groupInfo, modelInfo } from './model-info.ts';
import { listModels, showModel } from './models.ts';
import { passThrough } from './native.ts';
import { switchProtocols } from './native-socket.ts';
import { answerParser, refuseExpectation, refuseTunnel } from './no-request.ts';
import { listLoaded, listTags, ollamaVersion, showTag } from './ollama.ts';
import { libraryPaths, noLibrary, pullTag } from './ollama-library.ts';
import { isOwnHost } from './origin.ts';
import { ownRoute } from './own-routes.ts';
import { realtime } from './realtime.ts';
import { clientOf, refuse } from './refusal.ts';
import { type Route, routes } from './routes.ts';
import { stored } from './stored.ts';
import { tokenCounter } from './token-counter.ts';
import { version } from './version.ts';

/** What answers, and what it holds. */
export interface Served extends Inside {
  readonly house: House;
  reload(config: Config): void;
}

/** Order: guard, own routes, native mounts, 404. No body parser: handlers read bytes. */
export function createApp(config: Config, sink: Sink, born: Born, others?: Others): Served {
  const house = openHouse(config, sink, others);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  const check = guard(house);
  app.use(check);
  const pass = passThrough(house);
  app.use((req: Request, res: Response, next: NextFunction) => {
    if (isUsers(house, req)) pass(req, res, next);
    else next();
  });
  addRoutes(app, house);
  addAdmin(app, house);
  app.use(forwarding(house));
  app.use(pass);
  app.use((req: Request) => {
    throw new ProxyError('not-found', `there is no ${req.method} ${req.path} here: GET / lists the routes`);
  });
  app.use((thrown: unknown, req: Request, res: Response, _next: NextFunction) => {
    refuse(house, req, res, fromExpress(thrown), clientOf(req.path, req.headers));
  });

  const { IncomingMessage, ServerResponse } = born;
  Object.setPrototypeOf(IncomingMessage.prototype, app.request);
  Object.setPrototypeOf(ServerResponse.prototype, app.response);
  Object.assign(app, { request: IncomingMessage.prototype, response: ServerResponse.prototype });
  return {
    house,
    reload: (next) => reload(house, next),
    request: (req, res) => {
      const route = req.method === 'POST' && !isUsers(house, req) ? straight.get(req.url ?? '') : undefined;
      if (route === undefined) app(req, res);
      else check(req, res, () => void handle(house, route, req, res));
    },
    expectation: (req, res) => refuseExpectation(house, req, res),
    parserError: answerParser,
    tunnel: refuseTunnel,
    upgrade: switchProtocols(house, [realtime(house)]),
  };
}

/** Whether the user has put a pass-through in the place of a route. */
function isUsers({ config }: House, { url = '/' }: { url?: string | undefined }): boolean {
  return config.passThrough !== undefined && ownRoute(config, url.split('?', 1)[0] ?? '') !== undefined;
}

/** Plain paths go straight to their handler: Express's routing was a twentieth of a small call's CPU. */
const straight: ReadonlyMap<string, Way> = new Map(
  routes.flatMap((route) => {
    const way = wayOf(route);
    const plain = route.paths.filter((path) => !path.includes('*'));
    return way === undefined ? [] : plain.map((path): [string, Way] => [path, way]);
  }),
);

function addRoutes(app: express.Express, house: House): void {
  const methods = methodsOf(routes);
  for (const [place, route] of routes.entries()) {
    const answer = handlerOf(house, route);
    app[route.method]([...route.paths], answer);
    for (const path of route.versioned ?? []) {
      app[route.method](path, (req, res, next) => (queryOf(req).has('api-version') ? answer(req, res) : next()));
    }
    // Behind the last row of a path, and before paths that hold anything.
    const later = new Set(routes.slice(place + 1).flatMap(({ paths }) => paths));
    for (const path of route.paths) {
      if (!later.has(path)) app.all(path, notAllowed(`${methods.get(path)?.join(', ') ?? ''}, OPTIONS`));
    }
  }
}

/** The methods of each path. */
function methodsOf(all: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, string[]>();
  for (const { method, paths } of all) {
    const names = method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];
    for (const path of paths) known.set(path, [...(known.get(path) ?? []), ...names]);
  }
  return known;
}

function handlerOf(house: House, route: Route) {
  const way = wayOf(route);
  const { asked, operation, dialect } = route;
  if (asked !== undefined) {
    return (req: Request, res: Response) => stored(house, asked, joined(req.params['id']) ?? '', req, res);
  }
  if (takesFiles(operation)) {
    return (req: Request, res: Response) => {
      const model = joined(req.params['model']);
      if (isJsonEdit(operation, req)) return handle(house, { operation, dialect }, req, res, model);
      return upload(house, operation, req, res, model);
    };
  }
  if (way !== undefined) {
    return (req: Request, res: Response) => handle(house, way, req, res, joined(req.params['model']));
  }
  return (req: Request, res: Response) => {
    const id = joined(req.params['id']);
    return id === undefined ? listModels(house, req, res) : showModel(house, id, req, res);
  };
}

/** What a model is asked for in a body that is read whole; undefined: the route lists models, or takes files. */
function wayOf({ operation, dialect, form, stream }: Route): Way | undefined {
  if (operation === 'models' || operation === 'stored-responses' || takesFiles(operation)) return undefined;
  return {
    operation,
    dialect,
    ...(form === undefined ? {} : { form }),
    ...(stream === undefined ? {} : { stream }),
  };
}

/** A wildcard arrives as its decoded segments. */
function joined(segments: string | string[] | undefined): string | undefined {
  return Array.isArray(segments) ? segments.join('/') : segments;
}

function addAdmin(app: express.Express, house: House): void {
  const health = healthCheck(house);
  const get: Get = (paths, answer) => {
    app.get(paths, answer);
    app.all(paths, notAllowed('GET, HEAD, OPTIONS'));
  };
  get(['/health/liveliness', '/health/liveness'], (_, res) => answerJson(res, 200, "I'm alive!"));
  get(['/health/readiness'], (_, res) => {
    res.setHeader('x-modelport-version', version);
    answerJson(res, 200, readiness(house.config));
  });
  get(['/health'], async (req, res) => answerJson(res, 200, await health(req)));
  get(['/utils/supported_openai_params'], (req, res) => {
    answerJson(res, 200, supportedParams(house.config, queryOf(req).get('model')));
  });
  app.post('/utils/token_counter', (req, res) => tokenCounter(house, req, res));
  app.all('/utils/token_counter', notAllowed('POST, OPTIONS'));
  get(['/model/info', '/v1/model/info', '/v2/model/info'], async (req, res) =>
    answerJson(res, 200, await modelInfo(house, queryOf(req))),
  );
  get(['/model_group/info'], async (req, res) => answerJson(res, 200, await groupInfo(house, queryOf(req))));
  get(['/routes'], (_, res) => answerJson(res, 200, { routes: describeRoutes(listed(house)) }));
  addDescriptions(house, get);
  addCache(app, house, get);
  addOllama(app, house, get);
  get(['/'], (_, res) => answerJson(res, 200, frontDoor(listed(house))));
}

function queryOf(req: Request): URLSearchParams {
  return new URL(req.originalUrl, 'http://localhost').searchParams;
}

type Get = (paths: string[], answer: (req: Request, res: Response) => void | Promise<void>) => void;

function addDescriptions(house: House, get: Get): void {
  const locked = () => house.config.masterKey !== undefined;
  get(['/openapi.json'], async (_, res) => {
    const { describeApi } = await import('./openapi.ts');
    answerJson(res, 200, describeApi(apiOf(listed(house)), locked()));
  });
  get(['/docs', '/redoc'], async (req, res) => {
    const { docsPage } = await import('./docs-page.ts');
    const host = isOwnHost(req.headers.host ?? '', house.config.allowedHosts) ? req.headers.host : undefined;
    const origin = `${house.config.tls === undefined ? 'http' : 'https'}://${host ?? `localhost:${house.config.port}`}`;
    answerPage(res, docsPage(apiOf(listed(house)), origin, locked()));
  });
}

function addCache(app: express.Express, house: House, get: Get): void {
  get(['/cache/ping'], async (_, res) => answerJson(res, 200, await pingCache(house)));
  app.post('/cache/delete', async (req, res) => answerJson(res, 200, await dropCached(house, req, res)));
  app.post('/cache/flushall', async (_, res) => answerJson(res, 200, await flushCache(house)));
  app.all(['/cache/delete', '/cache/flushall'], notAllowed('POST, OPTIONS'));
}

function addOllama(app: express.Express, house: House, get: Get): void {
  get(['/api/version'], (_, res) => answerJson(res, 200, ollamaVersion()));
  get(['/api/tags'], (_, res) => answerJson(res, 200, listTags(house.config)));
  get(['/api/ps'], async (_, res) => answerJson(res, 200, await listLoaded(house)));
  app.post('/api/show', (req, res) => showTag(house, req, res));
  app.all('/api/show', notAllowed('POST, OPTIONS'));
  app.post('/api/pull', (req, res) => pullTag(house, req, res));
  app.all(libraryPaths, (req) => noLibrary(req.path));
}

function listed(house: House): string[] {
  const own = routes.flatMap(({ method, paths }) => paths.map((path) => `${method.toUpperCase()} ${written(path)}`));
  return [
    ...own,
    ...endpoints,
    'GET /health',
    'GET /health/liveliness',
    'GET /health/readiness',
    'GET /utils/supported_openai_params',
    'POST /utils/token_counter',
    ...[
      '/model/info',
      '/v1/model/info',
      '/v2/model/info',
      '/model_group/info',
      '/routes',
      '/openapi.json',
      '/docs',
      '/',
    ].map((path) => `GET ${path}`),
    ...['GET /cache/ping', 'POST /cache/delete', 'POST /cache/flushall'],
    ...['GET /api/tags', 'POST /api/show', 'POST /api/pull', 'GET /api/ps', 'GET /api/version'],
    ...(house.config.passThrough ?? []).map(({ path, below }) => `* ${path}${below ? '/' : ''}`),
    ...house.config.mounts.flatMap(({ paths }) => paths.map((path) => `* ${path}/`)),
  ];
}

function notAllowed(allow: string) {
  return (req: Request, res: Response) => {
    if (req.method !== 'OPTIONS') {
      throw new ProxyError('invalid-request', `${req.method} is not allowed here: use ${allow}`, {
        status: 405,
        allow,
      });
    }
    res.writeHead(204, { allow });
    res.end();
  };
}

/** Express throws errors of its own for broken percent-encoding; they carry a status. */
function fromExpress(thrown: unknown): ProxyError {
  if (thrown instanceof URIError) return new ProxyError('invalid-request', 'the path holds a broken percent-encoding');
  return asProxyError(thrown);
}
