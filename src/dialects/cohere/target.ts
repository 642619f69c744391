import type { At, Target } from '../../hub/index.ts';

/** Headers of a reply that come back under their own names. */
export const returns: readonly string[] = [
  'retry-after',
  'x-debug-trace-id',
  'x-endpoint-monthly-call-limit',
  'x-trial-endpoint-call-limit',
  'x-trial-endpoint-call-remaining',
];

export function target({ operation }: At): Target {
  return {
    method: 'POST',
    path: operation === 'embeddings' ? '/v2/embed' : '/v2/chat',
    headers: { 'content-type': 'application/json' },
  };
}
