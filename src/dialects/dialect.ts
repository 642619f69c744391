import type {
  At,
  Block,
  DialectId,
  EmbeddingRequest,
  EmbeddingResponse,
  Emit,
  Facts,
  Headers,
  HubEvent,
  HubRequest,
  HubResponse,
  Json,
  JsonObject,
  Lack,
  ParamName,
  ProxyError,
  Target,
} from '../hub/index.ts';
import type { Frame, Framing, Members } from '../wire/index.ts';

/** The only clock and the only dice a dialect gets. */
export interface Given {
  /** A fresh id with this prefix: `chatcmpl-…`, `msg_…`. */
  id(prefix: string): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** When the call began, in milliseconds since 1970. */
  since?: number;
}

/** What a dialect cannot say; `schema`: the published one that has no place for it. Printed in the README. */
export interface Loss {
  what: string;
  schema: string;
}

/** A wire format: two pure halves. `Q`: the quirks that rows may set. */
export interface Dialect<Q = object> {
  id: DialectId;
  title: string;
  /** What it can say -> the path of its word. */
  params: Readonly<Partial<Record<ParamName, string>>>;
  /** Further paths by which its clients say a parameter. */
  also?: Readonly<Partial<Record<ParamName, readonly string[]>>>;
  /** The further top-level words it owns. */
  words: readonly string[];
  /**
   * Top-level words of its clients that no other dialect has: `told` in other words, else the values that ask for nothing;
   * any other is unsupported by providers of other dialects. `needed`: a request that says it means nothing without it.
   */
  stays?: Readonly<Record<string, 'told' | 'needed' | readonly Json[]>>;
  losses: readonly Loss[];
  client?: ClientSide;
  provider?: ProviderSide<Q>;
}

/** Speaks with clients. */
export interface ClientSide {
  /** The least a body must be, seen in the bytes; throws invalid-request with the field's path. */
  check(body: Members): void;
  /** Providers of this dialect are asked in another form of it: nothing passes as bytes. */
  apart?: true;
  /** The answer to a request that asks nothing of the model; undefined: it asks something. */
  idle?(body: Members, model: string, given: Given): JsonObject | undefined;
  /** Strict: a 400 names the field. */
  decodeRequest(body: JsonObject, at: At): HubRequest;
  /** What a request says below its top-level words that no other dialect can say, as paths. Absent: nothing. */
  unsaid?(request: HubRequest): string[];
  /**
   * The requests that one body makes of providers of other dialects, whose answers become one: as many choices of each
   * as it asks for. Throws invalid-request for what they cannot be asked. Absent: a body is a request.
   */
  splitRequest?(request: HubRequest): readonly HubRequest[];
  encodeResponse(response: HubResponse, request: HubRequest, given: Given): JsonObject;
  /** `at`: where the URL says in which form to stream. */
  encodeStream(request: HubRequest, given: Given, at?: Pick<At, 'query'>): StreamEncoder;
  /** Whether a stream in the first framing of this dialect's providers is what the URL asks for; absent: always. */
  takesFrames?(at: Pick<At, 'query'>): boolean;
  /** A whole answer of ours, kept, as the frames that tell it once more; absent: answers cannot be asked for again. */
  retell?(whole: JsonObject): string[];
  /** Conversations made shorter by any model; absent: its clients know no such thing. */
  compaction?: Compaction;
  encodeError(error: ProxyError, given: Given): EncodedError;
  /** What a passed plain reply says; throws bad-upstream-reply when it is none. */
  glance(body: JsonObject): Facts;
  /** Watches a passed stream. */
  tap(asked: Asked, given: Given): Tap;
  embeddings?: EmbeddingClient;
  count?: CountClient;
}

/** How a conversation is made shorter where the provider has no operation for it. */
interface Compaction {
  /** The chat request that asks the model for a summary. */
  ask(request: HubRequest): HubRequest;
  /** The shorter conversation. `asked`: the client's body; `answer`: the answer to `ask`, in the client's form. */
  write(asked: JsonObject, answer: JsonObject, given: Given): JsonObject;
}

/** The client's form of counting tokens; the request is the chat's, decoded by `decodeRequest`. */
export interface CountClient {
  /** The least a body must be; throws invalid-request. */
  check(body: Members): void;
  encodeResponse(tokens: number): JsonObject;
}

/** The client's form of embeddings. */
export interface EmbeddingClient {
  /** The least a body must be; throws invalid-request with the field's path. */
  check(body: Members): void;
  decodeRequest(body: JsonObject): EmbeddingRequest;
  encodeResponse(reply: EmbeddingResponse, request: EmbeddingRequest, given: Given): JsonObject;
  /** What a passed reply says; throws bad-upstream-reply when it is none. Absent: bodies do not pass. */
  glance?(reply: JsonObject): Facts;
}

/** The provider's form of embeddings. */
export interface EmbeddingProvider<Q = object> {
  /** Most inputs of one request; more are sent in several. */
  most?: number | ((quirks: Partial<Q>) => number);
  /** Throws invalid-request for what its form cannot say (token lists). */
  encodeRequest(request: EmbeddingRequest, quirks: Partial<Q>): JsonObject;
  /** Throws bad-upstream-reply. */
  decodeResponse(body: JsonObject, request: EmbeddingRequest, quirks: Partial<Q>): EmbeddingResponse;
  /** A reply that is a list as the object that `decodeResponse` reads. */
  readList?(list: Json[]): JsonObject;
}

/** The provider's own counter of tokens, at `target` of the operation `count-tokens`. */
export interface CountProvider<Q = object> {
  /** Top-level words of a chat body that it does not take. */
  refuses: readonly string[];
  /** Where a body of its own form names the model, by path; absent: at the top or nowhere. */
  names?(body: Members, model: string): JsonObject;
  encodeRequest(request: HubRequest, quirks: Partial<Q>): JsonObject;
  /** Throws bad-upstream-reply. */
  decodeResponse(body: JsonObject): number;
  /** Whether a refusal means that this model's tokens cannot be counted, beside those that say so by status. */
  unsupported?(error: ProxyError): boolean;
}

export interface EncodedError {
  status: number;
  /** retry-after, rate limits, allow, request id. */
  headers: Record<string, string>;
  body: JsonObject;
}

/** `model`: the name to put in place of the provider's; `withholdUsage`: the client did not ask for the usage chunk. */
export interface Asked {
  model?: string;
  withholdUsage?: boolean;
}

/** `type`: content-type; `ping`: a keep-alive; after an `error` event everything is ''. */
export interface StreamEncoder {
  type: string;
  ping: string;
  event(event: HubEvent): string;
  end(): string;
  /** The whole answer that a complete stream told, in dialects whose answers can be asked for again. */
  whole?(): JsonObject | undefined;
}

/** Sees whole frames of a passed stream, terminator included. */
export interface Tap {
  /** The frame to send, changed or not; undefined: withheld. Throws the ProxyError of an error frame. */
  see(frame: Buffer): Buffer | undefined;
  /**
   * Takes the whole frames, from the one that begins at `from` on, that are like one seen before but for their text; the
   * bytes have LF line ends. Returns where it stopped; what goes on is added to `out`.
   */
  skim(chunk: Buffer, from: number, out: Buffer[]): number;
  /** The stream is over: what is still owed (terminator, error frame and terminator, or ''). */
  over(cause?: ProxyError): string;
  /** Whether a token or any other content has been seen. */
  begun: boolean;
  readonly facts: Facts;
}

export type MediaBlock = Extract<Block, { type: 'media' }>;

/** Speaks with providers. */
export interface ProviderSide<Q = object> {
  framings: readonly Framing[];
  lacks: readonly Lack[];
  /** Names of tools that the wire takes. */
  toolNames: RegExp;
  /**
   * The search of the web that it runs itself, told by `named.webSearch`: whether it goes beside functions, and which domains
   * can be said. Absent: no model of it is known to search for whoever asks.
   */
  searches?: { beside: boolean; filters: readonly ('allowed' | 'blocked')[] };
  /** Choices that its form can limit to some of the tools; for any other only those are offered. */
  limits?: readonly ('auto' | 'any')[];
  /** Which side each quirk touches; `probe`: bytes without which a request quirk has nothing to do. */
  quirks: Readonly<Record<keyof Q, Quirk>>;
  /** What a streamed request must say for usage to come; a client that did not say it does not see it. */
  streamUsage?: { path: string; value: Json };
  /** Client headers that may go up (`anthropic-beta`). */
  forwards: readonly string[];
  /** Provider headers that come back. */
  returns: readonly string[];
  /** For passed and translated bodies alike. */
  target(at: At): Target;
  encodeRequest(request: HubRequest, quirks: Partial<Q>): JsonObject;
  /** Where words go that a user adds to the body and that are not among the API's own (`own`). */
  nests?: { under: string; own: readonly string[] };
  /** Headers that an encoded body needs beside `target`'s (beta marks). */
  requires?(body: JsonObject): Record<string, string>;
  /** Lenient: what it does not know becomes opaque or extra. Throws bad-upstream-reply. */
  decodeResponse(body: JsonObject, given: Given, quirks: Partial<Q>): HubResponse;
  /** The reply that a list of objects is, where a server sends one; absent: a list is no reply. */
  joinReplies?(replies: readonly JsonObject[]): JsonObject;
  decodeStream(given: Given, quirks: Partial<Q>): StreamDecoder;
  /** The only reader of a vendor's error text. */
  decodeError(status: number, headers: Headers, body: string): ProxyError;
  /** Whether a link must be fetched by us and sent as base64; absent: the provider fetches all itself. */
  inlines?(media: MediaBlock, url: string, quirks: Partial<Q>): boolean;
  embeddings?: EmbeddingProvider<Q>;
  count?: CountProvider<Q>;
  /** What to ask next when a plain reply is a job whose result is not there yet; a path below the provider's base. */
  follow?(body: JsonObject): { path: string; afterMs: number } | undefined;
}

export interface Quirk {
  side: 'request' | 'reply' | 'both';
  probe?: readonly string[];
  doc: string;
}

/** `end` says who ended: a stream without a finish is an error event. */
export interface StreamDecoder {
  push(frame: Frame, emit: Emit): void;
  end(emit: Emit): void;
}
