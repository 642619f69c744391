import {
  type Config,
  type DialectId,
  type Headers,
  type HubRequest,
  isMedia,
  type JsonObject,
  type Operation,
  ProxyError,
} from '../hub/index.ts';
import type { Call, ClientDialect } from '../translate/index.ts';
import { isObject, type Members, members, splice } from '../wire/index.ts';
import { given } from './house.ts';

const noQuery = new URLSearchParams();
const streamsUsage: ReadonlySet<DialectId> = new Set(['openai-chat', 'openai-completions']);

/** A body as if it had asked for usage in its stream, where the configuration wants that for all. */
export function askingUsage(body: Members, { alwaysUsage }: Config, dialect: DialectId): Members {
  if (alwaysUsage !== true || !streamsUsage.has(dialect) || body.get('stream') !== true) return body;
  const options = body.get('stream_options');
  const wanted = { ...(isObject(options) ? options : {}), include_usage: true };
  return members(splice(body, { set: { stream_options: wanted } }));
}

/** A request as the rest of the house sees it. `pathModel`: the model of the URL, which counts. Throws invalid-request. */
export function callOf(
  asked: {
    id: string;
    operation: Operation;
    headers: Headers;
    url: string;
    pathModel?: string;
    /** Whether the answer streams when the body does not say. */
    streams?: boolean;
    /** Whether it streams, where the path says it. */
    stream?: boolean;
    /** When the request came, milliseconds since 1970. */
    since?: number;
  },
  client: ClientDialect,
  body: Members,
  config: Config,
  clean: Call['clean'],
): Call {
  const cut = asked.url.indexOf('?');
  let decoded: HubRequest | undefined;
  const call: Call = {
    id: asked.id,
    operation: asked.operation,
    model: asked.pathModel ?? modelOf(body, config, asked.operation),
    stream: asked.stream ?? streamOf(body, asked.streams === true),
    query: cut < 0 ? noQuery : new URLSearchParams(asked.url.slice(cut + 1)),
    headers: asked.headers,
    client,
    body,
    given: { id: given.id, now: given.now, since: asked.since ?? given.now() },
    limits: config,
    clean,
    parsed: () => parse(body.body),
    request() {
      decoded ??= client.client.decodeRequest(call.parsed(), call);
      return decoded;
    },
  };
  return call;
}

function streamOf(body: Members, streams: boolean): boolean {
  const said = body.get('stream');
  return said === undefined || said === null ? streams : said === true;
}

function modelOf(body: Members, config: Config, operation: Operation): string {
  const model = body.has('model') ? body.get('model') : undefined;
  if (typeof model === 'string' && model !== '') return readable(model);
  if (model !== undefined && model !== null && model !== '') {
    throw new ProxyError('invalid-request', "'model' must be a string", { param: 'model' });
  }
  // Images and moderations need none: OpenAI has a usual one.
  if (isMedia(operation)) return '';
  const first = config.deployments[0];
  if (config.anyModel && first !== undefined) return first.group;
  const set = config.modelFor?.[operation];
  if (set !== undefined) return set;
  throw new ProxyError('invalid-request', "Missing required parameter: 'model'.", { param: 'model' });
}

/** Half a character has no place in a URL. */
function readable(model: string): string {
  if (model.isWellFormed()) return model;
  throw new ProxyError('invalid-request', "'model' holds half a character", { param: 'model' });
}

function parse(bytes: Buffer): JsonObject {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new ProxyError('invalid-request', 'Invalid JSON payload', { cause });
  }
}
