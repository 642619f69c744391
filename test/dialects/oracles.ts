import type { DialectId } from '../../src/hub/index.ts';
import { readFacts as readConverse } from './bedrock-converse/facts.ts';
import { readFacts as readCohere } from './cohere/facts.ts';
import type { Recording } from './fixtures.ts';
import { readFacts as readGemini } from './gemini/facts.ts';
import { readFacts as readOllama } from './ollama/facts.ts';
import { readFacts as readCompletions } from './openai-completions/facts.ts';
import { readFacts as readResponses } from './openai-responses/facts.ts';
import { readRecording } from './read-recording.ts';
import type { ReplyFacts } from './read-reply.ts';

type Facts = ReplyFacts & { urls: string[] };

const oracles: Readonly<Record<DialectId, (recording: Recording) => Facts>> = {
  'openai-chat': (recording) => readRecording(recording, 'openai-chat'),
  'anthropic-messages': (recording) => readRecording(recording, 'anthropic-messages'),
  'openai-responses': readResponses,
  'openai-completions': readCompletions,
  gemini: readGemini,
  'bedrock-converse': readConverse,
  cohere: readCohere,
  ollama: readOllama,
  replicate: () => {
    throw new Error('nothing of Replicate is recorded');
  },
};

/** What a recording says, read apart from the codecs; `urls`: its web citations. */
export function readRaw(recording: Recording, dialect: DialectId): Facts {
  return oracles[dialect](recording);
}
