import { type Auth, type Deployment, isMaker, keyHeaders, ProxyError } from '../hub/index.ts';
import { type Signer, signerFor } from './signer.ts';

/** Headers that are known at once, or that are made for each request. */
export type Credentials = Record<string, string> | Signer;

/**
 * The headers that carry a deployment's key, or the caller's own where that is allowed. Throws authentication, in
 * LiteLLM's words, when there is none and the provider wants one.
 */
export function credentials(to: Deployment, callersKey?: string): Credentials {
  const key = callersKey ?? to.key;
  const auth = wayFor(to, key, callersKey !== undefined);
  if (auth === undefined) return {};
  if (key !== undefined && /[\r\n\0]/.test(key)) {
    throw new ProxyError('authentication', `the key for ${to.provider.title} holds a line break`);
  }
  if (isMaker(auth)) return signerFor(to, auth, key);
  if (key === undefined || key === '') {
    if (auth.optional === true || hasUserInfo(to.base) || hasOwnKey(to, auth)) return {};
    throw missingKey(to);
  }
  return keyHeaders(auth, key);
}

/** By the key's beginning, else the deployment's own way, else the row's first; a caller's key is a key. */
function wayFor({ row, auth: own }: Deployment, key: string | undefined, callers: boolean): Auth | undefined {
  const ways = callers ? row.auth.filter((one) => !isMaker(one)) : row.auth;
  return (
    ways.find((one) => key !== undefined && one.keyPrefix !== undefined && key.startsWith(one.keyPrefix)) ??
    (own !== undefined && ways.includes(own) ? own : undefined) ??
    ways.find((one) => one.keyPrefix === undefined)
  );
}

/** Wished features, by comma: a key may need some (OAuth), the client and the user others. */
const features = 'anthropic-beta';

/** Headers one over the other: later values win, but lists of features add up, each one once. */
export function joinHeaders(...parts: readonly Record<string, string>[]): Record<string, string> {
  const joined: Record<string, string> = Object.assign({}, ...parts);
  if (joined[features] === undefined) return joined;
  const wished = parts.flatMap((part) => part[features]?.split(',') ?? []).map((one) => one.trim());
  joined[features] = [...new Set(wished.filter((one) => one !== ''))].join(',');
  return joined;
}

function missingKey(to: Deployment): ProxyError {
  const names = [...new Set(to.row.auth.flatMap((one) => one.env))];
  const message =
    to.row.dialect === 'anthropic-messages'
      ? `Missing ${to.provider.title} API Key - A call is being made to ${to.provider.id} but no key is set either in the environment variables or via params. Please set ${listed(names)} in your environment vars`
      : `AuthenticationError: ${to.provider.title.replace(/\W/g, '')}Exception - The api_key client option must be set either by passing api_key to the client or by setting the ${listed(names)} environment variable`;
  return new ProxyError('authentication', message, {
    provider: to.provider.id,
    model: to.model,
  });
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'api_key' : names.join(' or ');
}

/** The user's own headers may carry what the provider asks for. */
function hasOwnKey(to: Deployment, auth: Auth): boolean {
  const name = auth.kind === 'header' ? auth.name : 'authorization';
  return Object.keys(to.headers).some((one) => one.toLowerCase() === name || one.toLowerCase() === 'authorization');
}

function hasUserInfo(base: string): boolean {
  return /^https?:\/\/[^/?#]*@/i.test(base);
}
