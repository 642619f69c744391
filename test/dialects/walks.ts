import { type DialectId, specialise } from '../../src/hub/index.ts';
import { providers as rows } from '../../src/providers/index.ts';
import { type Recording, recordedFolders, recordings } from './fixtures.ts';

/** How a recording is walked: as an answer, as vectors, as an error of this dialect; or not, and why. */
type As = { what: 'answer' | 'vectors' | 'error'; dialect: DialectId } | { what: 'not'; why: string };

/** A kind of recordings: by folder and case. */
export interface Kind {
  folder: string;
  of: RegExp;
  as: As;
}

export interface Walked {
  name: string;
  recording: Recording;
  dialect: DialectId;
  quirks: object;
}

const answer = (dialect: DialectId): As => ({ what: 'answer', dialect });
const vectors = (dialect: DialectId): As => ({ what: 'vectors', dialect });
const error = (dialect: DialectId): As => ({ what: 'error', dialect });
const not = (why: string): As => ({ what: 'not', why });

const arrays = 'a stream as one JSON array, as it comes without `alt=sse`: it is always asked for with it';

/** The first kind that fits counts. */
export const kindsOfRecordings: readonly Kind[] = [
  { folder: 'anthropic-messages', of: /^error-/, as: error('anthropic-messages') },
  { folder: 'anthropic-messages', of: /^(json|stream)-/, as: answer('anthropic-messages') },
  { folder: 'audio', of: /^openai-json/, as: not('transcriptions are forwarded, not translated (issue 5)') },
  { folder: 'azure-openai', of: /^error-/, as: error('openai-chat') },
  { folder: 'azure-openai', of: /^chat-/, as: answer('openai-chat') },
  { folder: 'azure-openai', of: /^completions-/, as: answer('openai-completions') },
  { folder: 'azure-openai', of: /^responses-/, as: answer('openai-responses') },
  { folder: 'bedrock-converse', of: /^error-/, as: error('bedrock-converse') },
  { folder: 'bedrock-converse', of: /^(json|stream)-/, as: answer('bedrock-converse') },
  {
    folder: 'bedrock-invoke',
    of: /^bedrock-anthropic-(json|stream)-fin-stop-sequence/,
    as: not("Claude Instant's text completions (`completion`): Bedrock is asked by Converse, and Claude by Messages"),
  },
  { folder: 'bedrock-invoke', of: /^bedrock-anthropic-/, as: answer('anthropic-messages') },
  {
    folder: 'bedrock-invoke',
    of: /^bedrock-(json|stream)-/,
    as: not("the native bodies of Llama, Nova, Cohere's R and SageMaker's endpoints: they are asked by Converse"),
  },
  { folder: 'cohere-v1', of: /^error-/, as: error('cohere') },
  { folder: 'cohere-v1', of: /^(json|stream)-/, as: not('Cohere is asked by version 2 of its API') },
  { folder: 'cohere-v2', of: /^error-/, as: error('cohere') },
  { folder: 'cohere-v2', of: /^(json|stream)-/, as: answer('cohere') },
  { folder: 'embeddings', of: /^(openai|voyage)-error-/, as: error('openai-chat') },
  { folder: 'embeddings', of: /^vertex-error-/, as: error('gemini') },
  { folder: 'embeddings', of: /^(azure|openai|openrouter|perplexity|voyage)-json/, as: vectors('openai-chat') },
  { folder: 'embeddings', of: /^(google|vertex)-json/, as: vectors('gemini') },
  { folder: 'embeddings', of: /^bedrock-json/, as: vectors('bedrock-converse') },
  { folder: 'embeddings', of: /^cohere-json/, as: vectors('cohere') },
  { folder: 'gemini', of: /^error-/, as: error('gemini') },
  { folder: 'gemini', of: /^counttokens-json/, as: not('counting tokens (issue 4)') },
  { folder: 'gemini', of: /^json-tool-call-thinking-03/, as: not(arrays) },
  { folder: 'gemini', of: /^(json|stream)-/, as: answer('gemini') },
  { folder: 'images', of: /-error-/, as: error('openai-chat') },
  { folder: 'images', of: /-json-/, as: not('images are forwarded, not translated (issue 5)') },
  { folder: 'mistral', of: /^error-/, as: error('openai-chat') },
  { folder: 'mistral', of: /^(json|stream)-/, as: answer('openai-chat') },
  { folder: 'models', of: /^models-/, as: not('a list of models (issue 5)') },
  { folder: 'moderations', of: /^openai-json-/, as: not('moderations are forwarded, not translated (issue 5)') },
  { folder: 'ollama', of: /^error-/, as: error('ollama') },
  { folder: 'ollama', of: /^(chat|generate)-/, as: answer('ollama') },
  { folder: 'openai-chat', of: /^error-/, as: error('openai-chat') },
  { folder: 'openai-chat', of: /^(json|stream)-/, as: answer('openai-chat') },
  { folder: 'openai-compatible', of: /-error-/, as: error('openai-chat') },
  { folder: 'openai-compatible', of: /-(json|stream)-/, as: answer('openai-chat') },
  { folder: 'openai-completions', of: /^error-/, as: error('openai-completions') },
  { folder: 'openai-completions', of: /^(json|stream)-/, as: answer('openai-completions') },
  { folder: 'openai-responses', of: /error-/, as: error('openai-responses') },
  { folder: 'openai-responses', of: /(json|stream)-/, as: answer('openai-responses') },
  { folder: 'rerank', of: /-json-/, as: not('ranking is forwarded, not translated (issue 5)') },
  { folder: 'vertex-gemini', of: /^error-/, as: error('gemini') },
  { folder: 'vertex-gemini', of: /^json-plain-01/, as: not(arrays) },
  { folder: 'vertex-gemini', of: /^(json|stream)-/, as: answer('gemini') },
];

export const everyRecording: readonly Recording[] = recordedFolders().flatMap(recordings);

/** The kind of a recording; undefined for one that nobody has thought of. */
export function kindOf(recording: Recording): Kind | undefined {
  return kindsOfRecordings.find(({ folder, of }) => folder === recording.dialect && of.test(recording.case));
}

/** The recordings that are walked as this. */
export function walked(what: 'answer' | 'vectors' | 'error'): Walked[] {
  return everyRecording.flatMap((recording) => {
    const as = kindOf(recording)?.as;
    if (as?.what !== what) return [];
    return [{ name: recording.name, recording, dialect: as.dialect, quirks: quirksOf(recording, as.dialect) }];
  });
}

/** Recorders' names of providers that are not ours. */
const rowOf: Readonly<Record<string, string>> = {
  google: 'gemini',
  vertex: 'vertex_ai',
  'bedrock-anthropic': 'bedrock',
};

/** Quirks of recorded servers that have no row, or that were asked by a path of their own. */
const ownQuirks: readonly { of: RegExp; quirks: object }[] = [
  { of: /oddserver-stream-tool-call-01|snowflake-stream-logprobs-01/, quirks: { noFinish: true } },
  { of: /^ollama\/generate-/, quirks: { generate: true } },
];

/** The quirks that a call of this model would have, where the provider is asked in this dialect. */
function quirksOf({ name, meta }: Recording, dialect: DialectId): object {
  const own = ownQuirks.find(({ of }) => of.test(name));
  if (own !== undefined) return own.quirks;
  const provider = rows[rowOf[meta.provider] ?? meta.provider];
  if (provider === undefined) return {};
  const { row } = specialise(provider, meta.model ?? '', provider.base);
  return [row, provider].find((one) => one.dialect === dialect)?.quirks ?? {};
}
