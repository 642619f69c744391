import type { Headers } from './request.ts';

/** What a client asks for; the route table maps method and path to one of these. */
export type Operation =
  | 'chat'
  | 'embeddings'
  | 'count-tokens'
  | 'compact'
  | 'stored-responses'
  | 'models'
  | MediaOperation
  | ForwardedOperation;

/** What is asked for in OpenAI's form (reranking: in Cohere's) of providers that mostly have the same one. */
export type MediaOperation = JsonMedia | UploadedMedia;

/** In a JSON body. */
type JsonMedia = 'images' | 'speech' | 'moderations' | 'rerank';

/** In a form with files (`multipart/form-data`). */
export type UploadedMedia = 'image-edits' | 'image-variations' | 'transcription' | 'translation';

/** OpenAI's own things, kept by the provider that made them and asked for in its own words: families of endpoints. */
export type ForwardedOperation =
  | 'files'
  | 'uploads'
  | 'batches'
  | 'fine-tuning'
  | 'assistants'
  | 'threads'
  | 'vector-stores'
  | 'containers'
  | 'evals'
  | 'realtime';

/** What a model makes: transcription is translation too, and images are changed by those who make them. */
export type MediaKind = JsonMedia | 'transcription';

/**
 * How a provider's form differs from OpenAI's or, of reranking, Cohere's. `strings`: documents are texts. `top-k`: the length of the list is `top_k`.
 * `texts`: Text Embeddings Inference. `predict`: Google's images, `content`: those of its chat models; `canvas`: Amazon's;
 * `diffusion`: Stability's.
 */
export type MediaForm = 'strings' | 'top-k' | 'texts' | 'predict' | 'content' | 'canvas' | 'diffusion';

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
