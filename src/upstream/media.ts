import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { extname } from 'node:path/posix';
import type { Dispatcher } from 'undici';
import { ProxyError, type Trust } from '../hub/index.ts';
import { isPrivateAddress } from './private-address.ts';
import { tlsOptions } from './trust.ts';

/** What a link held, in base64. */
interface Gathered {
  mime: string;
  data: string;
}

/** Whose end ends the fetching. */
interface Lifeline {
  onEnd(listener: (reason: ProxyError) => void): void;
}

/** Fetches pictures, sounds and files for providers that want them inside the request. */
export interface Media {
  /** Each link once; rejects with invalid-request for one that cannot be had. */
  gather(links: readonly string[], life?: Lifeline): Promise<ReadonlyMap<string, Gathered>>;
}

/** `privateHosts`: whether addresses of this machine and its network may be fetched; `most`: bytes of one file, `together` of all of a call. */
export interface MediaLimits {
  privateHosts: boolean;
  most: number;
  together: number;
  timeoutMs: number;
  trust?: Trust | undefined;
}

const usual: MediaLimits = { privateHosts: false, most: 50 * 2 ** 20, together: 100 * 2 ** 20, timeoutMs: 30_000 };
const mostRedirects = 5;
/** Links of one call that are fetched at the same time. */
const mostAtOnce = 8;
const redirects = new Set([301, 302, 303, 307, 308]);

export function createMedia(limits: Partial<MediaLimits> = {}): Media {
  const settings = { ...usual, ...limits };
  let agent: Promise<Dispatcher> | undefined;
  return {
    async gather(links, life) {
      agent ??= openAgent(settings);
      const dispatcher = await agent;
      const ended = new AbortController();
      life?.onEnd((reason) => ended.abort(reason));
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(settings.timeoutMs)]);
      const errand = { dispatcher, signal, settings, size: 0 };
      const found = new Map<string, Gathered>();
      const waiting = [...links];
      const work = async (): Promise<void> => {
        for (let link = waiting.shift(); link !== undefined; link = waiting.shift()) {
          try {
            found.set(link, await get(new URL(link), errand, mostRedirects));
          } catch (thrown) {
            // One that fails ends the others.
            waiting.length = 0;
            if (!ended.signal.aborted) ended.abort(unfetched(link, thrown));
            throw ended.signal.reason;
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(mostAtOnce, links.length) }, work));
      return found;
    },
  };
}

interface Errand {
  dispatcher: Dispatcher;
  signal: AbortSignal;
  settings: MediaLimits;
  /** Bytes of all links so far. */
  size: number;
}

async function get(url: URL, errand: Errand, left: number): Promise<Gathered> {
  const { dispatcher, signal, settings } = errand;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error('it is not an http(s) URL');
  if (!settings.privateHosts && isIP(url.hostname.replace(/^\[|\]$/g, '')) > 0 && isPrivateAddress(url.hostname)) {
    throw new Error(privateHost);
  }
  const accepts = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'modelport' };
  const { statusCode, headers, body } = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'GET',
    signal,
    headers: accepts,
  });
  const location = headers['location'];
  if (redirects.has(statusCode) && typeof location === 'string') {
    discard(body);
    if (left === 0) throw new Error('it redirects too often');
    return get(new URL(location, url), errand, left - 1);
  }
  if (statusCode !== 200) {
    discard(body);
    throw new Error(`its server answered ${statusCode}`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    errand.size += chunk.length;
    if (size > settings.most) throw new Error(`it is larger than ${megabytes(settings.most)}`);
    if (errand.size > settings.together) {
      throw new Error(`the linked files together are larger than ${megabytes(settings.together)}`);
    }
    chunks.push(chunk);
  }
  return { mime: typeOf(headers['content-type'], url), data: Buffer.concat(chunks).toString('base64') };
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MB`;
}

/** A body that nobody reads ends in an error that nobody needs. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {});
  body.destroy();
}

const privateHost = 'it is on a private address (start with --allow_private_media to permit that)';

async function openAgent({ privateHosts, trust }: MediaLimits): Promise<Dispatcher> {
  const { Agent } = await import('./agents.ts');
  return new Agent({
    connect: { timeout: 10_000, ...tlsOptions(trust), ...(privateHosts ? {} : { lookup: publicLookup }) },
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 1000,
  });
}

/** Looks at the very addresses that are connected to, so that a name cannot answer twice differently. */
const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) done(error ?? new Error('it has no address'), '', 4);
    else if (addresses.some(({ address }) => isPrivateAddress(address))) done(new Error(privateHost), '', 4);
    else if (options.all === true) done(null, addresses);
    else done(null, first.address, first.family);
  });
};

/** Where the server does not say, the name does. */
const types: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.heic': 'image/heic',
  '.pdf': 'application/pdf',
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
  '.ogg': 'audio/ogg',
  '.flac': 'audio/flac',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mov': 'video/quicktime',
};

function typeOf(header: string | string[] | undefined, url: URL): string {
  const said = String(header ?? '')
    .split(';', 1)[0]
    ?.trim()
    .toLowerCase();
  if (said !== undefined && said !== '' && !said.endsWith('/octet-stream')) return said;
  return types[extname(url.pathname).toLowerCase()] ?? 'application/octet-stream';
}

/** Without the query, which may be a signature. */
function unfetched(link: string, thrown: unknown): ProxyError {
  const shown = URL.canParse(link) ? `${new URL(link).origin}${new URL(link).pathname}` : 'the link';
  const cause = thrown instanceof Error ? thrown : undefined;
  const late = cause?.name === 'TimeoutError';
  const reason = late ? 'it took too long' : (innermost(cause)?.message ?? 'it failed');
  return new ProxyError('invalid-request', `${shown} could not be fetched for the provider: ${reason}`, { cause });
}

function innermost(error: Error | undefined): Error | undefined {
  return error?.cause instanceof Error ? innermost(error.cause) : error;
}
