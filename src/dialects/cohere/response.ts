import type { Block, Choice, HubResponse, Json, JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { type Cited, citedPart, readCitations } from './citation.ts';
import { decodeInnerError, unusable } from './error.ts';
import { readFinish } from './finish.ts';
import { self } from './params.ts';
import { readUsage } from './usage.ts';

type Text = Extract<Block, { type: 'text' }>;

/** A whole reply. Throws bad-upstream-reply for what is none, and the provider's error where it is one. */
export function decodeResponse(body: JsonObject, given: Given): HubResponse {
  const { id, message, finish_reason: reason, logprobs } = body;
  if (!isObject(message)) {
    if (typeof message === 'string' || body['error'] !== undefined) throw decodeInnerError(body);
    throw unusable('it has no message');
  }
  const usage = readUsage(body['usage']);
  const choice: Choice = { index: 0, blocks: decodeMessage(message, given), finish: readFinish(reason) };
  if (Array.isArray(logprobs)) choice.logprobs = writeLogprobs(logprobs);
  return {
    id: typeof id === 'string' && id !== '' ? id : given.id('reply_'),
    model: '',
    created: Math.floor(given.now() / 1000),
    choices: [choice],
    ...(usage === undefined ? {} : { usage }),
  };
}

/** Thinking and text as they come; the plan stands before the calls that it is for. */
function decodeMessage(message: JsonObject, given: Given): Block[] {
  const parts = new Map<Cited, Block>();
  const content = message['content'];
  const items = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  if (Array.isArray(items)) for (const [index, item] of items.entries()) parts.set(index, decodePart(item));
  const plan = message['tool_plan'];
  if (typeof plan === 'string' && plan !== '') parts.set('plan', { type: 'text', text: plan });
  for (const citation of listOf(message['citations'])) cite(parts, citation);
  const calls = listOf(message['tool_calls']).map((call) => decodeCall(call, given));
  return [...[...parts.values()].filter(saysSomething), ...calls.filter(({ name }) => name !== '')];
}

/** One part of the content, also as it stands at its start in a stream. Lenient: what it does not know is opaque. */
export function decodePart(part: JsonValue | undefined): Block {
  if (!isObject(part)) return { type: 'opaque', dialect: self, value: part ?? null };
  const { type, text, thinking } = part;
  if (type === 'thinking' || typeof thinking === 'string') return { type: 'thinking', text: textOf(thinking) };
  if (type === 'text' || typeof text === 'string') return { type: 'text', text: textOf(text) };
  return { type: 'opaque', dialect: self, value: part };
}

export function decodeCall(call: JsonObject, given: Given): Extract<Block, { type: 'tool-call' }> {
  const declared = isObject(call['function']) ? call['function'] : {};
  const { id } = call;
  return {
    type: 'tool-call',
    id: typeof id === 'string' && id !== '' ? id : given.id('call_'),
    name: textOf(declared['name']),
    args: readArgs(declared['arguments']),
  };
}

/** Arguments are JSON text; null means none. */
export function readArgs(args: JsonValue | undefined): string {
  if (typeof args === 'string') return args;
  return args === undefined || args === null ? '' : JSON.stringify(args);
}

/** `{text, token_ids, logprobs}`, several tokens in one item, in OpenAI's form: the items' texts with their probability. */
export function writeLogprobs(items: readonly JsonValue[]): Json {
  const content = items.filter(isObject).map((item): JsonObject => {
    const text = textOf(item['text']);
    const values = Array.isArray(item['logprobs']) ? item['logprobs'] : [];
    const logprob = values.reduce<number>((sum, one) => sum + (typeof one === 'number' ? one : 0), 0);
    return { token: text, logprob, bytes: [...Buffer.from(text)], top_logprobs: [] };
  });
  return { content, refusal: null };
}

function cite(parts: ReadonlyMap<Cited, Block>, citation: JsonObject): void {
  const named = citedPart(citation);
  const part = named === undefined ? firstText(parts) : parts.get(named);
  if (part?.type !== 'text') return;
  part.citations = [...(part.citations ?? []), ...readCitations(citation, part.text)];
}

function firstText(parts: ReadonlyMap<Cited, Block>): Text | undefined {
  return [...parts.values()].find((part) => part.type === 'text');
}

function saysSomething(block: Block): boolean {
  return (block.type !== 'text' && block.type !== 'thinking') || block.text !== '';
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
