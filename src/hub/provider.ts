import type { MediaForm, MediaOperation, Operation } from './operation.ts';
import type { DialectId, Json, ParamName, Params } from './request.ts';

/** What a provider cannot say; an adapter says it in other words. */
export type Lack = 'schema-output' | 'tools' | 'custom-tools' | 'namespaces';

/**
 * A parameter that a provider does not take: by name, by name unless the value is one of these (`never`: if it is), or one
 * spelling only.
 * `whileReasoning`: only when the request asks for reasoning (an effort other than `none`, or a budget above 0).
 */
export type Refusal =
  | ParamName
  | { param: ParamName; unless: readonly Json[]; whileReasoning?: true }
  | { param: ParamName; never: readonly Json[] }
  | { word: string };

/**
 * How a key travels, or who makes one. `env`: variables that may hold the key, in order; `keyPrefix`: only for keys that
 * begin so; `settings`: what the maker of tokens needs, with the variables that may hold it.
 */
export type Auth = {
  env: readonly string[];
  keyPrefix?: string;
  optional?: true;
  settings?: Readonly<Record<string, readonly string[]>>;
} & (
  | {
      kind: 'bearer';
      scheme?: string;
      headers?: Readonly<Record<string, string>>;
    }
  | { kind: 'header'; name: string }
  | Maker
);

/** Ways without a key that travels: what is sent is made for each request, or fetched and kept for a while. */
export type Maker =
  /** AWS Signature Version 4, with the credential chain of AWS. */
  | { kind: 'sigv4'; service: string }
  /** An OAuth token of Google credentials (application default ones, or a file). */
  | { kind: 'google' }
  /** A token of Microsoft Entra for this scope. */
  | { kind: 'entra'; scope: string }
  /**
   * A token that a POST of this form brings (RFC 6749, `access_token` and `expires_in`); URL, form and `basic` (user:password)
   * may hold `{key}`, `{origin}` of the base URL and the settings' names.
   */
  | { kind: 'exchange'; url: string; form: Readonly<Record<string, string>>; basic?: string };

/**
 * What differs for some models of a provider; the first match replaces what the row says. Named groups of `match` become
 * places (`{region}`).
 */
export interface ModelRule {
  match: RegExp;
  /** Only where the base URL, as the user gave it, looks so. */
  at?: RegExp;
  /** Only where these places look so: the versions of an API. */
  when?: Readonly<Record<string, RegExp>>;
  /** What matched is cut off the name, and the rules behind this one are looked at too: `responses/`, `us-west-2/`. */
  strip?: true;
  dialect?: DialectId;
  also?: readonly DialectId[];
  instead?: Instead;
  auth?: readonly Auth[];
  headers?: Readonly<Record<string, string>>;
  paths?: Paths;
  forms?: Forms;
  adds?: Readonly<Record<string, Json>>;
  omits?: readonly string[];
  refuses?: readonly Refusal[];
  /** Wire names: `max_tokens` -> `max_completion_tokens`. */
  renames?: Readonly<Record<string, string>>;
  lacks?: readonly Lack[];
  /** Values for what the request leaves out. */
  fill?: Params;
  clamp?: { [P in keyof Params]?: readonly [number, number] };
  most?: Most;
  quirks?: object;
  floatsOnly?: true;
}

/** Paths that are not the dialect's own; may hold `{model}` and places; of two the second is for streams. */
type Paths = Readonly<Partial<Record<Operation, string | readonly [string, string]>>>;

/** In which form a provider is asked where that is not the client's own. */
type Forms = Readonly<Partial<Record<MediaOperation, MediaForm>>>;

/** A part of URLs that differs from user to user: region, project. Looked for in the order of these members. */
export interface Place {
  /** The word of the base URL's query that may hold it. */
  query?: string;
  /** The flag that may hold it. */
  flag?: 'api_version';
  /** Variables that may hold it, in order. */
  env: readonly string[];
  /** A JSON object that may hold it, as a text or as the path of a file. */
  json?: {
    env: readonly string[];
    /** Folders and file where it lies when no variable says so: `~` is the user's. */
    usual: readonly string[];
    members: readonly string[];
  };
  /** By the value of a place before this one. */
  by?: { place: string; values: Readonly<Record<string, string>> };
  /** May hold the places before it. */
  default?: string;
}

/** Another dialect for requests that say all of these, which the model takes in that one only. */
interface Instead {
  dialect: DialectId;
  having: readonly ParamName[];
}

/** How much it takes; what is more is left out. */
interface Most {
  /** Texts (LITELLM.md 4.2). */
  stop?: number;
  /** The longest answer. Lowered for clients whose form makes them ask for a length; others are told by the provider. */
  maxTokens?: number;
}

/** A mount whose paths are not all below the base URL. */
export interface Native {
  /** Further names of the mount, beside the id. */
  also?: readonly string[];
  /** Paths that say themselves what the base ends with (`cut`); named groups are places. */
  whole?: RegExp;
  cut?: RegExp;
  /** The begin of other paths that the base says already. */
  skips?: RegExp;
  /** Short names of paths. */
  short?: Readonly<Record<string, string>>;
  /** A word of the query for requests without it; may hold places. `not`: paths that have none. */
  query?: { name: string; value: string; not?: RegExp };
  /** Where the name of a model stands in a path, as the first group. */
  names?: RegExp;
  /** Paths that another host answers. */
  beside?: { paths: RegExp; base: string; env: readonly string[] };
}

/** One provider: a row of data. */
export interface Provider {
  id: string;
  title: string;
  dialect: DialectId;
  /** Further dialects the provider speaks natively; the client's own is taken when it is listed. */
  also?: readonly DialectId[];
  instead?: Instead;
  /** Refuses embeddings in base64. */
  floatsOnly?: true;
  /** Refuses unknown top-level fields. */
  strict?: boolean;
  /** Top-level fields that its API knows and its dialect does not. */
  words?: readonly string[];
  /** Takes `metadata` with string values when `store` is true (DECISIONS.md 12). */
  keepsMetadata?: true;
  /** Base URL without a trailing slash; '' when the user must give one; `mock:` for models inside the process. */
  base: string;
  /** The first whose variable is set is used; `optional`: local servers that need no key. */
  auth: readonly Auth[];
  /** What users write behind a base URL though it is no part of it, beside the paths below. */
  cuts?: RegExp;
  /** Variables that may hold the base URL. */
  env?: { base?: readonly string[] };
  /** Constant headers; values may hold `{env.NAME}`, and are left out when NAME is not set. */
  headers?: Readonly<Record<string, string>>;
  /** Of what its dialect can say. */
  refuses?: readonly Refusal[];
  /** Wire names: `max_completion_tokens` -> `max_tokens`. */
  renames?: Readonly<Record<string, string>>;
  lacks?: readonly Lack[];
  /** What starts a server of one's own, for the line that says that it does not run. */
  starts?: string;
  /** Tools that it lacks are told in the prompt, whether or not --add_function_to_prompt says so. */
  toolsInPrompt?: true;
  fill?: Params;
  clamp?: { [P in keyof Params]?: readonly [number, number] };
  most?: Most;
  /** A closed set of values, typed by the dialect beside the code that obeys it. */
  quirks?: object;
  models?: readonly ModelRule[];
  /** Put before a model name that has no '/': Fireworks' `accounts/fireworks/models/`. */
  modelPrefix?: string;
  paths?: Paths;
  forms?: Forms;
  /** What base, paths, headers and `adds` may hold in braces. */
  places?: Readonly<Record<string, Place>>;
  /** Set in every body, by path; texts may hold places, and are left out when one of them is not set. */
  adds?: Readonly<Record<string, Json>>;
  /** Top-level words that no body has (`model`, where the path says it). */
  omits?: readonly string[];
  /** Where the native pass-through is more than `/<id>` put before the base URL. */
  native?: Native;
}

/** A provider as it stands in `providers/`, where the key is the id. */
export type Row = Omit<Provider, 'id'>;
