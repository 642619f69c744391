import { describe, expect, test } from 'vitest';
import type { HubRequest, JsonObject } from '../../../src/hub/index.ts';
import {
  assistant,
  call,
  complaints,
  encode,
  link,
  media,
  requestSuite,
  result,
  say,
  system,
  think,
  user,
} from '../provider-half.ts';

const half = { dialect: 'cohere', vendor: 'cohere', quirks: { thinks: true } } as const;
const look = { kind: 'function' as const, name: 'look', schema: { type: 'object', properties: {} } };
const strict = { ...look, name: 'strict', strict: true, schema: { type: 'object', required: ['a'] } };
const tool = (name: string, parameters: JsonObject = look.schema) => ({
  type: 'function',
  function: { name, parameters },
});

type Row = [name: string, request: Partial<HubRequest>, expected: JsonObject];

const rows: Row[] = [
  ['a plain text', {}, { model: 'm', messages: [{ role: 'user', content: 'hi' }] }],
  [
    'all that is sampled',
    {
      stream: true,
      params: {
        maxTokens: 9,
        temperature: 0.5,
        topP: 0.9,
        topK: 3,
        stop: ['a', ''],
        seed: 4,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        logprobs: true,
      },
    },
    {
      max_tokens: 9,
      temperature: 0.5,
      p: 0.9,
      k: 3,
      stop_sequences: ['a'],
      seed: 4,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      logprobs: true,
      stream: true,
    },
  ],
  ['its own words', { unknown: { safety_mode: 'OFF', documents: ['d'] } }, { safety_mode: 'OFF', documents: ['d'] }],
  ['tools, chosen freely', { tools: [look], toolChoice: { kind: 'auto' } }, { tools: [tool('look')] }],
  ['a tool must be called', { tools: [look], toolChoice: { kind: 'any' } }, { tool_choice: 'REQUIRED' }],
  ['no tool may be called', { tools: [look], toolChoice: { kind: 'none' } }, { tool_choice: 'NONE' }],
  [
    'one tool must be called',
    { tools: [strict, look], toolChoice: { kind: 'one', name: 'look' } },
    { tools: [tool('look')], tool_choice: 'REQUIRED' },
  ],
  ['strict tools', { tools: [strict] }, { strict_tools: true }],
  ['reasoning by effort', { params: { reasoning: { effort: 'low' } } }, { thinking: budget(1024) }],
  ['reasoning by budget', { params: { reasoning: { budget: 7 } } }, { thinking: budget(7) }],
  ['reasoning somehow', { params: { reasoning: { effort: 'xhigh' } } }, { thinking: { type: 'enabled' } }],
  ['no reasoning', { params: { reasoning: { effort: 'none' } } }, { thinking: { type: 'disabled' } }],
  ['no budget', { params: { reasoning: { budget: 0 } } }, { thinking: { type: 'disabled' } }],
  ['JSON', { output: { kind: 'json' } }, { response_format: { type: 'json_object' } }],
  [
    'a schema',
    { output: { kind: 'schema', name: 's', schema: { type: 'object' } } },
    { response_format: { type: 'json_object', json_schema: { type: 'object' } } },
  ],
];

function budget(tokens: number): JsonObject {
  return { type: 'enabled', token_budget: tokens };
}

test.each(rows)('%s', (_name, request, expected) => {
  const body = encode(half, request);
  expect(body).toMatchObject(expected);
  expect(complaints(half, body)).toEqual([]);
});

test.each<[string, Partial<HubRequest>, string[]]>([
  ['a free choice is not said', { tools: [look], toolChoice: { kind: 'auto' } }, ['tool_choice']],
  ['a choice without tools is not said', { toolChoice: { kind: 'any' } }, ['tool_choice', 'tools']],
  ['tools of which one is not strict', { tools: [strict, look] }, ['strict_tools']],
  ['nothing asked is nothing said', {}, ['thinking', 'stream', 'response_format', 'logprobs', 'stop_sequences']],
])('%s', (_name, request, missing) => {
  const body = encode(half, request);
  for (const word of missing) expect(body).not.toHaveProperty(word);
});

const calls = (id: string, args = '{}') => ({ id, type: 'function', function: { name: 'look', arguments: args } });
const image = (url: string, detail?: string) => ({
  type: 'image_url',
  image_url: { url, ...(detail === undefined ? {} : { detail }) },
});

const conversations: [name: string, messages: HubRequest['messages'], expected: JsonObject[]][] = [
  [
    'system, user, assistant, in their places',
    [system(say('s')), user(say('a'), say('b')), assistant(say('c')), system(say('late')), user(say('d'))],
    [
      { role: 'system', content: 's' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: 'c' },
      { role: 'system', content: 'late' },
      { role: 'user', content: 'd' },
    ],
  ],
  [
    'text before calls is the plan, thinking stays',
    [user(say('q')), assistant(think('t'), say('I will look.'), call('1', '{"a": 1.0}')), user(result('1', say('r')))],
    [
      { role: 'user', content: 'q' },
      {
        role: 'assistant',
        tool_plan: 'I will look.',
        content: [{ type: 'thinking', thinking: 't' }],
        tool_calls: [calls('1', '{"a": 1.0}')],
      },
      { role: 'tool', tool_call_id: '1', content: 'r' },
    ],
  ],
  [
    'results come first, also from later messages, and their images follow',
    [
      user(say('q')),
      assistant(call('1'), call('2')),
      user(say('and'), result('1', say('r'), media('image/png', 'AA=='))),
      user(result('2')),
    ],
    [
      { role: 'user', content: 'q' },
      { role: 'assistant', tool_calls: [calls('1'), calls('2')] },
      { role: 'tool', tool_call_id: '1', content: 'r' },
      { role: 'tool', tool_call_id: '2', content: '' },
      { role: 'user', content: [image('data:image/png;base64,AA=='), { type: 'text', text: 'and' }] },
    ],
  ],
  [
    'a result without its call is text of the user',
    [user(result('9', say('lost'))), assistant(say('x')), user(result('8', say('again')))],
    [
      { role: 'user', content: 'lost' },
      { role: 'assistant', content: 'x' },
      { role: 'user', content: 'again' },
    ],
  ],
  [
    'arguments that are no object',
    [user(say('q')), assistant(call('1', ''), call('2', '{"broken'), call('3', '[1]')), user(result('1'))],
    [
      { role: 'user', content: 'q' },
      {
        role: 'assistant',
        tool_calls: [calls('1', '{}'), calls('2', '{"input":"{\\"broken"}'), calls('3', '{"input":"[1]"}')],
      },
      { role: 'tool', tool_call_id: '1', content: '' },
    ],
  ],
  [
    'empty messages and foreign blocks are none',
    [
      user(),
      assistant(say('')),
      assistant({ type: 'opaque', dialect: 'openai-chat', value: {} }),
      assistant({
        type: 'thinking',
        text: '',
        redacted: true,
        signature: { by: 'anthropic-messages', value: 'x' },
      }),
      user(say('q')),
    ],
    [{ role: 'user', content: 'q' }],
  ],
  [
    'images by link and as data, and files of text',
    [
      user(
        link('https://x.test/a.png'),
        { ...media('image/png', 'AA=='), detail: 'low' },
        {
          ...media('text/plain', Buffer.from('in a file').toString('base64'), 'file'),
        },
      ),
    ],
    [
      {
        role: 'user',
        content: [
          image('https://x.test/a.png'),
          image('data:image/png;base64,AA==', 'low'),
          { type: 'text', text: 'in a file' },
        ],
      },
    ],
  ],
];

test.each(conversations)('%s', (_name, messages, expected) => {
  const body = encode(half, { messages });
  expect(body['messages']).toEqual(expected);
  expect(complaints(half, body)).toEqual([]);
});

test('models that do not think get no thoughts', () => {
  const body = encode({ dialect: 'cohere' }, { messages: [user(say('q')), assistant(think('t'), say('a'))] });
  expect(body['messages']).toEqual([
    { role: 'user', content: 'q' },
    { role: 'assistant', content: 'a' },
  ]);
});

describe('refuses what it has no form for', () => {
  test.each<[string, HubRequest['messages']]>([
    ['audio', [user(media('audio/wav', 'AA==', 'audio'))]],
    ['PDF', [user(media('application/pdf', 'AA==', 'file'))]],
    ['files by id', [user({ type: 'media', media: 'image', source: { kind: 'file-id', id: 'f' } })]],
    ['nothing', [user()]],
  ])('%s', (_name, messages) => {
    expect(() => encode(half, { messages })).toThrow(expect.objectContaining({ kind: 'invalid-request' }));
  });
});

/** As the rows clamp it. */
function clamped(request: HubRequest): HubRequest {
  const { temperature: _t, topP: _p, ...params } = request.params;
  return { ...request, params };
}

requestSuite(half, clamped);
