import { createHash } from 'node:crypto';
import {
  type Auth,
  type Deployment,
  fillPlaces,
  type Headers,
  ProxyError,
  redactor,
  settingSecrets,
} from '../hub/index.ts';
import { readJson } from '../wire/index.ts';
import type { Upstream } from './send.ts';

type Exchange = Extract<Auth, { kind: 'exchange' }>;

/** What is posted to the token service, with every place filled in. */
interface Asking {
  url: string;
  form: string;
  basic?: string;
  secret: string;
  timeoutMs: number;
}

interface Kept {
  fetched: Promise<Fetched>;
  /** Milliseconds of `Date.now()`; while a token is fetched: never. */
  until: number;
}

/** Tokens are fetched anew so long before they end. */
const marginMs = 60_000;
/** RFC 6749 leaves `expires_in` out where it is known otherwise; five minutes are within every service's. */
const usualSeconds = 300;
const mostReply = 2 ** 20;
const longestWaitMs = 30_000;

/** By what is asked for, so that deployments of one account share a token, and by upstream, whose end ends them. */
const tokens = new WeakMap<Upstream, Map<string, Kept>>();

/**
 * The header with a token that the key was exchanged for. Kept until a minute before its end; whoever asks meanwhile waits
 * for the one request under way; a failure is not kept. Rejects with authentication when the service refuses.
 */
export async function exchangedToken(
  to: Deployment,
  auth: Exchange,
  key: string | undefined,
  upstream: Upstream,
): Promise<Record<string, string>> {
  const asking = askingOf(to, auth, key);
  const known = tokens.get(upstream) ?? new Map<string, Kept>();
  tokens.set(upstream, known);
  const name = createHash('sha256').update(JSON.stringify(asking)).digest('base64');
  const old = known.get(name);
  if (old !== undefined && Date.now() < old.until) return (await old.fetched).header;
  const kept: Kept = { fetched: fetchToken(asking, to, upstream), until: Number.POSITIVE_INFINITY };
  known.set(name, kept);
  try {
    const { header, seconds } = await kept.fetched;
    kept.until = Date.now() + seconds * 1000 - marginMs;
    return header;
  } catch (thrown) {
    known.delete(name);
    throw thrown;
  }
}

function askingOf(to: Deployment, auth: Exchange, key: string | undefined): Asking {
  const known = { ...to.places, ...to.settings, origin: to.origin, ...(key === undefined ? {} : { key }) };
  const fill = (text: string): string => {
    const filled = fillPlaces(text, known);
    if (filled !== undefined) return filled;
    const names = [...auth.env, ...Object.values(auth.settings ?? {}).flat()];
    throw new ProxyError('authentication', `${to.provider.title} needs a token: set ${[...new Set(names)].join(', ')}`);
  };
  const form = Object.entries(auth.form).map(([name, value]): [string, string] => [name, fill(value)]);
  return {
    url: fill(auth.url),
    form: new URLSearchParams(form).toString(),
    ...(auth.basic === undefined ? {} : { basic: Buffer.from(fill(auth.basic)).toString('base64') }),
    secret: key ?? '',
    timeoutMs: Math.min(to.timeoutMs, longestWaitMs),
  };
}

interface Fetched {
  header: Record<string, string>;
  seconds: number;
}

async function fetchToken(asking: Asking, to: Deployment, upstream: Upstream): Promise<Fetched> {
  const reply = await post(asking, upstream);
  const read = readJson(reply.text);
  const said: Said = typeof read === 'object' && read !== null ? { ...read } : {};
  const { access_token: token, expires_in: seconds = usualSeconds } = said;
  if (reply.status !== 200 || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    const hide = redactor([asking.secret, asking.basic ?? '', ...settingSecrets(to.settings)]);
    throw refused(reply, said, `no token for ${to.provider.title} from ${new URL(asking.url).origin}`, hide);
  }
  return {
    header: { authorization: `Bearer ${token}` },
    seconds: Number.isFinite(Number(seconds)) ? Number(seconds) : usualSeconds,
  };
}

interface Reply {
  status: number;
  headers: Headers;
  text: string;
}

type Said = Readonly<Record<string, unknown>>;

function post(asking: Asking, upstream: Upstream): Promise<Reply> {
  const { origin, pathname, search } = new URL(asking.url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let headers: Headers = {};
    let size = 0;
    upstream.send(
      {
        method: 'POST',
        model: '',
        base: origin,
        path: `${pathname}${search}`,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
          ...(asking.basic === undefined ? {} : { authorization: `Basic ${asking.basic}` }),
        },
        body: Buffer.from(asking.form),
        timeoutMs: asking.timeoutMs,
      },
      {
        head: (code, got) => {
          status = code;
          headers = got;
        },
        data: (chunk) => {
          size += chunk.length;
          if (size > mostReply) throw new ProxyError('bad-upstream-reply', `${origin} sent a token of over 1 MB`);
          chunks.push(chunk);
        },
        end: () => resolve({ status, headers, text: Buffer.concat(chunks).toString() }),
        fail: reject,
      },
    );
  });
}

/** The service's own words, without what it was sent in confidence. */
function refused(
  { status, headers, text }: Reply,
  said: Said,
  what: string,
  hide: (text: string) => string,
): ProxyError {
  const words = ['error_description', 'errorMessage', 'error', 'message'].map((name) => said[name]);
  const own = hide(String(words.find((word) => typeof word === 'string') ?? text.slice(0, 500)));
  const message = `${what}: ${status === 200 ? 'it answered without an access_token' : `${status} ${own}`.trim()}`;
  const facts = { upstream: { status, headers, body: own } };
  if (status === 429) return new ProxyError('rate-limit', message, facts);
  return new ProxyError(status >= 500 ? 'overloaded' : 'authentication', message, facts);
}
