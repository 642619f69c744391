import type { At, Target } from '../../hub/index.ts';

/** Client headers that may go up. */
export const forwards: readonly string[] = [];

/** Headers of a reply that come back under their own names. */
export const returns: readonly string[] = ['retry-after'];

export function target(at: At): Target {
  return {
    method: 'POST',
    path: `/${resource(at.model)}:${methodOf(at)}`,
    headers: { 'content-type': 'application/json' },
  };
}

function methodOf({ operation, stream }: At): string {
  if (operation === 'embeddings') return 'batchEmbedContents';
  if (operation === 'count-tokens') return 'countTokens';
  return stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
}

/** The name as a resource: `models/gemini-2.5-pro`, also of a name that already is one (`tunedModels/mine`). */
export function resourceName(model: string): string {
  const { collection, name } = parted(model);
  return `${collection}/${name}`;
}

function resource(model: string): string {
  const { collection, name } = parted(model);
  return `${collection}/${encodeURIComponent(name)}`;
}

function parted(model: string): { collection: string; name: string } {
  const found = /^(tunedModels|models)\/(.+)$/.exec(model);
  return { collection: found?.[1] ?? 'models', name: found?.[2] ?? model };
}
