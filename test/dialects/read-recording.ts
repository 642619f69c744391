import { createParser } from 'eventsource-parser';
import { unwrapChunks } from './binary-frames.ts';
import type { WrittenId } from './codecs.ts';
import type { Recording } from './fixtures.ts';
import { type ReplyFacts, readReply, readStream } from './read-reply.ts';
import type { ChatCall } from './wire-shapes.ts';

/** What servers of OpenAI's form really send: the strict shape, with every spelling of QUIRKS.md 14 and 15. */
interface LooseMessage {
  content?: string | { type: string; text?: string; thinking?: { text?: string }[] }[] | null;
  reasoning_content?: string | null;
  reasoning?: string | null;
  tool_calls?: ChatCall[] | null;
  function_call?: { name?: string; arguments?: string } | null;
}

/** Parts that servers put elsewhere or count apart: Moonshot's `cached_tokens`, DeepSeek's hits, xAI's reasoning. */
interface LooseUsage {
  prompt_tokens?: number;
  completion_tokens?: number;
  total_tokens?: number;
  cached_tokens?: number;
  prompt_cache_hit_tokens?: number;
  prompt_tokens_details?: { cached_tokens?: number } | null;
  completion_tokens_details?: { reasoning_tokens?: number } | null;
}

interface LooseBody {
  choices?: { index?: number; message?: LooseMessage; delta?: LooseMessage | null; finish_reason?: string | null }[];
  usage?: LooseUsage | null;
  x_groq?: { usage?: LooseUsage };
}

const finishes: Record<string, string> = { eos: 'stop', function_call: 'tool_calls' };

/** What a recording says, read apart from the codecs; `urls`: its web citations. */
export function readRecording(recording: Recording, dialect: WrittenId): ReplyFacts & { urls: string[] } {
  const wrapped = recording.framing === 'eventstream';
  const text = wrapped ? unwrapChunks(recording.body) : recording.body.toString('utf8');
  const urls = readUrls(text);
  if (dialect === 'anthropic-messages') {
    const facts = recording.meta.stream ? readStream(dialect, text) : readReply(dialect, JSON.parse(text));
    return { ...facts, urls };
  }
  if (!recording.meta.stream) return { ...readReply(dialect, strict(JSON.parse(text), [])), urls };
  const calls: string[] = [];
  let out = '';
  const parser = createParser({
    onEvent: ({ data }) => {
      out += `data: ${data === '[DONE]' ? data : JSON.stringify(strict(JSON.parse(data), calls))}\n\n`;
    },
  });
  parser.feed(text);
  return { ...readStream(dialect, out), urls };
}

/** The body in OpenAI's strict shape. `calls`: the call ids seen so far, for deltas without an index. */
function strict(body: LooseBody, calls: string[]): LooseBody {
  const usage = body.usage ?? body.x_groq?.usage;
  for (const choice of body.choices ?? []) {
    choice.finish_reason = finishes[choice.finish_reason ?? ''] ?? (choice.finish_reason || null);
    choice.delta ??= {};
    tidy(choice.message, calls);
    tidy(choice.delta, calls);
  }
  return { ...body, ...(usage ? { usage: strictUsage(usage) } : {}) };
}

function strictUsage(usage: LooseUsage): LooseUsage {
  const { prompt_tokens: input = 0, completion_tokens: output = 0, total_tokens: total = 0 } = usage;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  const apart = reasoning > 0 && total === input + output + reasoning;
  const hit = usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens ?? 0;
  return {
    ...usage,
    completion_tokens: apart ? output + reasoning : output,
    prompt_tokens_details: { cached_tokens: hit },
  };
}

function tidy(message: LooseMessage | undefined, calls: string[]): void {
  if (message === undefined) return;
  if (Array.isArray(message.content)) {
    const parts = message.content;
    message.reasoning_content = parts.flatMap((part) => part.thinking?.map((one) => one.text ?? '') ?? []).join('');
    message.content = parts.map((part) => part.text ?? '').join('');
  }
  message.reasoning_content ??= message.reasoning ?? null;
  if (message.function_call) message.tool_calls = [{ index: 0, id: 'made up', function: message.function_call }];
  for (const call of message.tool_calls ?? []) {
    if (call.id && !calls.includes(call.id)) calls.push(call.id);
    call.index ??= call.id ? calls.indexOf(call.id) : Math.max(0, calls.length - 1);
    call.function.arguments ??= '';
  }
}

/** The addresses of `annotations` and `citations`, whatever their shape, each once. */
export function readUrls(text: string): string[] {
  const found = new Set<string>();
  const parser = createParser({ onEvent: ({ data }) => data !== '[DONE]' && walk(JSON.parse(data), false) });
  if (text.trimStart().startsWith('{')) walk(JSON.parse(text), false);
  else parser.feed(text);
  return [...found].sort();

  function walk(value: unknown, cited: boolean): void {
    if (typeof value === 'string' && cited && /^https?:/.test(value)) found.add(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, one] of Object.entries(value)) {
      const begins = key === 'annotations' || key === 'citations' || key === 'citation';
      if (begins) walk(one, true);
      else if (cited ? key === 'url' || key === 'url_citation' || /^\d+$/.test(key) : typeof one === 'object') {
        walk(one, cited);
      }
    }
  }
}
