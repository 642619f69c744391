import { type ClientId, clients, type Given } from '../../src/dialects/index.ts';
import { type Deployment, type HubRequest, type JsonObject, type Provider, specialise } from '../../src/hub/index.ts';
import type { Call, Outgoing } from '../../src/translate/index.ts';
import { members } from '../../src/wire/index.ts';

/** Ids count, time stands still. */
function givenFor(): Given {
  let count = 0;
  return { id: (prefix) => `${prefix}${++count}`, now: () => 1_700_000_000_000 };
}

export type Body = { [key: string]: unknown };

export const hello = [{ role: 'user', content: 'hi' }];

/** A call as the server makes it; `body`: an object, or the very bytes. */
export function callOf(client: ClientId, body: Body | string, more: Partial<Call> = {}): Call {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const read = members(bytes);
  const dialect = clients[client];
  let decoded: HubRequest | undefined;
  const model = read.get('model');
  const call: Call = {
    id: 'call-1',
    operation: 'chat',
    model: typeof model === 'string' ? model : '',
    stream: read.get('stream') === true,
    query: new URLSearchParams(),
    headers: {},
    client: dialect,
    body: read,
    given: givenFor(),
    limits: { maxEvent: 2 ** 20, maxReply: 2 ** 20 },
    clean: (error) => error,
    parsed: () => JSON.parse(bytes.toString('utf8')),
    request() {
      decoded ??= dialect.client.decodeRequest(call.parsed(), call);
      return decoded;
    },
    ...more,
  };
  return call;
}

export function deployment(row: Partial<Provider>, more: Partial<Deployment> = {}): Deployment {
  const provider: Provider = {
    id: 'acme',
    title: 'Acme',
    dialect: 'openai-chat',
    base: 'http://127.0.0.1:9',
    auth: [],
    ...row,
  };
  const base = 'http://127.0.0.1:9';
  return {
    id: 'd1',
    group: 'the-group',
    provider,
    ...specialise(provider, more.model ?? 'm-1', base),
    settings: {},
    base,
    origin: base,
    headers: {},
    defaults: {},
    forced: {},
    dropParams: false,
    alsoDrop: [],
    allowed: [],
    toolsInPrompt: false,
    timeoutMs: 1000,
    ...more,
  };
}

export function sent(outgoing: Outgoing): JsonObject {
  return JSON.parse(outgoing.body.toString('utf8'));
}

export const sse = { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' } };
export const json = { status: 200, headers: { 'content-type': 'application/json' } };

export function frames(...events: (object | string)[]): Buffer {
  return Buffer.from(
    events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join(''),
  );
}

export function named(...events: { type: string; [key: string]: unknown }[]): Buffer {
  return Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
}

/** A chat stream that says these words. */
export function chatStream(words: readonly string[], more: { finish?: string | null; done?: boolean } = {}): Buffer {
  const chunk = (choice: object) => ({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm-1',
    choices: [{ index: 0, ...choice }],
  });
  const { finish = 'stop', done = true } = more;
  return frames(
    chunk({ delta: { role: 'assistant', content: '' }, finish_reason: null }),
    ...words.map((word) => chunk({ delta: { content: word }, finish_reason: null })),
    ...(finish === null ? [] : [chunk({ delta: {}, finish_reason: finish })]),
    ...(done ? ['[DONE]'] : []),
  );
}

/** A Messages stream that says these words. */
export function messagesStream(words: readonly string[]): Buffer {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm-1', content: [] };
  const usage = { input_tokens: 3, output_tokens: 1 };
  return named(
    { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null, usage } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...words.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  );
}
