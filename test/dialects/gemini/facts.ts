import { createParser } from 'eventsource-parser';
import type { Recording } from '../fixtures.ts';
import type { ReplyFacts } from '../read-reply.ts';

interface Part {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  functionCall?: { id?: string; name?: string; args?: unknown };
}

interface Source {
  uri?: string;
}

interface Candidate {
  content?: { parts?: Part[] };
  index?: number;
  finishReason?: string | number;
  groundingMetadata?: { groundingChunks?: { web?: Source; retrievedContext?: Source; maps?: Source }[] };
  citationMetadata?: { citationSources?: Source[]; citations?: Source[] };
}

interface Counts {
  promptTokenCount?: number;
  toolUsePromptTokenCount?: number;
  candidatesTokenCount?: number;
  thoughtsTokenCount?: number;
  cachedContentTokenCount?: number;
  totalTokenCount?: number;
}

interface Reply {
  candidates?: Candidate[];
  promptFeedback?: { blockReason?: string };
  usageMetadata?: Counts;
  modelVersion?: string;
  responseId?: string;
}

const finishes: Record<string, string> = {
  STOP: 'stop',
  1: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  MODEL_ARMOR: 'content_filter',
};

/** What a recording of generateContent says, read apart from the codec: one object, a list of them, or a stream of them. */
export function readFacts(recording: Recording): ReplyFacts & { urls: string[] } {
  const text = recording.body.toString('utf8');
  const bodies: Reply[] = text.trimStart().startsWith('data:') ? framesOf(text) : [JSON.parse(text)].flat();
  const first = bodies.flatMap(({ candidates = [] }) => candidates.filter(({ index = 0 }) => index === 0));
  const parts = first.flatMap(({ content }) => content?.parts ?? []);
  const calls = parts.flatMap(({ functionCall: call }): ReplyFacts['calls'] =>
    call === undefined ? [] : [[call.id ?? '', call.name ?? '', call.args ?? {}]],
  );
  const usage: Counts = Object.assign({}, ...bodies.map(({ usageMetadata }) => usageMetadata));
  const word = first.map(({ finishReason }) => finishReason).findLast((one) => one !== undefined);
  const blocked = bodies.some(({ promptFeedback }) => promptFeedback?.blockReason !== undefined);
  const finish = blocked ? 'content_filter' : (finishes[word ?? ''] ?? 'other');
  return {
    id: bodies[0]?.responseId ?? '',
    model: bodies[0]?.modelVersion ?? '',
    text: parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join(''),
    thinking: parts.map((part) => (part.thought ? (part.text ?? '') : '')).join(''),
    proofs: parts.flatMap(({ thoughtSignature: proof }) => (proof === undefined ? [] : [proof])),
    calls,
    finish: calls.length > 0 && finish === 'stop' ? 'tool_calls' : finish,
    usage: readUsage(usage),
    urls: [...new Set(first.flatMap(urlsOf))].sort(),
  };
}

function framesOf(text: string): Reply[] {
  const bodies: Reply[] = [];
  const parser = createParser({ onEvent: ({ data }) => bodies.push(JSON.parse(data)) });
  parser.feed(text);
  return bodies;
}

function readUsage(usage: Counts): NonNullable<ReplyFacts['usage']> {
  return {
    input: (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0),
    output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
    cacheRead: usage.cachedContentTokenCount ?? 0,
  };
}

function urlsOf({ groundingMetadata, citationMetadata }: Candidate): string[] {
  const chunks = (groundingMetadata?.groundingChunks ?? []).map(
    (chunk) => chunk.web ?? chunk.retrievedContext ?? chunk.maps,
  );
  const recited = [...(citationMetadata?.citationSources ?? []), ...(citationMetadata?.citations ?? [])];
  return [...chunks, ...recited].flatMap((source) => (source?.uri === undefined ? [] : [source.uri]));
}
