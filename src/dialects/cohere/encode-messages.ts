import { type Block, type HubRequest, type Json, type JsonObject, type Message, ProxyError } from '../../hub/index.ts';
import { isObject, readJson, writeDataUrl } from '../../wire/index.ts';
import type { CohereQuirks } from './quirks.ts';

type Media = Extract<Block, { type: 'media' }>;
type Result = Extract<Block, { type: 'tool-result' }>;
type Call = Extract<Block, { type: 'tool-call' }>;

/** The conversation in this API's form. Throws invalid-request for media that it has no form for, and where nothing is left. */
export function encodeMessages({ messages }: HubRequest, quirks: Partial<CohereQuirks>): JsonObject[] {
  const out: JsonObject[] = [];
  for (const turn of turns(messages)) {
    switch (turn.role) {
      case 'system':
        out.push(...encodeSystem(turn.blocks));
        break;
      case 'user':
        out.push(...encodeUser(turn.blocks, callsBefore(out)));
        break;
      case 'assistant':
        out.push(...encodeAssistant(turn.blocks, quirks));
        break;
    }
  }
  if (out.length > 0) return out;
  throw new ProxyError('invalid-request', 'there is nothing to answer: all messages are empty', { param: 'messages' });
}

/** Neighbouring user messages that answer calls are one turn: results must follow their calls without a gap. */
function turns(messages: readonly Message[]): Pick<Message, 'role' | 'blocks'>[] {
  const out: Pick<Message, 'role' | 'blocks'>[] = [];
  for (const { role, blocks } of messages) {
    const last = out.at(-1);
    const joins = role === 'user' && last?.role === 'user' && last.blocks.concat(blocks).some(isResult);
    if (joins) out[out.length - 1] = { role, blocks: [...last.blocks, ...blocks] };
    else out.push({ role, blocks });
  }
  return out;
}

function isResult(block: Block): block is Result {
  return block.type === 'tool-result';
}

/** Ids of the calls of the message before, which results may answer. */
function callsBefore(out: readonly JsonObject[]): Set<Json | undefined> {
  const calls = out.at(-1)?.['tool_calls'];
  return new Set(Array.isArray(calls) ? calls.filter(isObject).map(({ id }) => id) : []);
}

function encodeSystem(blocks: readonly Block[]): JsonObject[] {
  const texts = blocks.flatMap(textOf).filter((text) => text !== '');
  return texts.length === 0 ? [] : [{ role: 'system', content: contentOf(texts.map(textPart)) }];
}

function encodeUser(blocks: readonly Block[], called: ReadonlySet<Json | undefined>): JsonObject[] {
  const results: JsonObject[] = [];
  const parts: JsonObject[] = [];
  for (const block of blocks.filter(isResult)) {
    const texts = block.content.flatMap((part) => (part.type === 'media' && !isText(part) ? [] : partOf(part)));
    const media = block.content.filter((part) => part.type === 'media' && !isText(part)).flatMap(partOf);
    if (called.has(block.callId)) {
      results.push({ role: 'tool', tool_call_id: block.callId, content: contentOf(texts) });
      parts.push(...media);
    } else parts.push(...texts, ...media);
  }
  parts.push(...blocks.filter((block) => !isResult(block)).flatMap(partOf));
  return parts.length === 0 ? results : [...results, { role: 'user', content: contentOf(parts) }];
}

function encodeAssistant(blocks: readonly Block[], quirks: Partial<CohereQuirks>): JsonObject[] {
  const calls = blocks.filter((block) => block.type === 'tool-call').map(encodeCall);
  const said = blocks.flatMap(textOf).filter((text) => text !== '');
  const thoughts = quirks.thinks === true ? blocks.flatMap(thoughtOf) : [];
  const beside = calls.length === 0 ? said.map(textPart) : [];
  const content = [...thoughts, ...beside];
  if (content.length + calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      ...(calls.length === 0 || said.length === 0 ? {} : { tool_plan: said.join('\n') }),
      ...(content.length === 0 ? {} : { content: contentOf(content) }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}

/** Redacted thoughts can be read by their maker only. */
function thoughtOf(block: Block): JsonObject[] {
  return block.type === 'thinking' && block.text !== '' ? [{ type: 'thinking', thinking: block.text }] : [];
}

function encodeCall({ id, name, args }: Call): JsonObject {
  return { id, type: 'function', function: { name, arguments: argsText(args) } };
}

/** JSON text of an object, as the API demands; the exact text where it is one. */
function argsText(args: string): string {
  if (args.trim() === '') return '{}';
  return isObject(readJson(args)) ? args : JSON.stringify({ input: args });
}

/** The plain string where there is nothing but one text. */
function contentOf(parts: readonly JsonObject[]): Json {
  const [only] = parts;
  if (only === undefined) return '';
  return parts.length === 1 && typeof only['text'] === 'string' ? only['text'] : [...parts];
}

function textPart(text: string): JsonObject {
  return { type: 'text', text };
}

function textOf(block: Block): string[] {
  return block.type === 'text' || block.type === 'refusal' ? [block.text] : [];
}

/** One part of a user's message or of a result. */
function partOf(block: Block): JsonObject[] {
  if (block.type === 'media') return [encodeMedia(block)];
  return textOf(block)
    .filter((text) => text !== '')
    .map(textPart);
}

function isText({ media, source }: Media): boolean {
  return media === 'file' && source.kind === 'base64' && source.mime.startsWith('text/');
}

/** Some clients send pictures as files. */
function isPicture({ media, source }: Media): boolean {
  return media === 'image' || (media === 'file' && source.kind === 'base64' && source.mime.startsWith('image/'));
}

const details: readonly (string | undefined)[] = ['auto', 'low', 'high'];

function encodeMedia(block: Media): JsonObject {
  const { source, detail } = block;
  if (isText(block) && source.kind === 'base64') return textPart(Buffer.from(source.data, 'base64').toString('utf8'));
  if (!isPicture(block) || source.kind === 'file-id') {
    const what = source.kind === 'file-id' ? 'files by id' : block.media === 'file' ? 'files but text' : block.media;
    throw new ProxyError('invalid-request', `Cohere's chat takes texts and images, no ${what}`, { param: 'messages' });
  }
  const url = source.kind === 'url' ? source.url : writeDataUrl(source.mime, source.data);
  return {
    type: 'image_url',
    image_url: { url, ...(detail !== undefined && details.includes(detail) ? { detail } : {}) },
  };
}
