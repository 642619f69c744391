import {
  type Deployment,
  type ForwardedOperation,
  forModel,
  type Headers,
  type Json,
  type JsonObject,
  ProxyError,
  type Target,
  type Usage,
} from '../hub/index.ts';
import { isObject, type JsonValue, type Members, splice } from '../wire/index.ts';
import { refused, steer, steers } from './steering.ts';

/** A request for something that its provider keeps. */
export interface Forwarded {
  operation: ForwardedOperation;
  method: string;
  /** Behind the endpoint's own path; begins with '/' or is ''. */
  below: string;
  query: URLSearchParams;
  headers: Headers;
}

/** Words that say whose account is asked; providers know none of them. */
const choosing: ReadonlySet<string> = new Set(['custom_llm_provider', 'target_model_names']);
/** Of a query besides: a key is for us, the version and the model's name are the deployment's. */
const ours: ReadonlySet<string> = new Set(['key', 'api-version', 'model', 'deployment']);
/** Headers of clients that say something to the provider. */
const forwards: readonly string[] = ['openai-beta', 'idempotency-key', 'accept'];

const known = new WeakMap<Deployment, Deployment>();

/**
 * Where a deployment's provider has a family of endpoints, below its base URL; undefined: nowhere. The family is the
 * account's, so rules for the deployment's model do not count.
 */
export function endpointOf(to: Deployment, operation: ForwardedOperation): string | undefined {
  let account = known.get(to);
  if (account === undefined) {
    account = forModel(to, '');
    known.set(to, account);
  }
  const path = account.row.paths?.[operation];
  return typeof path === 'string' ? path : path?.[0];
}

/** Throws not-found, naming provider and endpoint, where there is no such thing, and invalid-request for ids that are none. */
export function forwardTarget({ operation, method, below, query, headers }: Forwarded, to: Deployment): Target {
  const path = endpointOf(to, operation);
  if (path === undefined) throw noEndpoint(to.provider.title, operation);
  const sent: Record<string, string> = {};
  for (const name of forwards) {
    const value = headers[name];
    if (value !== undefined) sent[name] = String(value);
  }
  return { method, path: joined(path, escaped(below), undefined, query), headers: sent };
}

/** Where a session that is spoken opens its WebSocket. Throws not-found where there is no such thing. */
export function socketPath(to: Deployment, model: string | undefined, query: URLSearchParams): string {
  const path = endpointOf(to, 'realtime');
  if (path === undefined) throw noEndpoint(to.provider.title, 'realtime');
  return joined(path, '', model, query);
}

/** The row's query, with the model where one may be named, and what the client asks besides. */
function joined(path: string, below: string, model: string | undefined, query: URLSearchParams): string {
  const [place = '', own] = path.split('?', 2);
  const asked = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(own)) {
    if (value !== '{model}') asked.append(name, value);
    else if (model !== undefined) asked.append(name, model);
  }
  for (const [name, value] of query) if (!ours.has(name) && !isSteering(name)) asked.append(name, value);
  const text = asked.toString();
  return place + below + (text === '' ? '' : `?${text}`);
}

export function noEndpoint(who: string, operation: ForwardedOperation, hint = ''): ProxyError {
  const what = operation.replace('-', '_');
  const text = `${who} has no /v1/${what} endpoint${hint}. custom_llm_provider in the body or query names another provider`;
  return new ProxyError('not-found', text, { code: 'endpoint_not_found', type: 'invalid_request_error' });
}

/** Ids are never more than a segment, however often they are decoded (RELIABILITY.md K5). */
function escaped(below: string): string {
  return below
    .split('/')
    .map((part) => {
      const plain = decoded(part);
      if (!/^[\w.:~@+=,!$'()*-]*$/.test(plain) || /^\.+$/.test(plain)) {
        throw new ProxyError('invalid-request', `'${plain.slice(0, 100)}' is not the id of anything`);
      }
      return encodeURIComponent(plain).replaceAll('%3A', ':').replaceAll('%40', '@');
    })
    .join('/');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ProxyError('invalid-request', 'the path holds a broken percent-encoding');
  }
}

/** Whether a word of a body, a query or a form speaks to the proxy and goes no further. */
export function isSteering(word: string): boolean {
  return choosing.has(word) || refused.has(word) || steers(word) !== undefined;
}

/**
 * A JSON body without what speaks to the proxy, and with the provider's names of models: `nameOf` knows them.
 * Throws invalid-request for words that choose a host.
 */
export function forwardBody(body: Members, nameOf: (model: string) => string): { bytes: Buffer; dropped: string[] } {
  steer(body);
  const set: JsonObject = {};
  for (const word of body.names) {
    if (word !== 'model' && !nesting.has(word)) continue;
    const value = body.get(word);
    const renamed = word === 'model' && typeof value === 'string' ? nameOf(value) : named(value, nameOf);
    if (renamed !== undefined && renamed !== value) set[word] = renamed;
  }
  const drop = body.names.filter(isSteering);
  return {
    bytes: splice(body, { set, drop }),
    dropped: drop.filter((word) => steers(word) === 'named'),
  };
}

/** Members inside which models are named: of evals, graders, fine-tuning methods and realtime sessions. */
const nesting: ReadonlySet<string> = new Set([
  'session',
  'data_source',
  'testing_criteria',
  'grader',
  'method',
  'audio',
]);
const deepest = 12;

/** The value with other names, or itself when there is nothing to change. */
function named(value: JsonValue | undefined, nameOf: (model: string) => string, depth = 0): Json | undefined {
  if (depth > deepest) return value;
  if (Array.isArray(value)) {
    const all = value.map((one) => named(one, nameOf, depth + 1) ?? null);
    return all.some((one, at) => one !== value[at]) ? all : value;
  }
  if (!isObject(value)) return value;
  let changed: JsonObject | undefined;
  for (const [word, one] of Object.entries(value)) {
    const renamed = word === 'model' && typeof one === 'string' ? nameOf(one) : named(one, nameOf, depth + 1);
    if (renamed === one || renamed === undefined) continue;
    changed ??= { ...value };
    changed[word] = renamed;
  }
  return changed ?? value;
}

const idWords = /^(?:id|\w+_ids?|training_file|validation_file|result_files)$/;
const mostIds = 2000;

/** The ids that a body or a reply names, at whatever depth they stand. */
export function idsWithin(value: JsonValue | undefined): string[] {
  const found: string[] = [];
  const walk = (one: JsonValue | undefined, word: string, depth: number): void => {
    if (found.length >= mostIds || depth > deepest) return;
    if (typeof one === 'string') {
      if (idWords.test(word)) found.push(one);
    } else if (Array.isArray(one)) {
      for (const each of one) walk(each, word, depth + 1);
    } else if (isObject(one)) {
      for (const [name, each] of Object.entries(one)) if (name !== 'metadata') walk(each, name, depth + 1);
    }
  };
  walk(value, '', 0);
  return found;
}

/** What a run, or the end of a spoken turn, has used. */
export function usageOf(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const input = value['input_tokens'] ?? value['prompt_tokens'];
  const output = value['output_tokens'] ?? value['completion_tokens'];
  if (typeof input !== 'number' || typeof output !== 'number') return undefined;
  return { input, output };
}
