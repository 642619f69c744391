import { EventStreamCodec } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** One event of a stream. */
export function frame(event: string, payload: object): Buffer {
  return message({ ':message-type': 'event', ':event-type': event }, payload);
}

/** The message that ends a stream which broke. */
export function exceptionFrame(name: string, payload: object): Buffer {
  return message({ ':message-type': 'exception', ':exception-type': name }, payload);
}

function message(headers: Record<string, string>, payload: object): Buffer {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }] as const);
  return Buffer.from(codec.encode({ headers: Object.fromEntries(typed), body: Buffer.from(JSON.stringify(payload)) }));
}
