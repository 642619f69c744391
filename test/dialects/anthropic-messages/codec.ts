import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts';
import type { Given } from '../../../src/dialects/dialect.ts';
import type { At, Block, HubEvent, HubRequest, HubResponse, JsonObject } from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';

export const { client, provider } = anthropicMessages;

/** Ids that count up and a clock that stands still, so that outputs can be compared. */
export function fixedGiven(): Given {
  let count = 0;
  return { id: (prefix) => `${prefix}${++count}`, now: () => 1_760_000_000_000 };
}

export const at: At = { operation: 'chat', model: 'claude', stream: false, query: new URLSearchParams(), headers: {} };

export function decode(body: JsonObject): HubRequest {
  return client.decodeRequest(body, at);
}

/** A request of another dialect's client, as little as it can be. */
export function chatRequest(more: Partial<HubRequest> = {}): HubRequest {
  return {
    from: 'openai-chat',
    model: 'claude',
    messages: [{ role: 'user', blocks: [text('hi')] }],
    stream: false,
    params: { maxTokens: 8000 },
    unknown: {},
    ...more,
  };
}

export function text(value: string): Block & { type: 'text' } {
  return { type: 'text', text: value };
}

export function reply(blocks: Block[], more: Partial<HubResponse['choices'][0]> = {}): HubResponse {
  return {
    id: 'resp-1',
    model: 'upstream',
    created: 1_760_000_000,
    choices: [{ index: 0, blocks, finish: { reason: 'stop' }, ...more }],
    usage: { input: 10, output: 5 },
  };
}

/** Decodes a stream that came in these chunks. */
export function decodeChunks(chunks: readonly Buffer[]): HubEvent[] {
  const events: HubEvent[] = [];
  const emit = (event: HubEvent): void => void events.push(event);
  const decoder = provider.decodeStream(fixedGiven(), {});
  const cutter = framer('sse', 1 << 24, { frame: (frame) => decoder.push(frame, emit) });
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  decoder.end(emit);
  return events;
}

export function decodeText(stream: string): HubEvent[] {
  return decodeChunks([Buffer.from(stream)]);
}

export function encodeEvents(events: readonly HubEvent[], request = chatRequest()): string {
  const encoder = client.encodeStream(request, fixedGiven());
  return events.map((event) => encoder.event(event)).join('') + encoder.end();
}

/** A stream written from its events' data. */
export function sse(...events: JsonObject[]): string {
  return events.map((event) => `event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

/** The data of a stream's events. */
export function parseSse(stream: string): JsonObject[] {
  return stream
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)));
}

/** Errors as values that compare: kind, message, status. */
export function comparable(events: readonly HubEvent[]): unknown[] {
  return events.map((event) =>
    event.type === 'error' ? { type: 'error', kind: event.error.kind, message: event.error.message } : event,
  );
}

/** Passes a stream through the tap as a relay does. */
export function tapChunks(chunks: readonly Buffer[], model?: string): { out: string; facts: object; failed: boolean } {
  const tap = client.tap(model === undefined ? {} : { model }, fixedGiven());
  let out = '';
  let failed = false;
  const bytes = (frame: Buffer): void => {
    out += tap.see(frame)?.toString('latin1') ?? '';
  };
  const cutter = framer('sse', 1 << 24, { bytes });
  try {
    for (const chunk of chunks) cutter.push(chunk);
    cutter.end();
    out += tap.over();
  } catch (thrown) {
    failed = true;
    if (!(thrown instanceof Error) || thrown.name !== 'ProxyError') throw thrown;
  }
  return { out: Buffer.from(out, 'latin1').toString('utf8'), facts: tap.facts, failed };
}
