import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import {
  type Block,
  collector,
  type HubEvent,
  type HubRequest,
  type HubResponse,
  type JsonObject,
  type Message,
} from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';
import { fixedGiven } from '../codecs.ts';

export const { provider } = openaiResponses;

/** A request of a chat client, as little as it can be. */
export function asking(more: Partial<HubRequest> = {}): HubRequest {
  return {
    from: 'openai-chat',
    model: 'gpt-5',
    messages: [said('user', text('hi'))],
    stream: false,
    params: {},
    unknown: {},
    ...more,
  };
}

export function said(role: Message['role'], ...blocks: Block[]): Message {
  return { role, blocks };
}

export function text(value: string): Block {
  return { type: 'text', text: value };
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

/** Decodes a stream of these events. */
export function decodeEvents(...events: (JsonObject & { type: string })[]): HubEvent[] {
  const stream = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  return decodeChunks([Buffer.from(stream)]);
}

/** The response that a stream tells; throws the stream's error. */
export function collect(events: readonly HubEvent[]): HubResponse {
  const { take, response } = collector();
  for (const event of events) take(event);
  return response();
}

/** A finished response with this output. */
export function response(output: JsonObject[], more: JsonObject = {}): JsonObject {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_760_000_000,
    status: 'completed',
    model: 'gpt-5',
    output,
    ...more,
  };
}
