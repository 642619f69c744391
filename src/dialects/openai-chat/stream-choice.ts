import type { Block, Citation, Emit, Finish, Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { splitId } from './call-id.ts';
import { Characters } from './characters.ts';
import { readCitation } from './citation.ts';
import { keep, others } from './extra.ts';
import { JsonProgress } from './json-progress.ts';
import { callFields, readArgs } from './response.ts';
import { closeItem, type Item, openItem, tellPiece } from './stream-item.ts';
import type { Thinking } from './thinking.ts';

/**
 * One choice of a stream, told in legal order. What overlaps on the wire waits in a line; only its head is told live. A
 * head is done when something else has begun behind it and, for a call, its arguments are complete.
 */
export class ChoiceStream {
  finished = false;
  private calledBefore = false;
  private readonly line: Item[] = [];
  private readonly calls = new Map<number, Item>();
  private lastCall: Item | undefined;
  private readonly content = new Characters();
  private homeless: Citation[] = [];

  constructor(
    private readonly index: number,
    private readonly nextBlock: () => number,
    private readonly given: Given,
  ) {}

  /** The block that is being told, for marks that need one. */
  get block(): number {
    return this.line[0]?.block ?? 0;
  }

  /** Whether it holds a call, told or waiting. */
  get called(): boolean {
    return this.calledBefore || this.line.some((item) => isCall(item) && !isUnnamed(item));
  }

  say(kind: 'text' | 'thinking' | 'refusal', text: string, emit: Emit): void {
    const last = this.line.at(-1);
    const item = last?.kind === kind && !last.done ? last : this.begin(kind, { type: kind, text: '' });
    if (kind === 'text') this.content.take(text);
    this.append(item, text, emit);
  }

  /** A block that comes whole: redacted thinking, an image, an unknown part. */
  tell(head: Block, emit: Emit): void {
    this.begin('whole', head).done = true;
    this.advance(emit, false);
  }

  /** A proof belongs to the thinking before it; it stands alone when that is closed already. */
  prove(proven: Thinking, emit: Emit): void {
    const last = this.line.findLast((item) => item.kind === 'thinking' && !item.done);
    const item = last ?? this.begin('thinking', { type: 'thinking', text: '' });
    if (proven.signature !== undefined) item.signature = proven.signature;
    item.done = true;
    this.advance(emit, false);
  }

  cite(annotation: Json): void {
    const item = this.line.findLast((one) => one.kind === 'text');
    const citation = readCitation(annotation, this.content, item?.base ?? this.content.length);
    if (item === undefined) this.homeless.push(citation);
    else item.citations.push(citation);
  }

  /** A piece of a call, or a whole one. `index` is missing at servers that send whole calls. */
  call(piece: JsonObject, emit: Emit): void {
    if (isObject(piece.custom)) {
      this.custom(piece, piece.custom, emit);
      return;
    }
    const declared = isObject(piece.function) ? piece.function : {};
    const name = typeof declared.name === 'string' ? declared.name : '';
    const id = typeof piece.id === 'string' && piece.id !== '' ? piece.id : undefined;
    const item = this.findCall(piece, id, name);
    if (item.head.type !== 'tool-call') return;
    if (item.head.name === '' && name !== '') item.head = { ...item.head, name };
    const args = readArgs(declared.arguments);
    item.progress?.take(args);
    this.append(item, args, emit);
  }

  /** A piece of a call of a custom tool: its text grows until the choice is finished. */
  private custom(piece: JsonObject, said: JsonObject, emit: Emit): void {
    const index = typeof piece.index === 'number' ? piece.index : 0;
    const id = typeof piece.id === 'string' && piece.id !== '' ? piece.id : undefined;
    let item = this.calls.get(index);
    if (item?.kind !== 'custom' || (id !== undefined && id !== item.wireId)) {
      item = this.begin('custom', { type: 'opaque', dialect: 'openai-chat', value: {} });
      item.wireId = id ?? this.given.id('call_');
      this.calls.set(index, item);
    }
    item.pending += typeof said.input === 'string' ? said.input : '';
    const before = item.head.type === 'opaque' && isObject(item.head.value) ? item.head.value : {};
    const custom = { ...(isObject(before.custom) ? before.custom : {}), ...said, input: item.pending };
    const around = others(piece, new Set(['index', 'id', 'type', 'custom']));
    const value = { ...before, ...around, id: item.wireId ?? '', type: 'custom', custom };
    item.head = { type: 'opaque', dialect: 'openai-chat', value };
    this.advance(emit, false);
  }

  finish(finish: Finish, extra: JsonObject, emit: Emit): void {
    if (this.homeless.length > 0) this.begin('text', { type: 'text', text: '' });
    this.advance(emit, true);
    this.finished = true;
    emit({ type: 'finish', choice: this.index, finish, ...keep(extra) });
  }

  private findCall(piece: JsonObject, id: string | undefined, name: string): Item {
    const { index } = piece;
    if (typeof index !== 'number') {
      const known = id === undefined ? this.lastCall : this.line.find((item) => item.wireId === id);
      if (known !== undefined && (id !== undefined || name === '' || isUnnamed(known))) return known;
      if (this.lastCall !== undefined) this.lastCall.done = true;
      return this.beginCall(piece, id);
    }
    const known = this.calls.get(index);
    if (known !== undefined) {
      const again = name !== '' && !isUnnamed(known) && known.progress?.complete === true && id !== known.wireId;
      if (id === undefined || known.wireId === undefined ? !again : id === known.wireId) return known;
      known.done = true;
    }
    const item = this.beginCall(piece, id);
    this.calls.set(index, item);
    return item;
  }

  private beginCall(piece: JsonObject, id: string | undefined): Item {
    const item = this.begin('call', {
      type: 'tool-call',
      ...splitId(id ?? this.given.id('call_')),
      name: '',
      args: '',
      ...keep(others(piece, callFields)),
    });
    item.progress = new JsonProgress();
    if (id !== undefined) item.wireId = id;
    this.lastCall = item;
    return item;
  }

  private begin(kind: Item['kind'], head: Block): Item {
    const item: Item = {
      kind,
      block: this.nextBlock(),
      head,
      opened: false,
      done: false,
      pending: '',
      base: this.content.length,
      citations: [],
    };
    if (kind === 'text') {
      item.citations = this.homeless;
      this.homeless = [];
    }
    this.line.push(item);
    return item;
  }

  private append(item: Item, text: string, emit: Emit): void {
    if (item.opened && item === this.line[0]) {
      if (text !== '') tellPiece(this.index, item, text, emit);
    } else if (!item.opened) {
      item.pending += text;
    }
    this.advance(emit, false);
  }

  private advance(emit: Emit, ending: boolean): void {
    for (let head = this.line[0]; head !== undefined; head = this.line[0]) {
      if (isUnnamed(head)) {
        // a call whose name never came cannot be answered by anybody
        if (!ending) return;
        this.line.shift();
        continue;
      }
      if (head.kind === 'custom' && !ending) return;
      if (!head.opened) openItem(this.index, head, emit);
      if (isCall(head)) this.calledBefore = true;
      if (!ending && !(this.line.length > 1 && isDone(head))) return;
      closeItem(this.index, head, emit);
      this.line.shift();
    }
  }
}

function isCall(item: Item): boolean {
  return item.kind === 'call' || item.kind === 'custom';
}

function isUnnamed(item: Item): boolean {
  return item.head.type === 'tool-call' && item.head.name === '';
}

function isDone(item: Item): boolean {
  return item.progress === undefined || item.done || item.progress.complete;
}
