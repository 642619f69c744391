import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { type MockReply, mock } from '../../src/upstream/mock.ts';
import { framer, type JsonMap } from '../../src/wire/index.ts';
import { validate } from '../dialects/validators.ts';

interface Played {
  text: string;
  /** Milliseconds after the start, one for each chunk. */
  times: number[];
  end?: true;
  error?: Error;
}

const never = new AbortController().signal;
const user = (content: unknown): JsonMap => JSON.parse(JSON.stringify({ role: 'user', content }));
const ask = (model: string, request: object, signal = never): MockReply =>
  mock(
    model,
    Buffer.from(JSON.stringify({ model: `mock/${model}`, messages: [user('say ten words')], ...request })),
    signal,
  );

function play(reply: MockReply): Played & ReturnType<MockReply['start']> {
  const played: Played = { text: '', times: [] };
  const started = Date.now();
  const control = reply.start({
    data: (chunk) => {
      played.text += chunk.toString();
      played.times.push(Date.now() - started);
    },
    end: () => {
      expect(played.end ?? played.error).toBeUndefined();
      played.end = true;
    },
    fail: (error) => {
      expect(played.end ?? played.error).toBeUndefined();
      played.error = error;
    },
  });
  return Object.assign(played, {
    pause: () => control.pause(),
    resume: () => control.resume(),
    abort: () => control.abort(),
  });
}

function playAll(reply: MockReply): Played {
  const played = play(reply);
  vi.runAllTimers();
  return played;
}

function chunksOf(text: string): JsonMap[] {
  const out: JsonMap[] = [];
  const cut = framer('sse', 1 << 24, { frame: ({ data }) => data !== '[DONE]' && out.push(JSON.parse(data)) });
  cut.push(Buffer.from(text));
  return out;
}

/** What a stream's deltas say together. */
function joined(text: string): { content: string; args: string; finish: unknown[] } {
  const out = { content: '', args: '', finish: [] as unknown[] };
  // biome-ignore lint/suspicious/noExplicitAny: a test reads the wire as its clients do
  for (const { choices } of chunksOf(text) as any[]) {
    for (const { delta, finish_reason } of choices) {
      out.content += delta.content ?? '';
      out.args += delta.tool_calls?.[0].function.arguments ?? '';
      out.finish.push(finish_reason);
    }
  }
  return out;
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const weather: JsonMap = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { enum: ['C', 'F'] }, days: { type: 'integer', minimum: 2 } },
      required: ['city', 'unit', 'days'],
    },
  },
};
const other: JsonMap = { type: 'function', function: { name: 'other' } };
const asked = { tools: [weather, other] };
const schema: JsonMap = {
  type: 'object',
  properties: { a: { type: 'array', items: { type: 'number' } } },
  required: ['a'],
};

interface Row {
  model: string;
  request: object;
  content: string | RegExp;
  args?: string;
  finish?: string;
}

describe('answers, plain and streamed, valid by the published schema', () => {
  it.each<[string, Row]>([
    ['echo', { model: 'echo', request: {}, content: 'say ten words' }],
    [
      'echo of the last user text',
      {
        model: 'echo',
        request: {
          messages: [
            user('a'),
            { role: 'assistant', content: 'b' },
            user('c  d\ne '),
            { role: 'assistant', content: 'f' },
          ],
        },
        content: 'c  d\ne ',
      },
    ],
    [
      'echo of parts',
      {
        model: 'echo',
        request: {
          messages: [
            user([
              { type: 'text', text: 'a ' },
              { type: 'image_url', image_url: { url: 'x' } },
              { type: 'text', text: 'b' },
            ]),
          ],
        },
        content: 'a b',
      },
    ],
    [
      'echo of signs',
      {
        model: 'echo',
        request: { messages: [user('😀 é\u2028"\\ data: x\n\n')] },
        content: '😀 é\u2028"\\ data: x\n\n',
      },
    ],
    ['echo of nothing', { model: 'echo', request: { messages: [user('')] }, content: '' }],
    [
      'echo of a long text',
      { model: 'echo', request: { messages: [user('word '.repeat(20_000))] }, content: /^(word ){20000}$/ },
    ],
    ['echo cut by max_tokens', { model: 'echo', request: { max_tokens: 2 }, content: 'say ten ', finish: 'length' }],
    [
      'echo in JSON',
      { model: 'echo', request: { response_format: { type: 'json_object' } }, content: '{"text":"say ten words"}' },
    ],
    [
      'echo by a schema',
      {
        model: 'echo',
        request: { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } },
        content: '{"a":[1]}',
      },
    ],
    ['lorem', { model: 'lorem', request: {}, content: /^The harbour[\s\S]{800,}sleep\.$/ }],
    [
      'lorem by a schema',
      {
        model: 'lorem',
        request: { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } },
        content: '{"a":[1]}',
      },
    ],
    ['slow', { model: 'slow', request: {}, content: /^The harbour/ }],
    [
      'tool calls the first',
      { model: 'tool', request: asked, content: '', args: '{"city":"text","unit":"C","days":2}', finish: 'tool_calls' },
    ],
    [
      'tool calls the chosen one',
      {
        model: 'tool',
        request: { ...asked, tool_choice: { type: 'function', function: { name: 'other' } } },
        content: '',
        args: '{}',
        finish: 'tool_calls',
      },
    ],
    ['tool without tools', { model: 'tool', request: {}, content: 'say ten words' }],
    ['tool that may not', { model: 'tool', request: { ...asked, tool_choice: 'none' }, content: 'say ten words' }],
    [
      'tool after a result',
      {
        model: 'tool',
        request: { ...asked, messages: [user('x'), { role: 'tool', tool_call_id: 'c', content: '21 C' }] },
        content: 'The tool answered: "21 C"',
      },
    ],
  ])('%s', (_, { model, request, content, args = '', finish = 'stop' }) => {
    const plain = ask(model, request);
    expect(plain).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    const whole = JSON.parse(playAll(plain).text);
    expect(validate('openai', whole, 'chat.response').errors).toEqual([]);
    const [{ message, finish_reason }] = whole.choices;
    if (typeof content === 'string') expect(message.content ?? '').toBe(content);
    else expect(message.content).toMatch(content);
    expect(message.tool_calls?.[0].function.arguments ?? '').toBe(args);
    expect(finish_reason).toBe(finish);
    expect(whole.usage.total_tokens).toBe(whole.usage.prompt_tokens + whole.usage.completion_tokens);
    expect(Math.min(whole.usage.prompt_tokens, whole.usage.completion_tokens)).toBeGreaterThan(0);

    const stream = ask(model, { ...request, stream: true, stream_options: { include_usage: true } });
    expect(stream.headers['content-type']).toMatch(/^text\/event-stream/);
    const played = playAll(stream);
    expect(validate('openai', played.text, 'chat.stream').errors).toEqual([]);
    const told = joined(played.text);
    expect(told).toMatchObject({ content: message.content ?? '', args });
    expect(told.finish.filter((reason) => reason !== null)).toEqual([finish]);
    expect(chunksOf(played.text).at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: expect.any(Number) } });
    expect(played.text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(played.times.length).toBeLessThan(210);
    expect(playAll(ask(model, { ...request, stream: true, stream_options: { include_usage: true } })).text).toBe(
      played.text,
    );
  });

  it('no usage chunk unless asked for', () => {
    const chunks = chunksOf(playAll(ask('echo', { stream: true })).text);
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(chunks[0]).toMatchObject({ choices: [{ delta: { role: 'assistant' }, finish_reason: null }] });
  });

  it('n answers', () => {
    expect(JSON.parse(playAll(ask('echo', { n: 2 })).text).choices.map((one: JsonObject) => one['index'])).toEqual([
      0, 1,
    ]);
    expect(joined(playAll(ask('echo', { n: 2, stream: true })).text).content).toBe('say ten words'.repeat(2));
  });

  it('lorem comes in about sixty pieces', () => {
    const content = chunksOf(playAll(ask('lorem', { stream: true })).text).length;
    expect(content).toBeGreaterThan(50);
    expect(content).toBeLessThan(75);
  });
});

describe('arguments satisfy the schema', () => {
  it.each<[string, JsonMap]>([
    [
      'nested objects',
      {
        type: 'object',
        properties: { a: { type: 'object', properties: { b: { type: 'boolean' } }, required: ['b'] } },
        required: ['a'],
      },
    ],
    [
      'arrays with a least length',
      {
        type: 'object',
        properties: { a: { type: 'array', minItems: 3, items: { type: 'integer' } } },
        required: ['a'],
      },
    ],
    ['no items wanted', { type: 'object', properties: { a: { type: 'array', maxItems: 0 } }, required: ['a'] }],
    [
      'tuples',
      { type: 'object', properties: { a: { type: 'array', items: { type: 'string' }, minItems: 2 } }, required: ['a'] },
    ],
    ['several types', { type: 'object', properties: { a: { type: ['null', 'number'] } }, required: ['a'] }],
    ['null alone', { type: 'object', properties: { a: { type: 'null' } }, required: ['a'] }],
    ['const', { type: 'object', properties: { a: { const: { x: [1] } } }, required: ['a'] }],
    [
      'lengths',
      {
        type: 'object',
        properties: { a: { type: 'string', minLength: 9 }, b: { type: 'string', maxLength: 2 } },
        required: ['a', 'b'],
      },
    ],
    [
      'ranges',
      {
        type: 'object',
        properties: {
          a: { type: 'number', exclusiveMinimum: 0, maximum: 0.5 },
          b: { type: 'integer', maximum: -3 },
          c: { type: 'integer', multipleOf: 7, minimum: 15 },
          d: { type: 'integer', exclusiveMinimum: 4 },
        },
        required: ['a', 'b', 'c', 'd'],
      },
    ],
    [
      'references',
      { type: 'object', properties: { a: { $ref: '#/$defs/b~1c' } }, required: ['a'], $defs: { 'b/c': { enum: [5] } } },
    ],
    [
      'anyOf',
      {
        type: 'object',
        properties: { a: { anyOf: [{ type: 'null' }, { type: 'string', minLength: 6 }] } },
        required: ['a'],
      },
    ],
    [
      'allOf',
      {
        type: 'object',
        allOf: [
          { properties: { a: { type: 'number' } }, required: ['a'] },
          { properties: { b: { type: 'string' } }, required: ['b'] },
        ],
        additionalProperties: true,
      },
    ],
    [
      'a tree that contains itself',
      {
        type: 'object',
        properties: {
          left: { anyOf: [{ $ref: '#' }, { type: 'null' }] },
          right: { anyOf: [{ type: 'null' }, { type: 'object' }] },
        },
        required: ['left', 'right'],
      },
    ],
    ['required without properties', { type: 'object', required: ['x'] }],
    [
      'a property called __proto__',
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"number"}},"required":["__proto__"]}'),
    ],
    ['nothing said', {}],
  ])('%s', (_, parameters) => {
    const reply = ask('tool', {
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', ...parameters } } }],
    });
    const args = JSON.parse(JSON.parse(playAll(reply).text).choices[0].message.tool_calls[0].function.arguments);
    const check = new Ajv({ strict: false }).compile(parameters);
    expect({ args, valid: check(args), errors: check.errors }).toEqual({ args, valid: true, errors: null });
  });

  it('a schema that cannot end ends', () => {
    const parameters = { type: 'object', properties: { a: { $ref: '#' }, b: { $ref: '#' } }, required: ['a'] };
    expect(playAll(ask('tool', { tools: [{ type: 'function', function: { name: 'f', parameters } }] })).end).toBe(true);
  });
});

describe('failures', () => {
  it.each([
    ['429', 429, { type: 'requests', code: 'rate_limit_exceeded' }, '1'],
    ['500', 500, { type: 'server_error' }, undefined],
    [
      'nope',
      404,
      {
        code: 'model_not_found',
        message: expect.stringContaining('mock/cut-stream, mock/echo, mock/lorem, mock/slow, mock/tool'),
      },
      undefined,
    ],
    ['constructor', 404, { code: 'model_not_found' }, undefined],
  ])('%s', (model, status, error, retryAfter) => {
    for (const stream of [true, false]) {
      const reply = ask(model, { stream });
      expect(reply.status).toBe(status);
      expect(reply.headers['retry-after']).toBe(retryAfter);
      const played = playAll(reply);
      expect(played.end).toBe(true);
      expect(JSON.parse(played.text)).toMatchObject({ error: { message: expect.any(String), param: null, ...error } });
    }
  });

  it.each(['', '[]', '{"messages":5}', '{"messages"'])('a body %j is 400', (body) => {
    const reply = mock('echo', Buffer.from(body), never);
    expect(reply.status).toBe(400);
    expect(JSON.parse(playAll(reply).text).error.type).toBe('invalid_request_error');
  });

  it('cut-stream resets half-way through a stream', () => {
    const played = playAll(ask('cut-stream', { stream: true }));
    expect(played.error).toMatchObject({ code: 'ECONNRESET' });
    expect(played.end).toBeUndefined();
    const { content, finish } = joined(played.text);
    expect(content.length).toBeGreaterThan(300);
    expect(new Set(finish)).toEqual(new Set([null]));
  });

  it('cut-stream truncates a plain body', () => {
    const played = playAll(ask('cut-stream', {}));
    expect(played.end).toBe(true);
    expect(() => JSON.parse(played.text)).toThrow(SyntaxError);
  });
});

describe('time', () => {
  it('slow takes 300 ms to the first token, then 50 for each', () => {
    const { times } = playAll(ask('slow', { stream: true }));
    expect(times.slice(0, 4)).toEqual([0, 300, 350, 400]);
    expect(times.at(-1)).toBe(300 + 50 * (times.length - 2));
    const [whole] = playAll(ask('slow', {})).times;
    expect(whole).toBeGreaterThan(2_000);
  });

  it('nothing is told before the caller has its handle', () => {
    expect(play(ask('echo', {})).times).toEqual([]);
  });

  it('pause holds, resume goes on, nothing is lost', () => {
    const played = play(ask('slow', { stream: true }));
    vi.advanceTimersByTime(410);
    const before = played.times.length;
    played.pause();
    vi.advanceTimersByTime(5_000);
    expect(played.times.length).toBe(before);
    played.resume();
    played.resume();
    vi.runAllTimers();
    expect(played.end).toBe(true);
    expect(played.text).toBe(playAll(ask('slow', { stream: true })).text);
  });

  it('a sink that pauses in the middle of a burst gets no more until it resumes', () => {
    const texts: string[] = [];
    const control = ask('lorem', { stream: true }).start({
      data: (chunk) => {
        texts.push(String(chunk));
        control.pause();
      },
      end: () => texts.push('end'),
      fail: () => texts.push('fail'),
    });
    vi.runAllTimers();
    expect(texts).toHaveLength(1);
    while (texts.at(-1) !== 'end') {
      control.resume();
      vi.runAllTimers();
    }
    expect(texts.slice(0, -1).join('')).toBe(playAll(ask('lorem', { stream: true })).text);
  });

  it('abort ends it at once and in silence', () => {
    const played = play(ask('slow', { stream: true }));
    vi.advanceTimersByTime(310);
    played.abort();
    expect(vi.getTimerCount()).toBe(0);
    played.resume();
    vi.runAllTimers();
    expect(played).toMatchObject({ times: [0, 300] });
    expect(played.end ?? played.error).toBeUndefined();
  });

  it.each([
    ['before it begins', 0],
    ['in the middle', 310],
  ])('the signal fails it, %s', async (_, ms) => {
    const controller = new AbortController();
    if (ms === 0) controller.abort(new Error('gone'));
    const played = play(ask('slow', { stream: true }, controller.signal));
    await vi.advanceTimersByTimeAsync(ms);
    controller.abort(new Error('gone'));
    await vi.runAllTimersAsync();
    expect(played.error).toMatchObject({ message: 'gone' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
