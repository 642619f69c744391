import type { DialectId, ProxyError } from '../hub/index.ts';
import { type Framing, framer, readFrame, readJson } from '../wire/index.ts';
import type { Call, Relay } from './call.ts';
import { blame, endedEarly, type Reading, tellAnswer } from './reading.ts';

/** A stream of the client's own dialect: whole frames go on as they came, watched by the dialect's tap. */
export function passingRelay(reading: Reading): Relay {
  const { call, model, withholdUsage, side } = reading;
  const [framing = 'sse'] = side.framings;
  const { type, ping } = streamForm(call);
  const tap = call.client.client.tap({ model, withholdUsage }, call.given);
  const { facts } = tap;
  let ready: Buffer[] = [];
  let open = false;
  let handed = false;
  let over = false;
  let ending = false;
  let error: ProxyError | undefined;
  const cutter = framer(framing, call.limits.maxEvent, {
    bytes: (cut) => {
      const frame = ending ? completed(cut, framing) : cut;
      const seen = frame === undefined ? undefined : tap.see(frame);
      if (seen !== undefined) ready.push(seen);
      if (call.told !== undefined && facts.id !== undefined) nameAnswer(facts.id);
    },
    skim: (chunk, from) => tap.skim(chunk, from, ready),
  });
  let named = '';
  /** Before the client hears of it, since it may ask for it at once. */
  const nameAnswer = (id: string): void => {
    if (named !== id) tellAnswer(reading, { id });
    named = id;
  };
  const hand = (more = ''): Buffer | string => {
    const bytes = join(ready, more);
    ready = [];
    if (bytes.length > 0) handed = true;
    return bytes;
  };
  const fail = (thrown: unknown): Buffer | string => {
    over = true;
    error = blame(thrown, reading);
    if (!handed) throw error;
    return hand(tap.over(call.clean(error)));
  };
  return {
    kind: 'relay',
    type,
    ping,
    push: (chunk) => {
      if (over) return '';
      facts.firstByteAt ??= call.given.now();
      try {
        cutter.push(chunk);
      } catch (thrown) {
        return fail(thrown);
      }
      if (tap.begun) facts.firstTokenAt ??= call.given.now();
      if (!open) open = tap.begun || facts.finish !== undefined;
      return open ? hand() : '';
    },
    flush: () => {
      if (over) return '';
      open = true;
      return hand();
    },
    end: (cause) => {
      if (over) return '';
      ending = true;
      try {
        cutter.end();
      } catch (thrown) {
        return fail(cause ?? thrown);
      }
      if (facts.finish === undefined) return fail(cause ?? endedEarly());
      over = true;
      return hand(tap.over(cause && call.clean(cause)));
    },
    facts: () => facts,
    broken: () => error,
  };
}

const forms = new Map<DialectId, { type: string; ping: string }>();

/** The content-type and the ping of a dialect's streams, which do not depend on what was asked. */
function streamForm({ client, given }: Call): { type: string; ping: string } {
  const known = forms.get(client.id);
  if (known !== undefined) return known;
  const nothing = { from: client.id, model: '', messages: [], stream: true, params: {}, unknown: {} };
  const { type, ping } = client.client.encodeStream(nothing, given);
  forms.set(client.id, { type, ping });
  return { type, ping };
}

/** An unfinished last frame goes on if it is whole but for its line end, which is a blank line in `sse`. */
function completed(tail: Buffer, framing: Framing): Buffer | undefined {
  const lines = framing === 'sse';
  const data = lines ? readFrame(tail)?.data : tail.toString('utf8');
  if (data === undefined || readJson(data) === undefined) return undefined;
  return Buffer.concat([tail, Buffer.from(!lines || tail.at(-1) === 0x0a ? '\n' : '\n\n')]);
}

/** Frames that lie side by side in one chunk are that chunk's own bytes: nothing is copied. */
function join(frames: readonly Buffer[], more: string): Buffer | string {
  const [first] = frames;
  if (first === undefined) return more;
  if (more !== '') return Buffer.concat([...frames, Buffer.from(more)]);
  let length = 0;
  for (const frame of frames) {
    if (frame.buffer !== first.buffer || frame.byteOffset !== first.byteOffset + length) return Buffer.concat(frames);
    length += frame.length;
  }
  return length === first.length ? first : Buffer.from(first.buffer, first.byteOffset, length);
}
