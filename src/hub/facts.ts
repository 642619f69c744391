import type { Usage } from './response.ts';

/** What became known of a reply while it passed. Times in milliseconds since 1970. */
export interface Facts {
  id?: string;
  model?: string;
  usage?: Usage;
  /** The provider's own finish reason. */
  finish?: string;
  firstByteAt?: number;
  firstTokenAt?: number;
}

/** One finished call, as the ledger keeps it and the log line tells it. */
export interface Entry {
  id: string;
  /** Start, milliseconds since 1970. */
  at: number;
  /** The caller's product name from its user-agent (`OpenAI/JS`, `curl`), or `-`. */
  client: string;
  route: string;
  /** The model as the client wrote it. */
  model: string;
  provider?: string;
  /** The model as the provider knows it. */
  upstreamModel?: string;
  status: number;
  stream: boolean;
  usage?: Usage;
  /** Dollars. */
  cost?: number;
  /** From the request's head to the last byte of the answer. */
  ms: number;
  firstTokenMs?: number;
  /** Parameters that the client sent and the provider did not get. */
  dropped: readonly string[];
  /** What went wrong, redacted. */
  error?: string;
}
