import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BedrockQuirks } from '../../../src/dialects/bedrock-converse/quirks.ts';
import { type Block, type HubRequest, type JsonObject, type Message, ProxyError } from '../../../src/hub/index.ts';
import { hubRequests } from '../../hub/arbitrary.ts';
import { dialects } from '../codecs.ts';
import { conversations } from '../conversations.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { scenarios, told } from '../scenarios.ts';
import { validate } from '../validators.ts';
import { assistant, call, claude, encode, fromClient, provider, request, result, text, user } from './codec.ts';

const png = { kind: 'base64', mime: 'image/png', data: 'iVBORw0KGgo=' } as const;
const pdf = { kind: 'base64', mime: 'application/pdf', data: 'JVBERi0=' } as const;
const lookup = { kind: 'function', name: 'lookup', schema: { type: 'object', properties: {} } } as const;

function errors(body: JsonObject): string[] {
  return validate('bedrock', body, 'request').errors;
}

/** Pictures in place of links, as the proxy fetches them. */
function fetched({ messages, ...rest }: HubRequest): HubRequest {
  const inline = (block: Block): Block => {
    if (block.type === 'tool-result') return { ...block, content: block.content.map(inline) };
    const isLink =
      block.type === 'media' && block.source.kind === 'url' && provider.inlines?.(block, block.source.url, {});
    return isLink ? { ...block, source: png } : block;
  };
  return { ...rest, messages: messages.map((one) => ({ ...one, blocks: one.blocks.map(inline) })) };
}

describe('every scenario, from every client', () => {
  test.each(scenarios.flatMap((scenario) => dialects.map((client) => ({ scenario, client }))))(
    '$scenario from $client is valid',
    ({ scenario, client }) => {
      const asked = fetched(fromClient(client, told(scenario, client).request));
      for (const quirks of [
        {},
        claude,
        { ...claude, adaptiveThinking: true },
        { plainSchemas: true, caches: 'none' },
      ]) {
        expect(errors(provider.encodeRequest(asked, quirks as BedrockQuirks))).toEqual([]);
      }
    },
  );
});

describeRecorded('recorded requests', () => {
  const asked = recordings('bedrock-converse').filter((one) => one.request !== undefined);
  test.each(asked)('$case is valid, so the judge knows this wire', ({ request: body }) => {
    expect(validate('bedrock', body, 'request').errors).toEqual([]);
  });
});

describe('laws', () => {
  const runs = { numRuns: 150 };
  /** Conversations are slow to make up. */
  const few = { numRuns: 40 };
  /** What the client answers for itself: numbers and names that no wire takes. */
  const theirs =
    /inferenceConfig|toolConfig\/tools\/\d+\/toolSpec\/name|toolUse\/name|toolChoice\/tool\/name|minLength|maxLength/;

  test('a request of any shape is encoded validly, or refused by name', () => {
    fc.assert(
      fc.property(hubRequests, (given) => {
        try {
          const body = provider.encodeRequest(fetched({ ...given, unknown: {} }), claude);
          expect(errors(body).filter((error) => !theirs.test(error))).toEqual([]);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProxyError);
          expect(thrown).toMatchObject({ kind: 'invalid-request' });
        }
      }),
      runs,
    );
  });

  test('a conversation is encoded validly', () => {
    fc.assert(
      fc.property(conversations('openai-chat', dialects), (given) => {
        expect(errors(provider.encodeRequest(given, claude))).toEqual([]);
      }),
      few,
    );
  });

  test('a longer conversation begins with the bytes of the shorter one', () => {
    fc.assert(
      fc.property(conversations('openai-chat', dialects), ({ messages, ...rest }) => {
        const written = (upTo: number): string => {
          const body = provider.encodeRequest({ ...rest, messages: messages.slice(0, upTo) }, claude);
          return JSON.stringify([body['system'], body['messages']]);
        };
        // A turn is whole when the user's words are: what follows it is the model's.
        const ends = messages.flatMap((message, index) => (message.role === 'user' ? [index + 1] : []));
        const whole = written(messages.length);
        for (const end of ends) expect(whole.startsWith(written(end).slice(0, -2))).toBe(true);
      }),
      few,
    );
  });
});

/** Messages, and the turns that they become. */
const turns: [name: string, messages: Message[], expected: JsonObject[]][] = [
  ['blank text is never sent', [user(text(' \n'), text('a'))], [{ role: 'user', content: [{ text: 'a' }] }]],
  [
    'neighbours of one role are one turn',
    [user(text('a')), user(text('b')), assistant(text('c')), assistant(text('d')), user(text('e'))],
    [
      { role: 'user', content: [{ text: 'a' }, { text: 'b' }] },
      { role: 'assistant', content: [{ text: 'c' }, { text: 'd' }] },
      { role: 'user', content: [{ text: 'e' }] },
    ],
  ],
  [
    'results stand first, those of one turn together, a failed one says so, a second one of a call goes',
    [
      user(text('a')),
      assistant(call('1'), call('2')),
      user(text('b'), result('1', text('one'))),
      user({ ...result('2', text('two')), failed: true }, result('1', text('again'))),
    ],
    [
      { role: 'user', content: [{ text: 'a' }] },
      {
        role: 'assistant',
        content: [
          { toolUse: { toolUseId: '1', name: 'lookup', input: { q: 'x' } } },
          { toolUse: { toolUseId: '2', name: 'lookup', input: { q: 'x' } } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: '1', content: [{ text: 'one' }] } },
          { toolResult: { toolUseId: '2', content: [{ text: 'two' }], status: 'error' } },
          { text: 'b' },
        ],
      },
    ],
  ],
  [
    'a call that got no result gets one that says so; a result without its call is plain content',
    [user(text('a')), assistant(call('1')), user(text('stop'), result('9', text('late')))],
    [
      { role: 'user', content: [{ text: 'a' }] },
      { role: 'assistant', content: [{ toolUse: { toolUseId: '1', name: 'lookup', input: { q: 'x' } } }] },
      {
        role: 'user',
        content: [
          {
            toolResult: { toolUseId: '1', content: [{ text: 'This call was not answered.' }], status: 'error' },
          },
          { text: 'late' },
          { text: 'stop' },
        ],
      },
    ],
  ],
  [
    'ids are made legal the same way on both sides, and told apart when used again',
    [
      user(text('a')),
      assistant(call(`functions.x:0/${'y'.repeat(80)}`)),
      user(result(`functions.x:0/${'y'.repeat(80)}`, text('1'))),
      assistant(call('c0')),
      user(result('c0', text('2'))),
      assistant(call('c0')),
      user(result('c0', text('3'))),
    ],
    [
      { role: 'user', content: [{ text: 'a' }] },
      expect.objectContaining({}) as unknown as JsonObject,
      expect.objectContaining({}) as unknown as JsonObject,
      { role: 'assistant', content: [{ toolUse: { toolUseId: 'c0', name: 'lookup', input: { q: 'x' } } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'c0', content: [{ text: '2' }] } }] },
      { role: 'assistant', content: [{ toolUse: { toolUseId: 'c0_2', name: 'lookup', input: { q: 'x' } } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'c0_2', content: [{ text: '3' }] } }] },
    ],
  ],
  [
    'thinking of its own maker goes back bare and first; all other thinking stays behind',
    [
      user(text('a')),
      assistant(
        text('said'),
        { type: 'thinking', text: 'mine', signature: { by: 'bedrock-converse', value: 'sig' } },
        { type: 'thinking', text: '', redacted: true, signature: { by: 'bedrock-converse', value: 'ZGF0YQ==' } },
        { type: 'thinking', text: 'theirs', signature: { by: 'anthropic-messages', value: 'other' } },
        { type: 'thinking', text: 'nobody signed' },
      ),
      user(text('b')),
    ],
    [
      { role: 'user', content: [{ text: 'a' }] },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'mine', signature: 'sig' } } },
          { reasoningContent: { redactedContent: 'ZGF0YQ==' } },
          { text: 'said' },
        ],
      },
      { role: 'user', content: [{ text: 'b' }] },
    ],
  ],
  [
    'pictures, documents with legal names each its own, sounds, videos and what lies in S3',
    [
      user(
        { type: 'media', media: 'image', source: { ...png, mime: 'image/jpg' } },
        { type: 'media', media: 'file', source: pdf, name: 'Q3 report (final)_v2.pdf' },
        { type: 'media', media: 'file', source: pdf, name: 'Q3 report (final)_v2.pdf' },
        { type: 'media', media: 'file', source: { kind: 'base64', mime: 'application/json', data: 'e30=' } },
        { type: 'media', media: 'file', source: { kind: 'url', url: 'data:text/markdown;base64,IyBh' }, name: '???' },
        { type: 'media', media: 'audio', source: { kind: 'base64', mime: 'audio/wav', data: 'UklGRg==' } },
        { type: 'media', media: 'video', source: { kind: 'url', url: 's3://my-bucket/film.MP4' } },
        { type: 'media', media: 'file', source: { kind: 'url', url: 's3://my-bucket/a/table.xlsx' } },
      ),
    ],
    [
      {
        role: 'user',
        content: [
          { image: { format: 'jpeg', source: { bytes: png.data } } },
          { document: { format: 'pdf', name: 'Q3 report (final)-v2', source: { bytes: pdf.data } } },
          { document: { format: 'pdf', name: 'Q3 report (final)-v2 2', source: { bytes: pdf.data } } },
          { document: { format: 'txt', name: 'Document', source: { bytes: 'e30=' } } },
          { document: { format: 'md', name: 'Document 2', source: { bytes: 'IyBh' } } },
          { audio: { format: 'wav', source: { bytes: 'UklGRg==' } } },
          { video: { format: 'mp4', source: { s3Location: { uri: 's3://my-bucket/film.MP4' } } } },
          {
            document: { format: 'xlsx', name: 'table', source: { s3Location: { uri: 's3://my-bucket/a/table.xlsx' } } },
          },
          { text: 'Q3 report (final)-v2, Q3 report (final)-v2 2, Document, Document 2, table' },
        ],
      },
    ],
  ],
];

test.each(turns)('%s', (_, messages, expected) => {
  const body = encode({ messages, tools: [lookup] });
  expect(body['messages']).toEqual(expected);
  expect(errors(body)).toEqual([]);
});

test('a long id stays one id, of 64 characters', () => {
  const long = `functions.x:0/${'y'.repeat(80)}`;
  const body = encode({
    messages: [user(text('a')), assistant(call(long)), user(result(long, text('1')))],
    tools: [lookup],
  });
  const ids = JSON.stringify(body).match(/"toolUseId":"[^"]*"/g) ?? [];
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]?.length).toBe('"toolUseId":""'.length + 64);
});

/** What is refused before anything is sent, and the words that say why. */
const refused: [string, Partial<HubRequest>, RegExp][] = [
  ['nothing to answer', { messages: [{ role: 'system', blocks: [text('a')] }] }, /at least one non-system message/],
  ['an answer first', { messages: [assistant(text('a'))] }, /first message to be from the user/],
  [
    'a file id',
    { messages: [user({ type: 'media', media: 'file', source: { kind: 'file-id', id: 'f' } })] },
    /by their id/,
  ],
  [
    'a strange picture',
    { messages: [user({ type: 'media', media: 'image', source: { ...png, mime: 'image/tiff' } })] },
    /image\/tiff/,
  ],
  [
    'a link nobody fetched',
    { messages: [user({ type: 'media', media: 'image', source: { kind: 'url', url: 'https://x/y.png' } })] },
    /s3/,
  ],
];

test.each(refused)('%s is refused', (_, more, words) => {
  expect(() => encode(more)).toThrow(words);
  expect(() => encode(more)).toThrow(ProxyError);
});

test('links of the web are fetched by us, stored objects are not', () => {
  const media = { type: 'media', media: 'image', source: png } as const;
  const links = ['https://x/y', 'HTTP://x/y', 's3://b/k', 'data:image/png;base64,AA=='];
  expect(links.map((url) => provider.inlines?.(media, url, {}))).toEqual([true, true, false, false]);
});

/** A request, quirks, and members that the body must have (undefined: must not). */
const words: [string, Partial<HubRequest>, BedrockQuirks, JsonObject | Record<string, undefined>][] = [
  [
    'sampling goes into inferenceConfig, blank stop sequences nowhere',
    { params: { maxTokens: 9, temperature: 0.2, topP: 0.9, stop: ['END', ' ', ''] } },
    {},
    { inferenceConfig: { maxTokens: 9, temperature: 0.2, topP: 0.9, stopSequences: ['END'] } },
  ],
  ['top_k is the model’s affair', { params: { topK: 5 } }, {}, { additionalModelRequestFields: { top_k: 5 } }],
  [
    'and each family has a word for it',
    { unknown: { top_k: 5 } },
    { topK: 'inferenceConfig.topK' },
    { additionalModelRequestFields: { inferenceConfig: { topK: 5 } } },
  ],
  [
    'words of the API stay at the top, all others are for the model',
    {
      unknown: {
        guardrailConfig: { guardrailIdentifier: 'abc', guardrailVersion: '1' },
        performanceConfig: { latency: 'optimized' },
        requestMetadata: { team: 'a' },
        additionalModelRequestFields: { foo: 1 },
        bar: 2,
      },
    },
    {},
    {
      guardrailConfig: { guardrailIdentifier: 'abc', guardrailVersion: '1' },
      performanceConfig: { latency: 'optimized' },
      requestMetadata: { team: 'a' },
      additionalModelRequestFields: { foo: 1, bar: 2 },
    },
  ],
  ['tiers have names of their own', { named: { serviceTier: 'flex' } }, {}, { serviceTier: { type: 'flex' } }],
  ['a tier that is unknown here is none', { named: { serviceTier: 'scale' } }, {}, { serviceTier: undefined }],
  [
    'Claude thinks by a budget, without temperature and top_k, with room for the answer',
    { params: { reasoning: { effort: 'high' }, temperature: 0.3, topK: 4 } },
    claude,
    {
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 4096 } },
      inferenceConfig: { maxTokens: 8192 },
    },
  ],
  [
    'newer ones decide by themselves',
    { params: { reasoning: { effort: 'xhigh' } } },
    { ...claude, adaptiveThinking: true, withoutXhigh: true },
    { additionalModelRequestFields: { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } } },
  ],
  [
    'no thinking is none',
    { params: { reasoning: { effort: 'none' } } },
    claude,
    { additionalModelRequestFields: undefined },
  ],
  [
    'gpt-oss has an effort',
    { params: { reasoning: { effort: 'minimal' } } },
    { efforts: 'reasoning_effort' },
    { additionalModelRequestFields: { reasoning_effort: 'low' } },
  ],
  [
    'Nova has another, and no length beside the highest',
    { params: { reasoning: { budget: 12_000 }, maxTokens: 5, stop: ['x'] } },
    { efforts: 'reasoningConfig' },
    {
      additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } },
      inferenceConfig: { stopSequences: ['x'] },
    },
  ],
  [
    'a forced tool is the model’s choice while it thinks; calls one by one are said in Claude’s word',
    {
      tools: [lookup],
      toolChoice: { kind: 'one', name: 'lookup' },
      params: { reasoning: { effort: 'low' }, parallelToolCalls: false },
    },
    claude,
    {
      toolConfig: expect.objectContaining({ toolChoice: { auto: {} } }),
      additionalModelRequestFields: {
        thinking: { type: 'enabled', budget_tokens: 1024 },
        tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      },
    },
  ],
  [
    'a tool has a description, an object schema without $schema, strictness where it is known',
    {
      tools: [
        { kind: 'function', name: 'a', description: '', schema: { $schema: 'x', anyOf: [] }, strict: true },
        { kind: 'hosted', dialect: 'anthropic-messages', value: { type: 'web_search_20250305' } },
      ],
      toolChoice: { kind: 'any' },
    },
    claude,
    {
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'a',
              description: 'a',
              inputSchema: { json: { properties: {}, anyOf: [], type: 'object' } },
              strict: true,
            },
          },
        ],
        toolChoice: { any: {} },
      },
    },
  ],
  [
    'plain schemas hold no references',
    {
      tools: [
        {
          kind: 'function',
          name: 'a',
          description: 'd',
          schema: {
            type: 'object',
            additionalProperties: false,
            properties: { x: { $ref: '#/$defs/x' } },
            required: ['x'],
            $defs: { x: { type: 'string' } },
          },
        },
      ],
      toolChoice: { kind: 'one', name: 'a' },
    },
    { plainSchemas: true, toolChoices: 'auto' },
    {
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'a',
              description: 'd',
              inputSchema: { json: { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] } },
            },
          },
        ],
        toolChoice: { auto: {} },
      },
    },
  ],
  [
    'calls without tools name their tools; no tool at all is no word',
    { messages: [user(text('a')), assistant(call('1')), user(result('1', text('x')))] },
    {},
    {
      toolConfig: {
        tools: [{ toolSpec: { name: 'lookup', description: 'lookup', inputSchema: { json: { type: 'object' } } } }],
      },
    },
  ],
  [
    'a choice of none leaves the tools out',
    { tools: [lookup], toolChoice: { kind: 'none' } },
    {},
    { toolConfig: undefined },
  ],
  [
    'a search of the web is a tool of the service',
    { named: { webSearch: {} } },
    { searchTool: 'nova_grounding' },
    { toolConfig: { tools: [{ systemTool: { name: 'nova_grounding' } }] } },
  ],
  [
    'cache marks are points behind what they mark: system, tools, messages',
    {
      messages: [
        { role: 'system', blocks: [{ ...text('s'), cache: { ttl: '1h' } }] },
        { ...user({ ...text('a'), cache: {} }, text('b')), cache: { ttl: '5m' } },
      ],
      tools: [{ ...lookup, cache: {} }],
    },
    claude,
    {
      system: [{ text: 's' }, { cachePoint: { type: 'default', ttl: '1h' } }],
      messages: [
        {
          role: 'user',
          content: [
            { text: 'a' },
            { cachePoint: { type: 'default' } },
            { text: 'b' },
            { cachePoint: { type: 'default', ttl: '5m' } },
          ],
        },
      ],
      toolConfig: { tools: [expect.objectContaining({}), { cachePoint: { type: 'default' } }] },
    },
  ],
  [
    'models without caches get none',
    { messages: [{ ...user(text('a')), cache: {} }], tools: [{ ...lookup, cache: {} }] },
    { caches: 'none' },
    { messages: [{ role: 'user', content: [{ text: 'a' }] }], toolConfig: { tools: [expect.objectContaining({})] } },
  ],
  [
    'a schema for the answer is closed',
    { output: { kind: 'schema', name: 'n', schema: { type: 'object', properties: { a: { type: 'object' } } } } },
    {},
    {
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: {
            jsonSchema: {
              name: 'n',
              schema:
                '{"type":"object","properties":{"a":{"type":"object","additionalProperties":false}},"additionalProperties":false}',
            },
          },
        },
      },
    },
  ],
  [
    'Claude is asked which sequence stopped it',
    { params: { stop: ['x'] }, stream: true },
    claude,
    { additionalModelResponseFieldPaths: ['/delta/stop_sequence'] },
  ],
];

test.each(words)('%s', (_, more, quirks, members) => {
  const body = encode(more, quirks);
  for (const [name, value] of Object.entries(members)) expect(body[name]).toEqual(value);
  expect(errors(body)).toEqual([]);
});

test('with a budget, an open answer that lost its thinking goes without', () => {
  const open = [user(text('a')), assistant(call('1')), user(result('1', text('x')))];
  const body = encode({ messages: open, tools: [lookup], params: { reasoning: { effort: 'low' } } }, claude);
  expect(body['additionalModelRequestFields']).toBeUndefined();
});

test('a model that cannot be asked this way is refused in words of its row', () => {
  expect(() => encode({}, { instead: 'ask otherwise' })).toThrow('ask otherwise');
});

describe('the target', () => {
  const at = (model: string, stream: boolean) =>
    provider.target({ operation: 'chat', model, stream, query: new URLSearchParams(), headers: {} });
  test.each([
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse'],
    [
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0',
      '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0/converse',
    ],
    ["a'b(c)*!", '/model/a%27b%28c%29%2A%21/converse'],
  ])('%s', (model, path) => {
    expect(at(model, false).path).toBe(path);
    expect(at(model, true)).toMatchObject({
      path: `${path}-stream`,
      headers: { accept: 'application/vnd.amazon.eventstream' },
    });
  });
});

test('a request is not changed by being encoded', () => {
  const given = request({ messages: [user(text('a ')), assistant(text('b '))] });
  const before = JSON.stringify(given);
  provider.encodeRequest(given, claude);
  expect(JSON.stringify(given)).toBe(before);
});
