import { type ProviderSide, readMediaUsage } from '../dialects/index.ts';
import type { Facts, ProxyError } from '../hub/index.ts';
import { framer, isObject, readFrame, readJson } from '../wire/index.ts';
import type { Call, Relay } from './call.ts';

const nothing = Buffer.alloc(0);

/** Sound as it comes. It has no place for an error: an answer that breaks off is cut off (`raw`). */
export function bytesRelay({ given }: Call, type: string): Relay {
  const facts: Facts = {};
  return {
    kind: 'relay',
    type,
    ping: '',
    raw: true,
    push: (chunk) => {
      facts.firstByteAt ??= given.now();
      return chunk;
    },
    flush: () => nothing,
    end: (cause) => {
      if (cause !== undefined && facts.firstByteAt === undefined) throw cause;
      return nothing;
    },
    facts: () => facts,
    broken: () => undefined,
  };
}

/** Events of pictures, transcripts or sound: whole frames as they came; usage is read, and an error is told in our words. */
export function framesRelay(call: Call, side: ProviderSide, blamed: (thrown: unknown) => ProxyError): Relay {
  const facts: Facts = {};
  let ready: Buffer[] = [];
  let handed = false;
  let over = false;
  let error: ProxyError | undefined;
  const cutter = framer('sse', call.limits.maxEvent, {
    bytes: (frame) => {
      look(frame, facts, side);
      ready.push(frame);
    },
  });
  const hand = (more = ''): Buffer => {
    const bytes = Buffer.concat([...ready, Buffer.from(more)]);
    ready = [];
    if (bytes.length > 0) handed = true;
    return bytes;
  };
  const fail = (thrown: unknown): Buffer => {
    over = true;
    error = blamed(thrown);
    if (!handed && ready.length === 0) throw error;
    const { body } = call.client.client.encodeError(call.clean(error), call.given);
    return hand(`event: error\ndata: ${JSON.stringify(body)}\n\n`);
  };
  return {
    kind: 'relay',
    type: 'text/event-stream; charset=utf-8',
    ping: ': ping\n\n',
    push: (chunk) => {
      if (over) return nothing;
      facts.firstByteAt ??= call.given.now();
      try {
        cutter.push(chunk);
      } catch (thrown) {
        return fail(thrown);
      }
      return hand();
    },
    flush: () => nothing,
    end: (cause) => {
      if (over) return nothing;
      try {
        if (cause === undefined) cutter.end();
      } catch (thrown) {
        return fail(thrown);
      }
      if (cause !== undefined) return fail(cause);
      over = true;
      return hand();
    },
    facts: () => facts,
    broken: () => error,
  };
}

const usage = Buffer.from('"usage"');
const trouble = Buffer.from('error');

/** Most frames are long and hold neither. Throws the error that a frame tells. */
function look(frame: Buffer, facts: Facts, side: ProviderSide): void {
  const told = frame.includes(trouble);
  if (!told && !frame.includes(usage)) return;
  const read = readFrame(frame);
  const data = read === undefined ? undefined : readJson(read.data);
  if (read === undefined || !isObject(data)) return;
  if (told && (read.event === 'error' || data['type'] === 'error' || isObject(data['error']))) {
    throw side.decodeError(500, {}, read.data);
  }
  const counted = readMediaUsage(data['usage']);
  if (counted !== undefined) facts.usage = counted;
}
