import type { IncomingHttpHeaders } from 'node:http';
import { type Json, ProxyError } from '../hub/index.ts';
import { isObject, type Members } from '../wire/index.ts';

/** What a request says about the cache (LITELLM.md 9.3). */
export interface CacheControls {
  /** `no-cache`: a new answer is wanted, and kept. */
  reads: boolean;
  /** `no-store`: the answer is not kept. */
  keeps: boolean;
  /** `use-cache`, where only calls that ask for it are cached. */
  asks: boolean;
  /** How long the answer is kept. */
  ttlMs?: number;
  /** How old an answer may be. */
  mostAgeMs?: number;
  namespace?: string;
}

const mostNamespace = 200;

/** From the body's `cache` and `caching`, and the header Cache-Control. Throws invalid-request naming the field. */
export function readControls(body: Members, headers: IncomingHttpHeaders): CacheControls {
  const said = directives(headers['cache-control']);
  const object = objectOf(body);
  const flag = (word: string): boolean => readFlag(object[word], `cache.${word}`);
  const off = body.has('caching') && body.get('caching') === false;
  const controls: CacheControls = {
    reads: !(off || said.has('no-cache') || flag('no-cache')),
    keeps: !(off || said.has('no-store') || flag('no-store')),
    asks: flag('use-cache'),
  };
  const ttlMs = readSeconds(object['ttl'], 'cache.ttl') ?? readSeconds(said.get('s-maxage'), 'cache-control');
  if (ttlMs !== undefined) controls.ttlMs = ttlMs;
  const mostAgeMs =
    readSeconds(object['s-maxage'], 'cache.s-maxage') ?? readSeconds(object['s-max-age'], 'cache.s-max-age');
  if (mostAgeMs !== undefined) controls.mostAgeMs = mostAgeMs;
  const { namespace = null } = object;
  if (namespace === null) return controls;
  if (typeof namespace !== 'string' || !isName(namespace)) {
    throw wrong('cache.namespace', `must be a string of up to ${mostNamespace} visible ASCII characters`);
  }
  controls.namespace = namespace;
  return controls;
}

/** It stands in a header. */
function isName(namespace: string): boolean {
  return namespace.length <= mostNamespace && /^[\x21-\x7e]+$/.test(namespace);
}

function objectOf(body: Members): Record<string, Json | undefined> {
  const value = body.has('cache') ? (body.get('cache') ?? null) : null;
  if (value === null) return {};
  if (!isObject(value)) throw wrong('cache', 'must be an object');
  return value;
}

function directives(header: string | undefined): ReadonlyMap<string, string> {
  const all = (header ?? '').toLowerCase().split(',');
  return new Map(
    all.map((one): [string, string] => {
      const [name = '', value = ''] = one.split('=');
      return [name.trim(), value.trim().replaceAll('"', '')];
    }),
  );
}

function readFlag(value: Json | undefined, field: string): boolean {
  if (value === undefined || value === null || typeof value === 'boolean') return value === true;
  if (typeof value === 'string' && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw wrong(field, 'must be true or false');
}

/** As milliseconds. */
function readSeconds(value: Json | undefined, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const seconds = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  throw wrong(field, 'must be a number of seconds');
}

function wrong(param: string, problem: string): ProxyError {
  return new ProxyError('invalid-request', `'${param}' ${problem}`, { param });
}
