import type { Block, Emit, HubEvent, JsonObject, Signature } from '../../hub/index.ts';
import { readSignature } from '../../hub/index.ts';
import { isObject, type JsonValue, readJson } from '../../wire/index.ts';
import { self } from './carried.ts';
import { readCitation } from './citation.ts';
import { readProof } from './proof.ts';
import { decodeReplyBlock } from './response.ts';

/** A block of the wire while it is open. `held`: what waits until the blocks before it are closed. */
interface Open {
  block: number;
  head: Block;
  held: HubEvent[];
  closed: boolean;
  /** Whether any argument text came; without it the arguments are those of the start. */
  args: boolean;
  signature: string;
  /** Input of a block that only this dialect understands. */
  json: string;
}

/** Tells the blocks of a stream one after the other, also where they overlap on the wire. */
export function blockTeller(): {
  tell(event: JsonObject, type: 'content_block_start' | 'content_block_delta' | 'content_block_stop', emit: Emit): void;
  closeAll(emit: Emit): void;
} {
  const byIndex = new Map<number, Open>();
  /** In the order of their starts; only the first one is told. */
  const queue: Open[] = [];
  /** Proofs that a modelport behind this one put before the calls they belong to. */
  const proofs = new Map<string, Signature>();
  let next = 0;

  const say = (open: Open, event: HubEvent, emit: Emit): void => {
    if (queue[0] === open) emit(event);
    else open.held.push(event);
  };
  const close = (open: Open, emit: Emit): void => {
    for (const event of lastWords(open)) say(open, event, emit);
    open.closed = true;
    while (queue[0]?.closed === true) {
      queue.shift();
      for (const event of queue[0]?.held.splice(0) ?? []) emit(event);
    }
  };
  const start = (index: number, node: JsonObject, emit: Emit): void => {
    const before = byIndex.get(index);
    if (before !== undefined) close(before, emit);
    const head = readHead(node, proofs);
    if (head === undefined) return;
    const open: Open = { block: next++, head, held: [], closed: false, args: false, signature: '', json: '' };
    byIndex.set(index, open);
    queue.push(open);
    for (const event of firstWords(open)) say(open, event, emit);
  };

  return {
    tell(event, type, emit) {
      const index = typeof event['index'] === 'number' ? event['index'] : 0;
      const open = byIndex.get(index);
      if (type === 'content_block_start') {
        start(index, isObject(event['content_block']) ? event['content_block'] : {}, emit);
      } else if (open !== undefined && type === 'content_block_delta') {
        const told = isObject(event['delta']) ? readDelta(open, event['delta']) : undefined;
        if (told !== undefined) say(open, told, emit);
      } else if (open !== undefined) {
        byIndex.delete(index);
        close(open, emit);
      }
    },
    closeAll(emit) {
      for (const open of byIndex.values()) close(open, emit);
      byIndex.clear();
    },
  };
}

/** The block as it stands at its start; undefined for a proof that belongs to another block. */
function readHead(node: JsonObject, proofs: Map<string, Signature>): Block | undefined {
  const data = node['data'];
  if (node['type'] === 'redacted_thinking' && typeof data === 'string') {
    const found: Block[] = [];
    readProof(data, found, proofs);
    return found[0];
  }
  const head = decodeReplyBlock(node);
  const proof = head.type === 'tool-call' ? proofs.get(head.id) : undefined;
  return proof === undefined ? head : { ...head, signature: proof };
}

/** A block opens without its text: that follows in pieces. What only this dialect understands opens when it is whole. */
function firstWords(open: Open): HubEvent[] {
  const { block, head } = open;
  switch (head.type) {
    case 'text': {
      const { citations = [], ...bare } = head;
      return [
        { type: 'open', choice: 0, block, head: { ...bare, text: '' } },
        ...(head.text === '' ? [] : [{ type: 'text' as const, choice: 0, block, text: head.text }]),
        ...citations.map((citation) => ({ type: 'mark' as const, choice: 0, block, citation })),
      ];
    }
    case 'thinking': {
      const { signature, ...bare } = head;
      // Redacted data is known at once; a signature comes at the end, in pieces if at all.
      if (head.redacted === undefined && signature?.by === self) open.signature = signature.value;
      const known = head.redacted === undefined ? bare : head;
      return [
        { type: 'open', choice: 0, block, head: { ...known, text: '' } },
        ...(head.text === '' ? [] : [{ type: 'thinking' as const, choice: 0, block, text: head.text }]),
      ];
    }
    case 'tool-call':
      return [{ type: 'open', choice: 0, block, head: { ...head, args: '' } }];
    case 'media':
    case 'tool-result':
    case 'refusal':
    case 'opaque':
      return [];
  }
}

/** What is known only now: arguments that came with the start, the signature, a block that is whole. */
function lastWords(open: Open): HubEvent[] {
  const { block, head, signature } = open;
  const closing: HubEvent = { type: 'close', choice: 0, block };
  switch (head.type) {
    case 'tool-call':
      return open.args ? [closing] : [{ type: 'args', choice: 0, block, text: head.args }, closing];
    case 'opaque':
      return [{ type: 'open', choice: 0, block, head: wholeOpaque(head, open.json) }, closing];
    case 'text':
    case 'thinking':
    case 'media':
    case 'tool-result':
    case 'refusal':
      if (signature === '') return [closing];
      return [{ type: 'mark', choice: 0, block, signature: readSignature(signature, self) }, closing];
  }
}

/** Server tools get the input that came in pieces. */
function wholeOpaque(head: Block & { type: 'opaque' }, json: string): Block {
  const input = json === '' ? undefined : readJson(json);
  return input === undefined || !isObject(head.value) ? head : { ...head, value: { ...head.value, input } };
}

function readDelta(open: Open, delta: JsonObject): HubEvent | undefined {
  const { block, head } = open;
  // A piece that its block cannot take belongs to a kind of block that is not known here.
  switch (delta['type']) {
    case 'text_delta':
      return head.type === 'text' ? piece('text', block, delta['text']) : mergeDelta(open, delta);
    case 'thinking_delta':
      return head.type === 'thinking' ? piece('thinking', block, delta['thinking']) : mergeDelta(open, delta);
    case 'input_json_delta': {
      const text = delta['partial_json'];
      if (typeof text !== 'string' || text === '') return undefined;
      open.args = true;
      if (head.type === 'opaque') open.json += text;
      return head.type === 'tool-call' ? { type: 'args', choice: 0, block, text } : undefined;
    }
    case 'signature_delta':
      if (typeof delta['signature'] === 'string') open.signature += delta['signature'];
      return undefined;
    case 'citations_delta':
      if (head.type !== 'text') return mergeDelta(open, delta);
      return { type: 'mark', choice: 0, block, citation: readCitation(delta['citation'] ?? null) };
    default:
      return mergeDelta(open, delta);
  }
}

function piece(type: 'text' | 'thinking', block: number, text: JsonValue | undefined): HubEvent | undefined {
  return typeof text === 'string' && text !== '' ? { type, choice: 0, block, text } : undefined;
}

/** Deltas of blocks that this dialect only carries (compaction): texts grow, all else is replaced. */
function mergeDelta(open: Open, delta: JsonObject): undefined {
  const head = open.head;
  if (head.type !== 'opaque' || !isObject(head.value)) return undefined;
  const { type: _type, ...fields } = delta;
  const value: JsonObject = { ...head.value };
  for (const [key, more] of Object.entries(fields)) {
    const before = value[key];
    value[key] = typeof before === 'string' && typeof more === 'string' ? before + more : more;
  }
  open.head = { ...head, value };
  return undefined;
}
