import type { Block, Json, JsonObject, Message } from '../../hub/index.ts';
import { asArray, asObject, asOneOf, asString, isObject, optional } from '../../wire/index.ts';
import { readCache } from './cache.ts';
import { splitId } from './call-id.ts';
import { decodeContent } from './content.ts';
import { keep, others } from './extra.ts';
import { readReasoning, readThinkingBlocks, reasoningFields } from './thinking.ts';

const asRole = asOneOf(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

/** One message of the request is one message of the hub, in the same order. */
export function decodeMessages(value: Json | undefined, path: string): Message[] {
  const messages: Message[] = [];
  for (const [index, one] of asArray(value, path).entries()) {
    messages.push(decodeMessage(asObject(one, `${path}[${index}]`), `${path}[${index}]`, index, messages));
  }
  return messages;
}

const plainFields = new Set(['role', 'content', 'name', 'cache_control']);

function decodeMessage(message: JsonObject, path: string, index: number, before: readonly Message[]): Message {
  const role = asRole(message.role, `${path}.role`);
  switch (role) {
    case 'system':
    case 'developer':
    case 'user': {
      const extra = others(message, plainFields);
      if (role === 'developer') extra.role = role;
      return {
        role: role === 'user' ? 'user' : 'system',
        blocks: decodeContent(message.content, `${path}.content`),
        ...nameOf(message, path),
        ...readCache(message.cache_control),
        ...keep(extra),
      };
    }
    case 'assistant':
      return decodeAssistant(message, path, index);
    case 'tool':
      return decodeResult(message, path, splitId(asString(message.tool_call_id, `${path}.tool_call_id`)).id);
    case 'function':
      return decodeResult(message, path, findCall(before, asString(message.name, `${path}.name`), index));
  }
}

const resultFields = new Set(['role', 'content', 'name', 'tool_call_id', 'cache_control']);

function decodeResult(message: JsonObject, path: string, callId: string): Message {
  const result: Block = {
    type: 'tool-result',
    callId,
    content: decodeContent(message.content, `${path}.content`),
    ...nameOf(message, path),
    ...readCache(message.cache_control),
    ...keep(others(message, resultFields)),
  };
  return { role: 'user', blocks: [result] };
}

const assistantFields = new Set([
  ...plainFields,
  ...reasoningFields,
  'thinking_blocks',
  'refusal',
  'tool_calls',
  'function_call',
]);

function decodeAssistant(message: JsonObject, path: string, index: number): Message {
  const blocks: Block[] = readThinkingBlocks(message.thinking_blocks);
  const reasoning = blocks.length === 0 ? readReasoning(message) : '';
  if (reasoning !== '') blocks.push({ type: 'thinking', text: reasoning });
  blocks.push(...decodeContent(message.content, `${path}.content`));
  const refusal = optional(asString, message.refusal, `${path}.refusal`);
  if (refusal !== undefined && refusal !== '') blocks.push({ type: 'refusal', text: refusal });
  const calls = optional(asArray, message.tool_calls, `${path}.tool_calls`) ?? [];
  for (const [n, call] of calls.entries()) blocks.push(decodeCall(call, `${path}.tool_calls[${n}]`));
  const legacy = optional(asObject, message.function_call, `${path}.function_call`);
  if (legacy !== undefined) {
    blocks.push({ type: 'tool-call', id: positionId(index), ...readFunction(legacy, `${path}.function_call`) });
  }
  return {
    role: 'assistant',
    blocks,
    ...nameOf(message, path),
    ...readCache(message.cache_control),
    ...keep(others(message, assistantFields)),
  };
}

const callFields = new Set(['id', 'type', 'index', 'function', 'cache_control']);

function decodeCall(value: Json, path: string): Block {
  const call = asObject(value, path);
  if (call.function === undefined && call.type !== undefined && call.type !== 'function') {
    return { type: 'opaque', dialect: 'openai-chat', value: call };
  }
  return {
    type: 'tool-call',
    ...splitId(asString(call.id, `${path}.id`)),
    ...readFunction(asObject(call.function, `${path}.function`), `${path}.function`),
    ...readCache(call.cache_control),
    ...keep(others(call, callFields)),
  };
}

/** The arguments' text is kept as it is; old clients of other languages send the object itself. */
function readFunction(fields: JsonObject, path: string): { name: string; args: string } {
  const name = asString(fields.name, `${path}.name`);
  if (isObject(fields.arguments)) return { name, args: JSON.stringify(fields.arguments) };
  return { name, args: optional(asString, fields.arguments, `${path}.arguments`) ?? '' };
}

function nameOf(message: JsonObject, path: string): { name?: string } {
  const name = optional(asString, message.name, `${path}.name`);
  return name === undefined ? {} : { name };
}

/** Ids that a request lacks come from position, never from dice: the prefix must be the same every turn, for caches. */
function positionId(message: number): string {
  return `call_${message}_0`;
}

function findCall(before: readonly Message[], name: string, index: number): string {
  for (const message of before.toReversed()) {
    for (const block of message.blocks.toReversed()) {
      if (block.type === 'tool-call' && block.name === name) return block.id;
    }
  }
  return positionId(index);
}
