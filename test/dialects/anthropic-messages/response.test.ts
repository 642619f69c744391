import { expect, test } from 'vitest';
import { type Block, type HubResponse, type JsonObject, seal, toEvents } from '../../../src/hub/index.ts';
import { validate } from '../validators.ts';
import { chatRequest, client, encodeEvents, fixedGiven, parseSse, reply, text } from './codec.ts';

const self = 'anthropic-messages' as const;
const theirs = { by: 'openai-chat' as const, value: 'proof' };
const call = (more: object = {}): Block & { type: 'tool-call' } => ({
  type: 'tool-call',
  id: 'c1',
  name: 'look',
  args: '{"a":1}',
  ...more,
});
const use = (more: JsonObject = {}): JsonObject => ({
  caller: { type: 'direct' },
  type: 'tool_use',
  id: 'c1',
  name: 'look',
  input: { a: 1 },
  ...more,
});
const proof = (suffix: string): JsonObject => ({ type: 'redacted_thinking', data: seal(theirs) + suffix });
const citation = {
  type: 'web_search_result_location',
  url: 'https://x.test',
  title: 't',
  cited_text: 'q',
  encrypted_index: 'i',
};

/** Every row is written whole and as a stream, and both must say the same and be valid. */
const rows: [name: string, response: HubResponse, content: JsonObject[], stop: string][] = [
  ['text', reply([text('a')]), [{ type: 'text', text: 'a' }], 'end_turn'],
  ['nothing', reply([]), [], 'end_turn'],
  [
    'calls',
    reply([text('a'), call()], { finish: { reason: 'tool-calls' } }),
    [{ type: 'text', text: 'a' }, use()],
    'tool_use',
  ],
  ['calls of a provider that says stop', reply([call()]), [use()], 'tool_use'],
  [
    'a finish of calls without a call',
    reply([text('a')], { finish: { reason: 'tool-calls' } }),
    [{ type: 'text', text: 'a' }],
    'end_turn',
  ],
  ['no arguments', reply([call({ args: '' })]), [use({ input: {} })], 'tool_use'],
  ['null as arguments', reply([call({ args: 'null' })]), [use({ input: {} })], 'tool_use'],
  ['a list as arguments', reply([call({ args: ' [1, 2]' })]), [use({ input: { input: [1, 2] } })], 'tool_use'],
  ['a text as arguments', reply([call({ args: 'ls -l' })]), [use({ input: { input: 'ls -l' } })], 'tool_use'],
  [
    'an id of other characters',
    reply([call({ id: 'functions.look:0' })]),
    [use({ id: 'functions_look_0' })],
    'tool_use',
  ],
  [
    'own thinking',
    reply([{ type: 'thinking', text: 'h', signature: { by: self, value: 's' } }]),
    [{ type: 'thinking', thinking: 'h', signature: 's' }],
    'end_turn',
  ],
  [
    'own thinking without text',
    reply([{ type: 'thinking', text: '', signature: { by: self, value: 's' } }]),
    [{ type: 'thinking', thinking: '', signature: 's' }],
    'end_turn',
  ],
  [
    'own redacted thinking',
    reply([{ type: 'thinking', text: '', redacted: true, signature: { by: self, value: 'd' } }]),
    [{ type: 'redacted_thinking', data: 'd' }],
    'end_turn',
  ],
  [
    "another's thinking",
    reply([{ type: 'thinking', text: 'h', signature: theirs }]),
    [{ type: 'thinking', thinking: 'h', signature: seal(theirs) }],
    'end_turn',
  ],
  [
    "another's thinking without text",
    reply([{ type: 'thinking', text: '', signature: theirs }]),
    [proof('')],
    'end_turn',
  ],
  [
    "another's redacted thinking",
    reply([{ type: 'thinking', text: '', redacted: true, signature: theirs }]),
    [proof('.redacted')],
    'end_turn',
  ],
  [
    'unsigned thinking',
    reply([{ type: 'thinking', text: 'h' }]),
    [{ type: 'thinking', thinking: 'h', signature: '' }],
    'end_turn',
  ],
  ['empty thinking', reply([{ type: 'thinking', text: '' }]), [], 'end_turn'],
  [
    'a refusal',
    reply([{ type: 'refusal', text: 'no' }], { finish: { reason: 'stop' } }),
    [{ type: 'text', text: 'no' }],
    'refusal',
  ],
  ['a filter', reply([], { finish: { reason: 'content-filter' } }), [], 'refusal'],
  ['length', reply([text('a')], { finish: { reason: 'length' } }), [{ type: 'text', text: 'a' }], 'max_tokens'],
  ['length in a call', reply([call()], { finish: { reason: 'length' } }), [use()], 'max_tokens'],
  ['pause', reply([text('a')], { finish: { reason: 'pause' } }), [{ type: 'text', text: 'a' }], 'pause_turn'],
  [
    'anything else',
    reply([text('a')], { finish: { reason: 'other', raw: 'eos' } }),
    [{ type: 'text', text: 'a' }],
    'end_turn',
  ],
  [
    'own citations, not of others',
    reply([{ ...text('a'), citations: [{ raw: { by: self, value: citation } }, { url: 'https://y.test' }] }]),
    [{ type: 'text', text: 'a', citations: [citation] }],
    'end_turn',
  ],
  [
    'own server tools, not of others',
    reply([
      {
        type: 'opaque',
        dialect: self,
        value: {
          type: 'server_tool_use',
          id: 'srvtoolu_1',
          name: 'web_search',
          input: { query: 'q' },
          caller: { type: 'direct' },
        },
      },
      { type: 'opaque', dialect: 'openai-chat', value: { type: 'x' } },
      { type: 'media', media: 'image', source: { kind: 'url', url: 'u' } },
      text('a'),
    ]),
    [
      {
        type: 'server_tool_use',
        id: 'srvtoolu_1',
        name: 'web_search',
        input: { query: 'q' },
        caller: { type: 'direct' },
      },
      { type: 'text', text: 'a' },
    ],
    'end_turn',
  ],
];

test.each(rows)('encodes %s', (_name, response, content, stop) => {
  const request = chatRequest({ model: 'what-the-client-wrote' });
  const whole = client.encodeResponse(response, request, fixedGiven());
  expect(whole).toMatchObject({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'what-the-client-wrote',
    content,
    stop_reason: stop,
  });
  expect(validate('anthropic', whole, 'response').errors).toEqual([]);

  const events: Parameters<typeof encodeEvents>[0][number][] = [];
  toEvents(response, (event) => events.push(event));
  const stream = encodeEvents(events, request);
  expect(validate('anthropic', stream, 'stream').errors).toEqual([]);
  const again = collectSse(stream);
  expect(again).toMatchObject({ content, stop_reason: stop, model: 'what-the-client-wrote' });
});

test('proofs of calls and texts stand beside them', () => {
  const response = reply([{ ...text('a'), signature: theirs }, call({ signature: theirs })]);
  const whole = client.encodeResponse(response, chatRequest(), fixedGiven());
  expect(whole['content']).toEqual([{ type: 'text', text: 'a' }, proof('.text'), proof('.call:c1'), use()]);
  expect(validate('anthropic', whole, 'response').errors).toEqual([]);
});

test.each<[string, HubResponse['usage'], JsonObject]>([
  [
    'cache counts are apart',
    { input: 100, output: 5, cacheRead: 60, cacheWrite: 30 },
    { input_tokens: 10, cache_read_input_tokens: 60, cache_creation_input_tokens: 30, output_tokens: 5 },
  ],
  ['never below zero', { input: 5, output: 5, cacheRead: 60 }, { input_tokens: 0, cache_read_input_tokens: 60 }],
  ['none', undefined, { input_tokens: 0, output_tokens: 0 }],
  [
    'an hour',
    { input: 50, output: 1, cacheWrite: 40, cacheWrite1h: 30 },
    { cache_creation: { ephemeral_1h_input_tokens: 30, ephemeral_5m_input_tokens: 10 } },
  ],
  ['searches', { input: 1, output: 1, requests: 2 }, { server_tool_use: { web_search_requests: 2 } }],
  [
    'its own record',
    { input: 1, output: 1, raw: { by: self, value: { input_tokens: 1, output_tokens: 1, service_tier: 'batch' } } },
    { service_tier: 'batch' },
  ],
])('usage: %s', (_name, usage, expected) => {
  const { usage: _drop, ...rest } = reply([text('a')]);
  const whole = client.encodeResponse(
    { ...rest, ...(usage === undefined ? {} : { usage }) },
    chatRequest(),
    fixedGiven(),
  );
  expect(whole['usage']).toMatchObject(expected);
  expect(validate('anthropic', whole, 'response').errors).toEqual([]);
});

/** Joins a stream as Anthropic's SDK does. */
function collectSse(stream: string): JsonObject {
  const content: Record<string, unknown>[] = [];
  let out: JsonObject = {};
  const json: string[] = [];
  for (const event of parseSse(stream)) {
    const delta = event['delta'] as Record<string, string> | undefined;
    const index = Number(event['index']);
    const block = content[index];
    if (event['type'] === 'message_start') out = { ...(event['message'] as JsonObject) };
    if (event['type'] === 'content_block_start') content[index] = { ...(event['content_block'] as JsonObject) };
    if (event['type'] === 'message_delta') Object.assign(out, delta);
    if (event['type'] !== 'content_block_delta' || block === undefined || delta === undefined) continue;
    if (delta['type'] === 'text_delta') block['text'] += delta['text'] ?? '';
    if (delta['type'] === 'thinking_delta') block['thinking'] += delta['thinking'] ?? '';
    if (delta['type'] === 'signature_delta') block['signature'] = delta['signature'];
    if (delta['type'] === 'citations_delta')
      block['citations'] = [...((block['citations'] as unknown[]) ?? []), delta['citation']];
    if (delta['type'] === 'input_json_delta') {
      json[index] = (json[index] ?? '') + delta['partial_json'];
      if (json[index] !== '') block['input'] = JSON.parse(json[index] ?? '');
    }
  }
  return { ...out, content: JSON.parse(JSON.stringify(content)) };
}
