import { describe, expect, test } from 'vitest';
import type { Block, HubRequest, JsonObject } from '../../../src/hub/index.ts';
import { validate } from '../validators.ts';
import { asking, provider, said, text } from './codec.ts';

const thinker = { efforts: ['low', 'medium', 'high'] };

function encode(request: HubRequest, quirks: object = {}): JsonObject {
  const body = provider.encodeRequest(request, quirks);
  expect(validate('openai', body, 'responses.request', { unknown: 'error' }).errors).toEqual([]);
  return body;
}

const parameters: [string, Partial<HubRequest>, JsonObject, object?][] = [
  ['nothing is stored unless asked for', {}, { store: false, input: [{ role: 'user', content: 'hi' }] }],
  ['what is to be stored is', { store: true }, { store: true }],
  ['a length', { params: { maxTokens: 100 } }, { max_output_tokens: 100 }],
  ['a length below the least', { params: { maxTokens: 1 } }, { max_output_tokens: 16 }],
  ['sampling', { params: { temperature: 0.5, topP: 0.9 } }, { temperature: 0.5, top_p: 0.9 }],
  [
    'an effort, and its thoughts in sight',
    { params: { reasoning: { effort: 'high' } } },
    { reasoning: { effort: 'high', summary: 'auto' }, include: ['reasoning.encrypted_content'] },
    thinker,
  ],
  [
    'the nearest effort',
    { params: { reasoning: { effort: 'minimal' } } },
    { reasoning: { effort: 'low', summary: 'auto' } },
    thinker,
  ],
  ['a budget', { params: { reasoning: { budget: 5000 } } }, { reasoning: { effort: 'medium', summary: 'auto' } }],
  [
    'the form of the thoughts',
    { params: { reasoning: { effort: 'low', summary: 'detailed' } } },
    { reasoning: { effort: 'low', summary: 'detailed' } },
  ],
  [
    'log probabilities',
    { params: { logprobs: true, topLogprobs: 2 } },
    { include: ['message.output_text.logprobs'], top_logprobs: 2 },
  ],
  [
    'a schema and a verbosity',
    { output: { kind: 'schema', name: 'city', schema: { type: 'object' }, strict: true }, named: { verbosity: 'low' } },
    {
      text: {
        format: { type: 'json_schema', name: 'city', schema: { type: 'object' }, strict: true },
        verbosity: 'low',
      },
    },
  ],
  ['plain JSON', { output: { kind: 'json' } }, { text: { format: { type: 'json_object' } } }],
  [
    'words without a meaning of their own',
    {
      named: {
        serviceTier: 'flex',
        safetyIdentifier: 's',
        promptCacheKey: 'k',
        promptCacheRetention: '24h',
        contextManagement: [{ type: 'compaction', compact_threshold: 1000 }],
      },
    },
    {
      service_tier: 'flex',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      prompt_cache_retention: '24h',
      context_management: [{ type: 'compaction', compact_threshold: 1000 }],
    },
  ],
  ['metadata of what is stored', { store: true, named: { metadata: { a: 'b' } } }, { metadata: { a: 'b' } }],
  ['a long user id', { from: 'anthropic-messages', params: { user: 'u'.repeat(90) } }, { user: 'u'.repeat(64) }],
  ['words of this API from another client', { unknown: { truncation: 'auto' } }, { truncation: 'auto' }],
  ['a stream', { stream: true }, { stream: true }],
];

test.each(parameters)('%s', (_name, more, expected, quirks) => {
  expect(encode(asking(more), quirks)).toMatchObject(expected);
});

const absent: [string, Partial<HubRequest>, string[], object?][] = [
  ['proofs of models that do not think', { params: { temperature: 1 } }, ['include', 'reasoning', 'stream']],
  ['a summary of no thoughts', { params: { reasoning: { effort: 'none' } } }, ['reasoning']],
  ['metadata of what is not stored', { named: { metadata: { a: 'b' } } }, ['metadata']],
  [
    'what the API has no word for',
    { params: { stop: ['x'], seed: 1, n: 2, presencePenalty: 1, frequencyPenalty: 1, topK: 4 } },
    ['stop', 'seed', 'n', 'presence_penalty', 'frequency_penalty', 'top_k'],
  ],
  [
    'words about tools where there are none',
    { toolChoice: { kind: 'any' }, params: { parallelToolCalls: false } },
    ['tools', 'tool_choice', 'parallel_tool_calls'],
  ],
];

test.each(absent)('left out: %s', (_name, more, words, quirks) => {
  const body = encode(asking(more), quirks);
  for (const word of words) expect(body).not.toHaveProperty([word]);
});

const weather = { kind: 'function', name: 'weather', schema: { type: 'object', properties: {} } } as const;
const tools: [string, Partial<HubRequest>, JsonObject][] = [
  [
    'a function is not strict unless it says so',
    { tools: [weather] },
    { tools: [{ type: 'function', name: 'weather', parameters: weather.schema, strict: false }] },
  ],
  [
    'a strict one is',
    { tools: [{ ...weather, strict: true, description: 'd' }] },
    { tools: [{ strict: true, description: 'd' }] },
  ],
  ['choice: any', { tools: [weather], toolChoice: { kind: 'any' } }, { tool_choice: 'required' }],
  ['choice: none', { tools: [weather], toolChoice: { kind: 'none' } }, { tool_choice: 'none' }],
  [
    'choice: one',
    { tools: [weather], toolChoice: { kind: 'one', name: 'weather' } },
    { tool_choice: { type: 'function', name: 'weather' } },
  ],
  ['one at a time', { tools: [weather], params: { parallelToolCalls: false } }, { parallel_tool_calls: false }],
  [
    'a search of the web',
    {
      named: {
        webSearch: { search_context_size: 'low', user_location: { type: 'approximate', approximate: { city: 'Ulm' } } },
      },
    },
    {
      tools: [{ type: 'web_search', search_context_size: 'low', user_location: { type: 'approximate', city: 'Ulm' } }],
    },
  ],
  [
    'a tool that the vendor runs, whoever names it',
    { tools: [{ kind: 'hosted', dialect: 'openai-chat', value: { type: 'web_search' } }], named: { webSearch: {} } },
    { tools: [{ type: 'web_search' }] },
  ],
];

test.each(tools)('tools: %s', (_name, more, expected) => {
  expect(encode(asking(more))).toMatchObject(expected);
});

test("tools that another vendor runs stay at home, and the API's own are the same object", () => {
  const own = { type: 'file_search', vector_store_ids: ['v'] };
  const body = encode(
    asking({
      tools: [
        { kind: 'hosted', dialect: 'anthropic-messages', value: { type: 'bash_20250124', name: 'bash' } },
        { kind: 'hosted', dialect: 'openai-responses', value: own },
      ],
    }),
  );
  expect(body['tools']).toEqual([own]);
});

const png = { kind: 'base64', mime: 'image/png', data: 'AA==' } as const;
const call: Block = { type: 'tool-call', id: 'call_1', name: 'weather', args: '' };
const thought: Block = {
  type: 'thinking',
  text: 'Hm.',
  signature: { by: 'openai-responses', value: 'enc', id: 'rs_1' },
};
const reasoning = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [{ type: 'summary_text', text: 'Hm.' }],
  encrypted_content: 'enc',
};

const items: [string, Partial<HubRequest>, JsonObject[], object?][] = [
  [
    'system messages stay where they are',
    {
      messages: [
        said('system', text('a'), text('b')),
        said('user', text('hi')),
        said('system', text('c')),
        said('user', text('?')),
      ],
    },
    [
      {
        role: 'system',
        content: [
          { type: 'input_text', text: 'a' },
          { type: 'input_text', text: 'b' },
        ],
      },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'c' },
      { role: 'user', content: '?' },
    ],
  ],
  [
    'pictures and files',
    {
      messages: [
        said(
          'user',
          { type: 'media', media: 'image', source: png, detail: 'high' },
          { type: 'media', media: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } },
          {
            type: 'media',
            media: 'file',
            source: { kind: 'base64', mime: 'application/pdf', data: 'AA==' },
            name: 'a.pdf',
          },
          { type: 'media', media: 'file', source: { kind: 'url', url: 'https://x.test/a.pdf' } },
          { type: 'media', media: 'file', source: { kind: 'file-id', id: 'file-1' } },
          { type: 'media', media: 'file', source: { kind: 'base64', mime: 'text/plain', data: 'aGk=' } },
        ),
      ],
    },
    [
      {
        role: 'user',
        content: [
          { type: 'input_image', detail: 'high', image_url: 'data:image/png;base64,AA==' },
          { type: 'input_image', detail: 'auto', image_url: 'https://x.test/a.png' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' },
          { type: 'input_file', file_url: 'https://x.test/a.pdf' },
          { type: 'input_file', file_id: 'file-1' },
          { type: 'input_text', text: 'hi' },
        ],
      },
    ],
  ],
  [
    'thoughts, text, calls and results in their order',
    {
      messages: [
        said('user', text('hi')),
        said('assistant', thought, text('Let me see.'), call),
        said(
          'user',
          {
            type: 'tool-result',
            callId: 'call_1',
            content: [text('rain'), { type: 'media', media: 'image', source: png }],
          },
          text('and?'),
        ),
      ],
    },
    [
      { role: 'user', content: 'hi' },
      reasoning,
      { role: 'assistant', content: 'Let me see.' },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{}' },
      {
        type: 'function_call_output',
        call_id: 'call_1',
        output: [
          { type: 'input_text', text: 'rain' },
          { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,AA==' },
        ],
      },
      { role: 'user', content: 'and?' },
    ],
  ],
  [
    "other makers' thoughts, thoughts without a proof, and thoughts that led to nothing",
    {
      messages: [
        said('user', text('hi')),
        said(
          'assistant',
          { type: 'thinking', text: 'a', signature: { by: 'anthropic-messages', value: 'x' } },
          { type: 'thinking', text: 'b' },
          text('yes'),
          thought,
        ),
        said('user', text('go on')),
      ],
    },
    [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: 'go on' },
    ],
  ],
  [
    'thoughts that a client repeats',
    { messages: [said('user', text('hi')), said('assistant', thought, thought, text('yes')), said('user', text('?'))] },
    [{ role: 'user', content: 'hi' }, reasoning, { role: 'assistant', content: 'yes' }, { role: 'user', content: '?' }],
  ],
  [
    'calls and results without an id, and with a long one',
    {
      messages: [
        said('user', text('hi')),
        said('assistant', { ...call, id: '' }, { ...call, id: 'x'.repeat(80) }),
        said(
          'user',
          { type: 'tool-result', callId: '', content: [] },
          { type: 'tool-result', callId: 'x'.repeat(80), content: [text('1')] },
        ),
      ],
    },
    [
      { role: 'user', content: 'hi' },
      { type: 'function_call', call_id: 'call_1_0', name: 'weather', arguments: '{}' },
      { type: 'function_call', call_id: `${'x'.repeat(55)}_67b9d905`, name: 'weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1_0', output: '' },
      { type: 'function_call_output', call_id: `${'x'.repeat(55)}_67b9d905`, output: '1' },
    ],
  ],
  [
    'its own items, and nobody else’s',
    {
      messages: [
        said('user', text('hi')),
        said(
          'assistant',
          {
            type: 'opaque',
            dialect: 'openai-responses',
            value: { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
          },
          { type: 'opaque', dialect: 'anthropic-messages', value: { type: 'server_tool_use' } },
          { type: 'text', text: 'yes', extra: { 'openai-responses': { id: 'msg_1', phase: 'final_answer' } } },
        ),
        said('user', text('?')),
      ],
    },
    [
      { role: 'user', content: 'hi' },
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        phase: 'final_answer',
        content: [{ type: 'output_text', text: 'yes', annotations: [], logprobs: [] }],
      },
      { role: 'user', content: '?' },
    ],
  ],
  [
    'cache marks, where the model knows them',
    { messages: [said('system', { type: 'text', text: 'a', cache: {} }), said('user', text('hi'))] },
    [
      {
        role: 'system',
        content: [{ type: 'input_text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } }],
      },
      { role: 'user', content: 'hi' },
    ],
    { cacheBreakpoints: true },
  ],
  [
    'cache marks, where it does not',
    { messages: [said('user', { type: 'text', text: 'hi', cache: { ttl: '1h' } })] },
    [{ role: 'user', content: 'hi' }],
  ],
];

describe('the conversation', () => {
  test.each(items)('%s', (_name, more, expected, quirks) => {
    expect(encode(asking(more), quirks)['input']).toEqual(expected);
  });

  test.each(['audio', 'video'] as const)('%s is refused', (media) => {
    const request = asking({ messages: [said('user', { type: 'media', media, source: png })] });
    expect(() => provider.encodeRequest(request, {})).toThrow(
      expect.objectContaining({ kind: 'invalid-request', message: expect.stringContaining(media) }),
    );
  });
});
