import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts';
import type { BedrockQuirks } from '../../../src/dialects/bedrock-converse/quirks.ts';
import { clients } from '../../../src/dialects/index.ts';
import type { Block, HubEvent, HubRequest, JsonObject, Message } from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';
import { type BinaryFrame, encodeFrames } from '../binary-frames.ts';
import { at, fixedGiven, type WrittenId } from '../codecs.ts';

export const { provider } = bedrockConverse;

/** Everything that a Claude of today takes. */
export const claude: BedrockQuirks = { claude: true, cacheTtl: true, strictTools: true };

export function text(value: string): Block & { type: 'text' } {
  return { type: 'text', text: value };
}

export function user(...blocks: Block[]): Message {
  return { role: 'user', blocks };
}

export function assistant(...blocks: Block[]): Message {
  return { role: 'assistant', blocks };
}

export function call(id: string, name = 'lookup', args = '{"q":"x"}'): Block & { type: 'tool-call' } {
  return { type: 'tool-call', id, name, args };
}

export function result(callId: string, ...content: Block[]): Block & { type: 'tool-result' } {
  return { type: 'tool-result', callId, content };
}

/** A request of some client, as little as it can be. */
export function request(more: Partial<HubRequest> = {}): HubRequest {
  return {
    from: 'openai-chat',
    model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    messages: [user(text('hi'))],
    stream: false,
    params: {},
    unknown: {},
    ...more,
  };
}

export function encode(more: Partial<HubRequest> = {}, quirks: BedrockQuirks = {}): JsonObject {
  return provider.encodeRequest(request(more), quirks);
}

/** As the proxy gets it from a client. */
export function fromClient(client: WrittenId, body: JsonObject): HubRequest {
  return clients[client].client.decodeRequest(body, at('any'));
}

/** Decodes a stream that came in these chunks. */
export function decodeChunks(chunks: readonly Buffer[]): HubEvent[] {
  const events: HubEvent[] = [];
  const emit = (event: HubEvent): void => void events.push(event);
  const decoder = provider.decodeStream(fixedGiven(), {});
  const cutter = framer('eventstream', 1 << 24, { frame: (frame) => decoder.push(frame, emit) });
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  decoder.end(emit);
  return events;
}

/** Decodes a stream of these events. */
export function decodeEvents(...frames: [event: string, payload: unknown][]): HubEvent[] {
  return decodeChunks([encodeFrames(frames.map(([event, payload]): BinaryFrame => ({ event, payload })))]);
}
