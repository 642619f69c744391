import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { type Block, type HubRequest, type HubResponse, type JsonObject, ProxyError } from '../../../src/hub/index.ts';
import { members } from '../../../src/wire/index.ts';
import { brokenOrders, eventOrders } from '../../hub/event-orders.ts';
import { at, decodeReply, encodeReply, encodeStream, fixedGiven, tell } from '../codecs.ts';
import { answers, conversations } from '../conversations.ts';
import { available, recordings } from '../fixtures.ts';
import { findIllegal } from '../legal.ts';
import { validate } from '../validators.ts';
import { asking, collect, decodeChunks, provider } from './codec.ts';

const { client } = openaiResponses;
const self = 'openai-responses';
const makers = ['openai-chat', 'anthropic-messages', 'gemini', self] as const;
const request: HubRequest = asking({ from: self, model: 'asked-model' });
const runs = { numRuns: 60 };
const orders = fc.oneof(
  eventOrders.filter(({ tells }) => tells.choices.some((choice) => choice.index === 0)).map(({ events }) => events),
  brokenOrders,
);

function decode(body: JsonObject): HubRequest {
  client.check(members(Buffer.from(JSON.stringify(body))));
  return client.decodeRequest(body, at('m', false));
}

function parsed(body: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(body));
}

/** What is left of blocks when they have been an answer and are sent back. */
function meaning(blocks: readonly Block[]): object {
  return {
    order: blocks.map(({ type }) => type),
    said: blocks.map((block) =>
      block.type === 'text' || block.type === 'refusal' || block.type === 'thinking' ? block.text : '',
    ),
    proofs: blocks.map(({ signature }) => (signature === undefined ? undefined : [signature.by, signature.value])),
    calls: blocks.map((block) =>
      block.type === 'tool-call' ? [block.kind, block.namespace, block.id, block.name, block.args || '{}'] : [],
    ),
  };
}

describe('an answer', () => {
  test('is valid, whole and streamed, and says the same when it is sent back', () => {
    fc.assert(
      fc.property(answers(makers), (response) => {
        const whole = parsed(encodeReply(self, request, response));
        expect(validate('openai', whole, 'responses.response', { unknown: 'error' }).errors).toEqual([]);
        const text = encodeStream(self, request, tell(response));
        expect(validate('openai', text, 'responses.stream', { unknown: 'error' }).errors).toEqual([]);
        const events = decodeChunks([Buffer.from(text)]);
        expect(findIllegal(events)).toEqual([]);
        expect(withoutIds(collect(events))).toEqual(withoutIds(decodeReply(self, whole)));
        const [message, ...rest] = decode({ input: whole.output ?? [] }).messages;
        expect(rest).toEqual([]);
        expect(meaning(message?.blocks ?? [])).toEqual(meaning(response.choices[0]?.blocks ?? []));
      }),
      runs,
    );
  });

  test('keeps proofs on texts and calls, also those that come late', () => {
    const signature = { by: 'gemini', value: 'c2ln' } as const;
    const blocks: Block[] = [
      { type: 'text', text: 'One', signature },
      { type: 'tool-call', id: 'call_1', name: 'f', args: '{"a":1}', signature },
      { type: 'tool-call', kind: 'custom', namespace: 'ns', id: 'call_2', name: 'g', args: 'free "text"' },
      { type: 'text', text: '', signature },
      { type: 'thinking', text: 'Unsigned.' },
      { type: 'thinking', text: '', redacted: true, signature: { by: 'anthropic-messages', value: 'aGlkZGVu' } },
      { type: 'refusal', text: 'No.' },
    ];
    const response: HubResponse = {
      ...{ id: 'x', model: 'y', created: 1 },
      choices: [{ index: 0, blocks, finish: { reason: 'tool-calls' } }],
    };
    const whole = parsed(encodeReply(self, request, response));
    const [message] = decode({ input: whole.output ?? [] }).messages;
    expect(meaning(message?.blocks ?? [])).toEqual(meaning(blocks));
    expect(message?.blocks[5]).toMatchObject({ redacted: true });
    // A maker of proofs would look for the id of a thought of ours in vain.
    expect(message?.blocks[4]).toEqual({ type: 'thinking', text: 'Unsigned.' });
  });

  test('ends as its finish says', () => {
    const ends = (['stop', 'tool-calls', 'length', 'content-filter', 'refusal', 'pause'] as const).map((reason) => {
      const choices = [{ index: 0, blocks: [], finish: { reason } }];
      const { status, incomplete_details: why } = encodeReply(self, request, {
        id: '',
        model: '',
        created: 0,
        choices,
      });
      return [reason, status, why];
    });
    expect(ends).toEqual([
      ['stop', 'completed', null],
      ['tool-calls', 'completed', null],
      ['length', 'incomplete', { reason: 'max_output_tokens' }],
      ['content-filter', 'incomplete', { reason: 'content_filter' }],
      ['refusal', 'incomplete', { reason: 'content_filter' }],
      ['pause', 'completed', null],
    ]);
  });

  test('in any legal order is told without a throw, numbered without a gap, and ends once', () => {
    fc.assert(
      fc.property(orders, (events) => {
        const text = encodeStream(self, request, events);
        expect(
          validate('openai', text, 'responses.stream').errors.filter((error) => !/logprob|annotation/.test(error)),
        ).toEqual([]);
        const numbers = [...text.matchAll(/"sequence_number":(\d+)\}$/gm)].map(([, number]) => Number(number));
        expect(numbers).toEqual(numbers.map((_, n) => n));
        const again = decodeChunks([Buffer.from(text)]);
        expect(findIllegal(again)).toEqual([]);
        const failed = events.at(-1)?.type === 'error';
        expect(again.filter((event) => event.type === 'error')).toHaveLength(failed ? 1 : 0);
      }),
      runs,
    );
  });

  test('that fails tells agents what to do', () => {
    const told = (error: ProxyError) => encodeStream(self, request, [{ type: 'error', error }]);
    expect(told(new ProxyError('context-window', 'too long'))).toContain('"code":"context_length_exceeded"');
    expect(told(new ProxyError('rate-limit', 'slow'))).toContain('"code":"rate_limit_exceeded"');
    expect(told(new ProxyError('upstream', 'broke'))).toMatch(
      /^event: response\.created\n[\s\S]*event: response\.failed\n/,
    );
  });
});

/** Ids that were made on the way. */
function withoutIds(response: HubResponse): HubResponse {
  return JSON.parse(JSON.stringify(response), (key, value) => (key === 'extra' || key === 'id' ? undefined : value));
}

describe('a request', () => {
  test('decoded and encoded again is the same', () => {
    fc.assert(
      fc.property(conversations(self, makers), (asked) => {
        const body = parsed(provider.encodeRequest(asked, {}));
        expect(validate('openai', body, 'responses.request').errors).toEqual([]);
        const again = client.decodeRequest(body, at('some-model', body.stream === true));
        expect(parsed(provider.encodeRequest(again, {}))).toEqual(body);
      }),
      runs,
    );
  });

  const bodies: [string, JsonObject][] = [
    [
      'everything that has a word',
      {
        model: 'm',
        instructions: 'Be kind.',
        input: [
          { role: 'developer', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'Look' },
              { type: 'input_image', detail: 'low', image_url: 'https://example.com/a.png' },
              { type: 'input_file', file_id: 'file_1' },
            ],
          },
          {
            type: 'reasoning',
            id: 'rs_1',
            summary: [{ type: 'summary_text', text: 'Hm.' }],
            encrypted_content: 'b3du',
          },
          {
            type: 'message',
            id: 'msg_1',
            status: 'completed',
            role: 'assistant',
            phase: 'commentary',
            content: [
              { type: 'output_text', text: 'One', annotations: [], logprobs: [] },
              { type: 'output_text', text: 'Two', annotations: [], logprobs: [] },
            ],
          },
          { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{"a": 1.0}' },
          { type: 'function_call', call_id: 'c2', namespace: 'ns', name: 'f', arguments: '{}' },
          { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c3', name: 'patch', input: '*** "x"' },
          { type: 'web_search_call', id: 'ws_1', status: 'completed' },
          { type: 'function_call_output', call_id: 'c1', output: 'one' },
          {
            type: 'function_call_output',
            call_id: 'c2',
            output: [{ type: 'input_image', detail: 'auto', file_id: 'f' }],
          },
          { type: 'custom_tool_call_output', call_id: 'c3', output: 'done' },
          { type: 'custom_tool_call_output', call_id: 'elsewhere', output: 'done' },
          { type: 'computer_call_output', call_id: 'c4', output: { type: 'computer_screenshot', image_url: 'data:,' } },
          { type: 'item_reference', id: 'msg_0' },
        ],
        tools: [
          { type: 'function', name: 'f', parameters: { type: 'object' }, strict: true, defer_loading: true },
          { type: 'function', name: 'unsaid', parameters: { type: 'object' } },
          { type: 'custom', name: 'patch', description: 'Patches', format: { type: 'text' } },
          {
            type: 'namespace',
            name: 'ns',
            description: 'Things',
            tools: [
              { type: 'function', name: 'f', parameters: { type: 'object' } },
              { type: 'custom', name: 'g' },
            ],
          },
          { type: 'web_search' },
        ],
        tool_choice: { type: 'custom', name: 'patch' },
        parallel_tool_calls: false,
        reasoning: { effort: 'high', summary: 'auto', context: 'auto' },
        text: {
          format: { type: 'json_schema', name: 'a', description: 'An a', schema: { type: 'object' }, strict: true },
          verbosity: 'low',
        },
        include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
        max_output_tokens: 500,
        temperature: 0.1,
        top_p: 0.9,
        top_logprobs: 2,
        metadata: { a: 'b' },
        user: 'u',
        service_tier: 'flex',
        safety_identifier: 's',
        prompt_cache_key: 'k',
        truncation: 'auto',
        previous_response_id: 'resp_0',
        max_tool_calls: 3,
        store: true,
        future: { x: 1 },
      },
    ],
    [
      'a summary without an effort',
      { model: 'm', input: [{ role: 'user', content: 'x' }], reasoning: { summary: 'auto' } },
    ],
    [
      'a choice among some tools',
      {
        model: 'm',
        input: [{ role: 'user', content: 'x' }],
        tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }],
        tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] },
      },
    ],
  ];
  test.each(bodies)('with %s comes out as it went in', (_, body) => {
    expect(parsed(provider.encodeRequest(decode(body), {}))).toEqual(body);
  });

  test('a turn of the model is one message, whatever its items', () => {
    const { messages } = decode(bodies[0]?.[1] ?? {});
    expect(messages.map(({ role, blocks }) => [role, blocks.map(({ type }) => type)])).toEqual([
      ['system', ['text']],
      ['system', ['text']],
      ['user', ['text', 'media', 'media']],
      ['assistant', ['thinking', 'text', 'text', 'tool-call', 'tool-call', 'tool-call', 'opaque']],
      ...['tool-result', 'tool-result', 'tool-result', 'tool-result', 'opaque'].map((type) => ['user', [type]]),
      ['assistant', ['opaque']],
    ]);
  });

  const sent = recordings(self).filter(({ request: body }) => body !== undefined);
  test.skipIf(!available).each(sent)(
    'of $name is read, and is as valid as it was when it is written again',
    ({ request: body }) => {
      const before = validate('openai', body, 'responses.request').errors;
      const again = parsed(provider.encodeRequest(decode(parsed(Object(body))), {}));
      expect(validate('openai', again, 'responses.request').errors.length).toBeLessThanOrEqual(before.length);
    },
  );

  test('with any type in any field is read or refused', () => {
    const [, body = {}] = bodies[0] ?? [];
    const places = leaves(body);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 2 }), (place, value) => {
        const changed = parsed(body);
        put(changed, place, value);
        try {
          const hub = decode(changed);
          client.encodeResponse({ id: '', model: '', created: 0, choices: [] }, hub, fixedGiven());
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProxyError);
          expect(thrown).toMatchObject({ kind: 'invalid-request', status: 400 });
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The paths of all that a body holds. */
function leaves(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const below = Object.entries(value).flatMap(([, one], index) => leaves(one, [...path, steps[index] ?? index]));
  return path.length === 0 ? below : [[...path], ...below];
}

function put(body: object, path: readonly (string | number)[], value: unknown): void {
  let node: object = body;
  for (const step of path.slice(0, -1)) node = Reflect.get(node, step);
  Reflect.set(node, path.at(-1) ?? '', value);
}

test.each(['text', 'reasoning', 'metadata'])('nesting that no answer can repeat is refused: %s', (word) => {
  const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
  const body: JsonObject = { model: 'm', input: 'hi', [word]: deep };
  expect(() => client.decodeRequest(body, at('m'))).toThrow(expect.objectContaining({ kind: 'invalid-request' }));
});
