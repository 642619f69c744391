import { expect, test } from 'vitest';
import { decodeReply, decodeStream, encodeReply, encodeStream } from '../codecs.ts';
import { describeRecorded, type Recording } from '../fixtures.ts';
import { findIllegal } from '../legal.ts';
import { readRaw } from '../oracles.ts';
import { createScore } from '../score.ts';
import { expectedFailures, validate } from '../validators.ts';
import { walked } from '../walks.ts';
import { asking, decodeChunks } from './codec.ts';
import { readFacts } from './facts.ts';

/** Every recorded reply, told to a client of this dialect. */

const self = 'openai-responses';
const knownBroken = new Set(expectedFailures());
const replies = walked('answer').filter(({ recording: { meta } }) => !knownBroken.has(meta.source?.path ?? ''));
const score = createScore();

/** What cannot arrive whole, by the recording's own doing; `says`: the words of the loss. */
const exceptions: { of: RegExp; aspect: string; why: string }[] = [
  { of: /oddserver-stream-tool-call-01|snowflake-stream/, aspect: 'finish', why: 'the server never says one' },
  { of: /perplexity-json/, aspect: 'citations', why: 'the server lists its sources beside the answer' },
  { of: /fin-stop-sequence/, aspect: 'finish', why: 'the schema Response has no place for a stop sequence' },
];

describeRecorded('recorded replies for clients of Responses', () => {
  test.each(replies)('$name', ({ recording, dialect, quirks, name }) => {
    const stream = recording.meta.stream;
    const request = asking({ from: self, model: 'asked-model', stream });
    const text = stream
      ? encodeStream(self, request, decodeStream(dialect, [recording.body], quirks, recording.framing))
      : JSON.stringify(encodeReply(self, request, decodeReply(dialect, JSON.parse(recording.body.toString()), quirks)));
    const { errors } = validate('openai', text, stream ? 'responses.stream' : 'responses.response');
    if (stream) {
      const again = decodeChunks([Buffer.from(text)]);
      expect(findIllegal(again)).toEqual([]);
      expect(numbersOf(text)).toEqual(numbersOf(text).map((_, n) => n));
    }
    const facts = readFacts(retold(recording, Buffer.from(text)));
    expect(facts.model).toBe('asked-model');
    const wanted = { ...readRaw(recording, dialect), invalid: [] };
    const differences = score.compare(dialect, self, wanted, { ...facts, invalid: errors });
    for (const { of, aspect } of exceptions) if (of.test(name)) delete differences[aspect];
    expect(differences).toEqual({});
  });
});

function numbersOf(stream: string): number[] {
  return [...stream.matchAll(/"sequence_number":(\d+)\}$/gm)].map(([, number]) => Number(number));
}

function retold(recording: Recording, body: Buffer): Recording {
  const { framing: _, ...rest } = recording;
  return { ...rest, body, ...(recording.meta.stream ? { framing: 'sse' as const } : {}) };
}
