import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { ProxyError } from '../hub/index.ts';
import type { Life } from './calls.ts';

/**
 * A request's body, inflated. Throws 413 over `limit` bytes (declared, received or inflated; the rest is not read), 415
 * for an encoding that is not known, 400 for one that is broken, cancelled when the client left.
 */
export function readBody(req: IncomingMessage, res: ServerResponse, limit: number, life: Life): Promise<Buffer> {
  const open = inflation(req.headers['content-encoding']);
  if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  if (req.headers.expect !== undefined) res.writeContinue();
  const received = receive(req, limit, life);
  return open === undefined ? received : received.then((bytes) => inflated(bytes, open, limit));
}

async function inflated(bytes: Buffer, open: Inflate, limit: number): Promise<Buffer> {
  try {
    return await open(bytes, { maxOutputLength: limit });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(limit);
    throw new ProxyError('invalid-request', 'the body is not what its content-encoding says', { cause });
  }
}

type Inflate = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const zlibInflate: Inflate = promisify(inflate);
const rawInflate: Inflate = promisify(inflateRaw);
const encodings: Readonly<Record<string, Inflate>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  deflate: (bytes, options) => (((bytes[0] ?? 0) & 0x0f) === 8 ? zlibInflate : rawInflate)(bytes, options),
};

function inflation(header: string | undefined): Inflate | undefined {
  const encoding = header?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return undefined;
  const found = Object.hasOwn(encodings, encoding) ? encodings[encoding] : undefined;
  if (found !== undefined) return found;
  throw new ProxyError('invalid-request', 'the content-encoding is not known: send gzip, br, deflate or plain JSON', {
    status: 415,
  });
}

function receive(req: IncomingMessage, limit: number, life: Life): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    life.onEnd(reject);
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      req.removeAllListeners('data');
      req.pause();
      reject(tooLarge(limit));
    });
    req.on('end', () => {
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size));
    });
    // The socket's end arrives as `close` of the response as well, which ends the life.
    req.on('error', () => {});
  });
}

function tooLarge(limit: number): ProxyError {
  const text = `the request body is larger than ${Math.floor(limit / 2 ** 20)} MB`;
  return new ProxyError('invalid-request', text, { status: 413 });
}
