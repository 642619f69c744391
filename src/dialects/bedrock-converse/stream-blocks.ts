import type { Block, Emit, HubEvent, JsonObject } from '../../hub/index.ts';
import { isObject, type JsonValue, readJson } from '../../wire/index.ts';
import { self } from './carried.ts';
import { readCitation } from './citation.ts';
import { decodeImage } from './media.ts';
import { isClientCall, opaque, redacted } from './response.ts';

/** What a block of the wire is; only the first three are told while they come. */
type Kind = 'text' | 'thinking' | 'call' | 'redacted' | 'image' | 'opaque';

/** A block while it is open. `held`: what waits until the blocks before it are closed. */
interface Open {
  block: number;
  kind: Kind;
  held: HubEvent[];
  closed: boolean;
  /** Arguments of a call; data of what is told when it is whole. */
  data: string;
  signature: string;
  /** The start of a block that only this dialect understands, with what its deltas added. */
  node: JsonObject;
}

/** Tells the blocks of a stream one after the other, also where they overlap on the wire. */
export interface BlockTeller {
  start(index: number, start: JsonObject, emit: Emit): void;
  delta(index: number, delta: JsonObject, emit: Emit): void;
  stop(index: number, emit: Emit): void;
  closeAll(emit: Emit): void;
}

export function blockTeller(): BlockTeller {
  const byIndex = new Map<number, Open>();
  /** In the order of their starts; only the first one is told. */
  const queue: Open[] = [];
  let next = 0;

  const say = (open: Open, event: HubEvent, emit: Emit): void => {
    if (queue[0] === open) emit(event);
    else open.held.push(event);
  };
  const stop = (index: number, emit: Emit): void => {
    const open = byIndex.get(index);
    if (open === undefined) return;
    byIndex.delete(index);
    for (const event of lastWords(open)) say(open, event, emit);
    open.closed = true;
    while (queue[0]?.closed === true) {
      queue.shift();
      for (const event of queue[0]?.held.splice(0) ?? []) emit(event);
    }
  };
  const begin = (index: number, kind: Kind, head: Block | undefined, node: JsonObject, emit: Emit): Open => {
    stop(index, emit);
    const open: Open = { block: next++, kind, held: [], closed: false, data: '', signature: '', node };
    byIndex.set(index, open);
    queue.push(open);
    if (head !== undefined) say(open, { type: 'open', choice: 0, block: open.block, head }, emit);
    return open;
  };
  /** Texts and thoughts have no start: they begin with their first piece, and where another kind of piece comes. */
  const at = (index: number, kind: Kind, emit: Emit): Open => {
    const open = byIndex.get(index);
    return open?.kind === kind ? open : begin(index, kind, bareHead(kind), {}, emit);
  };

  return {
    start(index, start, emit) {
      const { toolUse, image } = start;
      if (isObject(toolUse) && isClientCall(toolUse)) begin(index, 'call', callHead(toolUse), {}, emit);
      else if (isObject(image)) begin(index, 'image', undefined, image, emit);
      else begin(index, 'opaque', undefined, start, emit);
    },
    delta(index, delta, emit) {
      const { text, reasoningContent: thought, citation, toolUse } = delta;
      if (typeof text === 'string') {
        const open = at(index, 'text', emit);
        if (text !== '') say(open, { type: 'text', choice: 0, block: open.block, text }, emit);
      } else if (isObject(thought)) {
        think(
          thought,
          (kind) => at(index, kind, emit),
          (open, event) => say(open, event, emit),
        );
      } else if (isObject(citation)) {
        const open = at(index, 'text', emit);
        say(open, { type: 'mark', choice: 0, block: open.block, citation: readCitation(citation) }, emit);
      } else if (isObject(toolUse) && byIndex.get(index)?.kind === 'call') {
        const open = at(index, 'call', emit);
        const piece = pieceOf(toolUse['input']);
        open.data += piece;
        if (piece !== '') say(open, { type: 'args', choice: 0, block: open.block, text: piece }, emit);
      } else gather(byIndex.get(index) ?? begin(index, 'opaque', undefined, {}, emit), delta);
    },
    stop,
    closeAll(emit) {
      for (const index of [...byIndex.keys()]) stop(index, emit);
    },
  };
}

function bareHead(kind: Kind): Block | undefined {
  switch (kind) {
    case 'text':
    case 'thinking':
      return { type: kind, text: '' };
    case 'call':
    case 'redacted':
    case 'image':
    case 'opaque':
      return undefined;
  }
}

function callHead(toolUse: JsonObject): Block {
  const { toolUseId: id, name } = toolUse;
  return {
    type: 'tool-call',
    id: typeof id === 'string' ? id : '',
    name: typeof name === 'string' ? name : '',
    args: '',
  };
}

/** Text goes on at once; a signature is told when the block is whole, and so is redacted thinking. */
function think(thought: JsonObject, at: (kind: Kind) => Open, say: (open: Open, event: HubEvent) => void): void {
  const { text, signature, redactedContent } = thought;
  if (typeof redactedContent === 'string') {
    const open = at('redacted');
    open.data = joinBase64(open.data, redactedContent);
    return;
  }
  const open = at('thinking');
  if (typeof signature === 'string') open.signature += signature;
  if (typeof text === 'string' && text !== '') say(open, { type: 'thinking', choice: 0, block: open.block, text });
}

function joinBase64(before: string, more: string): string {
  if (before === '') return more;
  return Buffer.concat([Buffer.from(before, 'base64'), Buffer.from(more, 'base64')]).toString('base64');
}

function pieceOf(input: JsonValue | undefined): string {
  if (typeof input === 'string') return input;
  return isObject(input) ? JSON.stringify(input) : '';
}

/** Deltas of blocks that are told when they are whole: texts grow, lists get longer, all else is replaced. */
function gather(open: Open, delta: JsonObject): void {
  const { image } = delta;
  const source = isObject(image) ? image['source'] : undefined;
  if (open.kind === 'image' && isObject(source) && typeof source['bytes'] === 'string') {
    open.data = joinBase64(open.data, source['bytes']);
    return;
  }
  for (const [kind, more] of Object.entries(delta)) {
    const before = open.node[kind];
    if (Array.isArray(more)) {
      const record = isObject(before) ? before : {};
      const content = Array.isArray(record['content']) ? record['content'] : [];
      open.node = { ...open.node, [kind]: { ...record, content: [...content, ...more] } };
    } else if (isObject(more)) open.node = { ...open.node, [kind]: merged(isObject(before) ? before : {}, more) };
  }
}

function merged(record: JsonObject, more: JsonObject): JsonObject {
  const entries = Object.entries(more).map(([key, value]) => {
    const old = record[key];
    return [key, typeof old === 'string' && typeof value === 'string' ? old + value : value];
  });
  return { ...record, ...Object.fromEntries(entries) };
}

/** What is known only now: the signature, empty arguments, a block that is told when it is whole. */
function lastWords({ block, kind, data, signature, node }: Open): HubEvent[] {
  const closing: HubEvent = { type: 'close', choice: 0, block };
  const whole = (head: Block): HubEvent[] => [{ type: 'open', choice: 0, block, head }, closing];
  switch (kind) {
    case 'text':
      return [closing];
    case 'thinking':
      if (signature === '') return [closing];
      return [{ type: 'mark', choice: 0, block, signature: { by: self, value: signature } }, closing];
    case 'call':
      return data === '' ? [{ type: 'args', choice: 0, block, text: '{}' }, closing] : [closing];
    case 'redacted':
      return whole(redacted(data));
    case 'image':
      return whole(data === '' ? opaque({ image: node }) : decodeImage(String(node['format'] ?? 'png'), data));
    case 'opaque':
      return whole(opaque(withInput(node)));
  }
}

/** A tool of the service's own: its input came as text, and goes back as a value. */
function withInput(node: JsonObject): JsonObject {
  const { toolUse } = node;
  if (!isObject(toolUse)) return node;
  const input = inputOf(toolUse['input'] ?? {});
  return { ...node, toolUse: { ...toolUse, input } };
}

function inputOf(input: JsonValue): JsonValue {
  return typeof input === 'string' ? (readJson(input) ?? { input }) : input;
}
