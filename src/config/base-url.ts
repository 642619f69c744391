import { type DialectId, fillPlaces, type Provider } from '../hub/index.ts';
import { providers } from '../providers/index.ts';
import { baseVariable, type Environment, firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import { fillBase } from './places.ts';

/** `base` is what is called, user-info and query included; `origin` is what may be shown. */
export interface Base {
  base: string;
  origin: string;
  /** User-info and query values inside `base`. */
  secrets: string[];
}

/** Endpoints that users paste together with the base; what is cut is written again by the dialect. */
const endpoints: Readonly<Record<DialectId, RegExp>> = {
  'openai-chat': /\/(?:chat\/completions|responses|embeddings)$/,
  'openai-responses': /\/(?:chat\/completions|responses|embeddings)$/,
  'openai-completions': /\/(?:(?:chat\/)?completions|responses|embeddings)$/,
  'anthropic-messages': /\/v1\/messages$/,
  gemini: /\/models\/[^/]+:\w+$/,
  'bedrock-converse': /\/model\/[^/]+\/[\w-]+$/,
  cohere: /\/v[12](?:\/(?:chat|embed|rerank))?$/,
  ollama: /\/(?:api(?:\/\w+)?|v1(?:\/[\w/]+)?)$/,
  replicate: /\/(?:models|predictions)(?:\/.*)?$/,
};

/** The provider's base URL: --api_base, then its variables, then the row's own. Throws ConfigError (DECISIONS.md 19). */
export function resolveBase(
  provider: Provider,
  typed: string | undefined,
  env: Environment,
  places: Readonly<Record<string, string>> = {},
): Base {
  const variables = baseVariables(provider);
  const variable = typed === undefined ? firstSet(env, variables) : undefined;
  const value = typed ?? variable?.value;
  if (value !== undefined) return makeWhole(value, provider, places, variable?.name ?? '--api_base');
  if (provider.base === '')
    throw new ConfigError(
      `${provider.title} has no base URL of its own: add --api_base http://localhost:8000/v1 or set ${variables[0]}`,
    );
  if (provider.base === 'mock:') return { base: 'mock:', origin: 'mock:', secrets: [] };
  const base = fillBase(provider, places);
  return { base, origin: new URL(base).origin, secrets: [] };
}

/** The base URL as the user gave it, else the row's: what rules for a kind of base look at. */
export function givenBase(provider: Provider, typed: string | undefined, env: Environment): string {
  return typed ?? firstSet(env, baseVariables(provider))?.value ?? provider.base;
}

/** The variables that may hold a provider's base URL, in order. */
export function baseVariables(provider: Provider): string[] {
  return [...(provider.env?.base ?? []), baseVariable(provider.id)];
}

/** The provider whose own host this URL names, for model names without a prefix. */
export function providerOfHost(typed: string): string | undefined {
  const host = hostOf(typed);
  if (host === undefined || /^(?:localhost|127\.|\[::1\])/.test(host)) return undefined;
  return Object.entries(providers).find(([, row]) => hostOf(row.base) === host)?.[0];
}

/** `http://user:secret@host` as `http://****@host`, for messages. */
function showable(typed: string): string {
  return typed.replace(/\/\/[^/]*@/, '//****@').replace(/[?#].*/s, '');
}

function makeWhole(typed: string, provider: Provider, places: Readonly<Record<string, string>>, source: string): Base {
  const url = parse(typed, source);
  const path = completePath(url.pathname, provider, places);
  const user = url.username === '' && url.password === '' ? '' : `${url.username}:${url.password}@`;
  return {
    base: `${url.protocol}//${user}${url.host}${path}${url.search}`,
    origin: url.origin,
    secrets: [url.username, url.password, ...url.searchParams.values()]
      .flatMap((secret) => [secret, decoded(secret)])
      .filter((secret) => secret !== ''),
  };
}

function parse(typed: string, source: string): URL {
  const text = typed.trim();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  const bare = !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(`http://${text}`);
  const hint = bare ? `; did you mean http://${showable(text)}?` : '';
  throw new ConfigError(`${source} must be an http:// or https:// URL, not '${showable(text)}'${hint}`);
}

/** A pasted endpoint says where the base ends; without one a bare origin, or the beginning of the row's path, is completed. */
function completePath(typed: string, provider: Provider, places: Readonly<Record<string, string>>): string {
  const whole = typed.replace(/\/+$/, '');
  const path = provider.cuts === undefined ? whole : whole.replace(provider.cuts, '').replace(/\/+$/, '');
  for (const endpoint of [...pathEndings(provider), endpoints[provider.dialect]]) {
    const cut = path.replace(endpoint, '').replace(/\/+$/, '');
    if (cut !== path) return cut;
  }
  return completed(path, provider, places);
}

/** What the row's own base says behind the part that was typed, as far as its places are known; what stands at a place counts as typed. */
function completed(path: string, provider: Provider, places: Readonly<Record<string, string>>): string {
  const own = provider.base === '' && isPlainLocal(provider) ? '/v1' : provider.base.replace(/^\w+:(?:\/\/[^/]*)?/, '');
  const typed = path.split('/');
  const wanted = own.split('/');
  const begins = typed.every((part, at) => part === wanted[at] || /^\{\w+\}$/.test(wanted[at] ?? ''));
  if (!begins || typed.length >= wanted.length) return path;
  return fillPlaces([...typed, ...wanted.slice(typed.length)].join('/'), places) ?? path;
}

/** The row's own paths, wherever they hold a place. */
function pathEndings({ paths }: Provider): RegExp[] {
  return Object.values(paths ?? {})
    .flat()
    .flatMap((path) => {
      const [plain = ''] = path.split('?', 1);
      const pattern = plain
        .split(/\{\w+\}/)
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('[^/]+');
      return plain === '' ? [] : [new RegExp(`${pattern}$`)];
    });
}

/** Local OpenAI-like servers answer below /v1. */
function isPlainLocal({ dialect, paths }: Provider): boolean {
  return dialect === 'openai-chat' && paths?.chat === undefined;
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
