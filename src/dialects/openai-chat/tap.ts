import { type Facts, type Json, type JsonObject, ProxyError } from '../../hub/index.ts';
import { FieldError, isObject, members, readFrame, readJson, splice } from '../../wire/index.ts';
import type { Asked, Tap } from '../dialect.ts';
import { errorBody } from '../openai-error.ts';
import { decodeErrorMember, errorWithin } from '../openai-refusal.ts';
import { Restamp } from './restamp.ts';
import { changed, endOfAlike, type Skeleton, skeletonOf } from './skeleton.ts';
import { readUsage } from './usage.ts';

const done = 'data: [DONE]\n\n';
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const plainStart = Buffer.from('data: ');

/** Watches a passed stream: reads only chunks that may say something, edits only what must differ. */
export class ChatTap implements Tap {
  begun = false;
  readonly facts: Facts = {};
  private readonly seen = new Set<number>();
  private readonly done = new Set<number>();
  private terminated = false;
  private closed = false;
  private skeleton: Skeleton | undefined;
  /** The chunk that is skimmed, and its bytes as text. */
  private skimmed: { chunk: Buffer; text: string } | undefined;
  private readonly restamp: Restamp | undefined;
  private readonly withholdUsage: boolean;

  constructor(asked: Asked) {
    this.restamp = asked.model === undefined ? undefined : new Restamp(asked.model);
    this.withholdUsage = asked.withholdUsage === true;
  }

  see(frame: Buffer): Buffer | undefined {
    if (this.terminated || this.closed) return undefined;
    const plain = cutPlain(frame);
    if (plain !== undefined && plain[0] === 0x7b) {
      const told = this.mayTell(plain);
      const edited = this.chunk(plain, told);
      if (edited === undefined) return undefined;
      const out = edited === plain ? frame : wrapPlain(edited);
      if (!told) this.skeleton = skeletonOf(frame.toString('latin1'), out.toString('latin1'));
      return out;
    }
    return this.seeOdd(frame);
  }

  skim(chunk: Buffer, from: number, out: Buffer[]): number {
    const { skeleton } = this;
    if (skeleton === undefined || this.terminated || this.closed) return from;
    const text = this.textOf(chunk);
    const borders = [from];
    let at = from;
    for (let end = endOfAlike(text, at, skeleton); end >= 0; end = endOfAlike(text, at, skeleton)) {
      borders.push(end);
      at = end;
    }
    const { change } = skeleton;
    if (at > from) out.push(change === undefined ? chunk.subarray(from, at) : changed(chunk, borders, change));
    if (at === chunk.length) this.skimmed = undefined;
    return at;
  }

  private textOf(chunk: Buffer): string {
    if (this.skimmed?.chunk !== chunk) this.skimmed = { chunk, text: chunk.toString('latin1') };
    return this.skimmed.text;
  }

  private get finished(): boolean {
    return this.done.size > 0 && this.done.size === this.seen.size;
  }

  over(cause?: ProxyError): string {
    if (this.closed) return '';
    this.closed = true;
    if (this.finished) return this.terminated ? '' : done;
    const error = cause ?? new ProxyError('bad-upstream-reply', 'the stream ended without a finish reason');
    return `data: ${JSON.stringify(errorBody(error))}\n\n${done}`;
  }

  /** Everything but one data line that ends in a blank line: comments, named events, `[DONE]`, a torn tail. */
  private seeOdd(frame: Buffer): Buffer | undefined {
    const read = readFrame(frame);
    if (read === undefined) return frame[0] === 0x3a && isWhole(frame) ? frame : undefined;
    const data = read.data.trim();
    if (data === '[DONE]') {
      this.terminated = true;
      // withheld, the error comes first: a terminator without a finish would pass for an answer
      return this.finished ? Buffer.from(done) : undefined;
    }
    const json = readJson(data);
    if (read.event === 'error') {
      throw isObject(json) ? (errorWithin(json) ?? decodeErrorMember(json)) : decodeErrorMember(data);
    }
    if (!isObject(json)) {
      if (!isWhole(frame)) return undefined;
      throw new ProxyError('bad-upstream-reply', 'the provider sent an event that is no JSON object');
    }
    const bytes = Buffer.from(data);
    const edited = this.chunk(bytes, this.mayTell(bytes));
    if (edited === undefined) return undefined;
    const lines = edited.toString('utf8').split(/\r\n|\n|\r/);
    return wrap(lines.map((line) => Buffer.from(line)));
  }

  /** The chunk's JSON as it goes on: the same object when nothing changes; undefined: withheld. */
  private chunk(bytes: Buffer, told: boolean): Buffer | undefined {
    let edited = bytes;
    if (told) {
      const json = readJson(bytes.toString('utf8'));
      if (!isObject(json)) throw new ProxyError('bad-upstream-reply', 'the provider sent an event that is no JSON');
      const error = errorWithin(json);
      if (error !== undefined) throw error;
      this.read(json);
      if (this.withholdUsage && isObject(json.usage)) {
        if (!Array.isArray(json.choices) || json.choices.length === 0) return undefined;
        edited = splice(members(bytes), { drop: ['usage'] });
      }
    }
    return this.stamp(edited);
  }

  private stamp(bytes: Buffer): Buffer {
    try {
      return this.restamp?.apply(bytes) ?? bytes;
    } catch (thrown) {
      if (!(thrown instanceof FieldError)) throw thrown;
      throw new ProxyError('bad-upstream-reply', 'the provider sent an event that is no JSON', { cause: thrown });
    }
  }

  /** After the first content most chunks hold text only, and are not parsed. */
  private mayTell(bytes: Buffer): boolean {
    if (!this.begun) return true;
    // one copy into a one-byte text: searching that is several times faster than searching the buffer
    const text = bytes.toString('latin1');
    const finish = text.indexOf('"finish_reason"');
    if (finish < 0 || saysMore(text, '"finish_reason"', finish)) return true;
    if (text.includes('"error"') || saysMore(text, '"usage"', text.indexOf('"usage"'))) return true;
    return !(text.includes('"index":0') || text.includes('"index": 0'));
  }

  private read(json: JsonObject): void {
    const { facts } = this;
    if (facts.id === undefined && typeof json.id === 'string' && json.id !== '') facts.id = json.id;
    if (facts.model === undefined && typeof json.model === 'string' && json.model !== '') facts.model = json.model;
    const usage = readUsage(json);
    if (usage !== undefined) facts.usage = usage;
    for (const [position, choice] of (Array.isArray(json.choices) ? json.choices : []).entries()) {
      if (!isObject(choice)) continue;
      const index = typeof choice.index === 'number' ? choice.index : position;
      this.seen.add(index);
      if (isObject(choice.delta) && holdsContent(choice.delta)) this.begun = true;
      if (typeof choice.finish_reason !== 'string' || choice.finish_reason === '') continue;
      this.done.add(index);
      this.begun = true;
      facts.finish ??= choice.finish_reason;
    }
  }
}

const empties: ReadonlySet<Json | undefined> = new Set([undefined, null, '']);

function holdsContent(delta: JsonObject): boolean {
  return Object.entries(delta).some(([key, value]) => {
    if (key === 'role' || empties.has(value)) return false;
    return Array.isArray(value)
      ? value.length > 0
      : typeof value === 'string' || key === 'function_call' || key === 'audio';
  });
}

/** Whether a key occurs, from `first` on, whose value is not null. In a text the key's quotes would be escaped. */
function saysMore(text: string, key: string, first: number): boolean {
  for (let at = first; at >= 0; at = text.indexOf(key, at + key.length)) {
    let value = at + key.length;
    while (text.charCodeAt(value) === 0x3a || text.charCodeAt(value) === space) value++;
    if (text.charCodeAt(value) !== 0x6e) return true;
  }
  return false;
}

/** The data of a frame that is nothing but one data line and one blank line. */
function cutPlain(frame: Buffer): Buffer | undefined {
  for (let at = 0; at < plainStart.length; at++) if (frame[at] !== plainStart[at]) return undefined;
  const last = frame.length - 1;
  if (frame[last] !== lf) return undefined;
  let end = last - 1;
  if (frame[end] === cr) end--;
  if (frame[end] !== lf || frame.indexOf(lf) !== end) return undefined;
  if (frame[end - 1] === cr) end--;
  return frame.subarray(plainStart.length, end);
}

/** The last event of a torn stream lacks its blank line. */
function isWhole(frame: Buffer): boolean {
  const last = frame.at(-1);
  const before = frame.at(-2);
  if (last === lf) return before === lf || (before === cr && frame.at(-3) === lf);
  return last === cr && before === cr;
}

function wrapPlain(data: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(plainStart.length + data.length + 2);
  frame.set(plainStart, 0);
  frame.set(data, plainStart.length);
  frame[frame.length - 2] = lf;
  frame[frame.length - 1] = lf;
  return frame;
}

function wrap(lines: readonly Buffer[]): Buffer {
  return Buffer.concat([...lines.flatMap((line) => [plainStart, line, Buffer.from('\n')]), Buffer.from('\n')]);
}
