import { EventStreamCodec } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** One message of AWS's event stream: its `:event-type` and its payload. */
export interface BinaryFrame {
  event: string;
  payload: unknown;
}

/** Messages as AWS sends them, checksums included. */
export function encodeFrames(frames: readonly BinaryFrame[]): Buffer {
  return Buffer.concat(
    frames.map(({ event, payload }) =>
      codec.encode({
        headers: {
          ':event-type': { type: 'string', value: event },
          ':content-type': { type: 'string', value: 'application/json' },
          ':message-type': { type: 'string', value: 'event' },
        },
        body: Buffer.from(JSON.stringify(payload)),
      }),
    ),
  );
}

/** The messages of a whole event stream. */
export function decodeFrames(bytes: Buffer): BinaryFrame[] {
  const frames: BinaryFrame[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const { headers, body } = codec.decode(bytes.subarray(at, at + bytes.readUInt32BE(at)));
    const event = String(headers[':event-type']?.value ?? headers[':exception-type']?.value ?? '');
    frames.push({ event, payload: JSON.parse(Buffer.from(body).toString('utf8')) });
  }
  return frames;
}

/** InvokeModel's stream as the server-sent events that it holds in base64. */
export function unwrapChunks(bytes: Buffer): string {
  return decodeFrames(bytes)
    .map(({ payload }) => {
      const { bytes: data = '' }: { bytes?: string } = Object(payload);
      const text = Buffer.from(data, 'base64').toString('utf8');
      const { type }: { type: string } = JSON.parse(text);
      return `event: ${type}\ndata: ${text}\n\n`;
    })
    .join('');
}
