import { describe, expect, test } from 'vitest';
import { type Block, collector, type HubEvent, type JsonObject } from '../../../src/hub/index.ts';
import { fixedGiven } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { findIllegal } from '../legal.ts';
import { decodeChunks, decodeEvents, provider } from './codec.ts';

function whole(content: JsonObject[], more: JsonObject = {}) {
  const body = { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', ...more };
  return provider.decodeResponse(body, fixedGiven(), {});
}

function collected(events: readonly HubEvent[]) {
  const { take, response } = collector();
  for (const event of events) take(event);
  return response();
}

/** A block whole, the same in a stream, and what it is. */
const blocks: [name: string, node: JsonObject, frames: [string, JsonObject][], block: Block][] = [
  [
    'text that begins without a start',
    { text: 'Hello' },
    [
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hel' }, p: 'abc' }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: '' } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'lo' } }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    { type: 'text', text: 'Hello' },
  ],
  [
    'a call',
    { toolUse: { toolUseId: 't1', name: 'f', input: { a: 1 } } },
    [
      ['contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't1', name: 'f' } } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '' } } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{"a"' } } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: ':1}' } } }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    { type: 'tool-call', id: 't1', name: 'f', args: '{"a":1}' },
  ],
  [
    'a call without arguments',
    { toolUse: { toolUseId: 't1', name: 'f', input: {} } },
    [
      ['contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't1', name: 'f' } } }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    { type: 'tool-call', id: 't1', name: 'f', args: '{}' },
  ],
  [
    'signed thinking, the proof in pieces',
    { reasoningContent: { reasoningText: { text: 'Hm', signature: 'abcd' } } },
    [
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'H' } } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'm' } } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'ab' } } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'cd' } } }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    { type: 'thinking', text: 'Hm', signature: { by: 'bedrock-converse', value: 'abcd' } },
  ],
  [
    'thinking that nobody signed',
    { reasoningContent: { reasoningText: { text: 'Hm' } } },
    [
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm' } } }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    { type: 'thinking', text: 'Hm' },
  ],
  [
    'redacted thinking, bytes in pieces',
    { reasoningContent: { redactedContent: Buffer.from('secret').toString('base64') } },
    [
      [
        'contentBlockDelta',
        {
          contentBlockIndex: 0,
          delta: { reasoningContent: { redactedContent: Buffer.from('se').toString('base64') } },
        },
      ],
      [
        'contentBlockDelta',
        {
          contentBlockIndex: 0,
          delta: { reasoningContent: { redactedContent: Buffer.from('cret').toString('base64') } },
        },
      ],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    {
      type: 'thinking',
      text: '',
      redacted: true,
      signature: { by: 'bedrock-converse', value: Buffer.from('secret').toString('base64') },
    },
  ],
  [
    'a citation',
    {
      citationsContent: {
        content: [{ text: 'said' }],
        citations: [{ title: 'T', location: { web: { url: 'https://x.example' } }, sourceContent: [{ text: 'q' }] }],
      },
    },
    [
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'said' } }],
      [
        'contentBlockDelta',
        {
          contentBlockIndex: 0,
          delta: {
            citation: { title: 'T', location: { web: { url: 'https://x.example' } }, sourceContent: [{ text: 'q' }] },
          },
        },
      ],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    {
      type: 'text',
      text: 'said',
      citations: [
        {
          url: 'https://x.example',
          title: 'T',
          quote: 'q',
          raw: {
            by: 'bedrock-converse',
            value: { title: 'T', location: { web: { url: 'https://x.example' } }, sourceContent: [{ text: 'q' }] },
          },
        },
      ],
    },
  ],
  [
    "a tool of the service's own, and its result, are no calls of the client",
    { toolUse: { toolUseId: 's', name: 'nova_code_interpreter', type: 'server_tool_use', input: { a: 1 } } },
    [
      [
        'contentBlockStart',
        {
          contentBlockIndex: 0,
          start: { toolUse: { toolUseId: 's', name: 'nova_code_interpreter', type: 'server_tool_use' } },
        },
      ],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{"a":' } } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '1}' } } }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    {
      type: 'opaque',
      dialect: 'bedrock-converse',
      value: { toolUse: { toolUseId: 's', name: 'nova_code_interpreter', type: 'server_tool_use', input: { a: 1 } } },
    },
  ],
  [
    'a result in the answer',
    { toolResult: { toolUseId: 's', status: 'success', content: [{ text: 'a' }, { json: { b: 1 } }] } },
    [
      ['contentBlockStart', { contentBlockIndex: 0, start: { toolResult: { toolUseId: 's', status: 'success' } } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolResult: [{ text: 'a' }] } }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolResult: [{ json: { b: 1 } }] } }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    {
      type: 'opaque',
      dialect: 'bedrock-converse',
      value: { toolResult: { toolUseId: 's', status: 'success', content: [{ text: 'a' }, { json: { b: 1 } }] } },
    },
  ],
  [
    'a picture',
    { image: { format: 'png', source: { bytes: Buffer.from('image').toString('base64') } } },
    [
      ['contentBlockStart', { contentBlockIndex: 0, start: { image: { format: 'png' } } }],
      [
        'contentBlockDelta',
        { contentBlockIndex: 0, delta: { image: { source: { bytes: Buffer.from('im').toString('base64') } } } },
      ],
      [
        'contentBlockDelta',
        { contentBlockIndex: 0, delta: { image: { source: { bytes: Buffer.from('age').toString('base64') } } } },
      ],
      ['contentBlockStop', { contentBlockIndex: 0 }],
    ],
    {
      type: 'media',
      media: 'image',
      source: { kind: 'base64', mime: 'image/png', data: Buffer.from('image').toString('base64') },
    },
  ],
];

describe.each(blocks)('%s', (_, node, frames, block) => {
  test('whole', () => {
    expect(whole([node]).choices[0]?.blocks).toEqual([block]);
  });

  test('in a stream, also where its stop is missing', () => {
    for (const kept of [frames, frames.filter(([event]) => event !== 'contentBlockStop')]) {
      const events = decodeEvents(['messageStart', { role: 'assistant' }], ...kept, [
        'messageStop',
        { stopReason: 'x' },
      ]);
      expect(findIllegal(events)).toEqual([]);
      expect(collected(events).choices[0]?.blocks).toEqual([block]);
    }
  });
});

test('what nobody knows is opaque, guarded content too', () => {
  const nodes = [{ guardContent: { text: { text: 'x' } } }, { cachePoint: { type: 'default' } }, { future: 1 }];
  expect(whole(nodes).choices[0]?.blocks.map(({ type }) => type)).toEqual(['opaque', 'opaque', 'opaque']);
});

test('blocks that overlap are told one after the other', () => {
  const events = decodeEvents(
    ['messageStart', { role: 'assistant' }],
    ['contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 'a', name: 'f' } } }],
    ['contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: 'b', name: 'g' } } }],
    ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{"b":' } } }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{"a":1}' } } }],
    ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '2}' } } }],
    ['contentBlockStop', { contentBlockIndex: 1 }],
    ['contentBlockStop', { contentBlockIndex: 0 }],
    ['messageStop', { stopReason: 'tool_use' }],
  );
  expect(findIllegal(events)).toEqual([]);
  expect(collected(events).choices[0]).toMatchObject({
    blocks: [
      { id: 'a', args: '{"a":1}' },
      { id: 'b', args: '{"b":2}' },
    ],
    finish: { reason: 'tool-calls' },
  });
});

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool-calls'],
  ['guardrail_intervened', 'content-filter'],
  ['content_filtered', 'content-filter'],
  ['malformed_model_output', 'other'],
  ['malformed_tool_use', 'other'],
  ['constructor', 'other'],
])('%s is %s, whole and in a stream', (raw, reason) => {
  expect(whole([{ text: 'a' }], { stopReason: raw }).choices[0]?.finish).toEqual({ reason, raw });
  const events = decodeEvents(['messageStart', {}], ['messageStop', { stopReason: raw }]);
  expect(events.at(-1)).toEqual({ type: 'finish', choice: 0, finish: { reason, raw } });
});

test('which sequence stopped it stands in the fields of the model', () => {
  const asked = { stopReason: 'stop_sequence', additionalModelResponseFields: { stop_sequence: 'END' } };
  expect(whole([], asked).choices[0]?.finish).toMatchObject({ stopSequence: 'END' });
  const fields = { delta: { stop_sequence: 'END' } };
  const events = decodeEvents(['messageStop', { stopReason: 'stop_sequence', additionalModelResponseFields: fields }]);
  expect(events.at(-1)).toMatchObject({ finish: { stopSequence: 'END' } });
});

test('usage adds up what is told apart, and comes behind the finish of a stream', () => {
  const usage = {
    inputTokens: 12,
    outputTokens: 5,
    totalTokens: 117,
    cacheReadInputTokens: 60,
    cacheWriteInputTokens: 40,
    cacheDetails: [
      { ttl: '5m', inputTokens: 10 },
      { ttl: '1h', inputTokens: 30 },
    ],
  };
  const counted = { input: 112, output: 5, cacheRead: 60, cacheWrite: 40, cacheWrite1h: 30 };
  expect(whole([], { usage }).usage).toMatchObject(counted);
  const events = decodeEvents(['messageStop', { stopReason: 'end_turn' }], ['metadata', { usage, metrics: {} }]);
  expect(events.at(-1)).toMatchObject({ type: 'usage', usage: counted });
});

test.each<[string, [string, unknown][], string]>([
  ['nothing at all', [], 'bad-upstream-reply'],
  ['a stream without a stop reason', [['messageStart', {}]], 'bad-upstream-reply'],
  ['a text that is no JSON', [['messageStart', '"x"']], 'bad-upstream-reply'],
])('%s is one error', (_, frames, kind) => {
  const events = decodeEvents(...frames);
  expect(events.filter(({ type }) => type === 'error')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ error: { kind } });
});

test.each([[{}], [{ output: {} }], [{ output: { message: { content: 'x' } } }], [{ Output: { __type: 'x' } }]])(
  '%j is no message',
  (body) => {
    expect(() => provider.decodeResponse(body, fixedGiven(), {})).toThrow(/unusable/);
  },
);

describeRecorded('recorded streams', () => {
  const streams = recordings('bedrock-converse').filter(({ meta }) => meta.stream && meta.status < 400);
  test.each(streams)('$case says the same at every cut', ({ body }) => {
    const all = JSON.stringify(decodeChunks([body]));
    expect(findIllegal(decodeChunks([body]))).toEqual([]);
    expect(JSON.stringify(decodeChunks(Array.from(body, (byte) => Buffer.from([byte]))))).toBe(all);
    for (let at = 1; at < body.length; at += Math.max(1, Math.floor(body.length / 199))) {
      expect(JSON.stringify(decodeChunks([body.subarray(0, at), body.subarray(at)]))).toBe(all);
    }
  });
});
