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

const chat = { dialect: 'ollama', vendor: 'ollama', kind: 'chat.request' } as const;
const generate = { ...chat, kind: 'generate.request', quirks: { generate: true } } as const;
const look = { kind: 'function' as const, name: 'look', schema: { type: 'object', properties: {} } };
const declared = { type: 'function', function: { name: 'look', parameters: look.schema } };
const text = Buffer.from('in a file').toString('base64');

const rows: [name: string, request: Partial<HubRequest>, expected: JsonObject][] = [
  ['a plain text', {}, { model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: false }],
  [
    'all that is sampled is an option',
    {
      stream: true,
      params: { maxTokens: 9, temperature: 0.5, topP: 0.9, topK: 3, stop: ['a'], seed: 4, frequencyPenalty: 1.1 },
    },
    {
      stream: true,
      options: {
        num_predict: 9,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 3,
        stop: ['a'],
        seed: 4,
        repeat_penalty: 1.1,
      },
    },
  ],
  [
    'further words are options, but for its own',
    { unknown: { num_ctx: 8192, mirostat: 1, keep_alive: '5m', num_gpu: null }, params: { seed: 1 } },
    { keep_alive: '5m', options: { num_ctx: 8192, mirostat: 1, seed: 1 } },
  ],
  [
    'options as the API has them',
    { unknown: { options: { num_ctx: 4, seed: 9 } }, params: { seed: 1 } },
    { options: { num_ctx: 4, seed: 1 } },
  ],
  ['tools', { tools: [look], toolChoice: { kind: 'one', name: 'look' } }, { tools: [declared] }],
  ['JSON', { output: { kind: 'json' } }, { format: 'json' }],
  ['a schema', { output: { kind: 'schema', name: 's', schema: { type: 'object' } } }, { format: { type: 'object' } }],
  ['an effort', { params: { reasoning: { effort: 'low' } } }, { think: true }],
  ['no effort', { params: { reasoning: { effort: 'none' } } }, { think: false }],
  ['no budget', { params: { reasoning: { budget: 0 } } }, { think: false }],
];

test.each(rows)('%s', (_name, request, expected) => {
  const body = encode(chat, request);
  expect(body).toMatchObject(expected);
  expect(complaints(chat, body)).toEqual([]);
});

test.each<[string, Partial<HubRequest>, string[]]>([
  ['nothing asked is nothing said', {}, ['options', 'tools', 'format', 'think']],
  ['no choice of tools is said', { tools: [look], toolChoice: { kind: 'any' } }, ['tool_choice']],
  ['no tool may be called', { tools: [look], toolChoice: { kind: 'none' } }, ['tools', 'tool_choice']],
  ['a budget, of a model that may not think', { params: { reasoning: { budget: 5000 } } }, ['think']],
  ['no penalty', { params: { frequencyPenalty: 0 } }, ['options']],
])('%s', (_name, request, missing) => {
  const body = encode(chat, request);
  for (const word of missing) expect(body).not.toHaveProperty(word);
});

test.each<[object, NonNullable<HubRequest['params']['reasoning']>, unknown]>([
  [{ thinks: true }, { budget: 5000 }, true],
  [{ thinks: true, levels: true }, { budget: 1024 }, 'low'],
  [{ thinks: true, levels: true }, { budget: 5000 }, 'medium'],
  [{ thinks: true, levels: true }, { budget: 32000 }, 'high'],
  [{ levels: true }, { effort: 'minimal' }, 'low'],
  [{ levels: true }, { effort: 'xhigh' }, 'high'],
  [{ levels: true }, { effort: 'odd' }, true],
])('%j thinks %j', (quirks, reasoning, expected) => {
  const body = encode({ ...chat, quirks }, { params: { reasoning } });
  expect(body['think']).toBe(expected);
  expect(complaints(chat, body)).toEqual([]);
});

const history: HubRequest['messages'] = [
  system(say('s')),
  user(say('a'), media('image/png', 'AA=='), media('text/plain', text, 'file')),
  assistant(think('t'), say('b'), call('1', '{"x":1}'), call('2', '{"broken')),
  user(result('1', say('r'), media('image/png', 'BB==')), result('2')),
  user(say('and?')),
];

test('a conversation', () => {
  const body = encode(chat, { messages: history });
  const calls = [
    { function: { name: 'look', arguments: { x: 1 } } },
    { function: { name: 'look', arguments: { input: '{"broken' } } },
  ];
  expect(body['messages']).toEqual([
    { role: 'system', content: 's' },
    { role: 'user', content: 'a\nin a file', images: ['AA=='] },
    { role: 'assistant', content: 'b', tool_calls: calls },
    { role: 'tool', content: 'r', images: ['BB=='] },
    { role: 'tool', content: '' },
    { role: 'user', content: 'and?' },
  ]);
  expect(complaints(chat, body)).toEqual([]);
});

test('models that think get their thoughts back, and the names of tools where they want them', () => {
  const body = encode({ ...chat, quirks: { thinks: true, namesTools: true } }, { messages: history });
  expect(body['messages']).toMatchObject([{}, {}, { thinking: 't' }, { tool_name: 'look' }, { tool_name: 'look' }, {}]);
});

// Seen from Claude Code: the results of calls made at once come as they are done, and nothing on this wire names a call.
test.each([
  ['in one message', [user(result('2', say('two')), result('1', say('one')), say('and?'))]],
  ['in a message each', [user(result('2', say('two'))), user(result('1', say('one'))), user(say('and?'))]],
])('results that come in another order than the calls, %s', (_name, results) => {
  const calls = assistant(call('1', '{}'), call('2', '{}'));
  const messages = [user(say('a')), calls, ...results, assistant(call('3', '{}')), user(result('3', say('three')))];
  const told = encode(chat, { messages })['messages'];
  expect(JSON.stringify(told).match(/one|two|and\?|three/g)).toEqual(['one', 'two', 'and?', 'three']);
});

describe('prompts', () => {
  test.each<[string, HubRequest['messages'], JsonObject]>([
    ['one question', [system(say('s'), say('t')), user(say('q'))], { system: 's\nt', prompt: 'q' }],
    [
      'several turns',
      [user(say('q')), assistant(say('a')), user(say('r'))],
      { prompt: '### User:\nq\n\n### Assistant:\na\n\n### User:\nr\n\n### Assistant:\n' },
    ],
    [
      'an answer that was begun',
      [user(say('q')), assistant(say('It is '))],
      { prompt: '### User:\nq\n\n### Assistant:\nIt is' },
    ],
    [
      'calls and results in words',
      [user(say('q')), assistant(call('1')), user(result('1', say('r')))],
      {
        prompt:
          '### User:\nq\n\n### Assistant:\n{"name":"look","arguments":{}}\n\n### User:\nResult of look:\nr\n\n### Assistant:\n',
      },
    ],
    ['pictures', [user(say('q'), media('image/png', 'AA=='))], { prompt: 'q', images: ['AA=='] }],
  ])('%s', (_name, messages, expected) => {
    const body = encode(generate, { messages, params: { frequencyPenalty: 0.5 } });
    expect(body).toEqual({ model: 'm', stream: false, options: { frequency_penalty: 0.5 }, ...expected });
    expect(complaints(generate, body)).toEqual([]);
  });
});

describe.each([chat, generate])('$kind refuses what it has no form for', (half) => {
  test.each<[string, HubRequest['messages']]>([
    ['audio', [user(media('audio/wav', 'AA==', 'audio'))]],
    ['PDF', [user(media('application/pdf', 'AA==', 'file'))]],
    ['files by id', [user({ type: 'media', media: 'image', source: { kind: 'file-id', id: 'f' } })]],
    ['a link that nobody fetched', [user(link('https://x.test/a.png'))]],
    ['nothing', [user()]],
  ])('%s', (_name, messages) => {
    expect(() => encode(half, { messages })).toThrow(expect.objectContaining({ kind: 'invalid-request' }));
  });
});

/** Links are fetched before. */
function fetched(request: HubRequest): HubRequest {
  const inline = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'url' in value && 'kind' in value
      ? { kind: 'base64', mime: 'image/png', data: 'AA==' }
      : value;
  return JSON.parse(JSON.stringify(request, inline));
}

requestSuite(chat, fetched);
requestSuite(generate, fetched);
