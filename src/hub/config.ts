import type { ErrorKind } from './error.ts';
import type { MediaKind, Operation } from './operation.ts';
import type { Auth, Provider } from './provider.ts';
import type { Json, JsonObject, Params } from './request.ts';

/** A single model: nothing to choose from, nothing to fall back on. */
export const plainRouting: Routing = {
  strategy: 'shuffle',
  retryAfterMs: 0,
  cooldowns: true,
  cooldownMs: 5000,
  fallbacks: {},
  windowFallbacks: {},
  contentFallbacks: {},
  defaultFallbacks: [],
  maxFallbacks: 5,
  checksWindow: false,
};

/** Whose certificates a provider may have, where that is not as Node has it. */
export interface Trust {
  /** Tells it from others. */
  id: string;
  /** PEM: authorities beside Node's own. */
  ca?: string;
  /** Certificates are not looked at. */
  unverified?: true;
}

/** One model that can be called, everything resolved. */
export interface Deployment {
  /** A hash of its settings. */
  id: string;
  /** The name clients know it by, listed at /v1/models. */
  group: string;
  /** The row as it is written. */
  provider: Provider;
  /** The row for this model: what rules replace is replaced, places are filled in. */
  row: Provider;
  /** The provider's own name for the model. */
  model: string;
  /** A model that makes vectors. */
  embeds?: true;
  /** A model that does this and does not chat. */
  makes?: MediaKind;
  places: Readonly<Record<string, string>>;
  auth?: Auth;
  key?: string;
  /** What the maker of tokens was given: `auth.settings` filled in. */
  settings: Readonly<Record<string, string>>;
  /** Base URL, made whole, without a trailing slash; may hold user-info and a query: never show it, show `origin`. */
  base: string;
  /** Scheme, host and port of `base`. */
  origin: string;
  headers: Record<string, string>;
  /** In the place of the Config's (`ssl_verify`). */
  trust?: Trust;
  /** The request wins over these. */
  defaults: Params;
  /** The command line: wins over the request. */
  forced: Params;
  dropParams: boolean;
  alsoDrop: readonly string[];
  allowed: readonly string[];
  toolsInPrompt: boolean;
  /** To the first byte of the reply, and between two chunks of a stream. */
  timeoutMs: number;
  /** To the first byte of a stream, where that is another. */
  streamTimeoutMs?: number;
  /** Further members for bodies that lack them, as the provider knows them: what litellm_params holds beside its own words. */
  adds?: JsonObject;
  /** Answers in the provider's place (`mock_response`). */
  mock?: Json;
  /** Callers may bring their own key to this one (`configurable_clientside_auth_params`). */
  clientKey?: true;
  /** `model_info` as it was written. */
  info?: JsonObject;
  /** Dollars a token, where the user says so: wins over the price list. */
  price?: Price;
  share?: Share;
  /**
   * A pattern: `group` holds a `*`. The deployments for what the star stands for in a name, the same ones every time; one,
   * unless only the name says whose keys count. Empty: nobody serves it.
   */
  wild?(star: string): readonly Deployment[];
}

/** Dollars: by the token, and by the call. */
export interface Price {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  call?: number;
}

/** How a deployment shares the calls of its group (router_settings and litellm_params, LITELLM.md 9.2). */
export interface Share {
  weight?: number;
  /** Requests and tokens a minute. */
  rpm?: number;
  tpm?: number;
  /** Calls at the same time. */
  parallel?: number;
  /** The lowest number of those that can be called goes first. */
  order?: number;
  tags?: readonly string[];
  cooldownMs?: number;
  retries?: number;
  /** Tokens of prompt that it takes, for the checks before a call. */
  window?: number;
}

/** What is tried in a group's place, in this order: its name, or members of the body to change (`model` among them). */
export type Fallback = string | (JsonObject & { model: string });

/** How often an error of a kind is tried again, or may happen, before the rule for all errors counts. */
export type ByKind = Readonly<Partial<Record<ErrorKind, number>>>;

export type Strategy = 'shuffle' | 'least-busy' | 'latency' | 'usage' | 'cost';

/** Which deployment is taken and what happens when it fails (LITELLM.md 9.2). */
export interface Routing {
  strategy: Strategy;
  /** Absent: 2 for groups of several deployments, 0 for others (DECISIONS.md 9). */
  retries?: number;
  retryPolicy?: ByKind;
  /** By group. */
  groupRetryPolicy?: Readonly<Record<string, ByKind>>;
  /** The shortest wait before a retry. */
  retryAfterMs: number;
  cooldowns: boolean;
  cooldownMs: number;
  /** Failures a minute, more of which make a deployment rest. */
  allowedFails?: number;
  allowedFailsPolicy?: ByKind;
  /** By group, or `*`. */
  fallbacks: Readonly<Record<string, readonly Fallback[]>>;
  windowFallbacks: Readonly<Record<string, readonly Fallback[]>>;
  contentFallbacks: Readonly<Record<string, readonly Fallback[]>>;
  /** For every group, behind its own. */
  defaultFallbacks: readonly Fallback[];
  maxFallbacks: number;
  /** Leaves out deployments whose window is too small for the prompt (`enable_pre_call_checks`). */
  checksWindow: boolean;
  tags?: 'any' | 'all';
}

/** Answers of equal calls are given again (`litellm_settings.cache`). */
export interface CacheSettings {
  kind: 'memory' | 'redis';
  ttlMs?: number;
  /** Bytes, in memory. */
  most: number;
  namespace?: string;
  /** `redis://user:password@host:port`. */
  url?: string;
  /** Only calls that ask for it (`use-cache`). */
  onDemand: boolean;
  operations: readonly Operation[];
}

/** Everything the server needs to know, immutable; a call takes it once. */
export interface Config {
  readonly deployments: readonly Deployment[];
  /** Any model name in a request means the first deployment (`--model`). */
  readonly anyModel: boolean;
  /** Further names for a group; `hidden` ones are not listed. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly hidden?: readonly string[];
  /** Names of several groups (`access_groups`), which a key may be given. */
  readonly accessGroups?: Readonly<Record<string, readonly string[]>>;
  readonly routing: Routing;
  readonly cache?: CacheSettings;
  /** The model of an operation whatever the request says (`completion_model`). */
  readonly modelFor?: Readonly<Partial<Record<Operation, string>>>;
  /** The file it came from, if any; a reload reads it again. */
  readonly file?: string;
  readonly masterKey?: string;
  /** A further header that may hold a caller's key (`litellm_key_header_name`), in lower case. */
  readonly keyHeader?: string;
  /** Streams to OpenAI's clients end with usage, whether or not they ask for it. */
  readonly alwaysUsage?: boolean;
  /** Patterns are listed at /v1/models as they are, not as the models that they stand for (`return_wildcard_routes`). */
  readonly listsPatterns?: boolean;
  /** Callers may send their own provider key as `api_key` in the body. */
  readonly clientKeys: boolean;
  readonly host?: string;
  readonly port: number;
  readonly tls?: { key: string; cert: string };
  readonly rootPath: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly drainMs: number;
  readonly keepAliveMs: number;
  /** Concurrent requests; more are answered with 503. */
  readonly maxConcurrent?: number;
  /** Links to addresses of this machine and its network may be fetched for providers that want files inside the request. */
  readonly privateMedia: boolean;
  /** Dollars; calls are refused once it is spent. */
  readonly maxBudget?: number;
  /** Bytes: a request body, a plain reply, one event of a stream. */
  readonly maxBody: number;
  readonly maxReply: number;
  readonly maxEvent: number;
  /** Configured secrets, for redaction by value. */
  readonly secrets: readonly string[];
  /** Native pass-through mounts: `/openai`, `/anthropic`. */
  readonly mounts: readonly Mount[];
  readonly passThrough?: readonly PassThroughRoute[];
  /** Native mounts send clients' own `x-*` headers on (`forward_client_headers_to_llm_api`). */
  readonly forwardClientHeaders?: boolean;
  /** A provider's key that a client of a native mount brings goes up in place of ours (`forward_llm_provider_auth_headers`). */
  readonly forwardProviderAuth?: boolean;
  /** HTTP proxies of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY) through which providers are reached. */
  readonly proxy?: { http?: string; https?: string; none?: string };
  /** For all providers that do not say otherwise (SSL_CERT_FILE). */
  readonly trust?: Trust;
}

/** A native pass-through: the client's own path below one of `paths`, our credentials. */
export interface Mount {
  /** One segment each: `/vertex_ai`, `/vertex-ai`. */
  paths: readonly string[];
  provider: string;
  /** Where the names of models stand in its paths, as the first group; a name of the configuration may stand there. */
  names?: RegExp;
  /**
   * Who answers a path below the mount (with its query), and which path below the base that is. Looked up when a path is
   * first asked for. Throws authentication naming what is not set.
   */
  open(path: string): { to: Deployment; path: string };
}

/** A pass-through of the user's own (`general_settings.pass_through_endpoints`, LITELLM.md 7). */
export interface PassThroughRoute {
  /** Begins with '/', has no trailing one. */
  path: string;
  /** http(s), fixed; may hold user-info and a query: never show it. */
  target: string;
  /** Ours, credentials among them; names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Answers without the master key. */
  open?: true;
  /** Paths below `path` go below `target`. */
  below?: true;
  /** Sends clients' own `x-*` headers on. */
  forwards?: true;
  /** Dollars. */
  costPerRequest?: number;
  timeoutMs: number;
}
