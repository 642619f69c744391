import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clients } from '../../../src/dialects/index.ts';
import { type HubRequest, type JsonObject, seal, thoughtMark } from '../../../src/hub/index.ts';
import { members } from '../../../src/wire/index.ts';
import { hubRequests } from '../../hub/arbitrary.ts';
import { encodeRequest, fixedGiven, type providerIds } from '../codecs.ts';
import { conversations } from '../conversations.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { readRequest } from '../read-request.ts';
import { scenarios, told } from '../scenarios.ts';
import { type Vendor, validate } from '../validators.ts';
import { decode, type Form, sides } from './codec.ts';

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const user = { role: 'user', content: 'hi' };
const say = (text: string) => ({ type: 'text', text });
const image = (mime: string, data: string) => ({
  type: 'media',
  media: 'image',
  source: { kind: 'base64', mime, data },
});
const called = (name: string, args: JsonObject = {}, id?: string) => ({
  ...(id === undefined ? {} : { id }),
  function: { name, arguments: args },
});

const rows: [name: string, body: JsonObject, expected: Partial<HubRequest>][] = [
  [
    'a plain text',
    {},
    { messages: [{ role: 'user', blocks: [{ type: 'text', text: 'hi' }] }], params: {}, unknown: {} },
  ],
  [
    'options with a hub name, and the others',
    {
      options: {
        num_predict: 9,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 3,
        stop: 'a',
        seed: 4,
        presence_penalty: 1,
        frequency_penalty: 0.2,
        repeat_penalty: 1.1,
        num_ctx: 8192,
        mirostat: null,
      },
    },
    {
      params: {
        maxTokens: 9,
        temperature: 0.5,
        topP: 0.9,
        topK: 3,
        stop: ['a'],
        seed: 4,
        presencePenalty: 1,
        frequencyPenalty: 0.2,
      },
      extra: { ollama: { options: { repeat_penalty: 1.1, num_ctx: 8192, mirostat: null } } },
    },
  ],
  ['no end', { options: { num_predict: -1 } }, { params: {}, extra: { ollama: { options: { num_predict: -1 } } } }],
  ['words of its own', { keep_alive: '5m', later: 1 }, { extra: { ollama: { keep_alive: '5m', later: 1 } } }],
  ['nulls', { keep_alive: null, format: null, options: null, tools: null, think: null }, { params: {} }],
  ['thinking', { think: true }, { params: { reasoning: { effort: 'medium' } } }],
  ['no thinking', { think: false }, { params: { reasoning: { effort: 'none' } } }],
  ['a level of it', { think: 'low' }, { params: { reasoning: { effort: 'low' } } }],
  ['JSON', { format: 'json' }, { output: { kind: 'json' } }],
  [
    'a schema',
    { format: { type: 'object' } },
    { output: { kind: 'schema', name: 'response', schema: { type: 'object' } } },
  ],
  ['logprobs', { logprobs: true, top_logprobs: 2 }, { params: { logprobs: true, topLogprobs: 2 } }],
  [
    'tools',
    { tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } }] },
    { tools: [{ kind: 'function', name: 'f', description: 'd', schema: { type: 'object' } }] },
  ],
];

test.each(rows)('%s', (_name, body, expected) => {
  expect(decode('chat', { model: 'm', messages: [user], ...body })).toMatchObject(expected);
});

test('a format that asks for nothing is none', () => {
  expect(decode('chat', { model: 'm', messages: [user], format: '' })).not.toHaveProperty('output');
});

describe('messages', () => {
  const read = (...messages: JsonObject[]): unknown => decode('chat', { model: 'm', messages }).messages;

  test('a conversation', () => {
    expect(
      read(
        { role: 'system', content: 's' },
        { role: 'user', content: 'q', images: [png, '/9j/4AAQ', `data:image/webp;base64,UklGRg==`] },
        { role: 'assistant', content: 'a', thinking: 't', tool_calls: [called('f', { x: 1 }, 'c1'), called('g')] },
        { role: 'tool', content: 'of g', tool_name: 'g' },
        { role: 'tool', content: 'of f', tool_call_id: 'c1', images: [png] },
      ),
    ).toEqual([
      { role: 'system', blocks: [say('s')] },
      {
        role: 'user',
        blocks: [say('q'), image('image/png', png), image('image/jpeg', '/9j/4AAQ'), image('image/webp', 'UklGRg==')],
      },
      {
        role: 'assistant',
        blocks: [
          { type: 'thinking', text: 't' },
          say('a'),
          { type: 'tool-call', id: 'c1', name: 'f', args: '{"x":1}' },
          { type: 'tool-call', id: 'call_2_1', name: 'g', args: '{}' },
        ],
      },
      { role: 'user', blocks: [{ type: 'tool-result', callId: 'call_2_1', name: 'g', content: [say('of g')] }] },
      {
        role: 'user',
        blocks: [{ type: 'tool-result', callId: 'c1', name: 'f', content: [say('of f'), image('image/png', png)] }],
      },
    ]);
  });

  test.each([
    ['the same tool twice, by name', [{ tool_name: 'f' }, { tool_name: 'f' }], ['call_0_0', 'call_0_1']],
    ['no names at all', [{}, {}, {}], ['call_0_0', 'call_0_1', 'call_3_0']],
    ['an older word for it', [{ name: 'f' }], ['call_0_0']],
    ['a name that nobody called', [{ tool_name: 'other' }, {}], ['call_1_0', 'call_0_0']],
    ['an id that nobody has', [{ tool_call_id: 'x' }], ['x']],
  ])('results of %s', (_name, results, ids) => {
    const messages = [
      { role: 'assistant', tool_calls: [called('f'), called('f')] },
      ...results.map((one) => ({ role: 'tool', content: 'r', ...one })),
    ];
    const found = decode('chat', { model: 'm', messages }).messages.flatMap(({ blocks }) => blocks);
    expect(found.flatMap((block) => (block.type === 'tool-result' ? [block.callId] : []))).toEqual(ids);
  });

  test('a proof that travels behind the id of a call', () => {
    const proof = { by: 'gemini', value: 'abc' } as const;
    const reply = sides.chat.encodeResponse(
      {
        id: 'i',
        model: 'p',
        created: 1,
        choices: [
          {
            index: 0,
            blocks: [{ type: 'tool-call', id: 'c', name: 'f', args: '{}', signature: proof }],
            finish: { reason: 'tool-calls' },
          },
        ],
      },
      decode('chat', { model: 'm', messages: [user] }),
      fixedGiven(),
    );
    expect(JSON.stringify(reply)).toContain(`c${thoughtMark}${seal(proof)}`);
    const messages = [user, reply['message'] ?? null, { role: 'tool', content: 'r', tool_name: 'f' }];
    const [, turn, result] = decode('chat', { model: 'm', messages }).messages;
    expect(turn?.blocks).toMatchObject([{ type: 'tool-call', id: 'c', signature: proof }]);
    expect(result?.blocks).toMatchObject([{ type: 'tool-result', callId: 'c' }]);
  });
});

describe('prompts', () => {
  test.each<[string, JsonObject, Partial<HubRequest>]>([
    ['a prompt', { prompt: 'p' }, { messages: [{ role: 'user', blocks: [{ type: 'text', text: 'p' }] }] }],
    [
      'a system and a picture',
      { prompt: 'p', system: 's', images: [png] },
      {
        messages: [
          { role: 'system', blocks: [{ type: 'text', text: 's' }] },
          {
            role: 'user',
            blocks: [
              { type: 'text', text: 'p' },
              { type: 'media', media: 'image', source: { kind: 'base64', mime: 'image/png', data: png } },
            ],
          },
        ],
      },
    ],
    [
      'words of its own',
      { prompt: 'p', raw: true, template: 't', context: [1, 2], options: { num_ctx: 9, seed: 1 } },
      {
        params: { seed: 1 },
        extra: { ollama: { raw: true, template: 't', context: [1, 2], options: { num_ctx: 9 } } },
      },
    ],
  ])('%s', (_name, body, expected) => {
    expect(decode('generate', { model: 'm', ...body })).toMatchObject(expected);
  });

  test('its own servers get it back as it was, chats get what they know', () => {
    const body = {
      model: 'm',
      prompt: 'a',
      suffix: 'b',
      system: 's',
      raw: true,
      keep_alive: '1m',
      options: { num_ctx: 9 },
    };
    const request = decode('generate', body);
    expect(encodeRequest('ollama', request, { generate: true })).toEqual({ ...body, stream: false });
    const chat = encodeRequest('ollama', request);
    expect(validate('ollama', chat, 'chat.request').errors).toEqual([]);
    expect(chat).not.toHaveProperty('suffix');
    const plain = { model: 'm', prompt: 'a', suffix: 'b' };
    expect(encodeRequest('ollama', decode('generate', plain), { generate: true })).toEqual({ ...plain, stream: false });
  });
});

describe('who asks nothing', () => {
  const idle = (form: Form, body: JsonObject) =>
    sides[form].idle?.(members(Buffer.from(JSON.stringify(body))), 'm', fixedGiven());
  test.each<[Form, JsonObject, unknown]>([
    ['chat', { messages: [] }, 'load'],
    ['chat', {}, 'load'],
    ['chat', { messages: [], keep_alive: 0 }, 'unload'],
    ['chat', { messages: [user] }, undefined],
    ['generate', {}, 'load'],
    ['generate', { prompt: '', keep_alive: '0s' }, 'unload'],
    ['generate', { prompt: '', keep_alive: -1 }, 'load'],
    ['generate', { prompt: 'x' }, undefined],
    ['generate', { images: [png] }, undefined],
  ])('%s %j: %s', (form, body, reason) => {
    const answer = idle(form, body);
    expect(answer?.['done_reason']).toBe(reason);
    if (answer !== undefined) expect(validate('ollama', answer, `${form}.response`).errors).toEqual([]);
  });
});

const odd = [null, true, 7, 'x', [], {}, [null], [[]], [{}], { a: 1 }, [{ role: 'user' }], [{ role: 7 }]];
const words = [
  'model',
  'messages',
  'stream',
  'options',
  'format',
  'think',
  'tools',
  'prompt',
  'system',
  'images',
  'suffix',
];

test.each(['chat', 'generate'] as const)('any type in any field of %s is an answer or a 400', (form) => {
  for (const word of words) {
    for (const value of odd) {
      const body: JsonObject = { model: 'm', messages: [user], prompt: 'p', [word]: value };
      try {
        sides[form].check(members(Buffer.from(JSON.stringify(body))));
        decode(form, body);
      } catch (thrown) {
        expect(thrown).toMatchObject({ kind: 'invalid-request', facts: { param: expect.any(String) } });
      }
    }
  }
});

describeRecorded('recorded requests', () => {
  test.each(recordings('ollama'))('$case says the same again', ({ request, case: name }) => {
    const form = name.startsWith('generate-') ? 'generate' : 'chat';
    const sent: JsonObject = JSON.parse(JSON.stringify(request));
    const body = encodeRequest('ollama', decode(form, sent, sent['stream'] === true), {
      generate: form === 'generate',
    });
    const says = (one: JsonObject): JsonObject =>
      Object.fromEntries(
        Object.entries(one).filter(([, value]) => !['null', '""', '[]', '{}', 'false'].includes(JSON.stringify(value))),
      );
    const { options, ...rest } = says(sent);
    const stop = JSON.stringify(options) === '{"stop":[]}';
    expect(says(body)).toMatchObject(stop ? rest : says(sent));
    expect(validate('ollama', says(body), `${form}.request`, { unknown: 'warn' }).errors).toEqual([]);
  });
});

/** The bodies that clients would write for the conversations of rosetta/. */
const written = scenarios.map((scenario): [string, JsonObject] => {
  const { request } = told(scenario, 'openai-chat');
  const asked: HubRequest = clients['openai-chat'].client.decodeRequest(request, {
    operation: 'chat',
    model: 'm',
    stream: false,
    query: new URLSearchParams(),
    headers: {},
  });
  return [scenario, encodeRequest('ollama', asked, { thinks: true, namesTools: true })];
});

const judges: readonly { provider: (typeof providerIds)[number]; vendor: Vendor; kind: string }[] = [
  { provider: 'openai-chat', vendor: 'openai', kind: 'chat.request' },
  { provider: 'anthropic-messages', vendor: 'anthropic', kind: 'request' },
  { provider: 'gemini', vendor: 'gemini', kind: 'request' },
  { provider: 'bedrock-converse', vendor: 'bedrock', kind: 'request' },
  { provider: 'cohere', vendor: 'cohere', kind: 'request' },
  { provider: 'ollama', vendor: 'ollama', kind: 'chat.request' },
];

describe.each(judges)('what a client wrote, for $provider', ({ provider, vendor, kind }) => {
  test.each(written)('%s', (_name, body) => {
    const encoded = encodeRequest(provider, decode('chat', body));
    expect(validate(vendor, encoded, kind, { beta: true }).errors).toEqual([]);
  });
});

test.each(written)('%s says to a chat model what it says', (_name, body) => {
  const facts = readRequest('openai-chat', encodeRequest('openai-chat', decode('chat', body)));
  const messages: JsonObject[] = JSON.parse(JSON.stringify(body['messages']));
  for (const { role, content } of messages) {
    if (content === '' || role === 'tool') continue;
    const where = role === 'system' ? facts.system : facts.turns;
    expect(where.some((turn) => turn.endsWith(String(content)))).toBe(true);
  }
  expect(facts.turns.filter((turn) => turn.startsWith('result '))).toHaveLength(
    messages.filter(({ role }) => role === 'tool').length,
  );
});

test('what was encoded is decoded, and encoded the same again', () => {
  const quirks = { thinks: true, namesTools: true };
  fc.assert(
    fc.property(fc.oneof(hubRequests, conversations('ollama', ['ollama'])), (request) => {
      // Media of other kinds are refused, and links have to be fetched first.
      const messages = request.messages.map(({ role, blocks }) => ({
        role,
        blocks: blocks.filter(({ type }) => type !== 'media' && type !== 'tool-result'),
      }));
      const said = messages.some(({ blocks }) => blocks.some((block) => block.type === 'text' && block.text !== ''));
      fc.pre(said);
      const asked: HubRequest = { ...request, messages, from: 'ollama', unknown: {}, extra: {} };
      const body = encodeRequest('ollama', asked, quirks);
      expect(encodeRequest('ollama', decode('chat', body, request.stream), quirks)).toEqual(body);
    }),
  );
});
