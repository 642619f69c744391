import type { IncomingMessage, ServerResponse } from 'node:http';
import { clients } from '../dialects/index.ts';
import { type Deployment, type Facts, ProxyError } from '../hub/index.ts';
import { endpointOf, failure, forwardTarget, idsWithin, steer, usageOf } from '../translate/index.ts';
import { credentials, joinHeaders, type Sending } from '../upstream/index.ts';
import { isObject, type JsonValue } from '../wire/index.ts';
import type { Life } from './calls.ts';
import { type Place, placeOf } from './endpoints.ts';
import { fieldOf, type Load, loaded, receive, wantedOf } from './forward-load.ts';
import { ForwardedReply } from './forward-reply.ts';
import { idHeaders } from './headers.ts';
import type { House } from './house.ts';
import { keeperOf, modelAt } from './keeper.ts';
import { checkLimits } from './limits.ts';
import { refusePages } from './origin.ts';
import { refuse } from './refusal.ts';
import { Story } from './story.ts';

type Next = () => void;

/** Takes the requests for OpenAI's own things (endpoints.ts); all others go on. */
export function forwarding(house: House): (req: IncomingMessage, res: ServerResponse, next: Next) => void {
  return (req, res, next) => {
    const { pathname, query } = addressOf(req.url ?? '/');
    const place = placeOf(pathname);
    if (place === undefined || !isMeant(house, place, query)) {
      next();
      return;
    }
    const method = req.method ?? '';
    if (method === 'GET' && isSession(place)) throw needsSocket(res);
    if (place.methods.includes(method)) void forward(house, place, query, req, res);
    else if (method === 'OPTIONS') res.writeHead(204, { allow: allowed(place) }).end();
    else {
      const text = `${method} is not allowed here: use ${allowed(place)}`;
      throw new ProxyError('invalid-request', text, { status: 405, allow: allowed(place) });
    }
  };
}

/** Sessions that are spoken: a WebSocket never comes here (realtime.ts). */
function isSession({ operation, below }: Place): boolean {
  return operation === 'realtime' && below === '';
}

function needsSocket(res: ServerResponse): ProxyError {
  res.setHeader('upgrade', 'websocket');
  return new ProxyError('invalid-request', 'this is spoken by WebSocket', { status: 426 });
}

function allowed({ methods }: Place): string {
  return [...methods, 'OPTIONS'].join(', ');
}

function addressOf(url: string): { pathname: string; query: URLSearchParams } {
  const cut = url.indexOf('?');
  return cut < 0
    ? { pathname: url, query: new URLSearchParams() }
    : { pathname: url.slice(0, cut), query: new URLSearchParams(url.slice(cut + 1)) };
}

/** Paths that are another vendor's mount as well are Azure's with a version, and a provider's that has the endpoint. */
function isMeant({ config }: House, { versioned, provider, operation }: Place, query: URLSearchParams): boolean {
  if (versioned) return query.has('api-version');
  if (provider === undefined) return true;
  const served = config.deployments.find((to) => to.provider.id === provider);
  const has = (to: Deployment | undefined): boolean => to !== undefined && endpointOf(to, operation) !== undefined;
  if (has(served)) return true;
  const mount = config.mounts.find((one) => one.provider === provider);
  try {
    return has(mount?.open('/').to);
  } catch {
    return false;
  }
}

/** The life of a forwarded call. Never rejects. */
async function forward(
  house: House,
  place: Place,
  query: URLSearchParams,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const life = house.calls.begin(res);
  const story = new Story(house, req, 'openai-chat');
  const fail = (thrown: unknown): void => {
    const error = story.clean(failure(thrown));
    const more = idHeaders(story.id, story.requestId);
    const status = refuse(house, req, res, error, clients['openai-chat'].client, more);
    story.end(error.kind === 'cancelled' ? 499 : status, undefined, error);
  };
  try {
    checkLimits(house);
    if (house.config.masterKey === undefined && req.headers.origin === undefined) refusePages(req);
    const load = await receive(house, place.operation, req, res, life);
    if (life.reason !== undefined) throw life.reason;
    const to = keeperOf(house, wantedOf(place, query, req, load));
    send(house, { place, query, req, res, life, story, load, to }, fail);
  } catch (thrown) {
    fail(thrown);
  }
}

/** A call that knows where it goes. */
interface Going {
  place: Place;
  query: URLSearchParams;
  req: IncomingMessage;
  res: ServerResponse;
  life: Life;
  story: Story;
  load: Load;
  to: Deployment;
}

/** Throws, or calls `fail`, while nothing has gone to the client. */
function send(house: House, going: Going, fail: (thrown: unknown) => void): void {
  const { life, story, load, to } = going;
  const callersKey = house.config.clientKeys && load.kind === 'json' ? steer(load.body).apiKey : undefined;
  const { dropped, sending } = preparedFor(house, going, callersKey !== undefined);
  const named = fieldOf(load, 'model');
  story.passing(named, load.kind === 'json' && load.body.get('stream') === true);
  story.answeredBy({ ...to, model: named === undefined ? '-' : modelAt(house.config, to, named) }, dropped);
  const stream = load.kind === 'form' && !Buffer.isBuffer(load.form.body) ? load.form.body : undefined;
  const refused = (thrown: unknown): void => fail(located(stream?.errored ?? thrown, to));
  const reply = replyTo(house, going, dropped, refused);
  const start = (ready: Sending): void => {
    if (life.reason !== undefined) throw life.reason;
    reply.exchange = house.upstream.send(ready, reply);
  };
  life.onEnd((reason) => {
    stream?.destroy();
    reply.cancel(reason);
  });
  const keys = credentials(to, callersKey);
  if (typeof keys !== 'function') {
    start(sending(keys));
    return;
  }
  const unsigned = sending({});
  keys(unsigned, house.upstream)
    .then((made) => start({ ...unsigned, headers: { ...unsigned.headers, ...made } }))
    .catch(refused);
}

interface Prepared {
  dropped: readonly string[];
  sending(keys: Record<string, string>): Sending;
}

/** `callers`: the key is the caller's own, and wins over configured headers. */
function preparedFor(house: House, { place, query, req, story, load, to }: Going, callers: boolean): Prepared {
  const { operation, below } = place;
  const { method = 'GET', headers: from } = req;
  const target = forwardTarget({ operation, method, below, query, headers: from }, to);
  // A body that nobody expects is none: servers differ in what they make of it.
  const { body, type, length, dropped } = loaded(house, method === 'GET' ? { kind: 'none' } : load, to, req);
  if (house.sink.debug) explain(house, story, to, method, target.path);
  return {
    dropped,
    sending(keys) {
      const own = { ...target.headers, ...(type === undefined ? {} : { 'content-type': type }) };
      const headers = callers ? joinHeaders(own, to.headers, keys) : joinHeaders(own, keys, to.headers);
      if (length !== undefined) headers['content-length'] = String(length);
      const { base, model, trust } = to;
      return { method, model, base, path: target.path, headers, body, timeoutMs: timeoutOf(to, req), trust };
    },
  };
}

function replyTo(
  house: House,
  { place, req, res, story, to }: Going,
  dropped: readonly string[],
  refused: (error: ProxyError) => void,
): ForwardedReply {
  const { download, operation } = place;
  const hears = (said: JsonValue, facts: Facts): void => hear(house, to, story, said, facts);
  const closes = operation === 'threads';
  const timeoutMs = timeoutOf(to, req);
  return new ForwardedReply({ house, res, story, to, download, closes, dropped, timeoutMs, hears }, refused);
}

function timeoutOf({ timeoutMs }: Deployment, { headers }: IncomingMessage): number {
  const seconds = Number(headers['x-litellm-timeout'] ?? Number.NaN);
  return seconds > 0 ? Math.min(timeoutMs, seconds * 1000) : timeoutMs;
}

/** Remembers whose the things are that a reply shows, and counts what a run has used, once. */
function hear({ owners }: House, to: Deployment, story: Story, said: JsonValue, facts: Facts): void {
  for (const id of idsWithin(said)) owners.keep(id, to.id);
  if (!isObject(said) || said['object'] !== 'thread.run') return;
  const usage = usageOf(said['usage']);
  if (usage === undefined || !owners.tells(String(said['id']))) return;
  facts.usage = usage;
  if (typeof said['model'] === 'string') story.answeredBy({ ...to, model: said['model'] }, []);
}

function located(thrown: unknown, to: Deployment): ProxyError {
  const error = failure(thrown);
  return error.facts.provider !== undefined
    ? error
    : new ProxyError(error.kind, error.message, { ...error.facts, provider: to.provider.id });
}

function explain({ sink, redact }: House, { id }: Story, to: Deployment, method: string, path: string): void {
  sink.note('debug', redact(`${id} -> ${to.provider.id} ${method} ${to.origin}${path}`));
}
