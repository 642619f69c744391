import type { ForwardedOperation } from '../hub/index.ts';

/**
 * Where providers keep things for their users (files, batches, threads ...) in OpenAI's form: families of endpoints below
 * their base URLs. A row has those that its provider documents with the same paths.
 */

type Kept = Readonly<Partial<Record<ForwardedOperation, string>>>;

export const files = { files: '/files' } as const satisfies Kept;
export const batches = { batches: '/batches' } as const satisfies Kept;
export const fineTuning = { 'fine-tuning': '/fine_tuning' } as const satisfies Kept;
/** `{model}`: as a word of the query, for sessions only. */
export const realtime = { realtime: '/realtime?model={model}' } as const satisfies Kept;

/** All that OpenAI has; a proxy for it has as much. */
export const openaiKeeping = {
  ...files,
  ...batches,
  ...fineTuning,
  ...realtime,
  uploads: '/uploads',
  assistants: '/assistants',
  threads: '/threads',
  'vector-stores': '/vector_stores',
  containers: '/containers',
  evals: '/evals',
} as const satisfies Kept;

const version = '?api-version={apiVersion}';

/** Azure's form with versions, below the resource; containers came with the one without (`/openai/v1`). */
export const azureKeeping = {
  files: `/openai/files${version}`,
  uploads: `/openai/uploads${version}`,
  batches: `/openai/batches${version}`,
  'fine-tuning': `/openai/fine_tuning${version}`,
  assistants: `/openai/assistants${version}`,
  threads: `/openai/threads${version}`,
  'vector-stores': `/openai/vector_stores${version}`,
  evals: `/openai/evals${version}`,
  realtime: `/openai/realtime${version}&deployment={model}`,
} as const satisfies Kept;
