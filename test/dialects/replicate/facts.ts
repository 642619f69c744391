import type { Recording } from '../fixtures.ts';
import type { ReplyFacts } from '../read-reply.ts';

interface Prediction {
  id: string;
  model?: string;
  output: string | string[];
  status: string;
  metrics?: { input_token_count?: number; output_token_count?: number };
}

/** What a recorded prediction says, read apart from the codec. */
export function readFacts(recording: Recording): ReplyFacts & { urls: string[] } {
  const { id, model = '', output, metrics }: Prediction = JSON.parse(recording.body.toString('utf8'));
  return {
    id,
    model,
    text: [output].flat().join(''),
    thinking: '',
    proofs: [],
    calls: [],
    finish: 'stop',
    usage: { input: metrics?.input_token_count ?? 0, output: metrics?.output_token_count ?? 0, cacheRead: 0 },
    urls: [],
  };
}
