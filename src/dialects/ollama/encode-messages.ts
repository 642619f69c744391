import { type Block, type HubRequest, type JsonObject, type Message, ProxyError } from '../../hub/index.ts';
import { argsObject, contentOf } from './content.ts';
import type { OllamaQuirks } from './quirks.ts';

type Quirks = Partial<OllamaQuirks>;

/** The conversation in the form of /api/chat. Throws invalid-request where nothing is left of it. */
export function encodeMessages({ messages }: HubRequest, quirks: Quirks): JsonObject[] {
  const names = toolNames(messages);
  const out = inOrderOfCalls(messages).flatMap((message) => encodeMessage(message, names, quirks));
  if (out.length > 0) return out;
  throw nothingLeft();
}

export function nothingLeft(): ProxyError {
  return new ProxyError('invalid-request', 'there is nothing to answer: all messages are empty', { param: 'messages' });
}

/** Nothing on this wire names a call: the results of one turn stand in the order of its calls. */
function inOrderOfCalls(messages: readonly Message[]): readonly Message[] {
  const out: Message[] = [];
  let calls: string[] = [];
  let results: Block[] = [];
  const settle = (): void => {
    if (results.length === 0) return;
    const place = (block: Block): number => (block.type === 'tool-result' ? calls.indexOf(block.callId) : -1);
    out.push({ role: 'user', blocks: results.sort((one, other) => place(one) - place(other)) });
    results = [];
  };
  for (const message of messages) {
    const rest = message.blocks.filter(({ type }) => type !== 'tool-result');
    results.push(...message.blocks.filter(({ type }) => type === 'tool-result'));
    if (rest.length === 0 && message.blocks.length > 0) continue;
    settle();
    out.push({ ...message, blocks: rest });
    if (message.role === 'assistant') calls = rest.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []));
  }
  settle();
  return out;
}

/** The names of tools by the ids of their calls. */
export function toolNames(messages: readonly Message[]): ReadonlyMap<string, string> {
  const calls = messages.flatMap(({ blocks }) => blocks.filter((block) => block.type === 'tool-call'));
  return new Map(calls.map(({ id, name }) => [id, name]));
}

function encodeMessage(message: Message, names: ReadonlyMap<string, string>, quirks: Quirks): JsonObject[] {
  const { role, blocks } = message;
  switch (role) {
    case 'system':
      return plain('system', blocks);
    case 'user':
      return [...blocks.flatMap((block) => encodeResult(block, names, quirks)), ...plain('user', blocks)];
    case 'assistant':
      return encodeAssistant(blocks, quirks);
  }
}

function plain(role: 'system' | 'user', blocks: readonly Block[]): JsonObject[] {
  const { text, images } = contentOf(blocks);
  return text === '' && images.length === 0 ? [] : [{ role, content: text, ...pictures(images) }];
}

function pictures(images: readonly string[]): JsonObject {
  return images.length === 0 ? {} : { images: [...images] };
}

function encodeResult(block: Block, names: ReadonlyMap<string, string>, quirks: Quirks): JsonObject[] {
  if (block.type !== 'tool-result') return [];
  const { text, images } = contentOf(block.content);
  const name = quirks.namesTools === true ? (block.name ?? names.get(block.callId)) : undefined;
  return [{ role: 'tool', content: text, ...(name === undefined ? {} : { tool_name: name }), ...pictures(images) }];
}

/** What a model drew cannot be shown to it again. */
function encodeAssistant(blocks: readonly Block[], quirks: Quirks): JsonObject[] {
  const { text } = contentOf(blocks.filter(({ type }) => type !== 'media'));
  const calls = blocks.flatMap((block) =>
    block.type === 'tool-call' ? [{ function: { name: block.name, arguments: argsObject(block.args) } }] : [],
  );
  const thoughts = blocks.flatMap((block) => (block.type === 'thinking' && block.text !== '' ? [block.text] : []));
  const thinking = quirks.thinks === true ? thoughts.join('\n') : '';
  if (text === '' && thinking === '' && calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      content: text,
      ...(thinking === '' ? {} : { thinking }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}
