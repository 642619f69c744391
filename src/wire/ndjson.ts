import type { Framer, FrameSink } from './sse.ts';
import { Tail } from './tail.ts';

const lf = 0x0a;

/** Cuts a stream of JSON texts, one a line; blank lines are none. Throws FieldError when a line grows over `maxFrame` bytes. */
export function ndjson(maxFrame: number, sink: FrameSink): Framer {
  const tail = new Tail(maxFrame);
  const take = (line: Buffer): void => {
    if ('bytes' in sink) {
      sink.bytes(line);
      return;
    }
    const data = line.toString('utf8').trim();
    if (data !== '') sink.frame({ data });
  };
  return {
    push(chunk) {
      let start = 0;
      for (let at = chunk.indexOf(lf); at >= 0; at = chunk.indexOf(lf, start)) {
        take(tail.finish(chunk, start, at + 1));
        start = at + 1;
      }
      if (start < chunk.length) tail.keep(chunk, start);
    },
    end() {
      const rest = tail.release();
      if (rest !== undefined) take(rest);
    },
  };
}
