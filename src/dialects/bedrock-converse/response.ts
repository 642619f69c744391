import type { Block, HubResponse, JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { self } from './carried.ts';
import { joinTexts, readCitation } from './citation.ts';
import { unusable } from './error.ts';
import { readFinish } from './finish.ts';
import { decodeImage } from './media.ts';
import { readUsage } from './usage.ts';

/** A whole reply. Throws bad-upstream-reply for what is no message. The API tells no id, no model and no time. */
export function decodeResponse(body: JsonObject, given: Given): HubResponse {
  const output = isObject(body['output']) ? body['output'] : {};
  const message = isObject(output['message']) ? output['message'] : {};
  const content = message['content'];
  if (!Array.isArray(content)) throw unusable('it is no message with a list of content');
  const finish = readFinish(body['stopReason'], body['additionalModelResponseFields']);
  return {
    id: given.id('msg_'),
    model: '',
    created: Math.floor(given.now() / 1000),
    choices: [{ index: 0, blocks: content.filter(isObject).map(decodeBlock), finish }],
    ...(isObject(body['usage']) ? { usage: readUsage(body['usage']) } : {}),
  };
}

/** Lenient: what it does not know is opaque. */
function decodeBlock(node: JsonObject): Block {
  const { toolUse, reasoningContent, citationsContent, image } = node;
  if (typeof node['text'] === 'string') return { type: 'text', text: node['text'] };
  if (isObject(toolUse) && isClientCall(toolUse)) return decodeCall(toolUse);
  if (isObject(reasoningContent)) return decodeThinking(reasoningContent) ?? opaque(node);
  if (isObject(citationsContent)) return decodeCited(citationsContent);
  const source = isObject(image) ? image['source'] : undefined;
  if (isObject(image) && isObject(source) && typeof source['bytes'] === 'string') {
    return decodeImage(text(image['format']) || 'png', source['bytes']);
  }
  return opaque(node);
}

/** Tools that the service runs itself are no calls of the client's (QUIRKS.md 17a). */
export function isClientCall(toolUse: JsonObject): boolean {
  return toolUse['type'] !== 'server_tool_use';
}

export function opaque(value: JsonObject): Block {
  return { type: 'opaque', dialect: self, value };
}

function decodeCall(toolUse: JsonObject): Block {
  const input = toolUse['input'] ?? {};
  return {
    type: 'tool-call',
    id: text(toolUse['toolUseId']),
    name: text(toolUse['name']),
    args: typeof input === 'string' ? input : JSON.stringify(input),
  };
}

function decodeThinking({ reasoningText, redactedContent }: JsonObject): Block | undefined {
  if (typeof redactedContent === 'string') return redacted(redactedContent);
  if (!isObject(reasoningText)) return undefined;
  const signature = text(reasoningText['signature']);
  return {
    type: 'thinking',
    text: text(reasoningText['text']),
    ...(signature === '' ? {} : { signature: { by: self, value: signature } }),
  };
}

export function redacted(data: string): Block {
  return { type: 'thinking', text: '', redacted: true, signature: { by: self, value: data } };
}

function decodeCited({ content, citations }: JsonObject): Block {
  const list = Array.isArray(citations) ? citations.map(readCitation) : [];
  return { type: 'text', text: joinTexts(content), ...(list.length === 0 ? {} : { citations: list }) };
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
