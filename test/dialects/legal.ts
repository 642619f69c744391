import type { Block, HubEvent } from '../../src/hub/index.ts';

interface ChoiceState {
  open?: { block: number; head: Block; signed: number };
  finished: boolean;
}

/**
 * What is wrong with an order of events (DESIGN.md, "Streams"): empty when it is legal. A stream is over with a finish
 * in every choice, or with one error.
 */
export function findIllegal(events: readonly HubEvent[]): string[] {
  const wrong: string[] = [];
  const choices = new Map<number, ChoiceState>();
  const used = new Set<number>();
  let started = false;
  let failed = false;
  const at = (choice: number): ChoiceState => {
    const known = choices.get(choice) ?? { finished: false };
    choices.set(choice, known);
    return known;
  };
  for (const [n, event] of events.entries()) {
    const say = (problem: string): number => wrong.push(`${n} ${event.type}: ${problem}`);
    if (failed) say('after an error');
    if (!started && event.type !== 'start' && event.type !== 'ping' && event.type !== 'error') say('before start');
    switch (event.type) {
      case 'start':
        if (started) say('a second start');
        started = true;
        break;
      case 'open':
        openBlock(at(event.choice), event, used, say);
        break;
      case 'text':
      case 'thinking':
      case 'args': {
        const open = at(event.choice).open;
        if (open?.block !== event.block) say(`block ${event.block} is not open`);
        else if (!takes(open.head, event.type)) say(`in a block of type ${open.head.type}`);
        break;
      }
      case 'mark': {
        const open = at(event.choice).open;
        if (event.signature === undefined && event.citation === undefined) break;
        if (open?.block !== event.block) say(`block ${event.block} is not open`);
        else if (event.signature !== undefined) {
          open.signed++;
          if (open.signed > 2) say('a third signature');
        }
        break;
      }
      case 'close': {
        const state = at(event.choice);
        if (state.open?.block !== event.block) say(`block ${event.block} is not open`);
        delete state.open;
        break;
      }
      case 'finish': {
        const state = at(event.choice);
        if (state.open !== undefined) say(`block ${state.open.block} is still open`);
        if (state.finished) say('a second finish');
        state.finished = true;
        break;
      }
      case 'usage':
      case 'ping':
        break;
      case 'error':
        failed = true;
        break;
    }
  }
  if (!failed) wrong.push(...unfinished(started, choices));
  return wrong;
}

function unfinished(started: boolean, choices: ReadonlyMap<number, ChoiceState>): string[] {
  if (!started) return ['end: neither start nor error'];
  if (choices.size === 0) return ['end: no choice'];
  return [...choices].flatMap(([choice, state]) => (state.finished ? [] : [`end: choice ${choice} never finished`]));
}

function openBlock(
  state: ChoiceState,
  event: { block: number; head: Block },
  used: Set<number>,
  say: (problem: string) => number,
): void {
  if (state.open !== undefined) say(`block ${state.open.block} is still open`);
  if (state.finished) say('after finish');
  if (used.has(event.block)) say(`block number ${event.block} used twice`);
  used.add(event.block);
  const { head } = event;
  state.open = {
    block: event.block,
    head,
    signed: head.signature === undefined ? 0 : 1,
  };
  if (head.type === 'tool-call' && (head.name === '' || head.id === '')) say('a call without name or id');
  if (head.type === 'tool-call' && head.args !== '') say('arguments in the head');
  if ((head.type === 'text' || head.type === 'thinking' || head.type === 'refusal') && head.text !== '') {
    say('text in the head');
  }
}

function takes(head: Block, piece: 'text' | 'thinking' | 'args'): boolean {
  switch (head.type) {
    case 'text':
    case 'refusal':
      return piece === 'text';
    case 'thinking':
      return piece === 'thinking';
    case 'tool-call':
      return piece === 'args';
    case 'media':
    case 'tool-result':
    case 'opaque':
      return false;
  }
}
