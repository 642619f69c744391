import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Deployment, ProxyError } from '../../src/hub/index.ts';
import { type Call, plan, type Relay } from '../../src/translate/index.ts';
import type { WrittenId } from '../dialects/codecs.ts';
import { type Body, callOf, chatStream, deployment, frames, hello, messagesStream, named, sse } from './desk.ts';

const words = ['Grüße', ' 😀 ', 'a"b\\n', '"model":"x"', 'end'];
const chat = deployment({});
const loose = deployment({ quirks: { looseReply: true } });
const claude = deployment({ dialect: 'anthropic-messages', fill: { maxTokens: 9 } });

interface Pair {
  name: string;
  client: WrittenId;
  to: Deployment;
  stream: Buffer;
}

const pairs: Pair[] = [
  { name: 'chat passed', client: 'openai-chat', to: chat, stream: chatStream(words) },
  {
    name: 'chat passed, CRLF',
    client: 'openai-chat',
    to: chat,
    stream: Buffer.from(chatStream(words).toString().replaceAll('\n', '\r\n')),
  },
  { name: 'chat through the hub', client: 'openai-chat', to: loose, stream: chatStream(words) },
  { name: 'Messages passed', client: 'anthropic-messages', to: claude, stream: messagesStream(words) },
  { name: 'Messages from chat', client: 'anthropic-messages', to: chat, stream: chatStream(words) },
  { name: 'chat from Messages', client: 'openai-chat', to: claude, stream: messagesStream(words) },
];

function relayOf({ client, to }: Pick<Pair, 'client' | 'to'>, body: Body = {}, more: Partial<Call> = {}): Relay {
  const call = callOf(client, { model: 'client-name', max_tokens: 9, messages: hello, stream: true, ...body }, more);
  const reply = plan(call, to).reply(sse);
  if (reply instanceof ProxyError || reply.kind !== 'relay') throw new Error('no relay');
  return reply;
}

/** Pushes the pieces between the cuts; everything that came out, piece by piece. */
function run(
  relay: Relay,
  stream: Buffer,
  cuts: readonly number[],
  cause?: ProxyError,
): { out: string[]; thrown?: unknown } {
  const out: string[] = [];
  const places = [0, ...[...cuts].sort((a, b) => a - b), stream.length];
  try {
    places.slice(1).forEach((place, index) => {
      // A copy of its own, as a socket's buffers are.
      out.push(relay.push(Buffer.from(stream.subarray(places[index], place))).toString());
    });
    out.push(relay.end(cause).toString());
  } catch (thrown) {
    return { out, thrown };
  }
  return { out };
}

const errorsIn = (text: string): number => text.match(/^data: \{"(?:type":"error","error|error)"/gm)?.length ?? 0;
const died = new ProxyError('connection', 'the connection broke');

describe.each(pairs)('$name', (pair) => {
  const whole = run(relayOf(pair), pair.stream, []).out.join('');
  const cut = fc.array(fc.nat(pair.stream.length), { maxLength: 12 });

  test('tells the whole answer in the name that the client wrote', () => {
    expect(errorsIn(whole)).toBe(0);
    expect(whole).toContain('client-name');
    expect(whole).not.toContain('"model":"m-1"');
    const told = whole.split('\n').flatMap((line) => (/^data: \{/.test(line) ? [JSON.parse(line.slice(6))] : []));
    const text = told.map((event) => event.choices?.[0]?.delta?.content ?? event.delta?.text ?? '').join('');
    expect(text).toBe(words.join(''));
  });

  test('the same wherever the bytes are cut, whole frames at each step', () => {
    fc.assert(
      fc.property(cut, (cuts) => {
        const { out } = run(relayOf(pair), pair.stream, cuts);
        for (const piece of out) if (piece !== '') expect(piece).toMatch(/\r?\n\r?\n$/);
        expect(out.join('').replaceAll('\r\n', '\n')).toBe(whole.replaceAll('\r\n', '\n'));
      }),
    );
    const { out } = run(relayOf(pair), pair.stream, [...pair.stream.keys()]);
    expect(out.join('').replaceAll('\r\n', '\n')).toBe(whole.replaceAll('\r\n', '\n'));
  });

  test.each([
    ['without a word', undefined],
    ['with a cause', died],
  ])('stopped everywhere, %s', (_, cause) => {
    for (let at = 0; at < pair.stream.length; at++) {
      const { out, thrown } = run(
        relayOf(pair),
        pair.stream.subarray(0, at),
        [Math.floor(at / 2), Math.floor(at / 1.3)],
        cause,
      );
      const text = out.join('');
      if (thrown !== undefined) {
        expect(thrown).toBeInstanceOf(ProxyError);
        expect(thrown).toMatchObject({ kind: cause === undefined ? 'bad-upstream-reply' : 'connection' });
        expect(text).toBe('');
        continue;
      }
      expect(text).toMatch(/\r?\n\r?\n$/);
      const finished = /"finish_reason":"stop"|"stop_reason":"end_turn"/.test(text);
      expect(errorsIn(text), `stopped at ${at}`).toBe(finished ? 0 : 1);
      expect(/\[DONE\]|message_stop|event: error/.test(text)).toBe(true);
    }
  });

  test('is finished after its end', () => {
    const relay = relayOf(pair);
    run(relay, pair.stream, []);
    expect(relay.push(pair.stream)).toBe('');
    expect(relay.flush()).toBe('');
    expect(relay.end()).toBe('');
    expect(relay.facts()).toMatchObject({
      model: 'm-1',
      firstByteAt: 1_700_000_000_000,
      firstTokenAt: 1_700_000_000_000,
    });
    expect(relay.broken()).toBeUndefined();
  });

  test('an event over the limit', () => {
    const limits = { maxEvent: 600, maxReply: 2 ** 20 };
    const early = relayOf(pair, {}, { limits });
    expect(() => early.push(Buffer.from(`data: {"x":"${'x'.repeat(700)}`))).toThrowError(/more than 600 bytes/);
    expect(early.push(pair.stream)).toBe('');
    const late = relayOf(pair, {}, { limits });
    const before = late.push(pair.stream.subarray(0, Math.floor(pair.stream.length * 0.6))).toString();
    expect(before).not.toBe('');
    const after = late.push(Buffer.from(`data: {"x":"${'x'.repeat(700)}`)).toString();
    expect(errorsIn(after)).toBe(1);
    expect(late.broken()).toMatchObject({ kind: 'bad-upstream-reply', facts: { provider: 'acme' } });
    expect(late.push(pair.stream)).toBe('');
    expect(late.end()).toBe('');
  });

  test('an event that is no JSON', () => {
    expect(() => relayOf(pair).push(Buffer.from('data: {"a\n\n'))).toThrowError(ProxyError);
  });

  test('held until there is something to tell, or 200 ms are over', () => {
    const start =
      pair.stream.indexOf('\n\n') < 0 ? pair.stream.indexOf('\r\n\r\n') + 4 : pair.stream.indexOf('\n\n') + 2;
    const relay = relayOf(pair);
    expect(relay.push(pair.stream.subarray(0, start))).toBe('');
    const flushed = relay.flush().toString();
    expect(flushed + relay.push(pair.stream.subarray(start)).toString() + relay.end().toString()).toBe(whole);
  });
});

describe('errors that a provider tells inside a stream', () => {
  const cases: [string, Pair['client'], Deployment, Buffer, Buffer][] = [
    [
      'chat passed',
      'openai-chat',
      chat,
      chatStream(['a'], { finish: null, done: false }),
      frames({ error: { message: 'overloaded', code: 503 } }),
    ],
    [
      'chat through the hub',
      'openai-chat',
      loose,
      chatStream(['a'], { finish: null, done: false }),
      frames({ error: { message: 'overloaded', code: 503 } }),
    ],
    [
      'Messages passed',
      'anthropic-messages',
      claude,
      messagesStream(['a']).subarray(0, 400),
      named({ type: 'error', error: { type: 'overloaded_error', message: 'overloaded' } }),
    ],
    [
      'chat from Messages',
      'openai-chat',
      claude,
      messagesStream(['a']).subarray(0, 400),
      named({ type: 'error', error: { type: 'overloaded_error', message: 'overloaded' } }),
    ],
  ];
  test.each(cases)('%s', (_, client, to, before, error) => {
    const whole = before.subarray(0, before.lastIndexOf('\n\n') + 2);
    expect(() => relayOf({ client, to }).push(error)).toThrowError(/overloaded/);
    expect(() => relayOf({ client, to }).push(Buffer.concat([whole, error]))).toThrowError(/overloaded/);
    const relay = relayOf({ client, to });
    expect(relay.push(whole).toString()).toContain('a');
    const told = relay.push(Buffer.concat([error, whole])).toString();
    expect(errorsIn(told)).toBe(1);
    expect(told).toContain('overloaded');
    expect(relay.push(whole)).toBe('');
    expect(relay.end()).toBe('');
    expect(relay.broken()?.facts).toMatchObject({ provider: 'acme', model: 'm-1' });
  });
});

describe('what passes', () => {
  test('is the chunk itself when nothing in it changes', () => {
    const stream = Buffer.from(chatStream(words, { done: false }).toString().replaceAll('"m-1"', '"client-name"'));
    const relay = relayOf({ client: 'openai-chat', to: chat });
    const out = relay.push(stream);
    expect(Buffer.isBuffer(out) && out.buffer === stream.buffer && out.byteOffset === stream.byteOffset).toBe(true);
    expect(out.toString()).toBe(stream.toString());
  });

  test('usage goes only to clients that asked', () => {
    const usage = {
      id: 'c1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm-1',
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    };
    const stream = Buffer.concat([chatStream(['a'], { done: false }), frames(usage, '[DONE]')]);
    for (const to of [chat, loose]) {
      const silent = relayOf({ client: 'openai-chat', to });
      expect(run(silent, stream, []).out.join('')).not.toContain('prompt_tokens');
      expect(silent.facts().usage).toMatchObject({ input: 3, output: 4 });
      const asked = relayOf({ client: 'openai-chat', to }, { stream_options: { include_usage: true } });
      expect(run(asked, stream, []).out.join('')).toContain('"prompt_tokens":3');
    }
  });
});

describe('a stream for a plain call', () => {
  test.each([
    ['chat', 'openai-chat', chat, chatStream(words)],
    ['chat from Messages', 'openai-chat', claude, messagesStream(words)],
    ['Messages from chat', 'anthropic-messages', chat, chatStream(words)],
  ] as const)('%s is collected', (_, client, to, stream) => {
    const relay = relayOf({ client, to }, { stream: false });
    expect(relay.type).toBe('application/json');
    expect(relay.push(stream.subarray(0, 200))).toBe('');
    expect(relay.flush()).toBe('');
    expect(relay.push(stream.subarray(200))).toBe('');
    const body = JSON.parse(relay.end().toString());
    expect(body.model).toBe('client-name');
    expect(body.choices?.[0].message.content ?? body.content[0].text).toBe(words.join(''));
    expect(relay.end()).toBe('');
  });

  test('fails as an HTTP error', () => {
    const relay = relayOf({ client: 'openai-chat', to: chat }, { stream: false });
    relay.push(chatStream(['a'], { finish: null, done: false }));
    expect(() => relay.end()).toThrowError(ProxyError);
    const long = relayOf(
      { client: 'openai-chat', to: chat },
      { stream: false },
      { limits: { maxEvent: 2 ** 20, maxReply: 100 } },
    );
    expect(() => long.push(chatStream(words))).toThrowError(/longer than 100 bytes/);
  });
});

describe('where the end of the stream is the finish', () => {
  const endless = deployment({ quirks: { noFinish: true } });
  const whole = chatStream(['Hel', 'lo'], { finish: null, done: false }).toString();

  test.each<[string, string, boolean]>([
    ['a whole last event', '', true],
    ['a terminator without its line end', 'data: [DONE]', true],
    ['half a terminator', 'data: [DO', true],
    ['half an event', 'data: {"choices":[{"index":0,"del', false],
  ])('%s', (_, tail, finishes) => {
    const { out } = run(relayOf({ client: 'openai-chat', to: endless }), Buffer.from(whole + tail), [whole.length]);
    expect(/"finish_reason":"stop"/.test(out.join(''))).toBe(finishes);
    expect(/data: \{"error"/.test(out.join(''))).toBe(!finishes);
  });
});
