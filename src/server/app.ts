import express, { type NextFunction, type Request, type Response } from 'express';
import { asProxyError, type Config, ProxyError } from '../hub/index.ts';
import { type Answering, absentRows, adminRows, queryOf } from './admin-routes.ts';
import { written } from './api.ts';
import { Directory, type Row } from './directory.ts';
import { endpoints } from './endpoints.ts';
import { forwarding } from './forward.ts';
import { guard } from './guard.ts';
import { handle, type Way } from './handle.ts';
import { type House, openHouse, reload } from './house.ts';
import type { Others, Sink } from './index.ts';
import type { Born, Inside } from './listen.ts';
import { isJsonEdit, takesFiles, upload } from './media.ts';
import { listModels, showModel } from './models.ts';
import { passThrough } from './native.ts';
import { switchProtocols } from './native-socket.ts';
import { answerParser, refuseExpectation, refuseTunnel } from './no-request.ts';
import { ownRoute } from './own-routes.ts';
import { realtime } from './realtime.ts';
import { clientOf, refuse } from './refusal.ts';
import { type Route, routes } from './routes.ts';
import { stored } from './stored.ts';

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
  const check = guard(house);
  app.use(check);
  const pass = passThrough(house);
  app.use((req: Request, res: Response, next: NextFunction) => {
    if (isUsers(house, req)) pass(req, res, next);
    else next();
  });
  app.use(ownRoutes(house));
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
    const plain = route.paths.filter((path) => !/[:*]/.test(path));
    return way === undefined ? [] : plain.map((path): [string, Way] => [path, way]);
  }),
);

/** The table of routes and what is asked of the server itself. */
function ownRoutes(house: House) {
  const models = routes.flatMap((route) => rowsOf(route, route.paths, handlerOf(house, route)));
  const admin = adminRows(house, () => listed(house, [...models, ...admin]));
  const all = new Directory([...models, ...admin, ...absentRows]);
  const versioned = new Directory(
    routes.flatMap((route) => rowsOf(route, route.versioned ?? [], handlerOf(house, route))),
  );
  return (req: Request, res: Response, next: NextFunction): void | Promise<void> => {
    const found = all.find(req.path) ?? (queryOf(req).has('api-version') ? versioned.find(req.path) : undefined);
    if (found === undefined) return next();
    const answer = found.by.get(req.method === 'HEAD' ? 'GET' : req.method);
    return answer === undefined ? notAllowed(found.by, req, res) : answer(req, res, found.params);
  };
}

function rowsOf({ method }: Route, paths: readonly string[], to: Answering): Row<Answering>[] {
  return paths.map((path) => ({ method: method.toUpperCase(), path, to }));
}

function handlerOf(house: House, route: Route): Answering {
  const way = wayOf(route);
  const { asked, operation, dialect } = route;
  if (asked !== undefined) return (req, res, { id = '' }) => stored(house, asked, id, req, res);
  if (takesFiles(operation)) {
    return (req, res, { model }) =>
      isJsonEdit(operation, req)
        ? handle(house, { operation, dialect }, req, res, model)
        : upload(house, operation, req, res, model);
  }
  if (way !== undefined) return (req, res, { model }) => handle(house, way, req, res, model);
  return (req, res, { id }) => (id === undefined ? listModels(house, req, res) : showModel(house, id, req, res));
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

/** Every route, as `GET /health`; `*` stands for every method, a last slash for all that is below. */
function listed({ config }: House, rows: readonly Row<Answering>[]): string[] {
  return [
    ...rows.map(({ method, path }) => `${method} ${written(path)}`),
    ...endpoints,
    ...(config.passThrough ?? []).map(({ path, below }) => `* ${path}${below ? '/' : ''}`),
    ...config.mounts.flatMap(({ paths }) => paths.map((path) => `* ${path}/`)),
  ];
}

function notAllowed(known: ReadonlyMap<string, unknown>, { method }: Request, res: Response): void {
  const allow = [...known.keys(), 'OPTIONS'].join(', ').replace(/\bGET\b/, 'GET, HEAD');
  if (method !== 'OPTIONS') {
    throw new ProxyError('invalid-request', `${method} is not allowed here: use ${allow}`, { status: 405, allow });
  }
  res.writeHead(204, { allow });
  res.end();
}

/** Express throws errors of its own for broken percent-encoding; they carry a status. */
function fromExpress(thrown: unknown): ProxyError {
  if (thrown instanceof URIError) return new ProxyError('invalid-request', 'the path holds a broken percent-encoding');
  return asProxyError(thrown);
}
