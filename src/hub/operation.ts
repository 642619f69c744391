import type { Headers } from './request.ts';

/** What a client asks for; the route table maps method and path to one of these. */
export type Operation = 'chat' | 'embeddings' | 'count-tokens' | 'compact' | 'stored-responses' | 'models';

/** Where and how a call goes: the parts of a request that are not its body. */
export interface At {
  operation: Operation;
  model: string;
  stream: boolean;
  query: URLSearchParams;
  headers: Headers;
}

/** Where a provider is called: `path` begins with '/' and is joined to the provider's base URL; header names in lower case. */
export interface Target {
  method: string;
  path: string;
  headers: Record<string, string>;
}
