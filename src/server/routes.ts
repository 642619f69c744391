import type { ClientId, forms } from '../dialects/index.ts';
import type { ForwardedOperation, MediaOperation, Operation } from '../hub/index.ts';
import type { Asked } from './stored.ts';

/** One row: what a method on a path asks for, and in which dialect. `*model` and `*id` may hold slashes. */
export interface Route {
  method: 'get' | 'post' | 'delete';
  paths: readonly string[];
  /** Paths that count only with Azure's `api-version`: without it they are another vendor's mount. */
  versioned?: readonly string[];
  operation: Exclude<Operation, ForwardedOperation>;
  dialect: ClientId;
  /** Where the dialect's clients have several. */
  form?: keyof typeof forms;
  /** What is asked of a stored answer. */
  asked?: Asked;
  /** `default`: streams unless the body says no; `always`, `never`: the path says it. */
  stream?: 'default' | 'always' | 'never';
}

/** The busiest first: Express looks from the top. */
export const routes: readonly Route[] = [
  { method: 'post', paths: azure('/chat/completions'), operation: 'chat', dialect: 'openai-chat' },
  { method: 'post', paths: both('/messages'), operation: 'chat', dialect: 'anthropic-messages' },
  { method: 'post', paths: openai('/responses'), operation: 'chat', dialect: 'openai-responses' },
  { method: 'post', paths: openai('/responses/compact'), operation: 'compact', dialect: 'openai-responses' },
  { method: 'post', paths: openai('/responses/input_tokens'), operation: 'count-tokens', dialect: 'openai-responses' },
  ...ofResponses('get', '', 'get'),
  ...ofResponses('delete', '', 'delete'),
  ...ofResponses('get', '/input_items', 'input-items'),
  ...ofResponses('post', '/cancel', 'cancel'),
  {
    method: 'post',
    paths: both('/messages/count_tokens'),
    operation: 'count-tokens',
    dialect: 'anthropic-messages',
  },
  { method: 'post', paths: deployed('/chat/completions'), operation: 'chat', dialect: 'openai-chat' },
  // Behind the chat's paths, which they would match too.
  {
    method: 'post',
    paths: [...azure('/completions'), ...deployed('/completions')],
    operation: 'chat',
    dialect: 'openai-completions',
  },
  {
    method: 'post',
    paths: [...azure('/embeddings'), ...deployed('/embeddings')],
    operation: 'embeddings',
    dialect: 'openai-chat',
  },
  ...ofMedia('images', '/images/generations', both('/image/generations')),
  ...ofMedia('image-edits', '/images/edits'),
  ...ofMedia('image-variations', '/images/variations'),
  ...ofMedia('speech', '/audio/speech'),
  ...ofMedia('transcription', '/audio/transcriptions'),
  ...ofMedia('translation', '/audio/translations'),
  ...ofMedia('moderations', '/moderations'),
  { method: 'post', paths: [...both('/rerank'), '/v2/rerank'], operation: 'rerank', dialect: 'openai-chat' },
  { method: 'post', paths: ['/api/chat'], operation: 'chat', dialect: 'ollama', stream: 'default' },
  { method: 'post', paths: ['/api/generate'], operation: 'chat', dialect: 'ollama', form: 'prompt', stream: 'default' },
  { method: 'post', paths: ['/api/embed'], operation: 'embeddings', dialect: 'ollama' },
  { method: 'post', paths: ['/api/embeddings'], operation: 'embeddings', dialect: 'ollama', form: 'prompt' },
  // Before the models, whose names may hold anything.
  { method: 'post', paths: google('generateContent'), operation: 'chat', dialect: 'gemini', stream: 'never' },
  { method: 'post', paths: google('streamGenerateContent'), operation: 'chat', dialect: 'gemini', stream: 'always' },
  { method: 'post', paths: google('countTokens'), operation: 'count-tokens', dialect: 'gemini', stream: 'never' },
  { method: 'post', paths: google('embedContent'), operation: 'embeddings', dialect: 'gemini', form: 'single' },
  { method: 'post', paths: google('batchEmbedContents'), operation: 'embeddings', dialect: 'gemini' },
  { method: 'get', paths: [...azure('/models'), ...azure('/models/*id')], operation: 'models', dialect: 'openai-chat' },
  { method: 'get', paths: ['/v1beta/models', '/v1beta/models/*id'], operation: 'models', dialect: 'gemini' },
];

/**
 * A model and what it is to do stand in one segment: `/v1beta/models/{model}:generateContent`. Clients that are set to
 * Vertex AI (Gemini CLI, where it is given a base URL) say whose model it is, and may say of which project.
 */
function google(verb: string): string[] {
  const plain = ['/v1beta', '/v1', ''].map((version) => `${version}/models`);
  const vertex = ['/v1beta1', '/v1'].flatMap((version) =>
    ['', '/projects/:project/locations/:location'].map((owner) => `${version}${owner}/publishers/:publisher/models`),
  );
  return [...plain, ...vertex].map((path) => `${path}/*model\\:${verb}`);
}

/** With and without /v1. */
function both(path: string): string[] {
  return [`/v1${path}`, path];
}

/** As OpenAI's clients write it, and Azure's newer form. Without the version it is the mount of OpenAI's own API. */
function azure(path: string): string[] {
  return [...both(path), `/openai/v1${path}`];
}

/** The model in the path: OpenAI's first form, and Azure's under each base URL that its clients are given. */
function deployed(path: string): string[] {
  const bases = ['/v1', '', '/openai', '/openai/v1', '/v1/openai'];
  return [...both(`/engines/*model${path}`), ...bases.map((base) => `${base}/deployments/*model${path}`)];
}

/** As OpenAI's clients write it, and Azure's. */
function openai(path: string): string[] {
  return [...both(path), `/openai/v1${path}`, `/openai${path}`, `/v1/openai${path}`];
}

/** As OpenAI's clients write it, and Azure's with the model in the path. */
function ofMedia(operation: MediaOperation, path: string, more: readonly string[] = []): Route[] {
  const paths = [...azure(path), ...more, ...deployed(path)];
  return [{ method: 'post', paths, versioned: [`/openai${path}`], operation, dialect: 'openai-chat' }];
}

function ofResponses(method: Route['method'], below: string, asked: Asked): Route[] {
  const paths = openai(`/responses/:id${below}`);
  return [{ method, paths, operation: 'stored-responses', dialect: 'openai-responses', asked }];
}
