import type { ClientId } from '../dialects/index.ts';
import type { Operation } from '../hub/index.ts';

/** One row: what a method on a path asks for, and in which dialect. `*model` and `*id` may hold slashes. */
export interface Route {
  method: 'get' | 'post';
  paths: readonly string[];
  operation: Operation;
  dialect: ClientId;
}

/** The busiest first: Express looks from the top. */
export const routes: readonly Route[] = [
  { method: 'post', paths: both('/chat/completions'), operation: 'chat', dialect: 'openai-chat' },
  { method: 'post', paths: both('/messages'), operation: 'chat', dialect: 'anthropic-messages' },
  {
    method: 'post',
    paths: both('/messages/count_tokens'),
    operation: 'count-tokens',
    dialect: 'anthropic-messages',
  },
  {
    method: 'post',
    paths: [
      ...both('/engines/*model/chat/completions'),
      ...both('/deployments/*model/chat/completions'),
      '/openai/deployments/*model/chat/completions',
      '/v1/openai/deployments/*model/chat/completions',
    ],
    operation: 'chat',
    dialect: 'openai-chat',
  },
  {
    method: 'post',
    paths: [
      ...both('/embeddings'),
      ...both('/engines/*model/embeddings'),
      ...both('/deployments/*model/embeddings'),
      '/openai/deployments/*model/embeddings',
      '/v1/openai/deployments/*model/embeddings',
    ],
    operation: 'embeddings',
    dialect: 'openai-chat',
  },
  { method: 'get', paths: [...both('/models'), ...both('/models/*id')], operation: 'models', dialect: 'openai-chat' },
];

/** With and without /v1. */
function both(path: string): string[] {
  return [`/v1${path}`, path];
}
