import express, { type NextFunction, type Request, type Response } from 'express';
import { asProxyError, type Config, ProxyError } from '../hub/index.ts';
import { answerJson, frontDoor, listModels, readiness, showModel, supportedParams } from './admin.ts';
import { guard } from './guard.ts';
import { handle, type Way } from './handle.ts';
import { healthCheck } from './health.ts';
import { type House, openHouse } from './house.ts';
import type { Sink } from './index.ts';
import type { Born, Inside } from './listen.ts';
import { passThrough } from './native.ts';
import { answerParser, refuseExpectation, refuseTunnel } from './no-request.ts';
import { clientOf, refuse } from './refusal.ts';
import { type Route, routes } from './routes.ts';
import { version } from './version.ts';

/** What answers, and what it holds. */
export interface Served extends Inside {
  readonly house: House;
}

/** Order: guard, own routes, native mounts, 404. No body parser: handlers read bytes. */
export function createApp(config: Config, sink: Sink, born: Born): Served {
  const house = openHouse(config, sink);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  const check = guard(house);
  app.use(check);
  addRoutes(app, house);
  addAdmin(app, house);
  for (const mount of house.config.mounts) app.use(mount.mount, passThrough(house, mount));
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
    request: (req, res) => {
      const route = req.method === 'POST' ? straight.get(req.url ?? '') : undefined;
      if (route === undefined) app(req, res);
      else check(req, res, () => void handle(house, route, req, res));
    },
    expectation: (req, res) => refuseExpectation(house, req, res),
    parserError: answerParser,
    tunnel: refuseTunnel,
  };
}

/** Plain paths go straight to their handler: Express's routing was a twentieth of a small call's CPU. */
const straight: ReadonlyMap<string, Way> = new Map(
  routes.flatMap(({ operation, dialect, paths }) =>
    operation === 'models'
      ? []
      : paths.filter((path) => !path.includes('*')).map((path): [string, Way] => [path, { operation, dialect }]),
  ),
);

function addRoutes(app: express.Express, house: House): void {
  for (const route of routes) {
    const paths = [...route.paths];
    app[route.method](paths, handlerOf(house, route));
    app.all(paths, notAllowed(route.method === 'get' ? 'GET, HEAD, OPTIONS' : 'POST, OPTIONS'));
  }
}

function handlerOf(house: House, route: Route) {
  const { operation, dialect } = route;
  switch (operation) {
    case 'chat':
    case 'embeddings':
    case 'count-tokens':
      return (req: Request, res: Response) =>
        handle(house, { operation, dialect }, req, res, joined(req.params['model']));
    case 'models':
      return (req: Request, res: Response) => {
        const id = joined(req.params['id']);
        if (id === undefined) listModels(house.config, req, res);
        else showModel(house.config, id, req, res);
      };
  }
}

/** A wildcard arrives as its decoded segments. */
function joined(segments: string | string[] | undefined): string | undefined {
  return Array.isArray(segments) ? segments.join('/') : segments;
}

function addAdmin(app: express.Express, house: House): void {
  const health = healthCheck(house);
  const get = (paths: string[], answer: (req: Request, res: Response) => void | Promise<void>) => {
    app.get(paths, answer);
    app.all(paths, notAllowed('GET, HEAD, OPTIONS'));
  };
  get(['/health/liveliness', '/health/liveness'], (_, res) => answerJson(res, 200, "I'm alive!"));
  get(['/health/readiness'], (_, res) => {
    res.setHeader('x-modelport-version', version);
    answerJson(res, 200, readiness());
  });
  get(['/health'], async (req, res) => answerJson(res, 200, await health(req)));
  get(['/utils/supported_openai_params'], (req, res) => {
    const { searchParams } = new URL(req.originalUrl, 'http://localhost');
    answerJson(res, 200, supportedParams(house.config, searchParams.get('model')));
  });
  get(['/'], (_, res) => answerJson(res, 200, frontDoor(listed(house))));
}

function listed(house: House): string[] {
  const own = routes.flatMap((route) =>
    route.paths.map((path) => `${route.method.toUpperCase()} ${path.replace(/\*(\w+)/g, '{$1}')}`),
  );
  return [
    ...own,
    'GET /health',
    'GET /health/liveliness',
    'GET /health/readiness',
    'GET /utils/supported_openai_params',
    ...house.config.mounts.map(({ mount }) => `* ${mount}/`),
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
