import { type Facts, type JsonObject, ProxyError } from '../../hub/index.ts';
import { isObject, members, readFrame, readJson, splice } from '../../wire/index.ts';
import type { Asked, Tap } from '../dialect.ts';
import { errorBody } from '../openai-error.ts';
import { decodeErrorMember, errorWithin } from '../openai-refusal.ts';
import { choicesOf, readFinish, readText, readUsage } from './response.ts';
import { done } from './stream-encode.ts';

/** What a passed plain reply says. Throws the error that it tells instead of an answer, else bad-upstream-reply. */
export function glance(body: JsonObject): Facts {
  const [first] = choicesOf(body);
  const usage = readUsage(body);
  const finish = isObject(first) ? readFinish(first.finish_reason)?.raw : undefined;
  return {
    ...(typeof body.id === 'string' ? { id: body.id } : {}),
    ...(typeof body.model === 'string' ? { model: body.model } : {}),
    ...(usage === undefined ? {} : { usage }),
    ...(finish === undefined ? {} : { finish }),
  };
}

/** Watches a passed stream: every chunk is read, and written anew where its model's name or its usage must differ. */
export class CompletionTap implements Tap {
  begun = false;
  readonly facts: Facts = {};
  private readonly running = new Set<number>();
  private terminated = false;
  private closed = false;

  constructor(private readonly asked: Asked) {}

  see(frame: Buffer): Buffer | undefined {
    if (this.terminated || this.closed) return undefined;
    const read = readFrame(frame);
    if (read === undefined) return frame[0] === 0x3a ? frame : undefined;
    if (read.data.trim() === '[DONE]') {
      this.terminated = true;
      // withheld, the error comes first: a terminator without a finish would pass for an answer
      return this.finished ? Buffer.from(done) : undefined;
    }
    const chunk = readJson(read.data);
    if (!isObject(chunk)) {
      if (read.event === 'error') throw decodeErrorMember(read.data);
      throw new ProxyError('bad-upstream-reply', 'the provider sent an event that is no JSON object');
    }
    const error = errorWithin(chunk) ?? (read.event === 'error' ? decodeErrorMember(chunk) : undefined);
    if (error !== undefined) throw error;
    this.note(chunk);
    return this.goesOn(frame, read.data, chunk);
  }

  skim(_chunk: Buffer, from: number): number {
    return from;
  }

  over(cause?: ProxyError): string {
    if (this.closed) return '';
    this.closed = true;
    if (this.finished) return this.terminated ? '' : done;
    const error = cause ?? new ProxyError('bad-upstream-reply', 'the stream ended without a finish reason');
    return `data: ${JSON.stringify(errorBody(error))}\n\n${done}`;
  }

  private get finished(): boolean {
    return this.facts.finish !== undefined && this.running.size === 0;
  }

  private note(chunk: JsonObject): void {
    const { facts } = this;
    if (typeof chunk.id === 'string' && chunk.id !== '') facts.id ??= chunk.id;
    if (typeof chunk.model === 'string' && chunk.model !== '') facts.model ??= chunk.model;
    const usage = readUsage(chunk);
    if (usage !== undefined) facts.usage = usage;
    for (const [position, choice] of (Array.isArray(chunk.choices) ? chunk.choices : []).entries()) {
      if (!isObject(choice)) continue;
      const index = typeof choice.index === 'number' ? choice.index : position;
      this.running.add(index);
      if (readText(choice) !== '') this.begun = true;
      const finish = readFinish(choice.finish_reason);
      if (finish === undefined) continue;
      this.running.delete(index);
      this.begun = true;
      facts.finish ??= finish.raw ?? finish.reason;
    }
  }

  private goesOn(frame: Buffer, data: string, chunk: JsonObject): Buffer | undefined {
    const { model, withholdUsage } = this.asked;
    const hidden = withholdUsage === true && isObject(chunk.usage);
    if (hidden && (!Array.isArray(chunk.choices) || chunk.choices.length === 0)) return undefined;
    const renamed = model !== undefined && typeof chunk.model === 'string' && chunk.model !== model;
    if (!hidden && !renamed) return frame;
    const edits = { set: renamed ? { model } : {}, drop: hidden ? ['usage'] : [] };
    const edited = splice(members(Buffer.from(data)), edits).toString('utf8');
    return Buffer.from(`data: ${edited.replaceAll(/[\r\n]/g, ' ')}\n\n`);
  }
}
