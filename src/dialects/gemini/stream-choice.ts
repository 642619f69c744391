import type { Block, Emit, Finish, HubEvent, JsonObject } from '../../hub/index.ts';
import type { Given } from '../dialect.ts';
import { placed, readCitations } from './citation.ts';
import { readFinish } from './finish.ts';
import { readLogprobs } from './logprobs.ts';
import { objectIn, textIn } from './own.ts';
import { addPartialArgs } from './partial-args.ts';
import { readPart, signatureOf } from './read-part.ts';
import { extraOf, partsOf } from './response.ts';

/** Numbers for the blocks of all candidates of one stream. */
export interface Numbers {
  next: number;
}

/** A call whose arguments come in pieces. */
interface Growing {
  part: JsonObject;
  args: JsonObject;
}

/** One candidate of a stream, told in legal hub order: texts of neighbouring frames are one block until a proof ends it. */
export class Choice {
  finished = false;
  private readonly index: number;
  private readonly given: Given;
  private readonly numbers: Numbers;
  private open: { block: number; type: 'text' | 'thinking'; text: string } | undefined;
  private growing: Growing | undefined;
  private called = false;
  private extra: JsonObject = {};
  private readonly cited = new Set<string>();

  constructor(index: number, given: Given, numbers: Numbers) {
    this.index = index;
    this.given = given;
    this.numbers = numbers;
  }

  tell(candidate: JsonObject, emit: Emit): void {
    // After the finish no block may open any more: the hub's order.
    if (this.finished) return;
    for (const part of partsOf(candidate)) this.part(part, emit);
    this.logprobs(candidate, emit);
    this.cite(candidate, emit);
    Object.assign(this.extra, candidate);
    const finish = readFinish(
      candidate['finishReason'] ?? candidate['finish_reason'],
      this.called || this.growing !== undefined,
    );
    if (finish !== undefined) this.finish(finish, emit);
  }

  finish(finish: Finish, emit: Emit): void {
    this.grown(emit);
    this.close(emit);
    this.finished = true;
    emit({ type: 'finish', choice: this.index, finish, ...extraOf(this.extra) });
  }

  private part(part: JsonObject, emit: Emit): void {
    const call = objectIn(part, 'functionCall');
    if (call !== undefined && this.grows(part, call, emit)) return;
    this.grown(emit);
    const block = readPart(part, this.given);
    if (block === undefined || this.proven(part, block, emit)) return;
    if ((block.type === 'text' || block.type === 'thinking') && block.text !== '') this.text(block, emit);
    else this.whole(block, emit);
  }

  private text(block: Block & { type: 'text' | 'thinking' }, emit: Emit): void {
    const { type, text, signature, ...more } = block;
    if (this.open?.type !== type) {
      this.close(emit);
      this.open = { block: this.numbers.next++, type, text: '' };
      emit({ type: 'open', choice: this.index, block: this.open.block, head: { ...more, type, text: '' } });
    }
    this.open.text += text;
    emit({ type, choice: this.index, block: this.open.block, text });
    if (signature === undefined) return;
    emit({ type: 'mark', choice: this.index, block: this.open.block, signature });
    this.close(emit);
  }

  /** Whether the part is only the proof of the thought that is open; one on a text of its own stays apart. */
  private proven(part: JsonObject, block: Block, emit: Emit): boolean {
    const { signature } = block;
    const bare = block.type === 'thinking' && block.text === '' && part['thought'] === true;
    if (!bare || signature === undefined || this.open?.type !== 'thinking') return false;
    emit({ type: 'mark', choice: this.index, block: this.open.block, signature });
    this.close(emit);
    return true;
  }

  /** A block that comes whole: a call, a picture, a proof without words. */
  private whole(block: Block, emit: Emit): void {
    this.close(emit);
    const place = { choice: this.index, block: this.numbers.next++ };
    if (block.type !== 'tool-call') {
      emit({ type: 'open', ...place, head: block });
    } else {
      this.called = true;
      emit({ type: 'open', ...place, head: { ...block, args: '' } });
      emit({ type: 'args', ...place, text: block.args });
    }
    emit({ type: 'close', ...place });
  }

  /** Whether the part is a piece of a call that goes on over frames; it is told when it is whole. */
  private grows(part: JsonObject, call: JsonObject, emit: Emit): boolean {
    const goesOn = call['willContinue'] === true || call['will_continue'] === true;
    const named = textIn(call, 'name') !== undefined;
    const pieces = call['partialArgs'] !== undefined || call['partial_args'] !== undefined;
    if (named && (goesOn || pieces)) {
      this.grown(emit);
      this.growing = { part, args: { ...objectIn(call, 'args') } };
    } else if (named || this.growing === undefined) {
      return false;
    }
    if (this.growing === undefined) return false;
    addPartialArgs(this.growing.args, call);
    const proof = signatureOf(part).signature === undefined ? {} : part;
    this.growing.part = { ...proof, ...this.growing.part };
    if (!goesOn) this.grown(emit);
    return true;
  }

  private grown(emit: Emit): void {
    const growing = this.growing;
    if (growing === undefined) return;
    this.growing = undefined;
    const {
      partialArgs: _p,
      partial_args: _q,
      willContinue: _w,
      will_continue: _x,
      ...call
    } = objectIn(growing.part, 'functionCall') ?? {};
    const block = readPart({ ...growing.part, functionCall: { ...call, args: growing.args } }, this.given);
    if (block !== undefined) this.whole(block, emit);
  }

  private logprobs(candidate: JsonObject, emit: Emit): void {
    const { logprobs } = readLogprobs(candidate);
    if (logprobs === undefined) return;
    const block = this.open?.block ?? Math.max(0, this.numbers.next - 1);
    emit({ type: 'mark', choice: this.index, block, logprobs });
  }

  /** Sources come with the last text or behind it; a stream may repeat them. */
  private cite(candidate: JsonObject, emit: Emit): void {
    const found = readCitations(candidate).filter((one) => {
      const key = JSON.stringify([one.citation.url, one.citation.file, one.bytes]);
      return !this.cited.has(key) && this.cited.add(key);
    });
    if (found.length === 0) return;
    if (this.open?.type !== 'text') {
      this.close(emit);
      this.open = { block: this.numbers.next++, type: 'text', text: '' };
      const head: Block = { type: 'text', text: '' };
      emit({ type: 'open', choice: this.index, block: this.open.block, head });
    }
    const { block, text } = this.open;
    for (const one of found) emit(mark(this.index, block, placed(one, text)));
  }

  private close(emit: Emit): void {
    if (this.open === undefined) return;
    emit({ type: 'close', choice: this.index, block: this.open.block });
    this.open = undefined;
  }
}

function mark(choice: number, block: number, citation: (HubEvent & { type: 'mark' })['citation']): HubEvent {
  return { type: 'mark', choice, block, ...(citation === undefined ? {} : { citation }) };
}
