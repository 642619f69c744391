import type { DialectId, JsonObject } from '../../src/hub/index.ts';

/** What a vendor's server must know of its dialect. */
interface Wire {
  /** Where conversations are asked for. */
  path: RegExp;
  /** The content-type of its streams. */
  type: string;
  /** Cuts a stream into its frames. */
  cut(stream: Buffer): (string | Buffer)[];
  /** Where tokens are counted, and the answer. */
  counts?: RegExp;
  count?(tokens: number): unknown;
}

const text =
  (ends: RegExp) =>
  (stream: Buffer): string[] =>
    stream.toString().split(ends);
const sse = { type: 'text/event-stream', cut: text(/(?<=\n\r?\n)/) };
const lines = { type: 'application/x-ndjson', cut: text(/(?<=\n)/) };
const binary = {
  type: 'application/vnd.amazon.eventstream',
  cut: (stream: Buffer): Buffer[] => {
    const frames: Buffer[] = [];
    for (let at = 0; at < stream.length; ) {
      const end = at + stream.readUInt32BE(at);
      frames.push(stream.subarray(at, end));
      at = end;
    }
    return frames;
  },
};

export const wires: Readonly<Record<DialectId, Wire>> = {
  'openai-chat': { path: /\/chat\/completions$/, ...sse },
  'openai-responses': {
    path: /\/responses$/,
    ...sse,
    counts: /\/responses\/input_tokens$/,
    count: (input_tokens) => ({ object: 'response.input_tokens', input_tokens }),
  },
  'openai-completions': { path: /(?<!chat)\/completions$/, ...sse },
  'anthropic-messages': {
    path: /\/messages$/,
    ...sse,
    counts: /\/messages\/count_tokens$/,
    count: (input_tokens) => ({ input_tokens }),
  },
  gemini: {
    path: /:(?:streamGenerateContent|generateContent)$/,
    ...sse,
    counts: /:countTokens$/,
    count: (totalTokens) => ({ totalTokens }),
  },
  'bedrock-converse': {
    path: /^\/model\/[^/]+\/converse(?:-stream)?$/,
    ...binary,
    counts: /^\/model\/[^/]+\/count-tokens$/,
    count: (inputTokens) => ({ inputTokens }),
  },
  cohere: { path: /\/v2\/chat$/, ...sse },
  ollama: { path: /\/api\/chat$/, ...lines },
  replicate: { path: /\/predictions$/, ...sse },
};

/** A count that follows from the input, as a real counter's does. */
export function countOf(body: JsonObject): number {
  return Math.ceil(JSON.stringify(body).length / 4);
}
