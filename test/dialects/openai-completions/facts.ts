import { createParser } from 'eventsource-parser';
import type { Recording } from '../fixtures.ts';
import type { ReplyFacts } from '../read-reply.ts';

interface Completion {
  id: string;
  model: string;
  choices: { text?: string; index: number; finish_reason?: string | null }[];
  usage?: {
    prompt_tokens: number;
    completion_tokens: number;
    prompt_tokens_details?: { cached_tokens?: number };
  } | null;
}

/** What a recorded reply says, read without the codec. */
export function readFacts(recording: Recording): ReplyFacts & { urls: string[] } {
  const text = recording.body.toString('utf8');
  const chunks: Completion[] = [];
  if (recording.meta.stream) {
    const parser = createParser({ onEvent: ({ data }) => data !== '[DONE]' && chunks.push(JSON.parse(data)) });
    parser.feed(text);
  } else chunks.push(JSON.parse(text));
  const [first] = chunks;
  if (first === undefined) throw new Error(`${recording.name} holds no completion`);
  const pieces = chunks.flatMap(({ choices }) => choices.filter(({ index }) => index === 0));
  const usage = chunks.findLast((chunk) => chunk.usage)?.usage;
  return {
    id: first.id,
    model: first.model,
    text: pieces.map((piece) => piece.text ?? '').join(''),
    thinking: '',
    proofs: [],
    calls: [],
    finish: pieces.findLast((piece) => piece.finish_reason)?.finish_reason ?? 'none',
    ...(usage
      ? {
          usage: {
            input: usage.prompt_tokens,
            output: usage.completion_tokens,
            cacheRead: usage.prompt_tokens_details?.cached_tokens ?? 0,
          },
        }
      : {}),
    urls: [],
  };
}
