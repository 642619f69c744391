import { describe, expect, test } from 'vitest';
import { type Deployment, ProxyError } from '../../src/hub/index.ts';
import { plan, type Whole } from '../../src/translate/index.ts';
import type { WrittenId } from '../dialects/codecs.ts';
import { type Body, callOf, deployment, hello, json } from './desk.ts';

const chat = deployment({});
const claude = deployment({ dialect: 'anthropic-messages', fill: { maxTokens: 9 } });

const completion =
  '{ "id":"c1", "object":"chat.completion","created":1,"model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"\\u0068i \\"model\\":\\"m-1\\""},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7},"x":1.0 }';
const message =
  '{"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":4}}';

function wholeOf(client: WrittenId, to: Deployment, body: Body = {}): Whole {
  const call = callOf(client, { model: 'client-name', max_tokens: 9, messages: hello, ...body });
  const reply = plan(call, to).reply(json);
  if (reply instanceof ProxyError || reply.kind !== 'whole') throw new Error('no whole');
  return reply;
}

describe('whole replies', () => {
  test.each([
    ['chat', 'openai-chat', chat, completion],
    ['Messages', 'anthropic-messages', claude, message],
  ] as const)('%s passes but for the name', (_, client, to, reply) => {
    const read = wholeOf(client, to).read(Buffer.from(reply));
    expect(read.body.toString()).toBe(reply.replace('"model":"m-1"', '"model":"client-name"'));
    expect(read.facts).toMatchObject({ model: 'm-1', usage: { input: 3, output: 4 }, firstByteAt: 1_700_000_000_000 });
  });

  test.each([
    ['Messages for chat', 'openai-chat', claude, message],
    ['chat for Messages', 'anthropic-messages', chat, completion],
    ['chat with odd replies', 'openai-chat', deployment({ quirks: { looseReply: true } }), completion],
  ] as const)('%s is translated', (_, client, to, reply) => {
    const { body, facts } = wholeOf(client, to).read(Buffer.from(reply));
    const told = JSON.parse(body.toString());
    expect(told.model).toBe('client-name');
    expect(told.choices?.[0].message.content ?? told.content[0].text).toMatch(/^hi/);
    expect(facts).toMatchObject({ model: 'm-1', usage: { input: 3, output: 4 } });
  });

  test.each([
    ['chat', 'openai-chat', chat, completion, '[DONE]'],
    ['Messages for chat', 'openai-chat', claude, message, '[DONE]'],
    ['Messages', 'anthropic-messages', claude, message, 'message_stop'],
  ] as const)('%s becomes a stream for a streamed call', (_, client, to, reply, end) => {
    const whole = wholeOf(client, to, { stream: true });
    expect(whole.type).toBe('text/event-stream; charset=utf-8');
    const text = whole.read(Buffer.from(reply)).body.toString();
    expect(text).toContain('hi');
    expect(text).toContain('client-name');
    expect(text).toContain(end);
    expect(text).toMatch(/\n\n$/);
  });

  const unusable = [
    '',
    'null',
    '[]',
    '"x"',
    '12',
    '{}',
    'not json',
    completion.slice(0, -9),
    '<html></html>',
    '{"choices":5}',
    '{"error":{"message":"oops"}}',
  ];
  const targets = [
    ['passed', 'openai-chat', chat, {}],
    ['passed Messages', 'anthropic-messages', claude, {}],
    ['translated', 'openai-chat', claude, {}],
    ['translated Messages', 'anthropic-messages', chat, {}],
    ['streamed', 'openai-chat', chat, { stream: true }],
  ] as const;
  test.each(targets)('%s: an unusable reply is an error of the provider', (_, client, to, body) => {
    for (const reply of unusable) {
      let thrown: unknown;
      try {
        wholeOf(client, to, body).read(Buffer.from(reply));
      } catch (error) {
        thrown = error;
      }
      expect(thrown, reply).toBeInstanceOf(ProxyError);
      expect(thrown, reply).toMatchObject({ facts: { provider: 'acme', model: 'm-1' } });
      const status = thrown instanceof ProxyError ? thrown.status : 0;
      expect(status, reply).toBeGreaterThanOrEqual(500);
    }
  });

  test('a byte order mark before a reply', () => {
    const { body } = wholeOf('openai-chat', chat).read(Buffer.from(`\uFEFF${completion}`));
    expect(JSON.parse(body.toString()).model).toBe('client-name');
  });

  test('the group is the name where the client wrote none', () => {
    const call = callOf('openai-chat', { messages: hello });
    const reply = plan(call, chat).reply(json);
    if (reply instanceof ProxyError || reply.kind !== 'whole') throw new Error('no whole');
    expect(JSON.parse(reply.read(Buffer.from(completion)).body.toString()).model).toBe('the-group');
  });
});
