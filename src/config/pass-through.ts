import type { PassThroughRoute } from '../hub/index.ts';
import { type Environment, firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import { checkHeaderValue } from './key.ts';

/** What must stay reachable here, whatever else the user puts in place of a route. */
const own: readonly string[] = [
  ...[
    '/chat/completions',
    '/completions',
    '/embeddings',
    '/messages',
    '/messages/count_tokens',
    '/responses',
    '/models',
  ].flatMap((path) => [path, `/v1${path}`]),
  ...['/health', '/health/liveliness', '/health/liveness', '/health/readiness', '/model/info', '/routes'],
  ...['/v1beta/models', '/api/chat', '/api/tags', '/openapi.json', '/docs', '/ui', '/metrics'],
];

/** What may be written of one route (LITELLM.md 7); the query of the target is always joined with the client's. */
const words: readonly string[] = [
  ...['id', 'path', 'target', 'headers', 'auth', 'include_subpath', 'cost_per_request', 'forward_headers'],
  ...['merge_query_params'],
];

/** Routes of the user's own, what they hold that must not be shown, and what was not understood. */
export interface PassThroughRoutes {
  routes: PassThroughRoute[];
  secrets: string[];
  warnings: string[];
}

/**
 * `general_settings.pass_through_endpoints`, read by `value`: routes of the user's own, whose targets and headers are fixed.
 * Values may hold `os.environ/NAME`. Throws ConfigError, with all complaints at once.
 */
export function passThroughRoutes(value: unknown, env: Environment, timeoutMs: number): PassThroughRoutes {
  if (value === undefined || value === null) return { routes: [], secrets: [], warnings: [] };
  if (!Array.isArray(value)) throw new ConfigError(`${where} must be a list`, 1);
  const complaints: string[] = [];
  const warnings: string[] = [];
  const routes: PassThroughRoute[] = [];
  for (const [at, one] of value.entries()) {
    try {
      const route = readRoute(one, `${where}[${at}]`, env, timeoutMs);
      if (routes.some(({ path }) => path === route.path))
        throw wrong(`${where}[${at}].path`, `${route.path} is there twice`);
      routes.push(route);
      const odd = isMap(one) ? Object.keys(one).filter((name) => !words.includes(name)) : [];
      warnings.push(...odd.map((name) => `${where}[${at}].${name} is not known and does nothing`));
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      complaints.push(thrown.message);
    }
  }
  if (complaints.length > 0) throw new ConfigError(complaints.join('\n'), 1);
  return { routes, secrets: routes.flatMap(secretsOf), warnings };
}

const where = 'general_settings.pass_through_endpoints';

function readRoute(value: unknown, place: string, env: Environment, timeoutMs: number): PassThroughRoute {
  if (!isMap(value)) throw wrong(place, 'must have a path and a target');
  const cost = value['cost_per_request'];
  if (cost !== undefined && cost !== null && !(typeof cost === 'number' && cost >= 0)) {
    throw wrong(`${place}.cost_per_request`, 'must be a number of dollars');
  }
  const below = readFlag(value, 'include_subpath', place) === true;
  return {
    path: readPath(value['path'], `${place}.path`, below),
    target: readTarget(value['target'], `${place}.target`, env),
    headers: readHeaders(value['headers'], `${place}.headers`, env),
    // LiteLLM leaves a route open unless it says `auth: true`; here a master key guards all that does not say `false`.
    ...(readFlag(value, 'auth', place) === false ? { open: true as const } : {}),
    ...(below ? { below: true as const } : {}),
    ...(readFlag(value, 'forward_headers', place) === true ? { forwards: true as const } : {}),
    ...(typeof cost === 'number' ? { costPerRequest: cost } : {}),
    timeoutMs,
  };
}

function readPath(value: unknown, place: string, below: boolean): string {
  if (typeof value !== 'string' || !/^\/[\w.~!$&'()+,;=:@/-]*$/.test(value)) throw wrong(place, "must begin with '/'");
  const path = value.replace(/\/+$/, '');
  if (path === '' || path.includes('//') || path.split('/').some((part) => part === '.' || part === '..')) {
    throw wrong(place, `must be a plain path below '/', not '${value}'`);
  }
  if (own.some((one) => one === path || (below && one.startsWith(`${path}/`)))) {
    throw wrong(place, `${path} is a path of this server: choose another`);
  }
  return path;
}

function readTarget(value: unknown, place: string, env: Environment): string {
  const text = typeof value === 'string' ? filled(value, place, env) : undefined;
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw wrong(place, 'must be an http:// or https:// URL');
  url.hash = '';
  return url.href;
}

function readHeaders(value: unknown, place: string, env: Environment): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isMap(value)) throw wrong(place, 'must be names and values');
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw wrong(place, `'${name}' is no name of a header`);
      if (!/^(?:string|number|boolean)$/.test(typeof text)) throw wrong(`${place}.${name}`, 'must be a text');
      return [name.toLowerCase(), checkHeaderValue(filled(String(text), `${place}.${name}`, env), `${place}.${name}`)];
    }),
  );
}

/** `os.environ/NAME`, alone or inside a text, as the variable's value. */
function filled(text: string, place: string, env: Environment): string {
  return text.replace(/os\.environ\/(\w+)/g, (_, name: string) => {
    const found = firstSet(env, [name])?.value;
    if (found === undefined) throw wrong(place, `names ${name}, which is not set`);
    return found;
  });
}

function readFlag(value: Readonly<Record<string, unknown>>, name: string, place: string): boolean | undefined {
  const said = value[name];
  if (said === undefined || said === null || typeof said === 'boolean') return said ?? undefined;
  throw wrong(`${place}.${name}`, 'must be true or false');
}

/** Values of headers are credentials mostly; what only says a type is not worth hiding. */
function secretsOf({ headers, target }: PassThroughRoute): string[] {
  const { username, password, searchParams } = new URL(target);
  const said = Object.entries(headers).flatMap(([name, text]) =>
    /^(?:content-type|accept|user-agent)$/.test(name) ? [] : [text, text.replace(/^(?:bearer|basic|token)\s+/i, '')],
  );
  return [...said, username, password, ...searchParams.values()].filter((text) => text !== '');
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(place: string, problem: string): ConfigError {
  return new ConfigError(`${place} ${problem}`, 1);
}
