import type { Emit, JsonObject } from '../../hub/index.ts';
import { type Frame, isObject, readJson } from '../../wire/index.ts';
import type { Given, StreamDecoder } from '../dialect.ts';
import { cutShort, errorWithin, unusable } from './error.ts';
import { readFinish } from './finish.ts';
import { createdAt, modelOf, readSaid, type Said } from './response.ts';
import { ThinkTags } from './think-tags.ts';
import { readUsage } from './usage.ts';

/** Reads the lines of a stream of /api/chat or /api/generate into legal hub order; `done` is the finish. */
export function decodeStream(given: Given): StreamDecoder {
  return new Decoder(given);
}

class Decoder implements StreamDecoder {
  private started = false;
  private over = false;
  private called = false;
  private open: 'text' | 'thinking' | undefined;
  private block = -1;
  private readonly tags = new ThinkTags();

  constructor(private readonly given: Given) {}

  push(frame: Frame, emit: Emit): void {
    if (this.over || frame.data.trim() === '[DONE]') return;
    const line = readJson(frame.data);
    const failed = isObject(line) ? errorWithin(line) : unusable('a line of its stream is no JSON object');
    if (isObject(line) && failed === undefined) this.read(line, emit);
    else this.fail(failed ?? cutShort(), emit);
  }

  end(emit: Emit): void {
    if (!this.over) this.fail(cutShort(), emit);
  }

  private read(line: JsonObject, emit: Emit): void {
    if (!this.started) {
      this.started = true;
      const created = createdAt(line, this.given);
      emit({ type: 'start', id: this.given.id('reply_'), model: modelOf(line), created });
    }
    const said = readSaid(line, this.given);
    if (said !== undefined) this.tell(said, emit);
    const { logprobs } = line;
    if (Array.isArray(logprobs) && logprobs.length > 0) {
      const told = { content: logprobs, refusal: null };
      emit({ type: 'mark', choice: 0, block: Math.max(0, this.block), logprobs: told });
    }
    if (line['done'] === true) this.finish(line, emit);
  }

  private tell({ text, thinking, calls }: Said, emit: Emit): void {
    const piece = (kind: 'text' | 'thinking', told: string): void => this.piece(kind, told, emit);
    if (thinking !== '') piece('thinking', thinking);
    this.tags.push(text, piece);
    for (const { args, ...call } of calls) {
      this.tags.flush(piece);
      this.close(emit);
      this.called = true;
      const block = ++this.block;
      emit({ type: 'open', choice: 0, block, head: { type: 'tool-call', ...call, args: '' } });
      if (args !== '') emit({ type: 'args', choice: 0, block, text: args });
      emit({ type: 'close', choice: 0, block });
    }
  }

  private piece(kind: 'text' | 'thinking', text: string, emit: Emit): void {
    if (this.open !== kind) {
      this.close(emit);
      this.open = kind;
      this.block++;
      emit({ type: 'open', choice: 0, block: this.block, head: { type: kind, text: '' } });
    }
    emit({ type: kind, choice: 0, block: this.block, text });
  }

  private close(emit: Emit): void {
    if (this.open !== undefined) emit({ type: 'close', choice: 0, block: this.block });
    this.open = undefined;
  }

  private finish(line: JsonObject, emit: Emit): void {
    this.tags.flush((kind, text) => this.piece(kind, text, emit));
    this.close(emit);
    this.over = true;
    emit({ type: 'finish', choice: 0, finish: readFinish(line['done_reason'], this.called) });
    const usage = readUsage(line);
    if (usage !== undefined) emit({ type: 'usage', usage });
  }

  private fail(error: ReturnType<typeof cutShort>, emit: Emit): void {
    this.over = true;
    emit({ type: 'error', error });
  }
}
