import { describe, expect, test } from 'vitest';
import type { Asked } from '../../../src/dialects/index.ts';
import { type JsonObject, ProxyError } from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';
import { chunk, client, fixedGiven, wire } from './drive.ts';

const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
const text = chunk({ role: 'assistant', content: 'a' });
const stop = chunk({}, 'stop');

/** What a client reads; what the tap throws is told as the relay does. */
function pass(asked: Asked, ...chunks: Buffer[]): { out: string; tap: ReturnType<typeof client.tap>; begun: boolean } {
  const tap = client.tap(asked, fixedGiven());
  let out = '';
  let cause: ProxyError | undefined;
  let begun = false;
  const cutter = framer('sse', 1 << 24, {
    bytes: (frame) => {
      if (cause !== undefined) return;
      try {
        out += tap.see(frame)?.toString() ?? '';
      } catch (thrown) {
        if (!(thrown instanceof ProxyError)) throw thrown;
        begun = tap.begun;
        cause = thrown;
      }
    },
  });
  for (const one of chunks) cutter.push(one);
  cutter.end();
  return { out: out + tap.over(cause), tap, begun: cause === undefined ? tap.begun : begun };
}

const renamed = (...chunks: (JsonObject | string)[]): string =>
  wire(...chunks.map((one) => (typeof one === 'string' ? one : { ...one, model: 'mine' }))).toString();

describe('tap', () => {
  test('passes what needs no change byte for byte', () => {
    const body = Buffer.from(
      ': hello\n\ndata: {"choices":[{"index":0,"delta":{"content":"é"},"finish_reason":"stop"}] }\n\ndata: [DONE]\n\n',
    );
    expect(pass({}, body).out).toBe(body.toString());
  });

  const odd =
    '{"choices":[{"index":0,"delta":{"content":"\\"model\\":\\"theirs\\""},"finish_reason":null}],"meta":{"model":"theirs"},"model":"theirs"}';
  const restamps: [string, Buffer, string][] = [
    ['every chunk', wire(text, text, stop, '[DONE]'), renamed(text, text, stop, '[DONE]')],
    [
      'only the top level',
      wire(odd, stop, '[DONE]'),
      `data: ${odd.replace(/"theirs"\}$/, '"mine"}')}\n\n${renamed(stop, '[DONE]')}`,
    ],
    ['a name with quotes in it', wire({ ...text, model: 'a"b\\' }, stop, '[DONE]'), renamed(text, stop, '[DONE]')],
    [
      'chunks of CRLF servers',
      Buffer.from(wire(text, stop, '[DONE]').toString().replaceAll('\n', '\r\n')),
      renamed(text, stop, '[DONE]'),
    ],
    [
      'chunks without blanks after the colon',
      Buffer.from(wire(text, stop, '[DONE]').toString().replaceAll('data: ', 'data:')),
      renamed(text, stop, '[DONE]'),
    ],
    [
      'a chunk over several lines',
      Buffer.from(`data: {"model":"theirs",\ndata: "choices":[]}\n\n${wire(text, stop, '[DONE]')}`),
      `data: {"model":"mine",\ndata: "choices":[]}\n\n${renamed(text, stop, '[DONE]')}`,
    ],
  ];
  test.each(restamps)('restamps %s', (_name, body, expected) =>
    expect(pass({ model: 'mine' }, body).out).toBe(expected),
  );

  const alone = { ...chunk({}), choices: [], usage };
  const usages: [string, (JsonObject | string)[], (JsonObject | string)[]][] = [
    ['a chunk of its own', [text, stop, alone, '[DONE]'], [text, stop, '[DONE]']],
    ['usage beside choices', [text, chunk({}, 'stop', { usage }), '[DONE]'], [text, stop, '[DONE]']],
    ['usage in every chunk', [{ ...text, usage }, { ...stop, usage }, '[DONE]'], [text, stop, '[DONE]']],
    [
      'usage: null',
      [chunk({ content: 'a' }, null, { usage: null }), stop, alone, '[DONE]'],
      [chunk({ content: 'a' }, null, { usage: null }), stop, '[DONE]'],
    ],
  ];
  test.each(usages)('withholds %s, and remembers it', (_name, chunks, expected) => {
    const { out, tap } = pass({ withholdUsage: true }, wire(...chunks));
    expect(out).toBe(wire(...expected).toString());
    expect(tap.facts.usage).toMatchObject({ input: 1, output: 2 });
    expect(pass({}, wire(...chunks)).out).toBe(wire(...chunks).toString());
  });

  test('knows what passed', () => {
    const { tap } = pass({}, wire(text, stop, alone, '[DONE]'));
    expect(tap.facts).toMatchObject({ id: 'chatcmpl-1', model: 'theirs', finish: 'stop', usage: { input: 1 } });
    expect(tap.begun).toBe(true);
  });

  const done = 'data: [DONE]\n\n';
  const broken =
    'data: {"error":{"message":"litellm.BadGatewayError: the stream ended without a finish reason","type":"server_error","param":null,"code":"502"}}\n\n';
  const endings: [string, Buffer, string][] = [
    ['a finish without terminator is completed', wire(text, stop), `${wire(text, stop)}${done}`],
    ['a terminator without finish is an error', wire(text, '[DONE]'), `${wire(text)}${broken}${done}`],
    ['an end without both is an error', wire(text), `${wire(text)}${broken}${done}`],
    ['nothing is an error', Buffer.alloc(0), `${broken}${done}`],
    [
      'what follows the terminator is dropped',
      wire(text, stop, '[DONE]', text, '[DONE]'),
      `${wire(text, stop)}${done}`,
    ],
    [
      'half a chunk is dropped',
      Buffer.concat([wire(text), Buffer.from('data: {"choices":[{"ind')]),
      `${wire(text)}${broken}${done}`,
    ],
    [
      'a whole chunk without its blank line is kept',
      Buffer.from(wire(text, stop).toString().trimEnd()),
      `${wire(text, stop)}${done}`,
    ],
    [
      'one of two choices unfinished is an error',
      wire(text, { ...text, choices: [{ index: 1, delta: { content: 'b' }, finish_reason: null }] }, stop, '[DONE]'),
      `${wire(text, { ...text, choices: [{ index: 1, delta: { content: 'b' }, finish_reason: null }] }, stop)}${broken}${done}`,
    ],
  ];
  test.each(endings)('%s', (_name, body, expected) => expect(pass({}, body).out).toBe(expected));

  const failures: [string, Buffer, boolean, string][] = [
    [
      'before any content',
      wire(chunk({ role: 'assistant', content: '' }), { error: { message: 'busy', code: 503 } }),
      false,
      'litellm.ServiceUnavailableError: busy',
    ],
    [
      'after content',
      wire(text, { error: { message: 'limit', type: 'rate_limit_error' } }, stop),
      true,
      'litellm.RateLimitError: limit',
    ],
    [
      'as a named event',
      Buffer.concat([
        wire(text),
        Buffer.from('event: error\ndata: {"error":{"message":"x","type":"internal_server_error"}}\n\n'),
      ]),
      true,
      'litellm.InternalServerError: x',
    ],
    [
      'as an object of its own',
      wire({ object: 'error', message: 'no', code: 400 }),
      false,
      'litellm.BadRequestError: no',
    ],
    ['as a text', wire('<html>'), false, 'litellm.BadGatewayError: '],
  ];
  test.each(failures)('an error %s is thrown and told once', (_name, body, begun, message) => {
    const passed = pass({}, body);
    expect(passed.begun).toBe(begun);
    expect(passed.out.match(/^data: \{"error"/gm)).toHaveLength(1);
    expect(passed.out).toContain(message);
    expect(passed.out.endsWith(done)).toBe(true);
    expect(passed.tap.over()).toBe('');
  });

  test('a cause that comes after the finish does not undo the answer', () => {
    const tap = client.tap({}, fixedGiven());
    tap.see(wire(text));
    tap.see(wire(stop));
    expect(tap.over(new ProxyError('connection', 'reset'))).toBe(done);
  });

  test('a cause is told where the answer is not finished', () => {
    const tap = client.tap({}, fixedGiven());
    tap.see(wire(text));
    expect(tap.over(new ProxyError('timeout', 'late'))).toContain('litellm.Timeout: late');
  });
});
