import type { At, Target } from '../../hub/index.ts';

/** Rows that ask by /api/generate say so in their paths. */
export function target({ operation }: At): Target {
  return {
    method: 'POST',
    path: operation === 'embeddings' ? '/api/embed' : '/api/chat',
    headers: { 'content-type': 'application/json' },
  };
}
