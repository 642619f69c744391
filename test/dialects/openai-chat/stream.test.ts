import { describe, expect, test } from 'vitest';
import type { OpenAIChatQuirks } from '../../../src/dialects/openai-chat/quirks.ts';
import {
  type Block,
  collector,
  type ErrorKind,
  type HubEvent,
  type JsonObject,
  ProxyError,
} from '../../../src/hub/index.ts';
import { findIllegal } from '../legal.ts';
import { validate } from '../validators.ts';
import { ask, askStream, chunk, decodeStream, encodeStream, wire } from './drive.ts';

const role = chunk({ role: 'assistant', content: '' });
const stop = chunk({}, 'stop');
const called = chunk({}, 'tool_calls');
const piece = (call: JsonObject): JsonObject => chunk({ tool_calls: [call] });
const head = (id: string, name: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'function',
  function: { name, ...more },
});
const args = (text: string): JsonObject => ({ function: { arguments: text } });
const call = (id: string, name: string, text: string): Block => ({ type: 'tool-call', id, name, args: text });

const traps: [string, (JsonObject | string)[], Block[], string][] = [
  [
    'a comment and an empty preface',
    [
      { id: '', model: '', object: '', choices: [], prompt_filter_results: [] },
      role,
      chunk({ content: 'a' }),
      stop,
      '[DONE]',
    ],
    [{ type: 'text', text: 'a' }],
    'stop',
  ],
  [
    'a role in every delta',
    [role, chunk({ role: 'assistant', content: 'a' }), chunk({ role: 'assistant', content: 'b' }), stop],
    [{ type: 'text', text: 'ab' }],
    'stop',
  ],
  [
    'two finishes, the second with usage',
    [
      chunk({ content: 'a' }),
      stop,
      chunk({ content: '' }, 'stop', { usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
      '[DONE]',
    ],
    [{ type: 'text', text: 'a' }],
    'stop',
  ],
  ['a finish word of its own', [chunk({ content: 'a' }), chunk({}, 'eos')], [{ type: 'text', text: 'a' }], 'stop'],
  [
    'calls that end with stop',
    [piece({ index: 0, ...head('c', 'f', { arguments: '{}' }) }), stop],
    [call('c', 'f', '{}')],
    'tool-calls',
  ],
  [
    'a name that comes late',
    [
      piece({ index: 0, id: 'c', type: 'function' }),
      piece({ index: 0, ...args('{"a":') }),
      piece({ index: 0, function: { name: 'f' } }),
      piece({ index: 0, ...args('1}') }),
      called,
    ],
    [call('c', 'f', '{"a":1}')],
    'tool-calls',
  ],
  [
    'ids that are empty on later deltas',
    [piece({ index: 0, ...head('c', 'f', { arguments: '' }) }), piece({ index: 0, id: '', ...args('{}') }), called],
    [call('c', 'f', '{}')],
    'tool-calls',
  ],
  [
    'arguments that are null',
    [
      piece({ index: 0, ...head('c', 'f', { arguments: null }) }),
      piece({ index: 0, id: null, function: { name: null, arguments: '{}' } }),
      called,
    ],
    [call('c', 'f', '{}')],
    'tool-calls',
  ],
  [
    'arguments that are an object',
    [piece({ index: 0, ...head('c', 'f', { arguments: { a: 1 } }) }), called],
    [call('c', 'f', '{"a":1}')],
    'tool-calls',
  ],
  ['no arguments at all', [piece({ index: 0, ...head('c', 'f') }), called], [call('c', 'f', '')], 'tool-calls'],
  [
    'whole calls without an index',
    [
      chunk(
        { tool_calls: [head('c', 'f', { arguments: '{}' }), head('d', 'g', { arguments: '{"x":1}' })] },
        'tool_calls',
      ),
    ],
    [call('c', 'f', '{}'), call('d', 'g', '{"x":1}')],
    'tool-calls',
  ],
  [
    'calls without index and id',
    [
      chunk(
        { tool_calls: [{ function: { name: 'f', arguments: '{}' } }, { function: { name: 'g', arguments: '{}' } }] },
        'tool_calls',
      ),
    ],
    [call('call_fresh1', 'f', '{}'), call('call_fresh2', 'g', '{}')],
    'tool-calls',
  ],
  [
    'a new id at an old index',
    [
      piece({ index: 0, ...head('c', 'f', { arguments: '{}' }) }),
      piece({ index: 0, ...head('d', 'g', { arguments: '{}' }) }),
      called,
    ],
    [call('c', 'f', '{}'), call('d', 'g', '{}')],
    'tool-calls',
  ],
  [
    'the same id in every delta',
    [
      piece({ index: 0, ...head('c', 'f', { arguments: '{"a"' }) }),
      piece({ index: 0, ...head('c', 'f', { arguments: ':1}' }) }),
      called,
    ],
    [call('c', 'f', '{"a":1}')],
    'tool-calls',
  ],
  [
    'calls told in turns',
    [
      piece({ index: 0, ...head('c', 'f') }),
      piece({ index: 1, ...head('d', 'g') }),
      piece({ index: 0, ...args('{"a":') }),
      piece({ index: 1, ...args('{"b":') }),
      piece({ index: 0, ...args('1}') }),
      piece({ index: 1, ...args('2}') }),
      called,
    ],
    [call('c', 'f', '{"a":1}'), call('d', 'g', '{"b":2}')],
    'tool-calls',
  ],
  [
    'text between the pieces of a call',
    [
      piece({ index: 0, ...head('c', 'f', { arguments: '{"a":' }) }),
      chunk({ content: 'x' }),
      piece({ index: 0, ...args('1}') }),
      called,
    ],
    [call('c', 'f', '{"a":1}'), { type: 'text', text: 'x' }],
    'tool-calls',
  ],
  [
    'a call without a name',
    [piece({ index: 0, id: 'c', ...args('{}') }), chunk({ content: 'a' }), stop],
    [{ type: 'text', text: 'a' }],
    'stop',
  ],
  [
    'the legacy function_call',
    [
      chunk({ function_call: { name: 'f', arguments: '' } }),
      chunk({ function_call: { arguments: '{}' } }),
      chunk({}, 'function_call'),
    ],
    [call('call_fresh1', 'f', '{}')],
    'tool-calls',
  ],
  [
    'reasoning, then text',
    [
      chunk({ reasoning_content: 'h' }),
      chunk({ reasoning_content: 'm', content: null }),
      chunk({ content: 'a' }),
      stop,
    ],
    [
      { type: 'thinking', text: 'hm' },
      { type: 'text', text: 'a' },
    ],
    'stop',
  ],
  [
    'reasoning under other names',
    [
      chunk({ reasoning: 'h', reasoning_details: [{ type: 'reasoning.text', text: 'h', index: 0 }] }),
      chunk({ content: 'a' }),
      stop,
    ],
    [
      { type: 'thinking', text: 'h' },
      { type: 'text', text: 'a' },
    ],
    'stop',
  ],
  [
    'reasoning in details only',
    [chunk({ reasoning_details: [{ type: 'reasoning.summary', summary: 'h' }] }), stop],
    [{ type: 'thinking', text: 'h' }],
    'stop',
  ],
  [
    'lists in content',
    [
      chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'h' }] }] }),
      chunk({ content: [{ type: 'text', text: 'a' }] }),
      stop,
    ],
    [
      { type: 'thinking', text: 'h' },
      { type: 'text', text: 'a' },
    ],
    'stop',
  ],
  [
    'proofs',
    [
      chunk({ reasoning_content: 'hm' }),
      chunk({ thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 's' }] }),
      chunk({ thinking_blocks: [{ type: 'redacted_thinking', data: 'r' }] }),
      chunk({ content: 'a' }),
      stop,
    ],
    [
      { type: 'thinking', text: 'hm', signature: { by: 'openai-chat', value: 's' } },
      { type: 'thinking', text: '', redacted: true, signature: { by: 'openai-chat', value: 'r' } },
      { type: 'text', text: 'a' },
    ],
    'stop',
  ],
  ['a refusal', [chunk({ refusal: 'n' }), chunk({ refusal: 'o' }), stop], [{ type: 'refusal', text: 'no' }], 'stop'],
  [
    'a message in place of the delta',
    [{ id: 'x', choices: [{ index: 0, message: { content: 'a' }, finish_reason: 'stop' }] }],
    [{ type: 'text', text: 'a' }],
    'stop',
  ],
  [
    'a safety stop',
    [chunk({ content: 'a' }), chunk({}, 'content_filter')],
    [{ type: 'text', text: 'a' }],
    'content-filter',
  ],
  ['no content', [role, stop], [], 'stop'],
  [
    'a blank finish, and the terminator',
    [chunk({ content: 'a' }, ''), '[DONE]'],
    [{ type: 'text', text: 'a' }],
    'stop',
  ],
];

test('usage that a server tells from its first chunk on is known at the start, and the last one counts', () => {
  const usage = (completion: number) => ({
    usage: { prompt_tokens: 9, completion_tokens: completion, total_tokens: 9 + completion },
  });
  const events = decodeStream([
    wire(chunk({ content: 'a' }, null, usage(1)), chunk({ content: 'b' }, null, usage(2)), chunk({}, 'stop', usage(3))),
  ]);
  expect(events[0]).toMatchObject({ type: 'start', usage: { input: 9, output: 1 } });
  expect(collect(events).usage).toMatchObject({ input: 9, output: 3 });
});

function collect(events: readonly HubEvent[]) {
  const { take, response } = collector();
  events.forEach(take);
  return response();
}

describe('decodeStream', () => {
  test.each(traps)('reads %s', (_name, chunks, blocks, reason) => {
    const events = decodeStream([wire(...chunks)]);
    expect(findIllegal(events)).toEqual([]);
    const [choice] = collect(events).choices;
    expect(choice?.blocks).toEqual(blocks);
    expect(choice?.finish.reason).toBe(reason);
    const text = encodeStream(ask(askStream), events);
    expect(validate('openai', text, 'chat.stream').errors).toEqual([]);
    const again = collect(decodeStream([Buffer.from(text)])).choices[0]?.blocks;
    const meant = blocks.map((block) =>
      block.type === 'tool-call' && block.args === '' ? { ...block, args: '{}' } : block,
    );
    if (!blocks.some((block) => block.type === 'text') || blocks.at(-1)?.type === 'text') expect(again).toEqual(meant);
  });

  test('tells calls of custom tools, whose pieces no published schema of a stream knows, when they are whole', () => {
    const custom = (id: string, input: string): JsonObject => ({
      id,
      type: 'custom',
      custom: { name: 'patch', input },
    });
    const chunks = [
      role,
      chunk({ content: 'a' }),
      piece({ index: 0, ...custom('c', '') }),
      piece({ index: 0, custom: { input: '*** Beg' } }),
      piece({ index: 1, ...custom('d', 'x') }),
      piece({ index: 0, custom: { input: 'in' } }),
      piece({ index: 2, ...head('e', 'f', { arguments: '{}' }) }),
      called,
    ];
    const events = decodeStream([wire(...chunks)]);
    expect(findIllegal(events)).toEqual([]);
    const [choice] = collect(events).choices;
    expect(choice?.finish.reason).toBe('tool-calls');
    expect(choice?.blocks).toEqual([
      { type: 'text', text: 'a' },
      { type: 'opaque', dialect: 'openai-chat', value: custom('c', '*** Begin') },
      { type: 'opaque', dialect: 'openai-chat', value: custom('d', 'x') },
      call('e', 'f', '{}'),
    ]);
    const again = decodeStream([Buffer.from(encodeStream(ask(askStream), events))]);
    expect(collect(again).choices[0]?.blocks).toEqual(choice?.blocks);
  });

  test('tells sequential calls while they come', () => {
    const before = [
      piece({ index: 0, ...head('c', 'f', { arguments: '{}' }) }),
      piece({ index: 1, ...head('d', 'g') }),
      piece({ index: 1, ...args('{"') }),
    ];
    const events = decodeStream([wire(...before)]);
    expect(events.flatMap((event) => (event.type === 'args' ? event.text : []))).toEqual(['{}', '{"']);
  });

  test('annotations become citations of the text, in UTF-16 units, and come back as they were', () => {
    const annotation = {
      type: 'url_citation',
      url_citation: { url: 'https://a', title: 't', start_index: 1, end_index: 3 },
    };
    const events = decodeStream([wire(chunk({ content: '😀ab' }), chunk({ annotations: [annotation] }), stop)]);
    expect(collect(events).choices[0]?.blocks[0]).toMatchObject({
      citations: [{ url: 'https://a', title: 't', start: 2, end: 4 }],
    });
    expect(encodeStream(ask(askStream), events)).toContain(
      JSON.stringify({
        annotations: [
          { type: 'url_citation', url_citation: { start_index: 1, end_index: 3, title: 't', url: 'https://a' } },
        ],
      }),
    );
  });

  const errors: [string, (JsonObject | string)[], ErrorKind, number][] = [
    ['nothing', [], 'bad-upstream-reply', 502],
    ['no finish', [chunk({ content: 'a' })], 'bad-upstream-reply', 502],
    ['no finish, but the terminator', [chunk({ content: 'a' }), '[DONE]'], 'bad-upstream-reply', 502],
    [
      'one of two choices unfinished',
      [chunk({ content: 'a' }), { choices: [{ index: 1, delta: { content: 'b' } }] }, stop],
      'bad-upstream-reply',
      502,
    ],
    ['an error in a chunk', [chunk({ content: 'a' }), { error: { message: 'limit', code: 429 } }], 'rate-limit', 429],
    [
      'an error beside choices',
      [chunk({}, 'error', { error: { message: 'x', code: 'server_error' } })],
      'upstream',
      500,
    ],
    ['a flat error', [{ object: 'error', message: 'x', code: 400 }], 'invalid-request', 400],
    ['broken JSON', [chunk({ content: 'a' }), '{"choices":['], 'bad-upstream-reply', 502],
    ['a text', ['hello'], 'bad-upstream-reply', 502],
  ];
  test.each(errors)('%s is an error', (_name, chunks, kind, status) => {
    const events = decodeStream([wire(...chunks)]);
    const last = events.at(-1);
    if (last?.type !== 'error') throw new Error('no error');
    expect(last.error).toMatchObject({ kind, status });
    const text = encodeStream(ask(askStream), events);
    expect(text.match(/^data: \{"error"/gm)).toHaveLength(1);
    expect(text.endsWith('}\n\ndata: [DONE]\n\n')).toBe(true);
    const given = chunks.some(
      (one) => typeof one !== 'string' && JSON.stringify(one).includes('"finish_reason":"stop"'),
    );
    if (!given) expect(text).not.toContain('"finish_reason":"');
  });

  test('an event named error is read', () => {
    const events = decodeStream([
      Buffer.from('event: error\ndata: {"error":{"message":"busy","type":"overloaded"}}\n\n'),
    ]);
    expect(events).toMatchObject([{ type: 'error', error: { kind: 'overloaded', message: 'busy' } }]);
  });

  test.each<[string, Partial<OpenAIChatQuirks>]>([['a server that never says it', { noFinish: true }]])(
    '%s may end without a finish',
    (_name, quirks) => {
      const events = decodeStream([wire(chunk({ content: 'a' }), piece(head('c', 'f', { arguments: '{}' })))], quirks);
      expect(findIllegal(events)).toEqual([]);
      expect(events.at(-1)).toMatchObject({ type: 'finish', finish: { reason: 'tool-calls' } });
    },
  );
});

describe('encodeStream', () => {
  const events: HubEvent[] = [
    { type: 'start', id: 'msg_1', model: 'theirs', created: 5 },
    { type: 'open', choice: 0, block: 0, head: { type: 'thinking', text: '' } },
    { type: 'thinking', choice: 0, block: 0, text: 'hm' },
    { type: 'mark', choice: 0, block: 0, signature: { by: 'openai-chat', value: 's' } },
    { type: 'close', choice: 0, block: 0 },
    { type: 'ping' },
    { type: 'open', choice: 0, block: 1, head: { type: 'text', text: '' } },
    { type: 'text', choice: 0, block: 1, text: 'a"\n\u2028' },
    { type: 'close', choice: 0, block: 1 },
    { type: 'open', choice: 0, block: 2, head: { type: 'tool-call', id: 'c', name: 'f', args: '' } },
    { type: 'close', choice: 0, block: 2 },
    { type: 'finish', choice: 0, finish: { reason: 'tool-calls' } },
    { type: 'usage', usage: { input: 3, output: 4, cacheRead: 2, cacheWrite: 1 } },
  ];
  const lead = '{"id":"chatcmpl-fresh1","object":"chat.completion.chunk","created":5,"model":"asked-model","choices":[';
  const said = (delta: string, finish = 'null') =>
    `data: ${lead}{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]}\n\n`;
  const body = [
    said('{"role":"assistant","content":""}'),
    said('{"reasoning_content":"hm"}'),
    said('{"thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"}]}'),
    ': ping\n\n',
    said('{"content":"a\\"\\n\u2028"}'),
    said('{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}'),
    said('{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}'),
    `data: ${lead}{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}\n\n`,
  ].join('');
  const usage = `data: ${lead}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":2,"cache_creation_tokens":1},"cache_creation_input_tokens":1,"cache_read_input_tokens":2}}\n\n`;

  test('says it byte for byte', () => {
    expect(encodeStream(ask(askStream), events)).toBe(`${body}${usage}data: [DONE]\n\n`);
  });

  test('tells usage only when asked', () => {
    expect(encodeStream(ask({ stream: true }), events)).toBe(`${body}data: [DONE]\n\n`);
  });

  test('after an error there is silence', () => {
    const error = new ProxyError('overloaded', 'busy');
    const text = encodeStream(ask(askStream), [...events.slice(0, 3), { type: 'error', error }, ...events.slice(3)]);
    expect(text.split('\n\n').slice(-3)).toEqual([
      'data: {"error":{"message":"litellm.ServiceUnavailableError: busy","type":"server_error","param":null,"code":"503"}}',
      'data: [DONE]',
      '',
    ]);
  });

  test('a client that declares functions reads function_call', () => {
    const request = ask({ ...askStream, functions: [{ name: 'f' }] });
    const text = encodeStream(request, events);
    expect(text).toContain('"delta":{"function_call":{"name":"f","arguments":""}}');
    expect(text).toContain('"finish_reason":"function_call"');
    expect(text).not.toContain('tool_calls');
  });

  test('calls count from 0 in each choice', () => {
    const calls = [0, 1].flatMap((choice): HubEvent[] =>
      [0, 1].flatMap((n): HubEvent[] => [
        {
          type: 'open',
          choice,
          block: choice * 2 + n,
          head: { type: 'tool-call', id: `c${choice}${n}`, name: 'f', args: '' },
        },
        { type: 'close', choice, block: choice * 2 + n },
      ]),
    );
    const finish = [0, 1].map((choice): HubEvent => ({ type: 'finish', choice, finish: { reason: 'tool-calls' } }));
    const text = encodeStream(ask(askStream), [{ type: 'start', id: '', model: '', created: 0 }, ...calls, ...finish]);
    expect(validate('openai', text, 'chat.stream').errors).toEqual([]);
    expect(text.match(/"tool_calls":\[\{"index":(\d),"id":"(\w+)"/g)).toHaveLength(4);
    expect(text).toContain('"index":1,"id":"c11"');
  });
});
