import { createParser } from 'eventsource-parser';
import type { Recording } from '../fixtures.ts';
import { readUrls } from '../read-recording.ts';
import type { ReplyFacts } from '../read-reply.ts';

interface Text {
  text?: string;
}

interface Item {
  type: string;
  id?: string;
  call_id?: string;
  name?: string;
  arguments?: string;
  summary?: Text[];
  content?: (Text & { type: string; refusal?: string })[];
  encrypted_content?: string | null;
}

interface WireUsage {
  input_tokens: number;
  output_tokens: number;
  input_tokens_details?: { cached_tokens?: number };
}

interface Response {
  id: string;
  model: string;
  status: string;
  output: Item[];
  incomplete_details?: { reason: string } | null;
  error?: { message: string } | null;
  usage?: WireUsage | null;
}

interface Event {
  type: string;
  output_index?: number;
  item?: Item;
  response?: Response;
  message?: string;
  error?: { message: string };
}

/**
 * What a recorded reply says, read without the codec. Of a stream the items as they were done are read, not the deltas:
 * the codec tells the deltas.
 */
export function readFacts(recording: Recording): ReplyFacts & { urls: string[] } {
  const text = recording.body.toString('utf8');
  const urls = readUrls(text);
  if (!recording.meta.stream) return { ...readResponse(JSON.parse(text)), urls };
  const done = new Map<number, Item>();
  let last: Response | undefined;
  let error: string | undefined;
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data === '[DONE]') return;
      const event: Event = JSON.parse(data);
      if (event.type === 'response.output_item.done' && event.item)
        done.set(event.output_index ?? done.size, event.item);
      if (event.response) last = event.response;
      if (event.type === 'error') error = event.error?.message ?? event.message;
    },
  });
  parser.feed(text);
  if (last === undefined) throw new Error(`${recording.name} holds no response`);
  const output = [...done].sort(([one], [other]) => one - other).map(([, item]) => item);
  return {
    ...readResponse({ ...last, output: output.length > 0 ? output : last.output }),
    ...(error === undefined ? {} : { error }),
    urls,
  };
}

function readResponse(response: Response): ReplyFacts {
  const { id, model, output, usage, error } = response;
  const of = (type: string): Item[] => output.filter((item) => item.type === type);
  const calls = of('function_call');
  return {
    id,
    model,
    text: of('message')
      .flatMap((item) => item.content ?? [])
      .map((part) => part.text ?? part.refusal ?? '')
      .join(''),
    thinking: of('reasoning').map(thoughts).join(''),
    proofs: of('reasoning').flatMap((item) => item.encrypted_content || []),
    calls: calls.map((call) => [call.call_id ?? '', call.name ?? '', JSON.parse(call.arguments || '{}')]),
    finish: finishOf(response),
    ...(usage ? { usage: usageOf(usage) } : {}),
    ...(error ? { error: error.message } : {}),
  };
}

function thoughts({ summary, content }: Item): string {
  const parts = summary?.length ? summary : (content ?? []);
  return parts.map((part) => part.text ?? '').join('\n\n');
}

function finishOf({ output, incomplete_details: details }: Response): string {
  if (details) return details.reason === 'content_filter' ? 'content_filter' : 'length';
  if (output.some((item) => item.content?.some((part) => part.type === 'refusal'))) return 'content_filter';
  return output.some((item) => item.type === 'function_call') ? 'tool_calls' : 'stop';
}

function usageOf(usage: WireUsage): NonNullable<ReplyFacts['usage']> {
  return {
    input: usage.input_tokens,
    output: usage.output_tokens,
    cacheRead: usage.input_tokens_details?.cached_tokens ?? 0,
  };
}
