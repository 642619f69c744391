import type { Block, Message } from '../../hub/index.ts';
import { asArray, asList, asObject, asOneOf, FieldError, type JsonValue, optional } from '../../wire/index.ts';
import { decodePart } from './decode-parts.ts';
import { keep, self } from './own.ts';

const roles = ['user', 'model', 'function', 'tool'] as const;
type Call = Block & { type: 'tool-call' };
type Result = Block & { type: 'tool-result' };

/** The instruction as a system message; its role says nothing. */
export function decodeInstruction(value: JsonValue | undefined): Message[] {
  const path = 'systemInstruction';
  const content = optional(asObject, value, path);
  if (content === undefined) return [];
  const parts = optional(asList(asObject), content['parts'], `${path}.parts`) ?? [];
  const blocks = parts.flatMap((part, n) =>
    decodePart(part, { message: 0, nth: n, path: `${path}.parts[${n}]` }).filter(({ type }) => type === 'text'),
  );
  return blocks.length === 0 ? [] : [{ role: 'system', blocks }];
}

/**
 * The turns. Neighbouring contents of the model are one message: Google's SDKs keep every frame of a stream as a content
 * of its own, and a thought that is torn from its proof is refused by its maker.
 */
export function decodeContents(value: JsonValue | undefined): Message[] {
  const list = asArray(value, 'contents');
  if (list.length === 0) throw new FieldError('contents', 'must hold at least one content');
  const messages: Message[] = [];
  list.forEach((one, index) => {
    const path = `contents[${index}]`;
    const content = asObject(one, path);
    const model = optional(asOneOf(roles), content['role'], `${path}.role`) === 'model';
    const last = messages.at(-1);
    const role = model ? 'assistant' : 'user';
    const message: Message =
      model && last?.role === role ? last : { role, blocks: [], ...keep(content, ['role', 'parts']) };
    if (message !== last) messages.push(message);
    const parts = optional(asList(asObject), content['parts'], `${path}.parts`) ?? [];
    parts.forEach((part, n) => {
      const nth = message.blocks.filter(({ type }) => type === 'tool-call').length;
      for (const block of decodePart(part, { message: messages.length - 1, nth, path: `${path}.parts[${n}]` })) {
        if (!model) message.blocks.push(block);
        else if (!goesOn(message.blocks, block)) append(message.blocks, block);
      }
    });
  });
  pair(messages);
  return messages;
}

/**
 * A text that came in pieces goes on in the one before, unless a proof ended it: agents keep the frames of a stream as
 * contents, or their parts in one, and other makers' APIs write lines between texts or refuse blank ones.
 */
function goesOn(blocks: readonly Block[], block: Block): boolean {
  const before = blocks.at(-1);
  if (before?.type !== 'text' || block.type !== 'text' || before.signature !== undefined) return false;
  if (before.extra !== undefined || block.extra !== undefined) return false;
  before.text += block.text;
  if (block.signature !== undefined) before.signature = block.signature;
  return true;
}

/** Pieces of a thought are joined until a proof ends it; a thought that a call brought along is there once. */
function append(blocks: Block[], block: Block): void {
  const last = blocks.at(-1);
  if (block.type === 'thinking' && blocks.some((one) => one.type === 'thinking' && same(one, block))) return;
  const open = last?.type === 'thinking' && !last.redacted && last.signature === undefined;
  if (!open || block.type !== 'thinking' || block.redacted || !joins(block)) {
    blocks.push(block);
    return;
  }
  last.text += block.text;
  if (block.signature !== undefined) last.signature = block.signature;
}

/** The maker's own proof on an empty part stands apart: it goes back on the part that it came on. */
function joins({ text, signature }: Block & { type: 'thinking' }): boolean {
  return text !== '' || signature?.by !== self;
}

function same(one: Block, other: Block): boolean {
  const { signature } = other;
  return signature !== undefined && one.signature?.by === signature.by && one.signature.value === signature.value;
}

/** Gives each result the id of its call: by the id that it says, else by name, in the order of the calls. */
function pair(messages: readonly Message[]): void {
  let open: Call[] = [];
  messages.forEach(({ role, blocks }, index) => {
    if (role === 'assistant') open = blocks.filter((block) => block.type === 'tool-call');
    else {
      const results = blocks.filter((block) => block.type === 'tool-result');
      const waiting = results.filter((result) => !take(open, result, ({ id }) => id === result.callId));
      waiting.forEach((result, nth) => {
        if (take(open, result, ({ name }) => name === result.name)) return;
        if (result.callId === '') result.callId = `call_${index}_${nth}`;
      });
    }
  });
}

function take(open: Call[], result: Result, fits: (call: Call) => boolean): boolean {
  const place = open.findIndex(fits);
  const [call] = place < 0 ? [] : open.splice(place, 1);
  if (call !== undefined) result.callId = call.id;
  return call !== undefined;
}
