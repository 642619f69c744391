import { type Facts, ProxyError } from '../hub/index.ts';
import { FieldError, framer, isObject, type JsonMap, readFrame, readJson } from '../wire/index.ts';
import type { Relay } from './call.ts';
import { endedEarly } from './reading.ts';

/** How a passed stream is watched. */
export interface Watching {
  maxEvent: number;
  now(): number;
  /** It ends with an event that says so; without one it broke. */
  closes: boolean;
  /** Takes our secrets out of errors. */
  redact(text: string): string;
  /** The frames that tell an error, and the end, in the form of the API. */
  tell(error: ProxyError): string;
  /** Hears what an event says; pieces of text are not read. */
  see(event: JsonMap, facts: Facts): void;
}

/** A stream of events whose frames go on as they came: whole ones only, and an error at the end of one that broke. */
export function watchingRelay(watching: Watching): Relay {
  const facts: Facts = {};
  let ready: Buffer[] = [];
  let handed = false;
  let over = false;
  let done = false;
  let ending = false;
  let error: ProxyError | undefined;
  const take = (frame: Buffer): void => {
    const read = readFrame(frame);
    if (read === undefined) {
      if (!ending) ready.push(frame);
      return;
    }
    const whole = ending ? completed(frame, read.data) : frame;
    if (whole === undefined) return;
    if (read.data.startsWith('[DONE]')) done = true;
    const told = read.event === 'error' || (read.event === undefined && read.data.startsWith('{"error"'));
    if (told) done = true;
    ready.push(told ? Buffer.from(watching.redact(whole.toString('utf8'))) : whole);
    if (read.event?.endsWith('.delta') === true) return;
    const event = readJson(read.data);
    if (isObject(event)) watching.see(event, facts);
  };
  const cutter = framer('sse', watching.maxEvent, { bytes: take });
  const hand = (more = ''): Buffer | string => {
    const bytes = more === '' && ready.length === 1 ? ready[0] : Buffer.concat([...ready, Buffer.from(more)]);
    ready = [];
    if (bytes === undefined || bytes.length === 0) return '';
    handed = true;
    return bytes;
  };
  const fail = (thrown: unknown): Buffer | string => {
    over = true;
    error = unusable(thrown);
    if (!handed) throw error;
    return hand(watching.tell(error));
  };
  return {
    kind: 'relay',
    type: 'text/event-stream; charset=utf-8',
    ping: ': ping\n\n',
    push: (chunk) => {
      if (over) return '';
      facts.firstByteAt ??= watching.now();
      try {
        cutter.push(chunk);
      } catch (thrown) {
        return fail(thrown);
      }
      return hand();
    },
    flush: () => '',
    end: (cause) => {
      if (over) return '';
      ending = true;
      try {
        cutter.end();
      } catch (thrown) {
        return fail(cause ?? thrown);
      }
      if (!done && (cause !== undefined || watching.closes)) return fail(cause ?? endedEarly());
      over = true;
      return hand();
    },
    facts: () => facts,
    broken: () => error,
  };
}

function unusable(thrown: unknown): ProxyError {
  if (thrown instanceof ProxyError) return thrown;
  const problem = thrown instanceof FieldError ? thrown.message : 'it could not be read';
  return new ProxyError('bad-upstream-reply', `the provider's stream is unusable: ${problem}`, { cause: thrown });
}

/** An unfinished last frame goes on if it lacks nothing but its end. */
function completed(tail: Buffer, data: string): Buffer | undefined {
  if (!data.startsWith('[DONE]') && readJson(data) === undefined) return undefined;
  return Buffer.concat([tail, Buffer.from(tail.at(-1) === 0x0a ? '\n' : '\n\n')]);
}
