import { type Block, type Choice, type HubResponse, type Json, type JsonObject, ProxyError } from '../../hub/index.ts';
import { isObject, readDataUrl } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { errorWithin } from '../openai-refusal.ts';
import { splitId } from './call-id.ts';
import { Characters } from './characters.ts';
import { readCitation } from './citation.ts';
import { keep, others } from './extra.ts';
import { readFinish } from './finish.ts';
import {
  readReasoning,
  readReasoningDetails,
  readThinkingBlocks,
  readThinkingPart,
  reasoningFields,
} from './thinking.ts';
import { readUsage } from './usage.ts';

/** The choices of a plain reply; throws what an `error` in a 200 means, else bad-upstream-reply. */
export function choicesOf(body: JsonObject): Json[] {
  const error = errorWithin(body);
  if (error !== undefined) throw error;
  if (Array.isArray(body.choices) && body.choices.length > 0) return body.choices;
  throw new ProxyError('bad-upstream-reply', "the provider's reply has no choices");
}

export const replyFields: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'error',
  // paddings against attacks that measure sizes
  'obfuscation',
  'p',
]);

/** Lenient: servers leave out, rename and add what they like. The extra is always there: it tells whose id this is. */
export function decodeResponse(body: JsonObject, given: Given): HubResponse {
  const choices = choicesOf(body);
  const usage = readUsage(body);
  return {
    id: typeof body.id === 'string' && body.id !== '' ? body.id : given.id('chatcmpl-'),
    model: typeof body.model === 'string' ? body.model : '',
    created: readCreated(body.created, given),
    choices: choices.map((choice, index) => decodeChoice(isObject(choice) ? choice : {}, index, given)),
    ...(usage === undefined ? {} : { usage }),
    extra: { 'openai-chat': others(body, replyFields) },
  };
}

/** Seconds; some servers send 0, milliseconds or a text. */
export function readCreated(value: Json | undefined, given: Given): number {
  const plausible = typeof value === 'number' && value >= 1 && value < 1e11;
  return plausible ? Math.floor(value) : Math.floor(given.now() / 1000);
}

export const choiceFields: ReadonlySet<string> = new Set([
  'index',
  'message',
  'delta',
  'finish_reason',
  'logprobs',
  'text',
]);

export const messageFields: ReadonlySet<string> = new Set([
  'role',
  'content',
  ...reasoningFields,
  'thinking_blocks',
  'refusal',
  'tool_calls',
  'function_call',
  'annotations',
  'images',
]);

function decodeChoice(choice: JsonObject, position: number, given: Given): Choice {
  const message = isObject(choice.message) ? choice.message : isObject(choice.delta) ? choice.delta : {};
  const blocks = decodeMessage(message, given);
  const called = blocks.some((block) => block.type === 'tool-call');
  const word = typeof choice.finish_reason === 'string' ? choice.finish_reason : undefined;
  const unknown = others(message, messageFields);
  const extra = others(choice, choiceFields);
  if (Object.keys(unknown).length > 0) extra.message = unknown;
  return {
    index: typeof choice.index === 'number' ? choice.index : position,
    blocks,
    finish: readFinish(word, called),
    ...(isTelling(choice.logprobs) ? { logprobs: choice.logprobs } : {}),
    ...keep(extra),
  };
}

/** Whether log probabilities say anything: some servers send the object with nulls in it. */
export function isTelling(logprobs: Json | undefined): logprobs is JsonObject {
  return isObject(logprobs) && Object.values(logprobs).some((list) => list !== null);
}

function decodeMessage(message: JsonObject, given: Given): Block[] {
  const blocks: Block[] = readThinkingBlocks(message.thinking_blocks);
  const reasoning = blocks.length === 0 ? readReasoning(message) || readReasoningDetails(message) : '';
  if (reasoning !== '') blocks.push({ type: 'thinking', text: reasoning });
  const content = readContent(message.content);
  addCitations(content, message.annotations);
  blocks.push(...content);
  if (Array.isArray(message.images)) blocks.push(...message.images.map(readPart));
  if (typeof message.refusal === 'string' && message.refusal !== '') {
    blocks.push({ type: 'refusal', text: message.refusal });
  }
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  blocks.push(...calls.flatMap((call) => (isObject(call) ? readCall(call, given) : [])));
  if (isObject(message.function_call)) blocks.push(...readCall({ function: message.function_call }, given));
  return blocks;
}

/** A text, or a list of parts (Mistral) whose thinking stands before its text. */
export function readContent(content: Json | undefined): Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.map(readPart) : [];
}

function readPart(part: Json): Block {
  if (typeof part === 'string') return { type: 'text', text: part };
  if (!isObject(part)) return { type: 'opaque', dialect: 'openai-chat', value: part };
  if (part.type === 'thinking' || part.type === 'redacted_thinking') return readThinkingPart(part);
  if (typeof part.text === 'string') return { type: 'text', text: part.text };
  const url = isObject(part.image_url) ? part.image_url.url : part.image_url;
  if (typeof url !== 'string') return { type: 'opaque', dialect: 'openai-chat', value: part };
  const inline = readDataUrl(url);
  return {
    type: 'media',
    media: 'image',
    source: inline === undefined ? { kind: 'url', url } : { kind: 'base64', ...inline },
  };
}

function addCitations(content: Block[], annotations: Json | undefined): void {
  if (!Array.isArray(annotations) || annotations.length === 0) return;
  const characters = new Characters();
  let base = 0;
  let last: Extract<Block, { type: 'text' }> | undefined;
  for (const block of content) {
    if (block.type !== 'text') continue;
    base = characters.length;
    characters.take(block.text);
    last = block;
  }
  if (last === undefined) {
    last = { type: 'text', text: '' };
    content.push(last);
  }
  last.citations = annotations.map((annotation) => readCitation(annotation, characters, base));
}

export const callFields: ReadonlySet<string> = new Set(['id', 'type', 'index', 'function']);

/** Arguments come as text, as an object or not at all; an id may be missing or empty. Nobody can answer a call without a name. */
function readCall(call: JsonObject, given: Given): Block[] {
  if (isObject(call.custom)) return [{ type: 'opaque', dialect: 'openai-chat', value: call }];
  const declared = isObject(call.function) ? call.function : {};
  if (typeof declared.name !== 'string' || declared.name === '') return [];
  const id = typeof call.id === 'string' && call.id !== '' ? call.id : given.id('call_');
  return [
    {
      type: 'tool-call',
      ...splitId(id),
      name: declared.name,
      args: readArgs(declared.arguments),
      ...keep(others(call, callFields)),
    },
  ];
}

export function readArgs(args: Json | undefined): string {
  if (typeof args === 'string') return args;
  if (args === undefined || args === null) return '';
  try {
    return JSON.stringify(args);
  } catch (thrown) {
    throw new ProxyError('bad-upstream-reply', 'the provider sent arguments that are nested too deeply', {
      cause: thrown,
    });
  }
}
