import type { Block, JsonObject, Message, Signature } from '../../hub/index.ts';
import { asArray, asObject, asOneOf, asString, type JsonValue, optional } from '../../wire/index.ts';
import { readCompaction } from './compaction.ts';
import { decodeContent } from './decode-content.ts';
import { opaque, reasoningText } from './items.ts';
import { keep, others } from './own.ts';
import { type ProofOf, readProof } from './proof.ts';

const asRole = asOneOf(['user', 'assistant', 'system', 'developer']);

/**
 * The input as messages. A run of the model's items (thoughts, texts, calls) is one turn of it; all others are messages
 * of their own.
 */
export function decodeInput(input: JsonValue | undefined, path: string): Message[] {
  if (input === undefined || input === null) return [];
  if (typeof input === 'string') return [{ role: 'user', blocks: [{ type: 'text', text: input }] }];
  const turns = new Turns();
  for (const [index, one] of asArray(input, path).entries()) {
    const at = `${path}[${index}]`;
    readInputItem(turns, asObject(one, at), at);
  }
  return turns.end();
}

class Turns {
  readonly messages: Message[] = [];
  /** Proofs of calls, which may stand before or behind them. */
  readonly proofs = new Map<string, Signature>();
  private turn: Message | undefined;

  /** The blocks of the model's turn that is being told. */
  get answer(): Block[] {
    if (this.turn === undefined) {
      this.turn = { role: 'assistant', blocks: [] };
      this.messages.push(this.turn);
    }
    return this.turn.blocks;
  }

  say(message: Message): void {
    this.turn = undefined;
    this.messages.push(message);
  }

  end(): Message[] {
    if (this.proofs.size === 0) return this.messages;
    for (const block of this.messages.flatMap(({ blocks }) => blocks)) {
      const signature = block.type === 'tool-call' ? this.proofs.get(block.id) : undefined;
      if (signature !== undefined) block.signature = signature;
    }
    return this.messages;
  }
}

function readInputItem(turns: Turns, item: JsonObject, path: string): void {
  const type = optional(asString, item.type, `${path}.type`) ?? 'message';
  switch (type) {
    case 'message':
      readMessage(turns, item, path);
      return;
    case 'reasoning':
      readThoughts(turns, item, path);
      return;
    case 'function_call':
    case 'custom_tool_call':
      turns.answer.push(readCall(item, path));
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      turns.say({ role: 'user', blocks: [readResult(item, path)] });
      return;
    case 'compaction':
    case 'compaction_summary': {
      const text = readCompaction(item);
      if (text === undefined) turns.answer.push(opaque(item));
      else turns.say({ role: 'user', blocks: [{ type: 'text', text }] });
      return;
    }
    default:
      // What clients answer ends so; it begins no turn of the model.
      if (/_output$|_response$/.test(type)) turns.say({ role: 'user', blocks: [opaque(item)] });
      else turns.answer.push(opaque(item));
  }
}

const messageFields = new Set(['type', 'role', 'content', 'status']);

function readMessage(turns: Turns, item: JsonObject, path: string): void {
  const role = asRole(item.role, `${path}.role`);
  const blocks = decodeContent(item.content, `${path}.content`, item);
  if (role === 'assistant') {
    const own = keep(others(item, messageFields));
    turns.answer.push(...blocks.map((block) => (block.type === 'opaque' ? block : { ...block, ...own })));
    return;
  }
  const more = others(item, messageFields);
  if (role === 'developer') more.role = role;
  turns.say({ role: role === 'user' ? 'user' : 'system', blocks, ...keep(more) });
}

const thoughtFields = new Set(['type', 'summary', 'content', 'encrypted_content', 'status']);

function readThoughts(turns: Turns, item: JsonObject, path: string): void {
  const proof = optional(asString, item.encrypted_content, `${path}.encrypted_content`) ?? '';
  const id = optional(asString, item.id, `${path}.id`);
  const text = reasoningText(item);
  if (proof === '') {
    turns.answer.push(text === '' ? opaque(item) : { type: 'thinking', text, ...keep(others(item, thoughtFields)) });
    return;
  }
  const { signature, of, ours } = readProof(proof, id);
  // The id of an item of ours means nothing to a maker of proofs.
  const own = ours ? {} : keep(others(item, thoughtFields));
  place(turns, of, signature, { type: 'thinking', text, ...(signature === undefined ? {} : { signature }), ...own });
}

function place(
  turns: Turns,
  of: ProofOf,
  signature: Signature | undefined,
  thoughts: Extract<Block, { type: 'thinking' }>,
): void {
  switch (of.kind) {
    case 'thinking':
      if (thoughts.text !== '' || signature !== undefined) turns.answer.push(thoughts);
      return;
    case 'redacted':
      turns.answer.push({ ...thoughts, redacted: true });
      return;
    case 'empty':
      if (signature !== undefined) turns.answer.push({ type: 'text', text: '', signature });
      return;
    case 'text': {
      const last = turns.answer.findLast((block) => block.type === 'text');
      if (last !== undefined && signature !== undefined) last.signature = signature;
      return;
    }
    case 'call':
      if (signature !== undefined) turns.proofs.set(of.id, signature);
      return;
  }
}

const callFields = new Set(['type', 'call_id', 'name', 'namespace', 'arguments', 'input', 'status']);

function readCall(item: JsonObject, path: string): Block {
  const custom = item.type === 'custom_tool_call';
  const namespace = optional(asString, item.namespace, `${path}.namespace`);
  const args = custom
    ? asString(item.input, `${path}.input`)
    : (optional(asString, item.arguments, `${path}.arguments`) ?? '');
  return {
    type: 'tool-call',
    ...(custom ? { kind: 'custom' } : {}),
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    id: asString(item.call_id, `${path}.call_id`),
    name: asString(item.name, `${path}.name`),
    args,
    ...keep(others(item, callFields)),
  };
}

const resultFields = new Set(['type', 'call_id', 'output', 'status']);

/** Some clients send the result as an object; models read it as its JSON. */
function readResult(item: JsonObject, path: string): Block {
  const { output, type } = item;
  const plain = typeof output === 'object' && output !== null && !Array.isArray(output);
  const content = decodeContent(plain ? JSON.stringify(output) : output, `${path}.output`, item);
  const more = others(item, resultFields);
  if (type === 'custom_tool_call_output') more.type = type;
  return { type: 'tool-result', callId: asString(item.call_id, `${path}.call_id`), content, ...keep(more) };
}
