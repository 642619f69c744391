import type { Block, Citation, Emit } from '../../hub/index.ts';

/** What becomes one block: a part of the content, the plan, a call. */
export interface Item {
  head: Block;
  block: number;
  opened: boolean;
  /** Nothing more can come for it. */
  done: boolean;
  /** What came while it waited for its turn. */
  pending: string;
  /** All of its text, for the offsets of citations. */
  text: string;
  citations: Citation[];
}

/**
 * Blocks in legal order: what overlaps on the wire waits in a line, and only its head is told live. A head stays open
 * until something stands behind it, since citations may come after the end of the text that they are about.
 */
export class Line {
  private readonly items: Item[] = [];
  private next = 0;

  begin(head: Block): Item {
    const item = { head, block: this.next++, opened: false, done: false, pending: '', text: '', citations: [] };
    this.items.push(item);
    return item;
  }

  say(item: Item, text: string, emit: Emit): void {
    item.text += text;
    if (item !== this.items[0] || !item.opened) item.pending += text;
    else if (text !== '') piece(item, text, emit);
    this.advance(emit, false);
  }

  finish(emit: Emit): void {
    this.advance(emit, true);
  }

  /** Whether it is told to its end, so that nothing can be added. */
  isClosed(item: Item): boolean {
    return !this.items.includes(item);
  }

  private advance(emit: Emit, ending: boolean): void {
    for (let head = this.items[0]; head !== undefined; head = this.items[0]) {
      const whole = ending || (head.done && this.items.length > 1);
      // An empty part, as thinking models begin calls with, is none.
      const silent = (head.head.type === 'text' || head.head.type === 'thinking') && head.text === '';
      if (!head.opened && !silent) open(head, emit);
      if (!whole) return;
      if (head.opened) close(head, emit);
      this.items.shift();
    }
  }
}

function open(item: Item, emit: Emit): void {
  item.opened = true;
  emit({ type: 'open', choice: 0, block: item.block, head: item.head });
  if (item.pending !== '') piece(item, item.pending, emit);
  item.pending = '';
}

function close({ block, citations }: Item, emit: Emit): void {
  for (const citation of citations) emit({ type: 'mark', choice: 0, block, citation });
  emit({ type: 'close', choice: 0, block });
}

function piece({ head, block }: Item, text: string, emit: Emit): void {
  switch (head.type) {
    case 'text':
    case 'refusal':
      emit({ type: 'text', choice: 0, block, text });
      return;
    case 'thinking':
      emit({ type: 'thinking', choice: 0, block, text });
      return;
    case 'tool-call':
      emit({ type: 'args', choice: 0, block, text });
      return;
    case 'media':
    case 'tool-result':
    case 'opaque':
      return;
  }
}
