import { describe, expect, test } from 'vitest';
import { type Block, type HubResponse, type JsonObject, seal, type Usage } from '../../../src/hub/index.ts';
import { validate } from '../validators.ts';
import { ask, at, client, fixedGiven, provider } from './drive.ts';

const whole = (message: JsonObject, finish: string | null = 'stop', more: JsonObject = {}): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 7,
  model: 'theirs',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
  ...more,
});
const decode = (body: JsonObject): HubResponse => provider.decodeResponse(body, fixedGiven(), {});
const encode = (response: HubResponse, more: JsonObject = {}): JsonObject =>
  client.encodeResponse(response, ask(more), fixedGiven());

describe('decodeResponse', () => {
  const call = (more: JsonObject): JsonObject =>
    whole({ content: null, tool_calls: [{ type: 'function', ...more }] }, 'tool_calls');
  const rows: [string, JsonObject, Block[], string][] = [
    ['text', whole({ content: 'a' }), [{ type: 'text', text: 'a' }], 'stop'],
    ['no content key', whole({}), [], 'stop'],
    ['empty text', whole({ content: '' }), [], 'stop'],
    [
      'nulls',
      whole({ content: 'a', tool_calls: null, annotations: null, refusal: null, function_call: null }),
      [{ type: 'text', text: 'a' }],
      'stop',
    ],
    [
      'no message, as a filtered choice',
      { ...whole({}), choices: [{ index: 0, finish_reason: 'content_filter' }] },
      [],
      'content-filter',
    ],
    ['a finish of its own', whole({ content: 'a' }, 'eos'), [{ type: 'text', text: 'a' }], 'stop'],
    ['an unknown finish', whole({ content: 'a' }, 'bored'), [{ type: 'text', text: 'a' }], 'other'],
    ['no finish', whole({ content: 'a' }, null), [{ type: 'text', text: 'a' }], 'other'],
    [
      'an empty id',
      call({ id: '', function: { name: 'f', arguments: '{}' } }),
      [{ type: 'tool-call', id: 'call_fresh1', name: 'f', args: '{}' }],
      'tool-calls',
    ],
    [
      'arguments null',
      call({ id: 'c', function: { name: 'f', arguments: null } }),
      [{ type: 'tool-call', id: 'c', name: 'f', args: '' }],
      'tool-calls',
    ],
    [
      'arguments as an object',
      call({ id: 'c', function: { name: 'f', arguments: { a: 1 } } }),
      [{ type: 'tool-call', id: 'c', name: 'f', args: '{"a":1}' }],
      'tool-calls',
    ],
    [
      'calls that end with stop',
      {
        ...call({ id: 'c', function: { name: 'f' } }),
        choices: [{ message: { tool_calls: [{ id: 'c', function: { name: 'f' } }] }, finish_reason: 'stop' }],
      },
      [{ type: 'tool-call', id: 'c', name: 'f', args: '' }],
      'tool-calls',
    ],
    [
      'function_call',
      whole({ function_call: { name: 'f', arguments: '{}' } }, 'function_call'),
      [{ type: 'tool-call', id: 'call_fresh1', name: 'f', args: '{}' }],
      'tool-calls',
    ],
    [
      'reasoning_content',
      whole({ content: 'a', reasoning_content: 'h' }),
      [
        { type: 'thinking', text: 'h' },
        { type: 'text', text: 'a' },
      ],
      'stop',
    ],
    [
      'reasoning and its details',
      whole({ content: 'a', reasoning: 'h', reasoning_details: [{ text: 'h' }] }),
      [
        { type: 'thinking', text: 'h' },
        { type: 'text', text: 'a' },
      ],
      'stop',
    ],
    [
      'details alone',
      whole({ content: 'a', reasoning_details: [{ summary: 'h' }] }),
      [
        { type: 'thinking', text: 'h' },
        { type: 'text', text: 'a' },
      ],
      'stop',
    ],
    [
      'a list',
      whole({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'h' }] },
          { type: 'text', text: 'a' },
        ],
      }),
      [
        { type: 'thinking', text: 'h' },
        { type: 'text', text: 'a' },
      ],
      'stop',
    ],
    [
      'a tag in the text',
      whole({ content: '<think>h</think>a' }),
      [{ type: 'text', text: '<think>h</think>a' }],
      'stop',
    ],
    ['a refusal', whole({ content: null, refusal: 'no' }), [{ type: 'refusal', text: 'no' }], 'stop'],
    [
      'an image',
      whole({ content: null, images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }] }),
      [{ type: 'media', media: 'image', source: { kind: 'base64', mime: 'image/png', data: 'AA==' } }],
      'stop',
    ],
  ];
  test.each(rows)('reads %s', (_name, body, blocks, reason) => {
    const response = decode(body);
    expect(response.choices[0]).toMatchObject({ index: 0, blocks, finish: { reason } });
    expect(response.choices[0]?.blocks).toHaveLength(blocks.length);
    expect(validate('openai', encode(response), 'chat.response').errors).toEqual([]);
  });

  const counts: [string, JsonObject, Usage | undefined][] = [
    ['none', { usage: null }, undefined],
    [
      "OpenAI's",
      {
        usage: {
          prompt_tokens: 9,
          completion_tokens: 5,
          prompt_tokens_details: { cached_tokens: 4, audio_tokens: 1 },
          completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 2 },
        },
      },
      { input: 9, output: 5, cacheRead: 4, reasoning: 3, audioIn: 1, audioOut: 2 },
    ],
    [
      "xAI's, reasoning apart",
      {
        usage: {
          prompt_tokens: 9,
          completion_tokens: 5,
          total_tokens: 17,
          completion_tokens_details: { reasoning_tokens: 3 },
        },
      },
      { input: 9, output: 8, reasoning: 3 },
    ],
    [
      "DeepSeek's",
      { usage: { prompt_tokens: 9, completion_tokens: 5, prompt_cache_hit_tokens: 6, prompt_cache_miss_tokens: 3 } },
      { input: 9, output: 5, cacheRead: 6 },
    ],
    ["Groq's", { x_groq: { usage: { prompt_tokens: 9, completion_tokens: 5 } } }, { input: 9, output: 5 }],
    [
      "Moonshot's",
      { usage: { prompt_tokens: 9, completion_tokens: 5, cached_tokens: 2 } },
      { input: 9, output: 5, cacheRead: 2 },
    ],
    [
      "OpenRouter's",
      {
        usage: {
          prompt_tokens: 9,
          completion_tokens: 5,
          prompt_tokens_details: { cached_tokens: 1, cache_write_tokens: 2 },
          server_tool_use_details: { web_search_requests: 1 },
        },
      },
      { input: 9, output: 5, cacheRead: 1, cacheWrite: 2, requests: 1 },
    ],
    [
      "LiteLLM's",
      { usage: { prompt_tokens: 9, completion_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 2 } },
      { input: 9, output: 5, cacheRead: 3, cacheWrite: 2 },
    ],
    ['texts', { usage: { prompt_tokens: '9', completion_tokens: -1 } }, { input: 0, output: 0 }],
  ];
  test.each(counts)('counts usage of %s', (_name, more, expected) => {
    const { usage } = decode(whole({ content: 'a' }, 'stop', more));
    const { raw: _raw, ...numbers } = usage ?? { raw: undefined };
    expect(usage === undefined ? undefined : numbers).toEqual(expected);
  });

  const refused: [string, JsonObject, object][] = [
    ['no choices', { id: 'x' }, { kind: 'bad-upstream-reply' }],
    ['no choice', whole({}, 'stop', { choices: [] }), { kind: 'bad-upstream-reply' }],
    [
      'an error in a 200',
      { error: { message: 'limit', code: 429 } },
      { kind: 'rate-limit', status: 429, message: 'limit' },
    ],
    ['a text as error', { error: 'model not loaded' }, { kind: 'upstream', message: 'model not loaded' }],
    ['a flat error', { object: 'error', message: 'x', type: 'invalid_request_error' }, { kind: 'invalid-request' }],
  ];
  test.each(refused)('refuses %s', (name, body, error) => {
    expect(() => decode(body)).toThrow(expect.objectContaining(error));
    if (name !== 'no choice') expect(() => client.glance(body)).toThrow(expect.objectContaining(error));
  });
});

test('glance tells what passed', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  expect(client.glance(whole({ content: 'a' }, 'length', { usage }))).toMatchObject({
    id: 'chatcmpl-1',
    model: 'theirs',
    finish: 'length',
    usage: { input: 1, output: 2 },
  });
});

describe('encodeResponse', () => {
  test('keeps what only this dialect knows', () => {
    const body = whole({ content: 'a', refusal: null, reasoning_details: [{ x: 1 }], audio: { id: 'a' } }, 'stop', {
      system_fingerprint: 'fp',
      citations: ['https://a'],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost: 0.1 },
    });
    const logprobs = { content: [{ token: 'a', logprob: -1, bytes: null, top_logprobs: [] }], refusal: null };
    const choices = [
      {
        index: 0,
        message: { role: 'assistant', content: 'a', refusal: null, reasoning_details: [{ x: 1 }], audio: { id: 'a' } },
        finish_reason: 'stop',
        native_finish_reason: 'end',
        logprobs,
      },
    ];
    expect(encode(decode({ ...body, choices }))).toEqual({ ...body, choices, model: 'asked-model' });
  });

  const foreign: HubResponse = {
    id: 'msg_1',
    model: 'claude',
    created: 0,
    usage: { input: 10, output: 5, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
    choices: [
      {
        index: 0,
        finish: { reason: 'tool-calls' },
        blocks: [
          { type: 'thinking', text: 'hm', signature: { by: 'anthropic-messages', value: 's' } },
          { type: 'thinking', text: '', redacted: true, signature: { by: 'anthropic-messages', value: 'r' } },
          { type: 'text', text: '😀 one. ' },
          { type: 'opaque', dialect: 'anthropic-messages', value: { type: 'server_tool_use' } },
          { type: 'text', text: 'two', citations: [{ url: 'https://a', title: 't' }, { file: 'f' }] },
          { type: 'tool-call', id: 'c', name: 'f', args: '', signature: { by: 'anthropic-messages', value: 'p' } },
        ],
      },
    ],
  };

  test('says a foreign answer in this form', () => {
    const reply = encode(foreign);
    expect(reply).toEqual({
      id: 'chatcmpl-fresh1',
      object: 'chat.completion',
      created: 1_760_000_000,
      model: 'asked-model',
      choices: [
        {
          index: 0,
          logprobs: null,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: '😀 one. two',
            refusal: null,
            reasoning_content: 'hm',
            thinking_blocks: [
              { type: 'thinking', thinking: 'hm', signature: seal({ by: 'anthropic-messages', value: 's' }) },
              { type: 'redacted_thinking', data: seal({ by: 'anthropic-messages', value: 'r' }) },
            ],
            annotations: [
              { type: 'url_citation', url_citation: { url: 'https://a', title: 't', start_index: 7, end_index: 10 } },
            ],
            tool_calls: [
              {
                id: `c__thought__${seal({ by: 'anthropic-messages', value: 'p' })}`,
                type: 'function',
                function: { name: 'f', arguments: '{}' },
              },
            ],
          },
        },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 3, cache_creation_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 1 },
        cache_creation_input_tokens: 2,
        cache_read_input_tokens: 3,
      },
    });
    expect(validate('openai', reply, 'chat.response').errors).toEqual([]);
  });

  test('a client that sends the message back returns every proof', () => {
    const [choice] = foreign.choices;
    const message = decode(encode(foreign)).choices[0]?.blocks;
    const proofs = (blocks: readonly Block[] | undefined) => blocks?.flatMap((block) => block.signature ?? []);
    expect(proofs(message)).toEqual(proofs(choice?.blocks));
    const body = JSON.parse(JSON.stringify(encode(foreign)));
    expect(proofs(ask({ messages: [body.choices[0].message] }).messages[0]?.blocks)).toEqual(proofs(choice?.blocks));
  });

  const finishes: [HubResponse['choices'][number]['finish']['reason'], string][] = [
    ['stop', 'stop'],
    ['length', 'length'],
    ['content-filter', 'content_filter'],
    ['refusal', 'content_filter'],
    ['pause', 'stop'],
    ['other', 'stop'],
    ['tool-calls', 'stop'],
  ];
  test.each(finishes)('%s without calls is %s', (reason, word) => {
    const reply = encode({
      ...foreign,
      choices: [{ index: 0, finish: { reason }, blocks: [{ type: 'text', text: 'a' }] }],
    });
    expect(reply).toMatchObject({ choices: [{ finish_reason: word }] });
  });

  test('a client that declares functions reads function_call', () => {
    const reply = encode(
      decode(whole({ tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }] }, 'tool_calls')),
      {
        functions: [{ name: 'f' }],
      },
    );
    expect(reply).toMatchObject({
      choices: [
        { finish_reason: 'function_call', message: { content: null, function_call: { name: 'f', arguments: '{}' } } },
      ],
    });
    expect(JSON.stringify(reply)).not.toContain('tool_calls');
    expect(validate('openai', reply, 'chat.response', { unknown: 'error' }).errors).toEqual([]);
  });
});

test('target', () => {
  expect(provider.target(at(true))).toEqual({
    method: 'POST',
    path: '/chat/completions',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
  });
  expect(provider.target(at()).headers.accept).toBe('application/json');
});
