import { expect, test } from 'vitest';
import { clients, providers } from '../../src/dialects/index.ts';
import type { EmbeddingRequest } from '../../src/hub/index.ts';
import { fixedGiven } from './codecs.ts';
import { describeRecorded, type Recording } from './fixtures.ts';
import { validate } from './validators.ts';
import { walked } from './walks.ts';

/** What the recorded servers were asked, each in its own words. */
interface Asked {
  input?: string | string[];
  texts?: string[];
  inputText?: string;
  requests?: { content: { parts: { text: string }[] } }[];
}

/** What they answered: vectors and tokens, wherever they lie. */
interface Answered {
  data?: { embedding: number[] | string }[];
  embedding?: number[];
  embeddings?: { float: number[][] } | { values: number[] }[];
  predictions?: { embeddings: { values: number[]; statistics: { token_count: number } } }[];
  usage?: { prompt_tokens?: number; total_tokens?: number };
  meta?: { billed_units?: { input_tokens?: number } };
  inputTextTokenCount?: number;
}

/** As many as there are vectors, where the question was not recorded. */
function inputsOf({ request, body }: Recording): string[] {
  const { input, texts, inputText, requests }: Asked = Object(request);
  const asked = input ?? texts ?? inputText ?? requests?.map(({ content }) => content.parts[0]?.text ?? '');
  return [asked ?? vectorsOf(JSON.parse(body.toString())).map(() => 'not recorded')].flat();
}

function vectorsOf({ data, embedding, embeddings, predictions }: Answered): (number[] | string)[] {
  if (data) return data.map((one) => one.embedding);
  if (embedding) return [embedding];
  if (predictions) return predictions.map((one) => one.embeddings.values);
  return Array.isArray(embeddings) ? embeddings.map(({ values }) => values) : (embeddings?.float ?? []);
}

function tokensOf({ usage, meta, inputTextTokenCount, predictions }: Answered): number | undefined {
  const counted = predictions?.reduce((sum, one) => sum + one.embeddings.statistics.token_count, 0);
  const billed = meta?.billed_units?.input_tokens;
  return usage?.prompt_tokens ?? usage?.total_tokens ?? billed ?? inputTextTokenCount ?? counted;
}

describeRecorded('recorded vectors', () => {
  const rows = walked('vectors').flatMap((one) => (['float', 'base64'] as const).map((format) => ({ ...one, format })));

  test.each(rows)('$name for a client that wants $format', ({ recording, dialect, quirks, format }) => {
    const side = providers[dialect].provider.embeddings;
    const client = clients['openai-chat'].client.embeddings;
    if (side === undefined || client === undefined) throw new Error('no embeddings here');
    const request: EmbeddingRequest = {
      model: recording.meta.model ?? 'm',
      inputs: inputsOf(recording),
      format,
      unknown: {},
    };
    const raw: Answered = JSON.parse(recording.body.toString());
    const reply = side.decodeResponse(JSON.parse(recording.body.toString()), request, quirks);
    const wanted = vectorsOf(raw).map((vector) => (bytesAre8(recording) ? signedBytes(vector) : numbers(vector)));
    expect(reply.vectors).toHaveLength(request.inputs.length);
    expect(reply.usage?.input).toBe(tokensOf(raw));

    const body = client.encodeResponse(reply, request, fixedGiven());
    expect(validate('openai', body, 'embeddings.response').errors).toEqual([]);
    const told: Answered = JSON.parse(JSON.stringify(body));
    for (const [n, vector] of vectorsOf(told).entries()) {
      expect(typeof vector).toBe(format === 'base64' ? 'string' : 'object');
      close(numbers(vector), wanted[n] ?? []);
    }
  });
});

/** Perplexity's vectors are signed bytes. */
function bytesAre8({ meta }: Recording): boolean {
  return meta.provider === 'perplexity';
}

function signedBytes(vector: number[] | string): number[] {
  return typeof vector === 'string' ? [...new Int8Array(Buffer.from(vector, 'base64'))] : vector;
}

/** Base64 text is of float32 values, little-endian. */
function numbers(vector: number[] | string): number[] {
  if (typeof vector !== 'string') return vector;
  const bytes = Buffer.from(vector, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, n) => bytes.readFloatLE(n * 4));
}

/** float32 keeps about seven digits. */
function close(got: readonly number[], wanted: readonly number[]): void {
  expect(got).toHaveLength(wanted.length);
  const far = got.filter((value, n) => Math.abs(value - (wanted[n] ?? 0)) > 1e-6 * Math.max(1, Math.abs(value)));
  expect(far).toEqual([]);
}
