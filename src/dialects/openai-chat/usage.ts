import type { Json, JsonObject, Usage } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';

type Count = number | undefined;

/** Reads the record under every name that servers of this form give its parts; undefined when there is none. */
export function readUsage(reply: JsonObject): Usage | undefined {
  const record = isObject(reply.usage) ? reply.usage : isObject(reply.x_groq) ? reply.x_groq.usage : undefined;
  if (!isObject(record)) return undefined;
  const prompt = part(record, 'prompt_tokens_details') ?? part(record, 'input_tokens_details') ?? {};
  const answer = part(record, 'completion_tokens_details') ?? part(record, 'output_tokens_details') ?? {};
  const tools = part(record, 'server_tool_use_details') ?? part(record, 'server_tool_use') ?? {};
  const reasoning = count(answer.reasoning_tokens) ?? count(record.reasoning_tokens);
  const input = count(record.prompt_tokens) ?? count(record.input_tokens) ?? 0;
  return withoutGaps({
    input,
    output: readOutput(record, input, reasoning ?? 0),
    cacheRead:
      count(prompt.cached_tokens) ??
      count(record.prompt_cache_hit_tokens) ??
      count(record.cached_tokens) ??
      count(record.cache_read_input_tokens),
    cacheWrite:
      count(prompt.cache_write_tokens) ??
      count(prompt.cache_creation_tokens) ??
      count(record.cache_creation_input_tokens),
    reasoning,
    audioIn: count(prompt.audio_tokens),
    audioOut: count(answer.audio_tokens),
    requests: count(tools.web_search_requests) ?? count(record.num_search_queries),
    raw: { by: 'openai-chat', value: record },
  });
}

/** Prompt and completion include what was cached and thought; a client of this form also gets the server's own fields. */
export function writeUsage(usage: Usage): JsonObject {
  const own = usage.raw?.by === 'openai-chat' ? usage.raw.value : undefined;
  const prompt = numbers({
    cached_tokens: usage.cacheRead,
    cache_creation_tokens: own === undefined ? usage.cacheWrite : undefined,
    audio_tokens: usage.audioIn,
  });
  const answer = numbers({ reasoning_tokens: usage.reasoning, audio_tokens: usage.audioOut });
  const record: JsonObject = {
    ...(own === undefined ? {} : withoutNulls(own)),
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
  const promptWhole = { ...part(own ?? {}, 'prompt_tokens_details'), ...prompt };
  const answerWhole = { ...part(own ?? {}, 'completion_tokens_details'), ...answer };
  if (Object.keys(promptWhole).length > 0) record.prompt_tokens_details = promptWhole;
  if (Object.keys(answerWhole).length > 0) record.completion_tokens_details = answerWhole;
  if (own !== undefined) return record;
  return {
    ...record,
    ...numbers({
      cache_creation_input_tokens: usage.cacheWrite,
      cache_read_input_tokens: usage.cacheRead,
    }),
  };
}

/** xAI leaves reasoning out of `completion_tokens`, but not out of the total. */
function readOutput(record: JsonObject, input: number, reasoning: number): number {
  const output = count(record.completion_tokens) ?? count(record.output_tokens) ?? 0;
  const apart = reasoning > 0 && count(record.total_tokens) === input + output + reasoning;
  return apart ? output + reasoning : output;
}

function count(value: Json | undefined): Count {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function part(record: JsonObject, name: string): JsonObject | undefined {
  const value = record[name];
  return isObject(value) ? value : undefined;
}

function numbers(counts: Record<string, Count>): JsonObject {
  const out: JsonObject = {};
  for (const [name, value] of Object.entries(counts)) if (value !== undefined) out[name] = value;
  return out;
}

function withoutNulls(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

type Gaps = { [K in keyof Usage]: Usage[K] | undefined } & Pick<Usage, 'input' | 'output'>;

/** By hand: it is in the path of every reply, and entries made into an object again take 5 us. */
function withoutGaps({
  input,
  output,
  cacheRead,
  cacheWrite,
  reasoning,
  audioIn,
  audioOut,
  requests,
  raw,
}: Gaps): Usage {
  const usage: Usage = { input, output };
  if (cacheRead !== undefined) usage.cacheRead = cacheRead;
  if (cacheWrite !== undefined) usage.cacheWrite = cacheWrite;
  if (reasoning !== undefined) usage.reasoning = reasoning;
  if (audioIn !== undefined) usage.audioIn = audioIn;
  if (audioOut !== undefined) usage.audioOut = audioOut;
  if (requests !== undefined) usage.requests = requests;
  if (raw !== undefined) usage.raw = raw;
  return usage;
}
