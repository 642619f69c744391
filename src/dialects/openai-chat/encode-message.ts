import type { Block, Carried, HubRequest, Json, JsonObject, Message } from '../../hub/index.ts';
import { writeCache } from './cache.ts';
import { encodeContent, encodePart } from './content.ts';
import { ownCall } from './encode-response.ts';
import { kept } from './extra.ts';
import type { OpenAIChatQuirks } from './quirks.ts';

type Quirks = Partial<OpenAIChatQuirks>;

/** Messages of the wire for one message of the hub: results of tools are messages of their own. */
export function encodeMessage(message: Message, from: HubRequest['from'], quirks: Quirks): JsonObject[] {
  switch (message.role) {
    case 'system':
      return [encodePlain(message, systemRole(message, quirks), message.blocks, quirks)];
    case 'user':
      return encodeUser(message, from, quirks);
    case 'assistant': {
      const answer = encodeAssistant(message, quirks);
      return from !== 'openai-chat' && isForeign(message) && answer.content === '' ? [] : [answer];
    }
  }
}

/** A turn that holds nothing but what its own vendor understands is none here. */
function isForeign({ blocks }: Message): boolean {
  return blocks.length > 0 && blocks.every(({ type }) => type === 'opaque');
}

function systemRole(message: Message, quirks: Quirks): string {
  return kept(message).role === 'developer' && !quirks.developerAsSystem ? 'developer' : 'system';
}

function encodePlain(message: Message, role: string, blocks: readonly Block[], quirks: Quirks): JsonObject {
  return {
    ...fields(message, quirks),
    role,
    content: encodeContent(blocks, quirks),
    ...(message.name === undefined || quirks.noNames ? {} : { name: message.name }),
    ...writeCache(message, quirks.stripCacheMarks),
  };
}

/** The API wants the answers to calls before anything else, and only text in them: their images follow. */
function encodeUser(message: Message, from: HubRequest['from'], quirks: Quirks): JsonObject[] {
  const out: JsonObject[] = [];
  const rest: Block[] = [];
  const moved: Block[] = [];
  for (const block of message.blocks) {
    if (block.type !== 'tool-result') {
      rest.push(block);
      continue;
    }
    const shown = block.content.filter((inner) => inner.type === 'media' && !isTextFile(inner));
    if (shown.length > 0)
      moved.push({ type: 'text', text: `Content of the result of tool call ${block.callId}:` }, ...shown);
    out.push({
      ...fields(block, quirks),
      role: 'tool',
      tool_call_id: block.callId,
      content: encodeResult(block.content, shown.length > 0, quirks),
      ...(block.name === undefined || from !== 'openai-chat' ? {} : { name: block.name }),
      ...writeCache(block, quirks.stripCacheMarks),
    });
  }
  if (out.length === 0 || moved.length + rest.length > 0) {
    out.push(encodePlain(message, 'user', [...moved, ...rest], quirks));
  }
  return out;
}

function isTextFile(block: Block): boolean {
  return block.type === 'media' && block.source.kind === 'base64' && block.source.mime.startsWith('text/');
}

function encodeResult(content: readonly Block[], moved: boolean, quirks: Quirks): Json {
  const said = content.filter((inner) => inner.type !== 'media' || isTextFile(inner));
  const plain = said.map(asText);
  const text = encodeContent(plain, quirks);
  return text === '' && moved ? '(see the next user message)' : text;
}

function asText(block: Block): Block {
  return block.type === 'refusal' ? { type: 'text', text: block.text } : block;
}

/** The message's own further fields, as far as the server knows them. */
function fields(carried: Carried, { messageFields: known }: Quirks): JsonObject {
  const own = kept(carried);
  if (known === undefined) return own;
  return Object.fromEntries(Object.entries(own).filter(([name]) => known.includes(name)));
}

function encodeAssistant(message: Message, quirks: Quirks): JsonObject {
  const blocks = quirks.messageFields === undefined ? message.blocks : message.blocks.map(asText);
  const said = blocks.filter((block) => block.type === 'text' || block.type === 'media' || block.type === 'opaque');
  const refusals = blocks.filter((block) => block.type === 'refusal');
  const parts = said.filter((block) => encodePart(block, quirks) !== undefined);
  const calls = message.blocks.flatMap(encodeCall(quirks));
  const silent = parts.length === 0 && (calls.length > 0 || refusals.length > 0);
  const thinking = encodeThinking(message.blocks, quirks);
  return {
    ...fields(message, quirks),
    role: 'assistant',
    ...thinking,
    content: silent ? null : encodeContent(parts, quirks),
    ...(refusals.length === 0 ? {} : { refusal: refusals.map((block) => block.text).join('') }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(message.name === undefined || quirks.noNames ? {} : { name: message.name }),
    ...writeCache(message, quirks.stripCacheMarks),
  };
}

function encodeCall(quirks: Quirks): (block: Block) => JsonObject[] {
  return (block) => {
    if (block.type === 'opaque') return [ownCall(block)].filter((call) => call !== undefined);
    if (block.type !== 'tool-call') return [];
    const call = { name: block.name, arguments: block.args === '' ? '{}' : block.args };
    return [
      { ...kept(block), id: block.id, type: 'function', function: call, ...writeCache(block, quirks.stripCacheMarks) },
    ];
  };
}

/** Only servers whose row names a field take reasoning back; OpenAI has no place for it in this API. */
function encodeThinking(blocks: readonly Block[], quirks: Quirks): JsonObject {
  if (quirks.reasoning === undefined || quirks.reasoning === 'none') return {};
  const texts = blocks.flatMap((block) => (block.type === 'thinking' && block.text !== '' ? [block.text] : []));
  return texts.length === 0 ? {} : { [quirks.reasoning]: texts.join('\n') };
}
