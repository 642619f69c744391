import { createParser } from 'eventsource-parser';
import type { Recording } from '../fixtures.ts';
import type { ReplyFacts } from '../read-reply.ts';

interface Content {
  type?: string;
  text?: string;
  thinking?: string;
}

interface Call {
  id?: string;
  function?: { name?: string; arguments?: string };
}

interface Citation {
  sources?: { document?: { url?: string }; tool_output?: { url?: string } }[];
}

interface Usage {
  tokens?: { input_tokens?: number; output_tokens?: number };
  cached_tokens?: number;
}

interface Reply {
  id: string;
  message: { content?: Content[]; tool_plan?: string; tool_calls?: Call[]; citations?: Citation[] };
  finish_reason: string;
  usage?: Usage;
}

interface Event {
  type: string;
  id?: string;
  index?: number;
  delta?: {
    message?: { content?: Content; tool_plan?: string; tool_calls?: Call; citations?: Citation };
    finish_reason?: string;
    usage?: Usage;
  };
}

const finishes: Record<string, string> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool_calls',
};

/** What a recording of v2 chat says, read apart from the codec. The plan before calls is text. */
export function readFacts(recording: Recording): ReplyFacts & { urls: string[] } {
  const text = recording.body.toString('utf8');
  return readReply(recording.meta.stream ? joinStream(text) : JSON.parse(text));
}

function readReply({ id, message, finish_reason: finish, usage }: Reply): ReplyFacts & { urls: string[] } {
  const content = message.content ?? [];
  const sources = (message.citations ?? []).flatMap((citation) => citation.sources ?? []);
  const urls = sources.map((source) => source.document?.url ?? source.tool_output?.url ?? '');
  return {
    id,
    model: '',
    text: content.map((part) => part.text ?? '').join('') + (message.tool_plan ?? ''),
    thinking: content.map((part) => part.thinking ?? '').join(''),
    proofs: [],
    calls: (message.tool_calls ?? []).map((call) => [
      call.id ?? '',
      call.function?.name ?? '',
      JSON.parse(call.function?.arguments || '{}'),
    ]),
    finish: finishes[finish] ?? finish,
    usage: {
      input: usage?.tokens?.input_tokens ?? 0,
      output: usage?.tokens?.output_tokens ?? 0,
      cacheRead: usage?.cached_tokens ?? 0,
    },
    urls: [...new Set(urls)].filter((url) => url !== '').sort(),
  };
}

function joinStream(text: string): Reply {
  const content: Content[] = [];
  const calls: Call[] = [];
  const citations: Citation[] = [];
  const reply: Reply = {
    id: '',
    message: { content, tool_plan: '', tool_calls: calls, citations },
    finish_reason: 'none',
  };
  const take = (event: Event): void => {
    const { message, finish_reason: finish, usage } = event.delta ?? {};
    const index = event.index ?? 0;
    if (event.id !== undefined) reply.id = event.id;
    if (finish !== undefined) reply.finish_reason = finish;
    if (usage !== undefined) reply.usage = usage;
    if (message?.tool_plan) reply.message.tool_plan += message.tool_plan;
    if (event.type.startsWith('content-') && message?.content) {
      const part: Content = content[index] ?? {};
      content[index] = part;
      if (message.content.text) part.text = (part.text ?? '') + message.content.text;
      if (message.content.thinking) part.thinking = (part.thinking ?? '') + message.content.thinking;
    }
    if (event.type === 'tool-call-start' && message?.tool_calls) calls[index] = message.tool_calls;
    const known = calls[index]?.function;
    if (event.type === 'tool-call-delta' && known) known.arguments += message?.tool_calls?.function?.arguments ?? '';
    if (event.type === 'citation-start' && message?.citations) citations.push(message.citations);
  };
  const parser = createParser({ onEvent: ({ data }) => data !== '[DONE]' && take(JSON.parse(data)) });
  parser.feed(text);
  return reply;
}
