import { decodeFrames } from '../binary-frames.ts';
import type { Recording } from '../fixtures.ts';
import type { ReplyFacts } from '../read-reply.ts';

interface ToolUse {
  toolUseId?: string;
  name?: string;
  input?: unknown;
  type?: string;
}

interface Cited {
  title?: string;
  location?: { web?: { url?: string } };
}

interface Block {
  text?: string;
  toolUse?: ToolUse;
  reasoningContent?: { reasoningText?: { text?: string; signature?: string }; redactedContent?: string };
  citationsContent?: { content?: { text?: string }[]; citations?: Cited[] };
}

interface Usage {
  inputTokens?: number;
  outputTokens?: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
}

interface Reply {
  output: { message: { content: Block[] } };
  stopReason: string;
  usage?: Usage;
}

interface Event {
  contentBlockIndex?: number;
  start?: { toolUse?: ToolUse };
  delta?: {
    text?: string;
    toolUse?: { input?: string };
    reasoningContent?: { text?: string; signature?: string; redactedContent?: string };
    citation?: Cited;
  };
  stopReason?: string;
  usage?: Usage;
  message?: string;
}

const finishes: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};

/** What a Converse recording says, read apart from the codec. */
export function readFacts(recording: Recording): ReplyFacts & { urls: string[] } {
  if (!recording.meta.stream) return readReply(JSON.parse(recording.body.toString('utf8')));
  return readReply(joinStream(recording.body));
}

function readReply({ output, stopReason, usage = {} }: Reply): ReplyFacts & { urls: string[] } {
  const blocks = output.message.content;
  const thoughts = blocks.flatMap(({ reasoningContent }) => reasoningContent ?? []);
  const cited = blocks.flatMap(({ citationsContent }) => citationsContent?.citations ?? []);
  const { inputTokens = 0, outputTokens = 0, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  return {
    id: '',
    model: '',
    text: blocks.map(textOf).join(''),
    thinking: thoughts.map(({ reasoningText }) => reasoningText?.text ?? '').join(''),
    proofs: thoughts.flatMap(({ reasoningText, redactedContent }) => redactedContent ?? reasoningText?.signature ?? []),
    calls: blocks.flatMap(({ toolUse }) =>
      toolUse === undefined || toolUse.type === 'server_tool_use'
        ? []
        : [[toolUse.toolUseId ?? '', toolUse.name ?? '', toolUse.input]],
    ),
    finish: finishes[stopReason] ?? stopReason,
    usage: {
      input: inputTokens + cacheReadInputTokens + cacheWriteInputTokens,
      output: outputTokens,
      cacheRead: cacheReadInputTokens,
    },
    urls: [...new Set(cited.flatMap(({ location }) => location?.web?.url ?? []))].sort(),
  };
}

function textOf({ text, citationsContent }: Block): string {
  return text ?? citationsContent?.content?.map((part) => part.text ?? '').join('') ?? '';
}

/** Each block by its index: blocks have an index of their own in every recording. */
function joinStream(bytes: Buffer): Reply {
  const blocks = new Map<number, Block>();
  const inputs = new Map<number, string>();
  const reply: Reply = { output: { message: { content: [] } }, stopReason: 'none' };
  for (const { payload } of decodeFrames(bytes)) {
    const event: Event = Object(payload);
    const index = event.contentBlockIndex ?? 0;
    if (event.start !== undefined) blocks.set(index, { ...event.start });
    if (event.delta !== undefined) {
      const block = blocks.get(index) ?? {};
      blocks.set(index, grown(block, event.delta));
      if (event.delta.toolUse !== undefined)
        inputs.set(index, (inputs.get(index) ?? '') + (event.delta.toolUse.input ?? ''));
    }
    if (event.stopReason !== undefined) reply.stopReason = event.stopReason;
    if (event.usage !== undefined) reply.usage = event.usage;
  }
  for (const [index, { toolUse }] of blocks) {
    if (toolUse !== undefined) toolUse.input = JSON.parse(inputs.get(index) || '{}');
  }
  reply.output.message.content = [...blocks].sort(([a], [b]) => a - b).map(([, block]) => block);
  return reply;
}

function grown(block: Block, { text, reasoningContent, citation }: NonNullable<Event['delta']>): Block {
  const cited = block.citationsContent;
  if (text !== undefined) {
    if (cited === undefined) return { ...block, text: (block.text ?? '') + text };
    return { citationsContent: { ...cited, content: [...(cited.content ?? []), { text }] } };
  }
  if (citation !== undefined) {
    const content = block.text === undefined ? (cited?.content ?? []) : [{ text: block.text }];
    return { citationsContent: { content, citations: [...(cited?.citations ?? []), citation] } };
  }
  if (reasoningContent === undefined) return block;
  const { redactedContent } = reasoningContent;
  if (redactedContent !== undefined) return { reasoningContent: { redactedContent } };
  const before = block.reasoningContent?.reasoningText ?? {};
  const signature = (before.signature ?? '') + (reasoningContent.signature ?? '');
  return {
    reasoningContent: {
      reasoningText: {
        text: (before.text ?? '') + (reasoningContent.text ?? ''),
        ...(signature === '' ? {} : { signature }),
      },
    },
  };
}
