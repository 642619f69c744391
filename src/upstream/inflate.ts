import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** A body that arrives compressed and leaves readable, with its pressure passed back. */
export interface Inflater {
  push(chunk: Buffer): void;
  end(): void;
  stop(): void;
}

interface Outlet {
  data(chunk: Buffer): void;
  end(): void;
  fail(cause: Error): void;
  /** The inflater holds enough: no more bytes until `flows`. */
  full(): void;
  flows(): void;
}

/** Undefined for an encoding that is not known. */
export function inflater(encoding: string, out: Outlet): Inflater | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return through(() => createGunzip(chunked), out);
    case 'br':
      return through(() => createBrotliDecompress(chunked), out);
    case 'deflate':
      // Half the servers send a zlib stream, as the RFC says, the other half a raw one: the first byte tells.
      return through((first) => ((first & 0x0f) === 8 ? createInflate(chunked) : createInflateRaw(chunked)), out);
  }
  return undefined;
}

const chunked = { chunkSize: 64 * 1024 };

function through(open: (first: number) => ReturnType<typeof createGunzip>, out: Outlet): Inflater {
  let stream: ReturnType<typeof createGunzip> | undefined;
  const start = (first: number) => {
    const opened = open(first);
    opened.on('data', (chunk: Buffer) => out.data(chunk));
    opened.on('end', () => out.end());
    opened.on('error', (cause: Error) => out.fail(cause));
    opened.on('drain', () => out.flows());
    return opened;
  };
  return {
    push(chunk) {
      if (chunk.length === 0) return;
      stream ??= start(chunk[0] ?? 0);
      if (!stream.write(chunk)) out.full();
    },
    end() {
      if (stream === undefined) out.end();
      else stream.end();
    },
    stop() {
      stream?.destroy();
    },
  };
}
