import type { Block, Citation, Emit, Signature } from '../../hub/index.ts';
import type { JsonProgress } from './json-progress.ts';

/** Something that a choice says and that becomes one block: it waits until what came before it is done. */
export interface Item {
  /** `custom`: a call of a custom tool, which is told when it is whole. */
  kind: 'text' | 'thinking' | 'refusal' | 'call' | 'custom' | 'whole';
  block: number;
  head: Block;
  opened: boolean;
  /** Nothing more can come for it. */
  done: boolean;
  /** What came while it waited. */
  pending: string;
  /** Of a text: where it begins in the choice's content, in UTF-16 units. */
  base: number;
  citations: Citation[];
  signature?: Signature;
  /** Of a call: how far its arguments are, and the id on the wire. */
  progress?: JsonProgress;
  wireId?: string;
}

export function openItem(choice: number, item: Item, emit: Emit): void {
  item.opened = true;
  emit({ type: 'open', choice, block: item.block, head: item.head });
  if (item.pending !== '') tellPiece(choice, item, item.pending, emit);
  item.pending = '';
}

export function tellPiece(choice: number, item: Item, text: string, emit: Emit): void {
  switch (item.kind) {
    case 'text':
    case 'refusal':
      emit({ type: 'text', choice, block: item.block, text });
      return;
    case 'thinking':
      emit({ type: 'thinking', choice, block: item.block, text });
      return;
    case 'call':
      emit({ type: 'args', choice, block: item.block, text });
      return;
    case 'custom':
    case 'whole':
      return;
  }
}

export function closeItem(choice: number, item: Item, emit: Emit): void {
  const { block, signature } = item;
  for (const citation of item.citations) emit({ type: 'mark', choice, block, citation });
  if (signature !== undefined) emit({ type: 'mark', choice, block, signature });
  emit({ type: 'close', choice, block });
}
