import type { Facts, JsonObject, ProxyError } from '../../hub/index.ts';
import { FieldError, isObject, members, readFrame, readJson, splice } from '../../wire/index.ts';
import type { Asked, Given, Tap } from '../dialect.ts';
import { codeOf, messageOf } from './answer.ts';
import { cutShort, decodeInnerError, unusable } from './error.ts';
import { isSearch } from './items.ts';
import { readUsage } from './usage.ts';

/** Watches a passed stream: puts the client's model name in, gathers usage, knows whether the answer is whole. */
export class ResponsesTap implements Tap {
  begun = false;
  readonly facts: Facts = {};
  private stopped = false;
  /** The last frame that went on: an error of ours takes the number behind its own. */
  private last: Buffer | undefined;
  private frames = 0;
  /** The provider's own failure, told when the stream is over. */
  private failed: JsonObject | undefined;
  /** The chunk that is skimmed, and its bytes as text. */
  private skimmed: { chunk: Buffer; text: string } | undefined;

  constructor(
    private readonly asked: Asked,
    private readonly given: Given,
  ) {}

  see(frame: Buffer): Buffer | undefined {
    if (this.stopped) return undefined;
    const seen = this.read(frame);
    if (seen !== undefined) this.last = seen;
    if (seen !== undefined) this.frames++;
    return seen;
  }

  skim(chunk: Buffer, from: number, out: Buffer[]): number {
    if (!this.begun || this.stopped) return from;
    if (this.skimmed?.chunk !== chunk) this.skimmed = { chunk, text: chunk.toString('latin1') };
    const { text } = this.skimmed;
    let at = from;
    let last = from;
    for (let end = endOfDelta(text, at); end > 0; end = endOfDelta(text, at)) {
      last = at;
      at = end;
      this.frames++;
    }
    if (at > from) {
      out.push(chunk.subarray(from, at));
      this.last = chunk.subarray(last, at);
    }
    if (at === chunk.length) this.skimmed = undefined;
    return at;
  }

  over(cause?: ProxyError): string {
    if (this.stopped) return '';
    this.stopped = true;
    if (this.facts.finish !== undefined) return '';
    const error = cause ?? cutShort();
    return this.failed === undefined ? this.ownError(error) : retold(this.failed, error);
  }

  /** A frame as it goes on; undefined: withheld. Deltas, nearly all of a stream, are known by the name of their event. */
  private read(frame: Buffer): Buffer | undefined {
    if (isDelta(frame)) {
      this.content();
      return frame;
    }
    const { event: name, data } = readFrame(frame) ?? {};
    if (data === undefined) return frame;
    if (data.trim() === '[DONE]') return undefined;
    const event = readJson(data);
    if (!isObject(event)) {
      throw name === 'error' ? decodeInnerError({ error: event ?? data }) : unusable('an event is no JSON object');
    }
    const type = typeof event.type === 'string' ? event.type : name;
    const response = isObject(event.response) ? event.response : {};
    switch (type) {
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
        this.note(response);
        return this.restamp(frame, data, response);
      case 'response.completed':
      case 'response.incomplete': {
        this.note(response);
        this.begun = true;
        this.facts.finish = typeof response.status === 'string' ? response.status : type;
        const last = this.restamp(frame, data, response);
        this.stopped = true;
        return last;
      }
      case 'response.failed':
      case 'response.cancelled':
        this.note(response);
        this.failed = event;
        throw decodeInnerError(response);
      case 'error':
        throw decodeInnerError(event);
      case undefined:
        if (isObject(event.error)) throw decodeInnerError(event);
        return frame;
      default:
        if (type.startsWith('response.')) this.content();
        return frame;
    }
  }

  private content(): void {
    if (this.begun) return;
    this.begun = true;
    this.facts.firstTokenAt ??= this.given.now();
  }

  private note(response: JsonObject): void {
    const { facts } = this;
    const { id, model, output } = response;
    if (typeof id === 'string' && id !== '') facts.id = id;
    if (typeof model === 'string' && model !== '') facts.model ??= model;
    const searches = Array.isArray(output) ? output.filter((item) => isObject(item) && isSearch(item)).length : 0;
    const usage = readUsage(response, searches);
    if (usage !== undefined) facts.usage = usage;
  }

  /** The model's name stands inside `response`; every other byte of the frame's data stays as it came. */
  private restamp(frame: Buffer, data: string, { model: was }: JsonObject): Buffer {
    const { model } = this.asked;
    if (model === undefined || typeof was !== 'string' || was === model) return frame;
    try {
      const event = members(Buffer.from(data));
      const at = event.at('response');
      const inner = event.bytes('response');
      if (at === undefined || inner === undefined) return frame;
      const response = splice(members(inner), { set: { model } });
      const body = Buffer.concat([event.body.subarray(0, at.value), response, event.body.subarray(at.end)]);
      return Buffer.from(frameOf(readFrame(frame)?.event, body.toString('utf8')));
    } catch (thrown) {
      if (thrown instanceof FieldError) throw unusable('the response in its stream cannot be read');
      throw thrown;
    }
  }

  private ownError(error: ProxyError): string {
    const last = readJson(this.last === undefined ? '' : (readFrame(this.last)?.data ?? ''));
    const number = isObject(last) && typeof last.sequence_number === 'number' ? last.sequence_number + 1 : this.frames;
    const told = { code: codeOf(error), message: messageOf(error), param: error.facts.param ?? null };
    return frameOf('error', JSON.stringify({ type: 'error', ...told, sequence_number: number }));
  }
}

const deltaEnd = '.delta';
const start = 'event: response.';
const startBytes = Buffer.from(start);

function isDelta(frame: Buffer): boolean {
  // a loop costs less than a call into native code
  for (let at = 0; at < startBytes.length; at++) if (frame[at] !== startBytes[at]) return false;
  const line = frame.indexOf(0x0a);
  const end = frame[line - 1] === 0x0d ? line - 1 : line;
  return frame.toString('latin1', end - deltaEnd.length, end) === deltaEnd && isWhole(frame);
}

/** The last event of a torn stream lacks its blank line. */
function isWhole(frame: Buffer): boolean {
  const end = frame.length;
  if (frame[end - 1] !== 0x0a) return frame[end - 1] === 0x0d && frame[end - 2] === 0x0d;
  return frame[end - 2] === 0x0a || (frame[end - 2] === 0x0d && frame[end - 3] === 0x0a);
}

/** Where the delta that lies whole at `from` ends, else -1. In a text, since searching its bytes costs more. */
function endOfDelta(text: string, from: number): number {
  // a slice that is compared costs a tenth of startsWith, which goes letter by letter
  if (text.slice(from, from + start.length) !== start) return -1;
  const line = text.indexOf('\n', from);
  if (line < 0 || text.slice(line - deltaEnd.length, line) !== deltaEnd) return -1;
  const end = text.indexOf('\n\n', line);
  return end < 0 ? -1 : end + 2;
}

/** The provider's own failure in the words that the client may read. */
function retold(event: JsonObject, error: ProxyError): string {
  const response = isObject(event.response) ? event.response : {};
  const own = isObject(response.error) ? response.error : {};
  const told = { code: codeOf(error), ...own, message: messageOf(error) };
  const type = typeof event.type === 'string' ? event.type : 'response.failed';
  return frameOf(type, JSON.stringify({ ...event, response: { ...response, error: told } }));
}

/** Data that was split over several lines holds line ends between tokens, where blanks say the same. */
function frameOf(event: string | undefined, data: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return `${name}data: ${data.replaceAll(/[\r\n]/g, ' ')}\n\n`;
}

/** What a passed plain reply says. Throws the error that it tells instead of an answer, else bad-upstream-reply. */
export function glance(body: JsonObject): Facts {
  const { id, model, status, output, error } = body;
  if (status === 'failed' || (error ?? null) !== null) throw decodeInnerError(body);
  if (!Array.isArray(output)) throw unusable('it has no output');
  const usage = readUsage(body, output.filter((item) => isObject(item) && isSearch(item)).length);
  const facts: Facts = {};
  if (typeof id === 'string') facts.id = id;
  if (typeof model === 'string') facts.model = model;
  if (usage !== undefined) facts.usage = usage;
  if (typeof status === 'string') facts.finish = status;
  return facts;
}
