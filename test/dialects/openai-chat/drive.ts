import type { Given } from '../../../src/dialects/index.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import type { OpenAIChatQuirks } from '../../../src/dialects/openai-chat/quirks.ts';
import type { At, HubEvent, HubRequest, JsonObject } from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';

export const { client, provider } = openaiChat;

/** Ids that count up and a clock that stands still. */
export function fixedGiven(): Given {
  let count = 0;
  return { id: (prefix) => `${prefix}fresh${++count}`, now: () => 1_760_000_000_000 };
}

export function at(stream = false): At {
  return { operation: 'chat', model: 'asked-model', stream, query: new URLSearchParams(), headers: {} };
}

export function decode(body: JsonObject): HubRequest {
  return client.decodeRequest(body, at(body.stream === true));
}

export function ask(more: JsonObject = {}): HubRequest {
  return decode({ model: 'asked-model', messages: [{ role: 'user', content: 'hi' }], ...more });
}

export const askStream: JsonObject = { stream: true, stream_options: { include_usage: true } };

export function decodeStream(chunks: readonly Buffer[], quirks: Partial<OpenAIChatQuirks> = {}): HubEvent[] {
  const events: HubEvent[] = [];
  const emit = (event: HubEvent): void => void events.push(event);
  const decoder = provider.decodeStream(fixedGiven(), quirks);
  const cutter = framer('sse', 1 << 24, { frame: (frame) => decoder.push(frame, emit) });
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  decoder.end(emit);
  return events;
}

export function encodeStream(request: HubRequest, events: readonly HubEvent[]): string {
  const encoder = client.encodeStream(request, fixedGiven());
  return events.map((event) => encoder.event(event)).join('') + encoder.end();
}

/** A stream of chunks as a server writes it. */
export function wire(...chunks: (JsonObject | string)[]): Buffer {
  return Buffer.from(
    chunks.map((chunk) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`).join(''),
  );
}

/** A chunk with one choice. */
export function chunk(delta: JsonObject, finish: string | null = null, more: JsonObject = {}): JsonObject {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'theirs',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  };
}
