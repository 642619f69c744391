import type { Block, Json, JsonObject, Message } from '../../hub/index.ts';
import { asArray, asObject, asOneOf, asString, type JsonValue, optional } from '../../wire/index.ts';
import { splitId } from './call-id.ts';
import { readPicture } from './picture.ts';

export const asRole = asOneOf(['system', 'user', 'assistant', 'tool']);

type Call = Extract<Block, { type: 'tool-call' }>;

/** One message of the request is one message of the hub, in the same order. */
export function decodeMessages(value: Json | undefined): Message[] {
  const waiting: Call[] = [];
  return asArray(value, 'messages').map((one, index) => {
    const path = `messages[${index}]`;
    return decodeMessage(asObject(one, path), path, index, waiting);
  });
}

/** `waiting`: calls without a result so far. */
function decodeMessage(message: JsonObject, path: string, index: number, waiting: Call[]): Message {
  const role = asRole(message['role'], `${path}.role`);
  const content = decodeContent(message, path);
  switch (role) {
    case 'system':
    case 'user':
      return { role, blocks: content };
    case 'assistant': {
      const answer = decodeCalls(message, path, index);
      waiting.push(...answer.filter((block) => block.type === 'tool-call'));
      const first = Math.max(
        0,
        answer.findIndex(({ type }) => type === 'tool-call'),
      );
      // Thoughts that a call's proof brought along are those of `thinking`, with their own proofs.
      const thoughts = first > 0 ? answer.slice(0, first) : decodeThinking(message, path);
      return { role, blocks: [...thoughts, ...content, ...answer.slice(first)] };
    }
    case 'tool':
      return { role: 'user', blocks: [decodeResult(message, path, index, waiting, content)] };
  }
}

function decodeContent(message: JsonObject, path: string): Block[] {
  const text = optional(asString, message['content'], `${path}.content`) ?? '';
  return [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...decodePictures(message['images'], path)];
}

export function decodePictures(value: JsonValue | undefined, within: string): Block[] {
  const path = within === '' ? 'images' : `${within}.images`;
  const images = optional(asArray, value, path) ?? [];
  return images.map((one, index) => readPicture(one, `${path}[${index}]`));
}

function decodeThinking(message: JsonObject, path: string): Block[] {
  const text = optional(asString, message['thinking'], `${path}.thinking`) ?? '';
  return text === '' ? [] : [{ type: 'thinking', text }];
}

/** Older clients drop the ids of calls: those come from position, never from dice, since prompt caches want the same prefix. */
function decodeCalls(message: JsonObject, path: string, at: number): Block[] {
  const calls = optional(asArray, message['tool_calls'], `${path}.tool_calls`) ?? [];
  return calls.flatMap((one, index): Block[] => {
    const within = `${path}.tool_calls[${index}]`;
    const call = asObject(one, within);
    const declared = asObject(call['function'], `${within}.function`);
    const id = optional(asString, call['id'], `${within}.id`) ?? '';
    const { thoughts = [], ...said } = splitId(id === '' ? `call_${at}_${index}` : id);
    const name = asString(declared['name'], `${within}.function.name`);
    return [...thoughts, { type: 'tool-call', ...said, name, args: decodeArgs(declared['arguments']) }];
  });
}

/** An object; clients that were made for other APIs send its text. */
function decodeArgs(args: JsonValue | undefined): string {
  if (args === undefined || args === null) return '{}';
  return typeof args === 'string' ? args : JSON.stringify(args);
}

/** Answers the call of its id, else of its tool's name, else the first one that waits. */
function decodeResult(message: JsonObject, path: string, at: number, waiting: Call[], content: Block[]): Block {
  const given = optional(asString, message['tool_call_id'], `${path}.tool_call_id`) ?? '';
  const told = optional(asString, message['tool_name'] ?? message['name'], `${path}.tool_name`) ?? '';
  const { id } = splitId(given);
  const byId = waiting.findIndex((call) => id !== '' && call.id === id);
  const byName = waiting.findIndex((call) => told !== '' && call.name === told);
  const first = id === '' && told === '' && waiting.length > 0 ? 0 : -1;
  const found = [byId, byName, first].find((place) => place >= 0);
  const [call] = found === undefined ? [] : waiting.splice(found, 1);
  const name = call?.name ?? told;
  return {
    type: 'tool-result',
    callId: call?.id ?? (id === '' ? `call_${at}_0` : id),
    ...(name === '' ? {} : { name }),
    content,
  };
}
