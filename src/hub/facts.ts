import type { JsonObject } from './request.ts';
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

/** Words for an answer that was stopped for what it says (LITELLM.md 5: what becomes `content_filter`). */
const filters: ReadonlySet<string> = new Set([
  ...[
    'content_filter',
    'content_filtered',
    'refusal',
    'safety',
    'recitation',
    'blocklist',
    'prohibited_content',
    'spii',
  ],
  ...['image_safety', 'image_prohibited_content', 'error_toxic', 'guardrail_intervened'],
]);

/** `finish`: a provider's own word. */
export function isFiltered(finish: string | undefined): boolean {
  return finish !== undefined && filters.has(finish.toLowerCase());
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
  /** The id of the deployment that was asked last. */
  deployment?: string;
  /** How often it was asked again, and how many groups were left for another; absent: not at all. */
  retries?: number;
  fallbacks?: number;
  status: number;
  stream: boolean;
  usage?: Usage;
  /** Dollars. */
  cost?: number;
  /** It was answered from the cache. */
  cached?: true;
  /** From the request's head to the last byte of the answer. */
  ms: number;
  firstTokenMs?: number;
  /** Parameters that the client sent and the provider did not get. */
  dropped: readonly string[];
  /** What went wrong, redacted. */
  error?: string;
}

/** An answer of the Responses form that can be asked for again. */
export interface StoredResponse {
  id: string;
  /** Who made it: the id of a deployment. */
  deployment: string;
  /** The model's name as the client wrote it. */
  model: string;
  /** Kept by us; absent: by the provider that made it. */
  ours?: {
    /** As the client got it. */
    response: JsonObject;
    /** The items that were asked, without those of the answers before. */
    input: readonly JsonObject[];
    /** The answer that it goes on from. */
    previous?: string;
  };
}
