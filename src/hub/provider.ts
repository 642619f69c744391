import type { Operation } from './operation.ts';
import type { DialectId, Json, ParamName, Params } from './request.ts';

/** What a provider cannot say; an adapter says it in other words. */
export type Lack = 'schema-output' | 'tools';

/**
 * A parameter that a provider does not take: by name, by name unless the value is one of these, or one spelling only.
 * `whileReasoning`: only when the request asks for reasoning (an effort other than `none`, or a budget above 0).
 */
export type Refusal =
  | ParamName
  | { param: ParamName; unless: readonly Json[]; whileReasoning?: true }
  | { word: string };

/** How a key travels. `env`: variables that may hold it, in order; `keyPrefix`: only for keys that begin so. */
export type Auth = {
  env: readonly string[];
  keyPrefix?: string;
  optional?: true;
} & (
  | {
      kind: 'bearer';
      scheme?: string;
      headers?: Readonly<Record<string, string>>;
    }
  | { kind: 'header'; name: string }
);

/** What differs for some models of a provider; the first match replaces what the row says. */
export interface ModelRule {
  match: RegExp;
  refuses?: readonly Refusal[];
  /** Wire names: `max_tokens` -> `max_completion_tokens`. */
  renames?: Readonly<Record<string, string>>;
  lacks?: readonly Lack[];
  /** Values for what the request leaves out. */
  fill?: Params;
  clamp?: { [P in keyof Params]?: readonly [number, number] };
  most?: Most;
  quirks?: object;
}

/** How much it takes; what is more is left out. */
interface Most {
  /** Texts (LITELLM.md 4.2). */
  stop?: number;
  /** The longest answer. Lowered for clients whose form makes them ask for a length; others are told by the provider. */
  maxTokens?: number;
}

/** One provider: a row of data. */
export interface Provider {
  id: string;
  title: string;
  dialect: DialectId;
  /** Further dialects the provider speaks natively; the client's own is taken when it is listed. */
  also?: readonly DialectId[];
  /** Refuses unknown top-level fields. */
  strict?: boolean;
  /** Takes `metadata` with string values when `store` is true (DECISIONS.md 12). */
  keepsMetadata?: true;
  /** Base URL without a trailing slash; '' when the user must give one; `mock:` for models inside the process. */
  base: string;
  /** The first whose variable is set is used; `optional`: local servers that need no key. */
  auth: readonly Auth[];
  /** Variables that may hold the base URL. */
  env?: { base?: readonly string[] };
  /** Constant headers; values may hold `{env.NAME}`, and are left out when NAME is not set. */
  headers?: Readonly<Record<string, string>>;
  /** Of what its dialect can say. */
  refuses?: readonly Refusal[];
  /** Wire names: `max_completion_tokens` -> `max_tokens`. */
  renames?: Readonly<Record<string, string>>;
  lacks?: readonly Lack[];
  fill?: Params;
  clamp?: { [P in keyof Params]?: readonly [number, number] };
  most?: Most;
  /** A closed set of values, typed by the dialect beside the code that obeys it. */
  quirks?: object;
  models?: readonly ModelRule[];
  /** Put before a model name that has no '/': Fireworks' `accounts/fireworks/models/`. */
  modelPrefix?: string;
  /** Paths that are not the dialect's own; may hold `{model}`. */
  paths?: Partial<Record<Operation, string>>;
  /** Native pass-through: `/groq`. */
  native?: { mount: string };
}

/** A provider as it stands in `providers/`, where the key is the id. */
export type Row = Omit<Provider, 'id'>;

/** One model that can be called, everything resolved. */
export interface Deployment {
  /** A hash of its settings. */
  id: string;
  /** The name clients know it by, listed at /v1/models. */
  group: string;
  provider: Provider;
  /** The provider's own name for the model. */
  model: string;
  auth?: Auth;
  key?: string;
  /** Base URL, made whole, without a trailing slash; may hold user-info and a query: never show it, show `origin`. */
  base: string;
  /** Scheme, host and port of `base`. */
  origin: string;
  headers: Record<string, string>;
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
}

/** Everything the server needs to know, immutable; a call takes it once. */
export interface Config {
  readonly deployments: readonly Deployment[];
  /** Any model name in a request means the first deployment (`--model`). */
  readonly anyModel: boolean;
  /** Further names for a group. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly masterKey?: string;
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
  /** HTTP proxies of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY) through which providers are reached. */
  readonly proxy?: { http?: string; https?: string; none?: string };
}

/** A native pass-through: the client's own path below `mount`, our credentials. */
export interface Mount {
  mount: string;
  provider: string;
  base: string;
  /** Credentials as headers; empty when no key is known. */
  headers: Record<string, string>;
  /** What to set when the key is missing. */
  missing?: string;
  timeoutMs: number;
}
