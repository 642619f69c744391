import { readMessage } from './event-message.ts';
import { isObject } from './fields.ts';
import type { Frame } from './frame.ts';
import { FieldError, readJson } from './json.ts';
import type { Framer, FrameSink } from './sse.ts';
import { Tail } from './tail.ts';

const lengthBytes = 4;
/** Prelude, its checksum and the message's checksum: the shortest message there is. */
const shortest = 16;

/**
 * Cuts AWS's binary event stream (application/vnd.amazon.eventstream) into its messages, checksums included. The event of a
 * frame is the message's `:event-type`, of an exception `!<:exception-type>`. Throws FieldError for a broken message.
 */
export function eventstream(maxFrame: number, sink: FrameSink): Framer {
  const tail = new Tail(maxFrame);
  let head = Buffer.alloc(0);
  let missing = 0;
  const take = (message: Buffer): void => {
    if ('bytes' in sink) sink.bytes(message);
    else sink.frame(readFrame(message));
  };
  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (missing === 0) {
          const wanted = chunk.subarray(at, at + lengthBytes - head.length);
          head = Buffer.concat([head, wanted]);
          at += wanted.length;
          if (head.length < lengthBytes) return;
          missing = head.readUInt32BE(0) - lengthBytes;
          if (missing + lengthBytes < shortest) throw new FieldError('', 'has an event of an impossible length');
          if (missing + lengthBytes > maxFrame) throw new FieldError('', `has an event of more than ${maxFrame} bytes`);
          tail.keep(head, 0);
          head = Buffer.alloc(0);
        }
        const end = Math.min(chunk.length, at + missing);
        missing -= end - at;
        if (missing > 0) tail.keep(chunk, at);
        else take(tail.finish(chunk, at, end));
        at = end;
      }
    },
    end() {
      if (missing > 0 || head.length > 0) throw new FieldError('', 'ends inside an event');
    },
  };
}

function readFrame(message: Buffer): Frame {
  const { headers, payload } = readMessage(message);
  const text = payload.toString('utf8');
  const exception = headers.get(':exception-type') ?? headers.get(':error-code');
  if (exception !== undefined) return { event: `!${exception}`, data: text === '' ? errorText(headers) : text };
  const event = headers.get(':event-type') ?? '';
  return unwrapped(event, text) ?? (event === '' ? { data: text } : { event, data: text });
}

function errorText(headers: ReadonlyMap<string, string>): string {
  return JSON.stringify({ message: headers.get(':error-message') ?? '' });
}

/** InvokeModel's streams carry the model's own events in base64. */
function unwrapped(event: string, text: string): { data: string } | undefined {
  if (event !== 'chunk') return undefined;
  const body = readJson(text);
  if (!isObject(body) || typeof body['bytes'] !== 'string') return undefined;
  return { data: Buffer.from(body['bytes'], 'base64').toString('utf8') };
}
