import { existsSync } from 'node:fs';
import type { DialectId } from '../../src/hub/index.ts';
import type { Recording } from './fixtures.ts';
import { readRecording } from './read-recording.ts';
import type { ReplyFacts } from './read-reply.ts';

/** Reads what a raw reply says, apart from the codecs; `urls`: its web citations. */
type Oracle = (recording: Recording) => ReplyFacts & { urls: string[] };

const oracles = new Map<DialectId, Oracle>([
  ['openai-chat', (recording) => readRecording(recording, 'openai-chat')],
  ['anthropic-messages', (recording) => readRecording(recording, 'anthropic-messages')],
]);

const ownOracle: readonly DialectId[] = [
  'gemini',
  'bedrock-converse',
  'cohere',
  'ollama',
  'openai-responses',
  'openai-completions',
  'replicate',
];

for (const dialect of ownOracle) {
  const file = new URL(`./${dialect}/facts.ts`, import.meta.url);
  if (!existsSync(file)) continue;
  const { readFacts }: { readFacts: Oracle } = await import(file.href);
  oracles.set(dialect, readFacts);
}

/** What a recording says, read by its dialect's oracle. */
export function readRaw(recording: Recording, dialect: DialectId): ReplyFacts & { urls: string[] } {
  const oracle = oracles.get(dialect);
  if (oracle === undefined) throw new Error(`no oracle reads ${dialect}`);
  return oracle(recording);
}
