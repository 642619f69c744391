import { type Emit, type JsonObject, ProxyError } from '../../hub/index.ts';
import { type Frame, isObject, readJson } from '../../wire/index.ts';
import type { Given, StreamDecoder } from '../dialect.ts';
import { decodeErrorMember, errorWithin } from '../openai-refusal.ts';
import { readLogprobs } from './logprobs.ts';
import { readFinish, readHead, readText, readUsage } from './response.ts';

interface Told {
  /** Its one block, once there is text. */
  block?: number;
  finished: boolean;
}

/** Reads a stream of completions into legal hub order; a choice without a finish is an error. */
export class CompletionStreamDecoder implements StreamDecoder {
  private started = false;
  private over = false;
  private blocks = 0;
  private readonly choices = new Map<number, Told>();

  constructor(private readonly given: Given) {}

  push(frame: Frame, emit: Emit): void {
    if (this.over || frame.data.trim() === '[DONE]') return;
    const chunk = readJson(frame.data);
    if (!isObject(chunk)) {
      const said = frame.event === 'error' ? decodeErrorMember(frame.data) : unusable();
      this.fail(said, emit);
      return;
    }
    const error = errorWithin(chunk) ?? (frame.event === 'error' ? decodeErrorMember(chunk) : undefined);
    if (error === undefined) this.read(chunk, emit);
    else this.fail(error, emit);
  }

  end(emit: Emit): void {
    if (this.over) return;
    const whole = this.choices.size > 0 && [...this.choices.values()].every(({ finished }) => finished);
    if (!whole) this.fail(new ProxyError('bad-upstream-reply', 'the stream ended without a finish reason'), emit);
  }

  private read(chunk: JsonObject, emit: Emit): void {
    const choices = Array.isArray(chunk.choices) ? chunk.choices : [];
    const usage = readUsage(chunk);
    // The first chunk may be a mere preface, of what was filtered in the prompt.
    if (!this.started && (choices.length > 0 || usage !== undefined)) {
      this.started = true;
      emit({ type: 'start', ...readHead(chunk, this.given) });
    }
    for (const [position, choice] of choices.entries()) {
      if (isObject(choice)) this.readChoice(choice, position, emit);
    }
    if (usage !== undefined) emit({ type: 'usage', usage });
  }

  private readChoice(choice: JsonObject, position: number, emit: Emit): void {
    const index = typeof choice.index === 'number' ? choice.index : position;
    const told = this.choices.get(index) ?? { finished: false };
    this.choices.set(index, told);
    if (told.finished) return;
    const text = readText(choice);
    if (text !== '') {
      const block = told.block ?? this.blocks++;
      if (told.block === undefined) emit({ type: 'open', choice: index, block, head: { type: 'text', text: '' } });
      told.block = block;
      emit({ type: 'text', choice: index, block, text });
    }
    const logprobs = readLogprobs(choice.logprobs);
    if (logprobs !== undefined) emit({ type: 'mark', choice: index, block: told.block ?? this.blocks, logprobs });
    const finish = readFinish(choice.finish_reason);
    if (finish === undefined) return;
    told.finished = true;
    if (told.block !== undefined) emit({ type: 'close', choice: index, block: told.block });
    emit({ type: 'finish', choice: index, finish });
  }

  private fail(error: ProxyError, emit: Emit): void {
    this.over = true;
    emit({ type: 'error', error });
  }
}

function unusable(): ProxyError {
  return new ProxyError('bad-upstream-reply', 'the provider sent an event that is no JSON object');
}
