import { describe, expect, test } from 'vitest';
import type { OpenAIChatQuirks } from '../../../src/dialects/openai-chat/quirks.ts';
import { type HubRequest, type JsonObject, ProxyError, seal } from '../../../src/hub/index.ts';
import { members } from '../../../src/wire/index.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { validate } from '../validators.ts';
import { ask, client, decode, provider } from './drive.ts';

function thrown(run: () => unknown): ProxyError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProxyError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('check', () => {
  const user = '{"role":"user","content":"hi"}';
  test.each([
    ['a plain request', `{"model":"m","messages":[${user}]}`],
    ['nothing but messages', `{"messages":[${user}]}`],
    ['an unknown role', '{"messages":[{"role":"x"}]}'],
    ['nulls', `{"model":null,"stream":null,"messages":[${user}]}`],
    ['blanks', `{ "messages" : [ ${user} , ${user} ] }`],
  ])('takes %s', (_name, body) => expect(() => client.check(members(Buffer.from(body)))).not.toThrow());

  test.each([
    ['{}', 'messages', "Missing required parameter: 'messages'."],
    ['{"messages":null}', 'messages', "Missing required parameter: 'messages'."],
    ['{"messages":[]}', 'messages', 'empty'],
    ['{"messages":{}}', 'messages', 'array'],
    ['{"messages":"hi"}', 'messages', 'array'],
    ['{"messages":[1]}', 'messages[0]', 'object'],
    [`{"messages":[${user},null]}`, 'messages[1]', 'object'],
    [`{"messages":[${user},${user},${user},{"content":"x"}]}`, 'messages[3].role', 'messages[3].role'],
    ['{"messages":[{"role":7}]}', 'messages[0].role', 'string'],
    [`{"model":7,"messages":[${user}]}`, 'model', 'string'],
    [`{"stream":"yes","messages":[${user}]}`, 'stream', 'true or false'],
  ])('refuses %s', (body, param, words) => {
    const error = thrown(() => client.check(members(Buffer.from(body))));
    expect(error).toMatchObject({ kind: 'invalid-request', status: 400, facts: { param } });
    expect(error.message).toContain(words);
  });
});

describe('decodeRequest', () => {
  const wrong: [JsonObject, string][] = [
    [{ messages: [{ role: 'wizard', content: '' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
    [{ messages: [{ role: 'user', content: ['x'] }] }, 'messages[0].content[0]'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
    [{ messages: [{ role: 'assistant', tool_calls: [{ id: 'a' }] }] }, 'messages[0].tool_calls[0].function'],
    [{ messages: [{ role: 'assistant', tool_calls: 'a' }] }, 'messages[0].tool_calls'],
    [{ max_tokens: 'many' }, 'max_tokens'],
    [{ temperature: {} }, 'temperature'],
    [{ stop: [1] }, 'stop[0]'],
    [{ n: '1' }, 'n'],
    [{ logit_bias: [] }, 'logit_bias'],
    [{ tools: {} }, 'tools'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
    [{ tools: [{ type: 'function', function: { name: 'f', parameters: [] } }] }, 'tools[0].function.parameters'],
    [{ tool_choice: 'maybe' }, 'tool_choice'],
    [{ tool_choice: { type: 'function', function: {} } }, 'tool_choice.function.name'],
    [{ response_format: 'json' }, 'response_format'],
    [{ response_format: { type: 'json_schema' } }, 'response_format.json_schema'],
    [{ reasoning_effort: 3 }, 'reasoning_effort'],
    [{ stream_options: true }, 'stream_options'],
  ];
  test.each(wrong)('%j names %s', (more, param) => {
    const error = thrown(() => ask(more));
    expect(error).toMatchObject({ kind: 'invalid-request', facts: { param } });
    expect(error.message).toContain(param);
  });

  const reads: [string, JsonObject, Partial<HubRequest>][] = [
    ['nulls as absent', { max_tokens: null, stop: null, tools: null, tool_choice: null, user: null }, { params: {} }],
    ['both words for the most tokens', { max_tokens: 1, max_completion_tokens: 2 }, { params: { maxTokens: 2 } }],
    ['one stop', { stop: 'a' }, { params: { stop: ['a'] } }],
    ['several stops', { stop: ['a', 'b'] }, { params: { stop: ['a', 'b'] } }],
    ['effort', { reasoning_effort: 'low' }, { params: { reasoning: { effort: 'low' } } }],
    [
      'effort of an agent',
      { reasoning_effort: { effort: 'high', summary: 'auto' } },
      { params: { reasoning: { effort: 'high' } } },
    ],
    ['a budget', { thinking: { type: 'enabled', budget_tokens: 9 } }, { params: { reasoning: { budget: 9 } } }],
    ['no thinking', { thinking: { type: 'disabled' } }, { params: { reasoning: { budget: 0 } } }],
    ['metadata as a text', { metadata: 'hello world' }, { named: { metadata: 'hello world' } }],
    ['unknown keys', { guided_json: { a: 1 }, top_k: 5 }, { unknown: { guided_json: { a: 1 }, top_k: 5 } }],
    ['JSON', { response_format: { type: 'json_object' } }, { output: { kind: 'json' } }],
    ['text', { response_format: { type: 'text' } }, {}],
    ['tool_choice any', { tool_choice: 'any' }, { toolChoice: { kind: 'any' } }],
    ['function_call by name', { function_call: { name: 'f' } }, { toolChoice: { kind: 'one', name: 'f' } }],
    [
      'functions',
      { functions: [{ name: 'f' }] },
      { tools: [{ kind: 'function', name: 'f', schema: { type: 'object', properties: {} } }] },
    ],
    [
      'tools of other kinds',
      { tools: [{ type: 'web_search' }] },
      { tools: [{ kind: 'hosted', dialect: 'openai-chat', value: { type: 'web_search' } }] },
    ],
  ];
  test.each(reads)('reads %s', (_name, more, expected) => expect(ask(more)).toMatchObject(expected));

  const proof = { by: 'anthropic-messages', value: 'sig' } as const;
  const messages: [string, JsonObject, JsonObject][] = [
    ['no content', { role: 'assistant', content: null }, { role: 'assistant', blocks: [] }],
    ['empty content', { role: 'user', content: '' }, { role: 'user', blocks: [] }],
    [
      'a developer',
      { role: 'developer', content: 'x' },
      { role: 'system', blocks: [{ type: 'text', text: 'x' }], extra: { 'openai-chat': { role: 'developer' } } },
    ],
    [
      'an image by plain text',
      { role: 'user', content: [{ type: 'image_url', image_url: 'data:image/png;base64,AA==' }] },
      { blocks: [{ type: 'media', media: 'image', source: { kind: 'base64', mime: 'image/png', data: 'AA==' } }] },
    ],
    [
      'audio',
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'mp3' } }] },
      { blocks: [{ type: 'media', media: 'audio', source: { kind: 'base64', mime: 'audio/mpeg', data: 'AA==' } }] },
    ],
    [
      'a file',
      {
        role: 'user',
        content: [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } }],
      },
      { blocks: [{ media: 'file', name: 'a.pdf', source: { kind: 'base64', mime: 'application/pdf', data: 'AA==' } }] },
    ],
    [
      'a cache mark with its time',
      { role: 'user', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      { blocks: [{ type: 'text', text: 'x', cache: { ttl: '1h' } }] },
    ],
    [
      'an unknown part',
      { role: 'user', content: [{ type: 'hologram', x: 1 }] },
      { blocks: [{ type: 'opaque', dialect: 'openai-chat', value: { type: 'hologram', x: 1 } }] },
    ],
    [
      'a call that carries its proof in the id, its arguments as written',
      {
        role: 'assistant',
        tool_calls: [
          { id: `c1__thought__${seal(proof)}`, type: 'function', function: { name: 'f', arguments: '{ "a":1.0 }' } },
        ],
      },
      { blocks: [{ type: 'tool-call', id: 'c1', name: 'f', args: '{ "a":1.0 }', signature: proof }] },
    ],
    [
      'a result for such a call',
      { role: 'tool', tool_call_id: `c1__thought__${seal(proof)}`, content: 'ok' },
      { role: 'user', blocks: [{ type: 'tool-result', callId: 'c1', content: [{ type: 'text', text: 'ok' }] }] },
    ],
    [
      'thinking with proofs, once',
      {
        role: 'assistant',
        content: 'x',
        reasoning_content: 'hm',
        thinking_blocks: [
          { type: 'thinking', thinking: 'hm', signature: seal(proof) },
          { type: 'redacted_thinking', data: 'zz' },
        ],
      },
      {
        blocks: [
          { type: 'thinking', text: 'hm', signature: proof },
          { type: 'thinking', text: '', redacted: true, signature: { by: 'openai-chat', value: 'zz' } },
          { type: 'text', text: 'x' },
        ],
      },
    ],
    ['reasoning', { role: 'assistant', reasoning: 'hm' }, { blocks: [{ type: 'thinking', text: 'hm' }] }],
    ['a refusal', { role: 'assistant', refusal: 'no' }, { blocks: [{ type: 'refusal', text: 'no' }] }],
    [
      'unknown fields',
      { role: 'assistant', content: 'x', audio: { id: 'a' } },
      { extra: { 'openai-chat': { audio: { id: 'a' } } } },
    ],
  ];
  test.each(messages)('reads %s', (_name, message, expected) => {
    expect(ask({ messages: [message] }).messages[0]).toMatchObject(expected);
  });

  test('pairs legacy calls and their results', () => {
    const { messages: told } = ask({
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: 'ok' },
      ],
    });
    expect(told[1]?.blocks[0]).toMatchObject({ type: 'tool-call', id: 'call_1_0', name: 'f' });
    expect(told[2]?.blocks[0]).toMatchObject({ type: 'tool-result', callId: 'call_1_0' });
  });

  test('keys named __proto__ change nothing', () => {
    const body: JsonObject = JSON.parse(
      '{"__proto__":{"polluted":1},"messages":[{"role":"user","content":"x","__proto__":{"a":1}}]}',
    );
    const request = decode(body);
    expect(Object.getPrototypeOf(request.unknown)).toBe(Object.prototype);
    expect(JSON.stringify(provider.encodeRequest(request, {}))).toContain('"__proto__":{"polluted":1}');
  });
});

describe('encodeRequest', () => {
  const encode = (request: HubRequest, quirks: Partial<OpenAIChatQuirks> = {}): JsonObject =>
    provider.encodeRequest(request, quirks);

  const faithful: [string, JsonObject][] = [
    [
      'roles',
      {
        messages: [
          { role: 'developer', content: 'a' },
          { role: 'system', content: 'b', name: 'n' },
        ],
      },
    ],
    [
      'parts',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'low' } },
            ],
          },
        ],
      },
    ],
    ['an unknown part', { messages: [{ role: 'user', content: [{ type: 'hologram', x: 1 }] }] }],
    [
      'cache marks',
      {
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '5m' } }] },
        ],
      },
    ],
    ['a mark on the message', { messages: [{ role: 'user', content: 'a', cache_control: { type: 'ephemeral' } }] }],
    [
      'a tool loop',
      {
        messages: [
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              { id: 'c', type: 'function', function: { name: 'f', arguments: '{"a": 1}' }, extra_content: { g: 1 } },
            ],
          },
          { role: 'tool', tool_call_id: 'c', content: 'ok' },
        ],
      },
    ],
    [
      'a custom call',
      {
        messages: [
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'p', input: 'x' } }],
          },
        ],
      },
    ],
    ['refusals and audio', { messages: [{ role: 'assistant', content: null, refusal: 'no', audio: { id: 'a' } }] }],
    [
      'tools',
      {
        tools: [
          {
            type: 'function',
            function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true, x: 1 },
            y: 2,
          },
          { type: 'web_search' },
        ],
      },
    ],
    ['allowed tools', { tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } } }],
    ['a named tool', { tools: [{ type: 'web_search' }], tool_choice: { type: 'function', function: { name: 'f' } } }],
    ['required', { tool_choice: 'required' }],
    [
      'a schema',
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'n', description: 'd', schema: { type: 'object' }, strict: true },
        },
      },
    ],
    ['another format', { response_format: { type: 'grammar', grammar: 'x' } }],
    ['max_tokens', { max_tokens: 5 }],
    ['max_completion_tokens', { max_completion_tokens: 5 }],
    ['effort', { reasoning_effort: 'minimal' }],
    ['thinking of other APIs', { thinking: { type: 'enabled' } }],
    [
      'sampling',
      {
        temperature: 0,
        top_p: 0.5,
        seed: 1,
        n: 2,
        stop: ['a'],
        presence_penalty: 1,
        frequency_penalty: -1,
        logit_bias: { '5': 1 },
        logprobs: true,
        top_logprobs: 2,
        parallel_tool_calls: false,
        user: 'u',
      },
    ],
    [
      'other words',
      {
        modalities: ['text'],
        audio: { voice: 'a', format: 'wav' },
        prediction: { type: 'content', content: 'x' },
        verbosity: 'low',
        web_search_options: {},
        service_tier: 'auto',
        safety_identifier: 's',
        prompt_cache_key: 'k',
        prompt_cache_retention: '24h',
        store: true,
        metadata: { a: 'b' },
      },
    ],
    ['unknown keys', { guided_json: {}, top_k: 3, moderation: { x: 1 } }],
    ['stream options', { stream: true, stream_options: { include_obfuscation: false, include_usage: true } }],
  ];
  test.each(faithful)('says %s again', (_name, more) => {
    const body = { model: 'asked-model', messages: [{ role: 'user', content: 'hi' }], ...more };
    expect(encode(decode(body))).toEqual(body);
  });

  test('never sends metadata, retries or headers that mean nothing there', () => {
    const body = encode(ask({ metadata: { a: 'b' }, max_retries: 3, extra_headers: { a: 'b' }, stream_options: {} }));
    expect(Object.keys(body)).toEqual(['model', 'messages']);
    expect(encode(ask({ store: true, metadata: { a: 1 } }))).not.toHaveProperty('metadata');
  });

  test('always asks a stream for usage', () => {
    expect(encode(ask({ stream: true }))).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  const own = (value: string) => ({ by: 'openai-chat', value }) as const;
  const foreign: HubRequest = {
    from: 'anthropic-messages',
    model: 'm',
    stream: false,
    params: { maxTokens: 9, reasoning: { budget: 6000 }, topK: 4 },
    unknown: {},
    extra: { 'anthropic-messages': { context: 1 } },
    messages: [
      {
        role: 'system',
        blocks: [
          { type: 'text', text: 'a', cache: {} },
          { type: 'text', text: 'b' },
        ],
      },
      {
        role: 'assistant',
        blocks: [
          { type: 'thinking', text: 'hm', signature: { by: 'anthropic-messages', value: 's' } },
          { type: 'thinking', text: 'ha', signature: own('x') },
          { type: 'opaque', dialect: 'anthropic-messages', value: { type: 'server' } },
          { type: 'tool-call', id: 'c1', name: 'f', args: '', signature: own('y') },
        ],
      },
      {
        role: 'user',
        blocks: [
          { type: 'text', text: 'and now?' },
          {
            type: 'tool-result',
            callId: 'c1',
            name: 'f',
            failed: true,
            content: [{ type: 'media', media: 'image', source: { kind: 'base64', mime: 'image/png', data: 'AA==' } }],
          },
        ],
      },
    ],
  };

  test('puts a foreign request into this form', () => {
    const body = encode(foreign, { stripCacheMarks: true });
    expect(body).toEqual({
      model: 'm',
      messages: [
        {
          role: 'system',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '(see the next user message)' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Content of the result of tool call c1:' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
            { type: 'text', text: 'and now?' },
          ],
        },
      ],
      max_tokens: 9,
      top_k: 4,
      reasoning_effort: 'medium',
    });
    expect(validate('openai', body, 'chat.request').errors).toEqual([]);
  });

  const efforts: [number, string | undefined][] = [
    [20_000, 'high'],
    [10_000, 'high'],
    [5_000, 'medium'],
    [2_000, 'low'],
    [1_024, 'minimal'],
    [0, undefined],
  ];
  test.each(efforts)('a budget of %d is effort %s', (budget, effort) => {
    expect(encode({ ...foreign, params: { reasoning: { budget } } }).reasoning_effort).toBe(effort);
  });

  const schema = {
    $schema: 'x',
    type: 'object',
    additionalProperties: false,
    properties: { strict: { type: 'string', $id: 'y' }, additionalProperties: { type: 'array', items: { $id: 'z' } } },
    default: { strict: 1 },
  };
  const quirky: [string, Partial<OpenAIChatQuirks>, JsonObject, JsonObject][] = [
    [
      'developerAsSystem',
      { developerAsSystem: true },
      { messages: [{ role: 'developer', content: 'a' }] },
      { messages: [{ role: 'system', content: 'a' }] },
    ],
    [
      'noNames',
      { noNames: true },
      { messages: [{ role: 'user', content: 'a', name: 'n' }] },
      { messages: [{ role: 'user', content: 'a' }] },
    ],
    [
      'flatContent',
      { flatContent: true },
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b', cache_control: { type: 'ephemeral' } },
            ],
          },
        ],
      },
      { messages: [{ role: 'user', content: 'a\nb' }] },
    ],
    ['requiredAsAny', { requiredAsAny: true }, { tool_choice: 'required' }, { tool_choice: 'any' }],
    [
      'reasoning_content',
      { reasoning: 'reasoning_content' },
      { messages: [{ role: 'assistant', content: 'a', reasoning: 'hm' }] },
      { messages: [{ role: 'assistant', content: 'a', reasoning_content: 'hm' }] },
    ],
    [
      'reasoning',
      { reasoning: 'reasoning' },
      { messages: [{ role: 'assistant', content: 'a', reasoning_content: 'hm' }] },
      { messages: [{ role: 'assistant', content: 'a', reasoning: 'hm' }] },
    ],
    [
      'no reasoning',
      { reasoning: 'none' },
      { messages: [{ role: 'assistant', content: 'a', thinking_blocks: [{ type: 'thinking', thinking: 'x' }] }] },
      { messages: [{ role: 'assistant', content: 'a' }] },
    ],
    [
      'stripSchemaWords',
      { stripSchemaWords: ['$id', '$schema', 'additionalProperties', 'strict'] },
      { tools: [{ type: 'function', function: { name: 'f', strict: true, parameters: schema } }] },
      {
        tools: [
          {
            type: 'function',
            function: {
              name: 'f',
              parameters: {
                type: 'object',
                properties: { strict: { type: 'string' }, additionalProperties: { type: 'array', items: {} } },
                default: { strict: 1 },
              },
            },
          },
        ],
      },
    ],
  ];
  test.each(quirky)('obeys %s', (_name, quirks, more, expected) => {
    const body = { model: 'asked-model', messages: [{ role: 'user', content: 'hi' }] };
    expect(encode(decode({ ...body, ...more }), quirks)).toEqual({ ...body, ...expected });
  });

  test('a choice without tools is left out: what is left may be tools of another dialect', () => {
    const tools: HubRequest['tools'] = [{ kind: 'hosted', dialect: 'anthropic-messages', value: { type: 'x' } }];
    const body = encode({ ...foreign, tools, toolChoice: { kind: 'any' } });
    expect(body).not.toHaveProperty('tools');
    expect(body).not.toHaveProperty('tool_choice');
  });

  test('nesting of any depth is answered', () => {
    const deep: JsonObject = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    const list: JsonObject['x'] = JSON.parse(`${'['.repeat(100_000)}1${']'.repeat(100_000)}`);
    const message: JsonObject = {
      role: 'assistant',
      tool_calls: [{ id: 'c', function: { name: 'f', arguments: deep } }],
    };
    expect(thrown(() => ask({ messages: [message] }))).toMatchObject({ kind: 'invalid-request' });
    expect(
      ask({ messages: [{ role: 'assistant', thinking_blocks: [{ type: 'thinking', thinking: list ?? null }] }] })
        .messages,
    ).toMatchObject([{ role: 'assistant' }]);
    const errors = `${'{"error":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    expect(provider.decodeError(400, {}, errors)).toMatchObject({ kind: 'invalid-request' });
  });

  test('a schema of any depth does not overflow the stack', () => {
    let deep: JsonObject = {};
    for (let n = 0; n < 100_000; n++) deep = { items: deep };
    const request = ask({ tools: [{ type: 'function', function: { name: 'f', parameters: deep } }] });
    expect(encode(request, { stripSchemaWords: ['x'] })).toHaveProperty('tools');
  });
});

describeRecorded('recorded requests', () => {
  const all = recordings('openai-chat').filter(({ request, meta }) => isBody(request) && meta.operation === 'chat');
  test.each(all)('$name says the same when encoded again', ({ request }) => {
    if (!isBody(request)) throw new Error('no body');
    client.check(members(Buffer.from(JSON.stringify(request))));
    const body = provider.encodeRequest(decode(request), {});
    expect(validate('openai', body, 'chat.request').errors).toEqual(validate('openai', request, 'chat.request').errors);
    expect(provider.encodeRequest(decode(body), {})).toEqual(body);
  });
});

function isBody(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && 'messages' in value;
}
