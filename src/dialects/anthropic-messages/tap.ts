import type { Facts, JsonObject, ProxyError } from '../../hub/index.ts';
import { FieldError, isObject, type JsonValue, members, readFrame, readJson, splice } from '../../wire/index.ts';
import type { Asked, Given, Tap } from '../dialect.ts';
import { cutShort, decodeInnerError, unusable, writeErrorFrame } from './error.ts';
import { messageStop } from './stream-encode.ts';
import { mergeUsage, readUsage } from './usage.ts';

/** Watches a passed Messages stream: puts the client's model name in, gathers usage, knows whether the answer is whole. */
export function tap(asked: Asked, given: Given): Tap {
  const facts: Facts = {};
  let started = false;
  let stopped = false;
  let usage: JsonObject = {};
  /** The chunk that is skimmed, and its bytes as text. */
  let skimmed: Buffer | undefined;
  let text = '';

  const count = (more: JsonValue | undefined): void => {
    if (!isObject(more)) return;
    usage = mergeUsage(usage, more);
    facts.usage = readUsage(usage);
  };
  const content = (): void => {
    watching.begun = true;
    facts.firstTokenAt ??= given.now();
  };
  const start = (frame: Buffer, data: string, event: JsonObject): Buffer | undefined => {
    // A second one (two streams spliced into one) breaks the client's reader.
    if (started) return undefined;
    started = true;
    const message = isObject(event['message']) ? event['message'] : {};
    if (typeof message['id'] === 'string') facts.id = message['id'];
    if (typeof message['model'] === 'string') facts.model = message['model'];
    count(message['usage']);
    if (asked.model === undefined) return frame;
    return restamp(data, asked.model, typeof message['model'] === 'string');
  };
  /** A frame that is read; the deltas that make up nearly all of a stream are told by their name alone. */
  const read = (frame: Buffer): Buffer | undefined => {
    const { event, data } = readFrame(frame) ?? {};
    if (data === undefined) return frame;
    const parsed = readJson(data);
    if (!isObject(parsed)) throw unusable('an event of its stream is no JSON object');
    switch (parsed['type'] ?? event) {
      case 'message_start':
        return start(frame, data, parsed);
      case 'message_delta': {
        content();
        count(parsed['usage']);
        const reason = isObject(parsed['delta']) ? parsed['delta']['stop_reason'] : undefined;
        if (typeof reason === 'string') facts.finish = reason;
        return frame;
      }
      case 'message_stop':
        // Without a stop reason the answer is not whole, terminator or not; `over` says so.
        if (facts.finish === undefined) throw cutShort();
        stopped = true;
        return frame;
      case 'content_block_start':
      case 'content_block_delta':
        content();
        return frame;
      case 'error':
        throw decodeInnerError(parsed);
      default:
        return frame;
    }
  };

  const watching: Tap = {
    begun: false,
    facts,
    see(frame) {
      if (stopped) return undefined;
      if (!isTerminated(frame)) return completed(frame, read);
      if (!isContent(frame)) return read(frame);
      content();
      return frame;
    },
    skim(chunk, from, out) {
      if (!watching.begun || stopped) return from;
      if (skimmed !== chunk) {
        skimmed = chunk;
        text = chunk.toString('latin1');
      }
      const at = endOfContent(text, from);
      if (at > from) out.push(chunk.subarray(from, at));
      if (at === chunk.length) skimmed = undefined;
      return at;
    },
    over(cause?: ProxyError) {
      if (stopped) return '';
      stopped = true;
      return facts.finish === undefined ? writeErrorFrame(cause ?? cutShort()) : messageStop;
    },
  };
  return watching;
}

const contentName = 'event: content_block_';
const contentBytes = Buffer.from(contentName);
const blankLine = '\n\n';
const modelName = '"model"';

/** Most frames begin with their name, so that nothing of them needs to be read. */
function isContent(frame: Buffer): boolean {
  // a loop costs less than a call into native code
  for (let index = 0; index < contentBytes.length; index++) {
    if (frame[index] !== contentBytes[index]) return false;
  }
  return true;
}

/** Where the content frames that lie whole at `from` end. In a text, since searching its bytes costs 0.5 us a frame, not 0.1. */
function endOfContent(text: string, from: number): number {
  let at = from;
  // a slice that is compared costs a tenth of startsWith, which goes letter by letter
  while (text.slice(at, at + contentName.length) === contentName) {
    const end = text.indexOf(blankLine, at);
    if (end < 0) break;
    at = end + blankLine.length;
  }
  return at;
}

function isTerminated(frame: Buffer): boolean {
  const end = frame.length;
  const last = frame[end - 1];
  if (last !== 0x0a && last !== 0x0d) return false;
  const before = frame[end - 2];
  if (last === before) return true;
  return last === 0x0a && before === 0x0d && (frame[end - 3] === 0x0a || frame[end - 3] === 0x0d);
}

/** The unfinished tail of a broken stream goes out only if it is whole but for its blank line. */
function completed(tail: Buffer, read: (frame: Buffer) => Buffer | undefined): Buffer | undefined {
  const { data } = readFrame(tail) ?? {};
  if (data === undefined || !isObject(readJson(data))) return undefined;
  return read(Buffer.concat([tail, Buffer.from(tail.at(-1) === 0x0a ? '\n' : '\n\n')]));
}

/** The model's name stands inside `message` (`named`: as a text); every other byte of the frame's data stays as it came. */
function restamp(data: string, model: string, named: boolean): Buffer {
  const plain = named ? restampPlain(data, model) : undefined;
  if (plain !== undefined) return Buffer.from(frameOf(plain));
  try {
    const event = members(Buffer.from(data));
    const at = event.at('message');
    const inner = event.bytes('message');
    if (at === undefined || inner === undefined) return Buffer.from(frameOf(data));
    const message = splice(members(inner), { set: { model } });
    const body = Buffer.concat([event.body.subarray(0, at.value), message, event.body.subarray(at.end)]);
    return Buffer.from(frameOf(body.toString('utf8')));
  } catch (thrown) {
    if (thrown instanceof FieldError) throw unusable('its message_start cannot be read');
    throw thrown;
  }
}

/**
 * The same where no search for members is needed (half of what passing a stream cost): nothing is escaped and `model` is
 * there once, so that it is the member which the caller has read.
 */
function restampPlain(data: string, model: string): string | undefined {
  const name = data.indexOf(modelName);
  if (data.includes('\\') || data.includes(modelName, name + 1)) return undefined;
  const from = data.indexOf('"', name + modelName.length);
  const end = data.indexOf('"', from + 1) + 1;
  return data.slice(0, from) + JSON.stringify(model) + data.slice(end);
}

/** Data that was split over several lines holds line ends between tokens, where blanks say the same. */
function frameOf(data: string): string {
  return `event: message_start\ndata: ${data.replaceAll(/[\r\n]/g, ' ')}\n\n`;
}
