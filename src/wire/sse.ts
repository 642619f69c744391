import { Cutter } from './cutter.ts';

export type Framing = 'sse';

/** One event of a stream, read. */
export interface Frame {
  event?: string;
  data: string;
}

/** `bytes`: whole frames, terminator included, as they came; `frame`: frames read (those without data are skipped). */
export type FrameSink = { bytes(frame: Buffer): void } | { frame(frame: Frame): void };

export interface Framer {
  push(chunk: Buffer): void;
  /** Hands out an unfinished tail as a last frame. */
  end(): void;
}

const lf = 0x0a;
const cr = 0x0d;
const dataField = Buffer.from('data:');
const eventField = Buffer.from('event:');
const bom = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Cuts a byte stream into frames: an event's lines and the blank line behind them; a byte order mark at the very start is
 * cut off. Throws FieldError when one frame grows over `maxFrame` bytes.
 */
export function framer(framing: Framing, maxFrame: number, sink: FrameSink): Framer {
  switch (framing) {
    case 'sse': {
      const take = 'bytes' in sink ? (frame: Buffer) => sink.bytes(frame) : reader(sink.frame.bind(sink));
      const cutter = new Cutter(maxFrame, take);
      return withoutBom(cutter);
    }
  }
}

/** Reads the bytes of one frame; undefined when it has no data (comments, empty). */
export function readFrame(bytes: Buffer): Frame | undefined {
  return readPlain(bytes) ?? readLines(bytes.toString('utf8'));
}

function reader(frame: (frame: Frame) => void): (bytes: Buffer) => void {
  return (bytes) => {
    const read = readFrame(bytes);
    if (read !== undefined) frame(read);
  };
}

/** The two usual shapes, one data line with or without an event line before it; undefined: read it line by line. */
function readPlain(bytes: Buffer): Frame | undefined {
  const last = bytes.length - 2;
  if (bytes[last] !== lf || bytes[last + 1] !== lf) return undefined;
  let at = 0;
  let event = '';
  let end = bytes.indexOf(lf);
  if (end < last && begins(bytes, 0, eventField)) {
    event = bytes.toString('utf8', bytes[6] === 0x20 ? 7 : 6, end);
    at = end + 1;
    end = bytes.indexOf(lf, at);
  }
  if (end !== last || !begins(bytes, at, dataField) || bytes.includes(cr)) return undefined;
  const data = bytes.toString('utf8', bytes[at + 5] === 0x20 ? at + 6 : at + 5, end);
  return event === '' ? { data } : { event, data };
}

function begins(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word[index]) return false;
  return true;
}

function readLines(text: string): Frame | undefined {
  let event = '';
  const data: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
  }
  if (data.length === 0) return undefined;
  return event === '' ? { data: data.join('\n') } : { event, data: data.join('\n') };
}

function withoutBom(cutter: Cutter): Framer {
  let head: Buffer | undefined = Buffer.alloc(0);
  const push = (chunk: Buffer): void => {
    if (head === undefined) {
      cutter.push(chunk);
      return;
    }
    const start: Buffer = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (start.length < bom.length && bom.subarray(0, start.length).equals(start)) {
      head = start;
      return;
    }
    head = undefined;
    cutter.push(bom.equals(start.subarray(0, bom.length)) ? start.subarray(bom.length) : start);
  };
  const end = (): void => {
    if (head !== undefined && head.length > 0) cutter.push(head);
    head = undefined;
    cutter.end();
  };
  return { push, end };
}
