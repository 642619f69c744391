import type { Server } from 'node:http';
import { Duplex } from 'node:stream';
import type { Gateway } from './http2-gateway.ts';

/** Clients that speak HTTP/2 without having asked: AWS's SDK for JavaScript does, whatever the server says. */
export interface Http2 {
  /** Takes over a socket that the parser gave up on, if what came is the preface of HTTP/2. */
  takes(error: Error, socket: Duplex): boolean;
  /** Ends sessions: when their streams are over, or at once. */
  close(atOnce: boolean): void;
}

/** Sessions of HTTP/2 on a server that speaks HTTP/1.1; what they need is loaded with the first. */
export function http2For(server: Server): Http2 {
  let gateway: Promise<Gateway> | undefined;
  return {
    takes(error, socket) {
      const packet = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : undefined;
      if (packet?.toString('latin1', 0, preface.length) !== preface || !socket.writable) return false;
      const bytes = freed(socket, packet);
      gateway ??= import('./http2-gateway.ts').then(({ openGateway }) => openGateway(server));
      gateway.then(
        (open) => open.take(bytes),
        () => socket.destroy(),
      );
      return true;
    },
    close(atOnce) {
      gateway?.then(
        (open) => open.close(atOnce),
        () => {},
      );
    },
  };
}

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** The socket's bytes, from the first on, in a stream that the parser of HTTP/1.1 has no hand in any more. */
function freed(socket: Duplex, first: Buffer): Duplex {
  const parser = 'parser' in socket ? socket.parser : undefined;
  if (typeof parser === 'object' && parser !== null && 'remove' in parser && typeof parser.remove === 'function') {
    parser.remove();
  }
  for (const event of ['data', 'end', 'close', 'drain', 'timeout', 'error']) socket.removeAllListeners(event);
  if ('setTimeout' in socket && typeof socket.setTimeout === 'function') socket.setTimeout(0);
  const plain = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, encoding, done) => void socket.write(chunk, encoding, done),
    final: (done) => void socket.end(done),
    destroy: (cause, done) => {
      socket.destroy();
      done(cause);
    },
  });
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    if (!plain.push(chunk)) socket.pause();
  });
  socket.once('end', () => plain.push(null));
  socket.once('close', () => plain.destroy());
  plain.push(first);
  return plain;
}
