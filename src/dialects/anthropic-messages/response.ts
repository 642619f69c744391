import type { Block, Choice, Facts, HubRequest, HubResponse, JsonObject, Signature } from '../../hub/index.ts';
import { readSignature, writeSignature } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { readCarried, self, writeExtra } from './carried.ts';
import { readCitations, writeCitations } from './citation.ts';
import { withoutDirectCaller } from './decode-blocks.ts';
import { argsObject } from './encode-blocks.ts';
import { decodeInnerError, received, unusable } from './error.ts';
import { readFinish, writeStopReason } from './finish.ts';
import { cleanId } from './ids.ts';
import { attachProofs, foreignProof, readProof, writeProof } from './proof.ts';
import { readUsage, writeUsage } from './usage.ts';

const known = ['id', 'type', 'role', 'model', 'content', 'stop_reason', 'stop_sequence', 'usage'];
/** What a stream says only at its end belongs to the finish. */
const atEnd = ['stop_details', 'container', 'context_management'];

/** A whole reply. Throws bad-upstream-reply for what is no message, and the provider's error where it is one. */
export function decodeResponse(body: JsonObject, given: Given): HubResponse {
  const content = contentOf(body);
  const finish = readFinish(body['stop_reason'], body['stop_sequence']);
  return {
    id: text(body['id']) ?? given.id('msg_'),
    model: text(body['model']) ?? '',
    created: Math.floor(given.now() / 1000),
    choices: [{ index: 0, blocks: received(() => decodeBlocks(content)), finish, ...extraOf(pick(body, true)) }],
    ...(isObject(body['usage']) ? { usage: readUsage(body['usage']) } : {}),
    ...extraOf(pick(body, false)),
  };
}

/** What passed by: for the ledger. */
export function glance(body: JsonObject): Facts {
  contentOf(body);
  const id = text(body['id']);
  const model = text(body['model']);
  const finish = text(body['stop_reason']);
  return {
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    ...(isObject(body['usage']) ? { usage: readUsage(body['usage']) } : {}),
    ...(finish === undefined ? {} : { finish }),
  };
}

function contentOf(body: JsonObject): JsonValue[] {
  if (body['type'] === 'error' || isObject(body['error'])) throw decodeInnerError(body);
  const content = body['content'];
  if (body['type'] !== 'message' || !Array.isArray(content)) throw unusable('it is no message with a list of content');
  return content;
}

function decodeBlocks(content: readonly JsonValue[]): Block[] {
  const blocks: Block[] = [];
  const calls = new Map<string, Signature>();
  for (const item of content) {
    if (!isObject(item)) continue;
    const data = text(item['data']);
    // Another modelport may stand behind this one, so replies can hold sealed proofs too.
    if (item['type'] === 'redacted_thinking' && data !== undefined) readProof(data, blocks, calls);
    else blocks.push(decodeReplyBlock(item));
  }
  attachProofs(blocks, calls);
  return blocks;
}

/** One block of a reply, also as it stands at its start in a stream. Lenient: what it does not know is opaque. */
export function decodeReplyBlock(node: JsonObject): Block {
  const signature = text(node['signature']);
  switch (node['type']) {
    case 'text': {
      const citations = readCitations(node['citations']);
      return {
        type: 'text',
        text: text(node['text']) ?? '',
        ...(citations.length === 0 ? {} : { citations }),
        ...readCarried(node, ['type', 'text', 'citations']),
      };
    }
    case 'thinking':
      return {
        type: 'thinking',
        text: text(node['thinking']) ?? '',
        ...(signature === undefined ? {} : { signature: readSignature(signature, self) }),
        ...readCarried(node, ['type', 'thinking', 'signature']),
      };
    case 'tool_use':
      return {
        type: 'tool-call',
        id: text(node['id']) ?? '',
        name: text(node['name']) ?? '',
        args: JSON.stringify(node['input'] ?? {}),
        ...readCarried(withoutDirectCaller(node), ['type', 'id', 'name', 'input']),
      };
    default:
      return { type: 'opaque', dialect: self, value: node };
  }
}

/** A whole answer for a client, under the model name that it wrote. Choices but the first have no place. */
export function encodeResponse(response: HubResponse, request: HubRequest, given: Given): JsonObject {
  const choice = response.choices.find((one) => one.index === 0) ?? response.choices[0];
  const blocks = choice?.blocks ?? [];
  const told = {
    calls: blocks.some((block) => block.type === 'tool-call'),
    refused: blocks.some((block) => block.type === 'refusal'),
  };
  const finish: Choice['finish'] = choice?.finish ?? { reason: 'other' };
  return {
    ...writeExtra(response),
    id: messageId(response.id, given),
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: blocks.flatMap((block) => encodeReplyBlocks(block, given)),
    ...writeStopReason(finish, told),
    stop_details: null,
    container: null,
    ...(choice === undefined ? {} : writeExtra(choice)),
    usage: writeUsage(response.usage),
  };
}

/** Clients know a message by an id of this API's form. */
export function messageId(id: string, given: Given): string {
  return id.startsWith('msg_') ? id : given.id('msg_');
}

/** The id of a call as this API writes it. */
export function callId(id: string, given: Given): string {
  return id === '' ? given.id('toolu_') : cleanId(id);
}

/** The wire blocks of one hub block: with another maker's proof there are two, without a form here there is none. */
function encodeReplyBlocks(block: Block, given: Given): JsonObject[] {
  const foreign = foreignProof(block);
  switch (block.type) {
    case 'text': {
      const citations = writeCitations(block);
      const out: JsonObject[] = [
        { ...writeExtra(block), type: 'text', text: block.text, ...(citations.length === 0 ? {} : { citations }) },
      ];
      if (foreign !== undefined) out.push(proofBlock(writeProof(foreign, { kind: 'text' })));
      return out;
    }
    case 'refusal':
      return [{ type: 'text', text: block.text }];
    case 'thinking':
      return encodeThinking(block);
    case 'tool-call': {
      const id = callId(block.id, given);
      const call = { caller: { type: 'direct' }, ...writeExtra(block), type: 'tool_use', id, name: block.name };
      const out: JsonObject[] = [{ ...call, input: argsObject(block.args) }];
      if (foreign !== undefined) out.unshift(proofBlock(writeProof(foreign, { kind: 'call', id })));
      return out;
    }
    case 'opaque':
      return block.dialect === self && isObject(block.value) ? [block.value] : [];
    case 'media':
    case 'tool-result':
      return [];
  }
}

function encodeThinking(block: Block & { type: 'thinking' }): JsonObject[] {
  const signature = block.signature;
  const whole = thinkingProof(block.text, block.redacted === true, signature);
  if (whole !== undefined) return [proofBlock(whole)];
  if (block.text === '' && signature === undefined) return [];
  const written = signature === undefined ? '' : writeSignature(signature, self);
  return [{ ...writeExtra(block), type: 'thinking', thinking: block.text, signature: written }];
}

/** The data of a `redacted_thinking` block, where thinking has to be one: it is redacted, or another's without text. */
export function thinkingProof(text: string, redacted: boolean, signature: Signature | undefined): string | undefined {
  if (signature === undefined) return undefined;
  if (redacted) return writeProof(signature, { kind: 'redacted' });
  return text === '' && signature.by !== self ? writeProof(signature, { kind: 'thinking' }) : undefined;
}

function proofBlock(data: string): JsonObject {
  return { type: 'redacted_thinking', data };
}

function pick(body: JsonObject, late: boolean): JsonObject {
  const entries = Object.entries(body).filter(([key]) => !known.includes(key) && atEnd.includes(key) === late);
  return Object.fromEntries(entries);
}

/** Fields without a hub name, under this dialect; null says nothing. */
export function extraOf(fields: JsonObject): { extra?: { [self]: JsonObject } } {
  const entries = Object.entries(fields).filter(([, value]) => value !== null);
  return entries.length === 0 ? {} : { extra: { [self]: Object.fromEntries(entries) } };
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
