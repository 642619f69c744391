import type { Block, HubRequest, Json, JsonObject, Message } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { type CallIds, callIds } from './call-id.ts';
import { writeCitations } from './citation.ts';
import { breakpoint, encodeInput, type Place } from './encode-content.ts';
import { kept, self } from './own.ts';
import type { OpenAIResponsesQuirks } from './quirks.ts';

/**
 * The conversation as items, in its own order. System messages are items too and not `instructions`: they stay where they
 * were, with their borders, so that the cached prefix is the same every turn.
 */
export function encodeItems(request: HubRequest, { cacheBreakpoints }: Partial<OpenAIResponsesQuirks>): JsonObject[] {
  const ids = callIds();
  const spoken = instructionsOf(request) === undefined ? request.messages : request.messages.slice(1);
  const items = spoken.flatMap((message, index) =>
    encodeMessage(message, { message: index, marks: cacheBreakpoints === true }, ids),
  );
  return request.from === self ? items : withFollowers(withoutTwins(items));
}

/** The text that a client of this dialect gave apart from the conversation. */
export function instructionsOf({ messages: [first], from }: HubRequest): string | undefined {
  const [block] = first?.blocks ?? [];
  const apart = from === self && first !== undefined && kept(first).instructions === true;
  return apart && block?.type === 'text' ? block.text : undefined;
}

function encodeMessage(message: Message, at: Place, ids: CallIds): JsonObject[] {
  const items: JsonObject[] = [];
  const answers = message.role === 'assistant';
  let run: Block[] = [];
  const flush = (): void => {
    if (run.length > 0) items.push(...(answers ? encodeAnswer(run) : encodeSaid(message, run, at)));
    run = [];
  };
  message.blocks.forEach((block, place) => {
    const item = encodeItem(block, at, place, ids);
    if (item === undefined) run.push(block);
    else {
      flush();
      items.push(...item);
    }
  });
  flush();
  const silent = message.blocks.length === 0 && !answers;
  return silent ? [{ role: roleOf(message), content: '' }] : items;
}

/** The items of a block that is one by itself; undefined: it is content of a message. */
function encodeItem(block: Block, at: Place, place: number, ids: CallIds): JsonObject[] | undefined {
  switch (block.type) {
    case 'text':
    case 'refusal':
    case 'media':
      return undefined;
    case 'thinking':
      return encodeThinking(block);
    case 'tool-call':
      return [encodeCall(block, ids.call(block.id, at.message, place, block.kind === 'custom'))];
    case 'tool-result': {
      const callId = ids.result(block.callId);
      const { type, ...own } = kept(block);
      const custom = type === customOutput || ids.isCustom(callId);
      const output = encodeOutput(block, at);
      return [{ ...own, type: custom ? customOutput : 'function_call_output', call_id: callId, output }];
    }
    case 'opaque':
      return block.dialect === self && isObject(block.value) ? [block.value] : [];
  }
}

const customOutput = 'custom_tool_call_output';

function encodeCall(block: Extract<Block, { type: 'tool-call' }>, callId: string): JsonObject {
  const { name, namespace } = block;
  const called = { call_id: callId, ...(namespace === undefined ? {} : { namespace }), name };
  if (block.kind === 'custom') return { ...kept(block), type: 'custom_tool_call', ...called, input: block.args };
  return { ...kept(block), type: 'function_call', ...called, arguments: block.args || '{}' };
}

/** Only thoughts that this maker signed, or that a client of this dialect refers to by their id. */
function encodeThinking(block: Extract<Block, { type: 'thinking' }>): JsonObject[] {
  const own = kept(block);
  const signature = block.signature?.by === self && block.signature.value !== '' ? block.signature : undefined;
  const id = signature?.id ?? own.id;
  if (signature === undefined && typeof id !== 'string') return [];
  return [
    {
      ...own,
      type: 'reasoning',
      ...(id === undefined ? {} : { id }),
      summary: block.text === '' ? [] : [{ type: 'summary_text', text: block.text }],
      ...(signature === undefined ? {} : { encrypted_content: signature.value }),
    },
  ];
}

function encodeOutput({ content, cache }: Extract<Block, { type: 'tool-result' }>, at: Place): Json {
  const parts = content.map((block) => encodeInput(block, at)).filter((part) => part !== undefined);
  const last = parts.at(-1);
  if (at.marks && cache !== undefined && last !== undefined) Object.assign(last, breakpoint);
  const [only] = parts;
  if (only === undefined) return '';
  return parts.length === 1 && isPlain(only) ? (only.text ?? '') : parts;
}

/** What a user or the system said; the plain string where it is one text. */
function encodeSaid(message: Message, run: readonly Block[], at: Place): JsonObject[] {
  const parts = run.map((block) => encodeInput(block, at)).filter((part) => part !== undefined);
  const [only] = parts;
  const marked = at.marks && message.cache !== undefined ? parts.at(-1) : undefined;
  if (marked !== undefined) Object.assign(marked, breakpoint);
  const content = parts.length === 1 && only !== undefined && isPlain(only) ? (only.text ?? '') : parts;
  return [{ ...kept(message), role: roleOf(message), content }];
}

/** A text and nothing more, which a plain string says as well. */
function isPlain(part: JsonObject): boolean {
  return part.type === 'input_text' && Object.keys(part).length === 2;
}

function roleOf(message: Message): string {
  const own = kept(message).role;
  return message.role === 'system' && own === 'developer' ? own : message.role;
}

/** Texts of an answer; those that a client of this dialect sent back go as the message they came in. */
function encodeAnswer(run: readonly Block[]): JsonObject[] {
  const items: JsonObject[] = [];
  let last: { id: string; content: JsonObject[] } | undefined;
  for (const block of run) {
    if ((block.type !== 'text' && block.type !== 'refusal') || block.text === '') continue;
    const { id, ...own } = kept(block);
    if (typeof id !== 'string') {
      last = undefined;
      items.push({ ...own, role: 'assistant', content: block.text });
      continue;
    }
    if (last?.id !== id) {
      last = { id, content: [] };
      items.push({ status: 'completed', ...own, type: 'message', role: 'assistant', ...last });
    }
    last.content.push(encodePart(block));
  }
  return items;
}

function encodePart(block: Extract<Block, { type: 'text' | 'refusal' }>): JsonObject {
  if (block.type === 'refusal') return { type: 'refusal', refusal: block.text };
  return { type: 'output_text', text: block.text, annotations: writeCitations(block), logprobs: [] };
}

/** The API refuses an item that it has seen already. Ids do not tell: some servers give all thoughts of an answer one. */
function withoutTwins(items: readonly JsonObject[]): JsonObject[] {
  const seen = new Set<Json>();
  return items.filter(({ type, encrypted_content: proof }) => {
    if (type !== 'reasoning' || proof === undefined) return true;
    const first = !seen.has(proof);
    seen.add(proof);
    return first;
  });
}

/** Thoughts without what they led to are refused: an answer that was cut short, or whose rest the client dropped. */
function withFollowers(items: readonly JsonObject[]): JsonObject[] {
  let followed = false;
  return items
    .toReversed()
    .filter((item) => {
      if (item.type === 'reasoning') return followed;
      followed = item.role === undefined ? item.type !== 'function_call_output' : item.role === 'assistant';
      return true;
    })
    .reverse();
}
