import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { type HubEvent, ProxyError, seal, toEvents } from '../../../src/hub/index.ts';
import { chatRequest, client, encodeEvents, fixedGiven, reply, text } from './codec.ts';

const theirs = { by: 'openai-chat' as const, value: 'proof' };
const answer = reply(
  [
    { type: 'thinking', text: 'hm', signature: theirs },
    text('a'),
    { type: 'tool-call', id: 'c1', name: 'look', args: '{"a":1}', signature: theirs },
    { type: 'tool-call', id: 'c2', name: 'look', args: '' },
  ],
  { finish: { reason: 'tool-calls' } },
);
const content = [
  { type: 'thinking', thinking: 'hm', signature: seal(theirs) },
  { type: 'text', text: 'a' },
  { type: 'redacted_thinking', data: `${seal(theirs)}.call:c1` },
  { type: 'tool_use', id: 'c1', name: 'look', input: { a: 1 } },
  { type: 'tool_use', id: 'c2', name: 'look', input: {} },
];

/** Anthropic's SDK, whose server answers this. */
function sdk(status: number, type: string, body: string): Anthropic {
  const reply = async (): Promise<Response> => new Response(body, { status, headers: { 'content-type': type } });
  return new Anthropic({ apiKey: 'k', maxRetries: 0, fetch: reply });
}

const asked = { model: 'claude', max_tokens: 10, messages: [{ role: 'user' as const, content: 'hi' }] };

test("Anthropic's SDK reads a whole answer", async () => {
  const body = JSON.stringify(client.encodeResponse(answer, chatRequest(), fixedGiven()));
  const message = await sdk(200, 'application/json', body).messages.create(asked);
  expect(message).toMatchObject({ model: 'claude', content, stop_reason: 'tool_use', usage: { input_tokens: 10 } });
});

test("Anthropic's SDK joins a stream", async () => {
  const events: HubEvent[] = [];
  toEvents(answer, (event) => events.push(event));
  const message = await sdk(200, 'text/event-stream', encodeEvents(events)).messages.stream(asked).finalMessage();
  expect(message).toMatchObject({
    model: 'claude',
    content,
    stop_reason: 'tool_use',
    usage: { output_tokens: 5 },
  });
});

test.each([
  ['rate-limit', Anthropic.RateLimitError],
  ['authentication', Anthropic.AuthenticationError],
  ['not-found', Anthropic.NotFoundError],
  ['overloaded', Anthropic.InternalServerError],
] as const)("Anthropic's SDK knows the class of %s", async (kind, expected) => {
  const { status, body } = client.encodeError(new ProxyError(kind, 'what happened'), fixedGiven());
  const failed = sdk(status, 'application/json', JSON.stringify(body)).messages.create(asked);
  await expect(failed).rejects.toBeInstanceOf(expected);
});

test("Anthropic's SDK throws what a stream says went wrong", async () => {
  const events: HubEvent[] = [
    { type: 'start', id: 'x', model: 'm', created: 1 },
    { type: 'error', error: new ProxyError('overloaded', 'too busy') },
  ];
  const stream = sdk(200, 'text/event-stream', encodeEvents(events)).messages.stream(asked);
  await expect(stream.finalMessage()).rejects.toThrow(/too busy/);
});
