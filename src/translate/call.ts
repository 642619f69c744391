import type { ClientSide, Dialect, Given } from '../dialects/index.ts';
import type { At, Deployment, Facts, Headers, HubRequest, JsonObject, ProxyError, Target } from '../hub/index.ts';
import type { Members } from '../wire/index.ts';

export type ClientDialect = Dialect & { client: ClientSide };

/** One client request, read as little as possible. */
export interface Call extends At {
  /** Sent as `x-litellm-call-id` and `x-request-id`. */
  id: string;
  client: ClientDialect;
  body: Members;
  given: Given;
  /** Bytes: one event of a stream, one plain reply (a `Config` fits). */
  limits: { readonly maxEvent: number; readonly maxReply: number };
  /** Hears of an error that is about to be told inside a stream, and takes our secrets out of it. */
  clean(error: ProxyError): ProxyError;
  /**
   * Hears what answers that can be asked for again are called, as soon as it is known. `whole`: the answer, when it is
   * complete and we are who made it; absent: the provider keeps it.
   */
  told?(answer: Told): void;
  /** The whole body, read. Throws invalid-request. */
  parsed(): JsonObject;
  /** A chat request, decoded on first use and remembered. Throws invalid-request. */
  request(): HubRequest;
}

/** See `Call.told`. */
export interface Told {
  id: string;
  by: Deployment;
  whole?: JsonObject;
}

/** A call made ready for one deployment. */
export interface Outgoing {
  target: Target;
  body: Buffer;
  /** Parameters that were left out, in the client's words. */
  dropped: readonly string[];
  /** Whether the provider was asked for a stream. */
  stream: boolean;
  /** Decides by the reply's content-type what it is; ProxyError: HTML, a redirect, no reply at all. */
  reply(head: { status: number; headers: Headers }): Relay | Whole | ProxyError;
  /** What to ask next, by GET, when a reply with status 2xx is a job without its result; absent: replies are results. */
  next?(body: Buffer): { path: string; afterMs: number } | undefined;
  /** What a status of 400 or more means. */
  refused(status: number, headers: Headers, body: string): ProxyError;
}

/** Bytes of a stream in, bytes of a stream out. While nothing has been handed out, `push` and `end` throw the ProxyError. */
export interface Relay {
  kind: 'relay';
  /** content-type for the client. */
  type: string;
  /** Bytes without a place for an error: what breaks is cut off, so that nobody takes it for whole. */
  raw?: true;
  /** A keep-alive, to be written between frames only. */
  ping: string;
  push(chunk: Buffer): Buffer | string;
  /** Hands out what is held back at the beginning (the pump calls it after 200 ms). */
  flush(): Buffer | string;
  /** `cause`: the provider died or timed out. */
  end(cause?: ProxyError): Buffer | string;
  facts(): Facts;
  /** Why the stream broke, once it has been told to the client; the rest of the provider's bytes is worth nothing. */
  broken(): ProxyError | undefined;
}

/** A whole body in, a whole body out. Throws bad-upstream-reply. */
export interface Whole {
  kind: 'whole';
  /** content-type for the client. */
  type: string;
  read(body: Buffer): { body: Buffer | string; facts: Facts };
}
