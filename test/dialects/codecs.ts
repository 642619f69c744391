import type { ClientId } from '../../src/dialects/index.ts';
import { clients, type Given, providers } from '../../src/dialects/index.ts';
import {
  type At,
  type Block,
  collector,
  type DialectId,
  type HubEvent,
  type HubRequest,
  type HubResponse,
  type JsonObject,
  ProxyError,
  toEvents,
} from '../../src/hub/index.ts';
import { FieldError, type Framing, framer } from '../../src/wire/index.ts';

/** The dialects that the conversations of rosetta/ are written in; clients and providers speak them. */
export type WrittenId = Extract<ClientId, 'openai-chat' | 'anthropic-messages'>;
export const dialects: readonly WrittenId[] = ['openai-chat', 'anthropic-messages'];

/** The dialects that providers speak. */
export const providerIds: readonly DialectId[] = Object.keys(providers).filter(
  (id): id is DialectId => id in providers,
);

/** Ids that count up and a clock that stands still, so that outputs can be compared. */
export function fixedGiven(): Given {
  let count = 0;
  return {
    id: (prefix) => `${prefix}${++count}`,
    now: () => 1_760_000_000_000,
  };
}

export function at(model: string, stream = false): At {
  return {
    operation: 'chat',
    model,
    stream,
    query: new URLSearchParams(),
    headers: {},
  };
}

export function decodeRequest(dialect: ClientId, body: JsonObject): HubRequest {
  const model = typeof body.model === 'string' ? body.model : 'm';
  return clients[dialect].client.decodeRequest(body, at(model, body.stream === true));
}

const picture = {
  kind: 'base64',
  mime: 'image/png',
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
} as const;

/** The request as a provider's encoder gets it: a picture in place of each link that has to be fetched. */
function fetched(dialect: DialectId, request: HubRequest): HubRequest {
  const inlines = providers[dialect].provider.inlines;
  if (inlines === undefined) return request;
  const inline = (block: Block): Block => {
    if (block.type === 'tool-result') return { ...block, content: block.content.map(inline) };
    if (block.type !== 'media' || block.source.kind !== 'url' || !inlines(block, block.source.url, {})) return block;
    return { ...block, source: picture };
  };
  return { ...request, messages: request.messages.map((one) => ({ ...one, blocks: one.blocks.map(inline) })) };
}

/** What a provider is asked: links fetched, encoded, as it comes out of JSON. */
export function encodeRequest(dialect: DialectId, request: HubRequest, quirks: object = {}): JsonObject {
  return JSON.parse(JSON.stringify(providers[dialect].provider.encodeRequest(fetched(dialect, request), quirks)));
}

/**
 * Decodes a stream handed over in these chunks; what the framer or the decoder throws becomes the error event.
 * `framing`: where it is not the dialect's first.
 */
export function decodeStream(
  dialect: DialectId,
  chunks: readonly Buffer[],
  quirks: object = {},
  framing: Framing | undefined = providers[dialect].provider.framings[0],
): HubEvent[] {
  const events: HubEvent[] = [];
  const emit = (event: HubEvent): void => void events.push(event);
  const decoder = providers[dialect].provider.decodeStream(fixedGiven(), quirks);
  const cutter = framer(framing ?? 'sse', 1 << 24, {
    frame: (frame) => decoder.push(frame, emit),
  });
  try {
    for (const chunk of chunks) cutter.push(chunk);
    cutter.end();
    decoder.end(emit);
  } catch (thrown) {
    if (thrown instanceof ProxyError) events.push({ type: 'error', error: thrown });
    else if (thrown instanceof FieldError) {
      events.push({
        type: 'error',
        error: new ProxyError('bad-upstream-reply', thrown.message),
      });
    } else throw thrown;
  }
  return events;
}

export function decodeReply(dialect: DialectId, body: JsonObject, quirks: object = {}): HubResponse {
  return providers[dialect].provider.decodeResponse(body, fixedGiven(), quirks);
}

/** A stream of the client's dialect, complete. */
export function encodeStream(dialect: ClientId, request: HubRequest, events: readonly HubEvent[]): string {
  const encoder = clients[dialect].client.encodeStream(request, fixedGiven());
  return events.map((event) => encoder.event(event)).join('') + encoder.end();
}

export function encodeReply(dialect: ClientId, request: HubRequest, response: HubResponse): JsonObject {
  return clients[dialect].client.encodeResponse(response, request, fixedGiven());
}

/** The response that a stream tells; throws the stream's error. */
export function collect(events: readonly HubEvent[]): HubResponse {
  const { take, response } = collector();
  for (const event of events) take(event);
  return response();
}

export function tell(response: HubResponse): HubEvent[] {
  const events: HubEvent[] = [];
  toEvents(response, (event) => events.push(event));
  return events;
}

/** A request of a client that asks for this, for encoders that look at the request. */
export function plainRequest(from: ClientId, stream: boolean): HubRequest {
  return {
    from,
    model: 'asked-model',
    messages: [{ role: 'user', blocks: [{ type: 'text', text: 'hi' }] }],
    stream,
    params: {},
    unknown: {},
    ...(stream ? { named: { streamOptions: { include_usage: true } } } : {}),
  };
}

/** JSON for comparing and keeping: errors by kind and message. */
export function asText(value: unknown): string {
  const replace = (_key: string, one: unknown): unknown =>
    one instanceof ProxyError ? { kind: one.kind, message: one.message } : one;
  return `${JSON.stringify(value, replace, '\t')}\n`;
}
