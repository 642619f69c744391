import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HubEvent, HubResponse } from '../../../src/hub/index.ts';
import { ProxyError } from '../../../src/hub/index.ts';
import { hubResponses } from '../../hub/arbitrary.ts';
import { brokenOrders, eventOrders } from '../../hub/event-orders.ts';
import { collect, decodeReply, decodeStream, tell } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { validate } from '../validators.ts';
import { walked } from '../walks.ts';
import { encodeEvents, encodeWhole, type Form, factsOf, pass, sides } from './codec.ts';

const both = ['chat', 'generate'] as const;

/** What the answer must say, as the hub knows it. */
function wanted(response: HubResponse, form: Form) {
  const choice = response.choices.find(({ index }) => index === 0) ?? response.choices[0];
  const blocks = choice?.blocks ?? [];
  const join = (...types: string[]): string =>
    blocks.map((block) => ('text' in block && types.includes(block.type) ? block.text : '')).join('');
  const calls = blocks.flatMap((block) => (block.type === 'tool-call' ? [['', block.name]] : []));
  return {
    model: 'asked-model',
    text: join('text', 'refusal'),
    thinking: join('thinking'),
    calls: form === 'chat' ? calls : [],
    usage: { input: response.usage?.input ?? 0, output: response.usage?.output ?? 0, cacheRead: 0 },
  };
}

function told(answer: Parameters<typeof factsOf>[0], form: Form) {
  const { model, text, thinking, calls, usage } = factsOf(answer);
  return { model, text, thinking, calls: form === 'chat' ? calls.map(([, name]) => ['', name]) : [], usage };
}

function complaints(answer: Parameters<typeof factsOf>[0], form: Form): string[] {
  return validate('ollama', answer, `${form}.${typeof answer === 'string' ? 'stream' : 'response'}`).errors;
}

describeRecorded('recordings of every dialect, told to clients', () => {
  const all = walked('answer');
  test('there are recordings', () => expect(all.length).toBeGreaterThan(100));
  test.each(all)('$name', ({ recording, dialect, quirks }) => {
    const events: HubEvent[] = recording.meta.stream
      ? decodeStream(dialect, [recording.body], quirks, recording.framing)
      : tell(decodeReply(dialect, JSON.parse(recording.body.toString()), quirks));
    if (events.some(({ type }) => type === 'error')) return;
    const response = collect(events);
    for (const form of both) {
      for (const answer of [encodeWhole(form, response), encodeEvents(form, events)]) {
        expect(complaints(answer, form)).toEqual([]);
        expect(told(answer, form)).toEqual(wanted(response, form));
      }
    }
  });
});

describeRecorded('recorded streams, passed', () => {
  const streams = recordings('ollama').filter(({ meta }) => meta.stream);
  test.each(streams)('$case is the same but for the name, wherever it is cut', ({ body, meta }) => {
    const whole = pass([body], 'my-model');
    const own = `"model":${JSON.stringify(meta.model)}`;
    expect(whole.text).toBe(body.toString().replaceAll(own, '"model":"my-model"').replace(/\n\n$/, '\n'));
    expect(whole).toMatchObject({ failed: false, facts: { model: meta.model, finish: 'stop' } });
    expect(
      pass(
        Array.from(body, (byte) => Buffer.from([byte])),
        'my-model',
      ),
    ).toEqual(whole);
    for (let cut = 0; cut < body.length; cut += 13) {
      expect(pass([body.subarray(0, cut), body.subarray(cut)], 'my-model')).toEqual(whole);
    }
  });

  test.each(streams)('$case, stopped at any line, ends in one error', ({ body }) => {
    const lines = body
      .toString()
      .trimEnd()
      .split(/(?<=\n)/);
    for (let count = 0; count < lines.length; count++) {
      const { text, failed } = pass([Buffer.from(lines.slice(0, count).join(''))], 'my-model');
      expect(failed).toBe(true);
      expect(text.match(/^\{"error":/gm)).toHaveLength(1);
      expect(validate('ollama', text, 'chat.stream').errors).toEqual([]);
    }
  });

  test.each(recordings('ollama').filter(({ meta }) => !meta.stream))('$case is glanced at', ({ body, meta }) => {
    const look = () => sides.chat.glance(JSON.parse(body.toString()));
    if (meta.status >= 400) expect(look).toThrow(ProxyError);
    else expect(look()).toMatchObject({ model: meta.model, finish: 'stop', usage: { output: expect.any(Number) } });
  });
});

describe('passed lines', () => {
  const done = '{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n';
  test.each([
    ['the name in a text stays', '{"model":"m","message":{"content":"\\"model\\":\\"m\\""},"done":false}\n'],
    ['a name behind the text', '{"message":{"content":"x"},"done":false,"model":"m"}\n'],
    ['blanks', '{ "model" : "m", "message":{"content":"x"}, "done" : false }\r\n'],
    [
      'arguments called done',
      '{"model":"m","message":{"tool_calls":[{"function":{"name":"f","arguments":{"done":true,"error":"e"}}}]},"done":false}\n',
    ],
  ])('%s', (_name, line) => {
    const { text, failed } = pass([Buffer.from(line + done)], 'mine');
    expect(failed).toBe(false);
    const [first = '', last = ''] = text.trim().split('\n');
    expect(JSON.parse(first)).toEqual({ ...JSON.parse(line), model: 'mine' });
    expect(JSON.parse(last)).toEqual({ ...JSON.parse(done), model: 'mine' });
  });

  test.each(['{"error":"out of memory"}\n', 'null\n', '<html>\n', '{"model":"m","message"\n'])(
    '%j is an error',
    (line) => {
      const { text, failed } = pass(
        [Buffer.from(`{"model":"m","message":{"content":"x"},"done":false}\n${line}`)],
        'm',
      );
      expect(failed).toBe(true);
      expect(JSON.parse(text.trim().split('\n').at(-1) ?? '')).toEqual({ error: expect.any(String) });
    },
  );

  test('nothing passes behind the end', () => {
    expect(pass([Buffer.from(`${done}\n${done}`)], 'm').text).toBe(done);
  });
});

describe.each(both)('laws of %s', (form) => {
  test('every answer is valid', () => {
    fc.assert(
      fc.property(hubResponses, (response) => {
        const answer = encodeWhole(form, response);
        expect(complaints(answer, form)).toEqual([]);
        expect(told(answer, form).text).toBe(wanted(response, form).text);
      }),
    );
  });

  test('every legal order is a valid stream that says what the answer says', () => {
    fc.assert(
      fc.property(eventOrders, ({ events, tells }) => {
        if (!tells.choices.some(({ index }) => index === 0)) return;
        const stream = encodeEvents(form, events);
        expect(complaints(stream, form)).toEqual([]);
        const first = { ...tells, choices: tells.choices.filter(({ index }) => index === 0) };
        expect(told(stream, form)).toMatchObject({ ...wanted(first, form), usage: expect.anything() });
      }),
    );
  });

  test('an error is the last line, and the only one', () => {
    fc.assert(
      fc.property(brokenOrders, (events) => {
        const stream = encodeEvents(form, events);
        expect(complaints(stream, form)).toEqual([]);
        expect(stream.match(/^\{"error":/gm)).toHaveLength(1);
        expect(stream.trimEnd().split('\n').at(-1)).toBe('{"error":"the provider is overloaded"}');
      }),
    );
  });

  test('a stream that ends without a finish is an error', () => {
    const stream = encodeEvents(form, [{ type: 'start', id: 'i', model: 'm', created: 1 }]);
    expect(JSON.parse(stream)).toEqual({ error: expect.stringContaining('ended') });
  });
});

describe('what an answer says', () => {
  const finished = (reason: HubResponse['choices'][number]['finish']['reason'], raw?: string): HubResponse => ({
    id: 'i',
    model: 'p',
    created: 1,
    choices: [{ index: 0, blocks: [], finish: raw === undefined ? { reason } : { reason, raw } }],
  });

  test.each([
    [finished('stop'), 'stop'],
    [finished('tool-calls', 'tool_use'), 'stop'],
    [finished('length', 'max_tokens'), 'length'],
    [finished('content-filter', 'SAFETY'), 'content_filter'],
    [finished('refusal'), 'content_filter'],
    [finished('other', 'odd'), 'odd'],
  ])('a finish %#', (response, reason) => {
    expect(encodeWhole('chat', response)).toMatchObject({ done: true, done_reason: reason });
  });

  test('times are those of the call, in whole nanoseconds', () => {
    let now = 1_000;
    const given = { id: (prefix: string) => prefix, now: () => now, since: 900 };
    const request = { from: 'ollama', model: 'm', messages: [], stream: true, params: {}, unknown: {} } as const;
    const encoder = sides.chat.encodeStream({ ...request, messages: [] }, given);
    encoder.event({ type: 'open', choice: 0, block: 0, head: { type: 'text', text: '' } });
    encoder.event({ type: 'text', choice: 0, block: 0, text: 'x' });
    now = 1_500;
    encoder.event({ type: 'finish', choice: 0, finish: { reason: 'stop' } });
    encoder.event({ type: 'usage', usage: { input: 3, output: 4 } });
    expect(JSON.parse(encoder.end())).toMatchObject({
      created_at: '1970-01-01T00:00:01.500Z',
      total_duration: 600_000_000,
      prompt_eval_duration: 100_000_000,
      eval_duration: 500_000_000,
      prompt_eval_count: 3,
      eval_count: 4,
    });
  });

  test('an error has its status and its advice', () => {
    const error = new ProxyError('rate-limit', 'slow down', { retryAfterMs: 1500 });
    expect(sides.chat.encodeError(error, { id: (prefix) => prefix, now: () => 0 })).toEqual({
      status: 429,
      headers: { 'retry-after': '2' },
      body: { error: 'slow down' },
    });
  });
});
