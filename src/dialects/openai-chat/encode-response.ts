import type { Block, Choice, HubRequest, HubResponse, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { joinId } from './call-id.ts';
import { Characters } from './characters.ts';
import { writeCitation } from './citation.ts';
import { encodePart, isCustomCall } from './content.ts';
import { kept } from './extra.ts';
import { writeFinish } from './finish.ts';
import { type Thinking, writeThinking } from './thinking.ts';
import { writeUsage } from './usage.ts';

/** The reply's id passes where its maker speaks this dialect; the model is the client's own word for it. */
export function encodeResponse(response: HubResponse, request: HubRequest, given: Given): JsonObject {
  const own = response.extra?.['openai-chat'];
  return {
    ...withOfficialTier(own ?? {}),
    id: replyId(own !== undefined, response.id, given),
    object: 'chat.completion',
    created: response.created > 0 ? response.created : Math.floor(given.now() / 1000),
    model: request.model,
    choices: response.choices.map((choice) => encodeChoice(choice, wantsFunctions(request))),
    ...(response.usage === undefined ? {} : { usage: writeUsage(response.usage) }),
  };
}

const tiers: ReadonlySet<unknown> = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast']);

/** Typed clients refuse a tier that OpenAI does not have (`on_demand`, ''). */
export function withOfficialTier(own: JsonObject): JsonObject {
  const { service_tier: tier, ...rest } = own;
  return tier !== undefined && tiers.has(tier) ? own : rest;
}

export function replyId(own: boolean, id: string, given: Given): string {
  return own && id !== '' ? id : given.id('chatcmpl-');
}

/** Clients that declare `functions` read the answer in `function_call`. */
export function wantsFunctions(request: HubRequest): boolean {
  return request.extra?.['openai-chat']?.functions === true;
}

function encodeChoice(choice: Choice, legacy: boolean): JsonObject {
  const { message: more, ...around } = kept(choice);
  const message = encodeMessage(choice.blocks, legacy);
  const called = message.tool_calls !== undefined || message.function_call !== undefined;
  return {
    ...around,
    index: choice.index,
    message: { ...(isObject(more) ? more : {}), ...message },
    logprobs: choice.logprobs ?? null,
    finish_reason: writeFinish(choice.finish, called, legacy),
  };
}

function encodeMessage(blocks: readonly Block[], legacy: boolean): JsonObject {
  const texts = blocks.filter((block) => block.type === 'text');
  const refusals = blocks.filter((block) => block.type === 'refusal');
  const content = texts.map((block) => block.text).join('');
  const annotations = encodeAnnotations(texts);
  const images = blocks.filter((block) => block.type === 'media' && block.media === 'image');
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    refusal: refusals.length === 0 ? null : refusals.map((block) => block.text).join(''),
    ...encodeThinking(blocks),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(images.length === 0 ? {} : { images: images.flatMap((block) => encodePart(block, {}) ?? []) }),
    ...encodeCalls(blocks, legacy),
  };
}

/**
 * `thinking_blocks` only where there is a proof to keep: text alone is `reasoning_content`. A proof on a text has no other
 * place in this form; it stands there as thinking without text.
 */
function encodeThinking(blocks: readonly Block[]): JsonObject {
  const text = blocks.map((block) => (block.type === 'thinking' ? block.text : '')).join('');
  const proven = blocks.some((block) => block.type === 'thinking' && block.signature !== undefined);
  const held = blocks.flatMap((block) => (block.type !== 'thinking' ? proofOfText(block) : proven ? block : []));
  return {
    ...(text === '' ? {} : { reasoning_content: text }),
    ...(held.length === 0 ? {} : { thinking_blocks: held.map(writeThinking) }),
  };
}

/** The proof of a text as the thinking block that carries it. */
export function proofOfText({ type, signature }: Block): Thinking[] {
  return type === 'text' && signature !== undefined ? [{ type: 'thinking', text: '', signature }] : [];
}

function encodeAnnotations(texts: readonly Extract<Block, { type: 'text' }>[]): JsonObject[] {
  if (texts.every((block) => block.citations === undefined)) return [];
  const content = new Characters();
  const out: JsonObject[] = [];
  for (const block of texts) {
    const base = content.length;
    content.take(block.text);
    for (const citation of block.citations ?? []) {
      const annotation = writeCitation(citation, content, base, content.length);
      if (annotation !== undefined) out.push(annotation);
    }
  }
  return out;
}

function encodeCalls(blocks: readonly Block[], legacy: boolean): JsonObject {
  const calls = blocks.flatMap((block): JsonObject[] => {
    if (block.type === 'opaque') return [ownCall(block)].filter((call) => call !== undefined);
    if (block.type !== 'tool-call') return [];
    const called = { name: block.name, arguments: block.args === '' ? '{}' : block.args };
    return [{ ...kept(block), id: joinId(block.id, block.signature), type: 'function', function: called }];
  });
  const [first] = calls;
  if (first === undefined) return {};
  return legacy && first.function !== undefined ? { function_call: first.function } : { tool_calls: calls };
}

/** A call of a `custom` tool, which only this dialect has. */
export function ownCall(block: Extract<Block, { type: 'opaque' }>): JsonObject | undefined {
  const own = block.dialect === 'openai-chat' && isObject(block.value) && isCustomCall(block.value);
  return own && isObject(block.value) ? block.value : undefined;
}
