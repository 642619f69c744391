import type { Block, Citation, Emit, HubEvent, Json, Signature } from '../../hub/index.ts';

/** One thing that an item says. A `begin` ends what the item has open. */
export type Step =
  | { do: 'begin'; head: Block }
  | { do: 'say'; piece: 'text' | 'thinking' | 'args'; text: string }
  | { do: 'cite'; citation: Citation }
  | { do: 'sign'; signature: Signature }
  | { do: 'logprobs'; logprobs: Json }
  | { do: 'end' };

interface Waiting {
  steps: Step[];
  done: boolean;
  /** Its block: `closed` when another item came in between, so that what follows opens a new one. */
  open?: { block: number; head: Block; closed: boolean };
}

/**
 * Items of a stream in the hub's order, which knows no overlap: one item is told live, the others wait behind it. Thoughts
 * give way to what begins after them, since servers may end them last; what they say later comes after the answer.
 */
export class ItemLine {
  private readonly items = new Map<number, Waiting>();
  private live: number | undefined;
  private blocks = 0;
  private lastBlock = 0;

  /** Something that an item says. */
  take(index: number, step: Step, emit: Emit): void {
    const item = this.itemAt(index);
    if (this.live === undefined) this.live = index;
    else if (this.live !== index && this.givesWay(this.live)) {
      this.interrupt(this.live, emit);
      this.live = index;
      this.catchUp(item, emit);
    }
    if (this.live === index) this.tell(item, step, emit);
    else item.steps.push(step);
  }

  /** An item will say no more. */
  finish(index: number, emit: Emit): void {
    this.itemAt(index).done = true;
    if (this.live === index || this.live === undefined) this.advance(emit);
  }

  /** No item will say more. */
  finishAll(emit: Emit): void {
    for (const item of this.items.values()) item.done = true;
    this.advance(emit);
  }

  private itemAt(index: number): Waiting {
    const known = this.items.get(index);
    if (known !== undefined) return known;
    const item: Waiting = { steps: [], done: false };
    this.items.set(index, item);
    return item;
  }

  private givesWay(index: number): boolean {
    const open = this.items.get(index)?.open;
    return open === undefined || open.closed || open.head.type === 'thinking';
  }

  private interrupt(index: number, emit: Emit): void {
    const open = this.items.get(index)?.open;
    if (open === undefined || open.closed) return;
    emit({ type: 'close', choice: 0, block: open.block });
    open.closed = true;
  }

  /** Ends the live item where it is done, and tells what waited behind it. */
  private advance(emit: Emit): void {
    const live = this.live === undefined ? undefined : this.items.get(this.live);
    if (live !== undefined && !live.done) return;
    if (live !== undefined) this.close(live, emit);
    this.live = undefined;
    for (const [index, item] of this.items) {
      if (item.steps.length === 0) continue;
      this.live = index;
      this.catchUp(item, emit);
      if (!item.done) return;
      this.close(item, emit);
      this.live = undefined;
    }
  }

  private catchUp(item: Waiting, emit: Emit): void {
    const steps = item.steps;
    item.steps = [];
    for (const step of steps) this.tell(item, step, emit);
  }

  private tell(item: Waiting, step: Step, emit: Emit): void {
    if (step.do === 'begin') {
      this.close(item, emit);
      this.open(item, step.head, emit);
      return;
    }
    if (step.do === 'end') {
      this.close(item, emit);
      return;
    }
    if (step.do === 'logprobs') {
      emit({ type: 'mark', choice: 0, block: item.open?.block ?? this.lastBlock, logprobs: step.logprobs });
      return;
    }
    const open = item.open;
    if (open === undefined) return;
    if (open.closed) this.open(item, open.head, emit);
    emit(eventOf(step, item.open?.block ?? open.block));
  }

  private open(item: Waiting, head: Block, emit: Emit): void {
    const block = this.blocks++;
    this.lastBlock = block;
    item.open = { block, head, closed: false };
    emit({ type: 'open', choice: 0, block, head });
  }

  private close(item: Waiting, emit: Emit): void {
    if (item.open !== undefined && !item.open.closed) emit({ type: 'close', choice: 0, block: item.open.block });
    delete item.open;
  }
}

function eventOf(step: Extract<Step, { do: 'say' | 'cite' | 'sign' }>, block: number): HubEvent {
  switch (step.do) {
    case 'say':
      return { type: step.piece, choice: 0, block, text: step.text };
    case 'cite':
      return { type: 'mark', choice: 0, block, citation: step.citation };
    case 'sign':
      return { type: 'mark', choice: 0, block, signature: step.signature };
  }
}
