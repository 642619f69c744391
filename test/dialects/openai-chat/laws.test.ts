import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  Block,
  Choice,
  HubEvent,
  HubRequest,
  HubResponse,
  JsonObject,
  Message,
  Tool,
} from '../../../src/hub/index.ts';
import { collector, toEvents } from '../../../src/hub/index.ts';
import { findIllegal } from '../legal.ts';
import { validate } from '../validators.ts';
import { ask, askStream, client, decode, decodeStream, encodeStream, fixedGiven, provider } from './drive.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
const args = fc.dictionary(name, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }).map((value) => JSON.stringify(value));
const base64 = fc.base64String({ minLength: 4, maxLength: 12 });
const marked = fc.option(fc.constantFrom({}, { ttl: '5m' as const }, { ttl: '1h' as const }), { nil: undefined });

const withMark = <B extends object>(block: fc.Arbitrary<B>) =>
  fc.tuple(block, marked).map(([one, cache]) => (cache === undefined ? one : { ...one, cache }));

const textBlock = withMark(fc.record({ type: fc.constant('text' as const), text }));
const imageBlock = withMark(
  fc.record({
    type: fc.constant('media' as const),
    media: fc.constant('image' as const),
    source: fc.oneof(
      fc.record({ kind: fc.constant('url' as const), url: fc.webUrl() }),
      fc.record({ kind: fc.constant('base64' as const), mime: fc.constant('image/png'), data: base64 }),
    ),
  }),
);
const callBlock = fc.record({ type: fc.constant('tool-call' as const), id: name, name, args });

const system: fc.Arbitrary<Message> = fc.record({
  role: fc.constant('system' as const),
  blocks: fc.array(textBlock, { minLength: 1, maxLength: 3 }),
});
const user: fc.Arbitrary<Message> = fc.record({
  role: fc.constant('user' as const),
  blocks: fc.array(fc.oneof(textBlock, imageBlock), { minLength: 1, maxLength: 3 }),
});
const assistant: fc.Arbitrary<Message> = fc
  .tuple(fc.array(textBlock, { maxLength: 2 }), fc.array(callBlock, { minLength: 1, maxLength: 2 }))
  .map(([said, calls]) => ({ role: 'assistant', blocks: [...said, ...calls] }));
const result: fc.Arbitrary<Message> = fc
  .record({
    callId: name,
    content: fc.array(fc.record({ type: fc.constant('text' as const), text }), { maxLength: 2 }),
  })
  .map((one) => ({ role: 'user', blocks: [{ type: 'tool-result', ...one }] }));
const tool: fc.Arbitrary<Tool> = fc
  .record({ name, description: text, strict: fc.boolean() })
  .map((one) => ({ kind: 'function', schema: { type: 'object', properties: {} }, ...one }));

const request: fc.Arbitrary<HubRequest> = fc
  .record(
    {
      messages: fc.array(fc.oneof(system, user, assistant, result), { minLength: 1, maxLength: 5 }),
      tools: fc.array(tool, { minLength: 1, maxLength: 2 }),
      toolChoice: fc.oneof(
        fc.record({ kind: fc.constantFrom('auto' as const, 'none' as const, 'any' as const) }),
        fc.record({ kind: fc.constant('one' as const), name }),
      ),
      output: fc.record({ kind: fc.constant('json' as const) }),
      params: fc.record(
        {
          maxTokens: fc.nat(),
          temperature: fc.double({ min: 0, max: 2, noNaN: true }).map(Math.abs),
          topP: fc.constant(0.5),
          stop: fc.array(text, { minLength: 1, maxLength: 3 }),
          seed: fc.integer(),
          n: fc.constantFrom(1, 2),
          parallelToolCalls: fc.boolean(),
          reasoning: fc.record({ effort: fc.constantFrom('low', 'high') }),
          user: text,
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['messages', 'params'] },
  )
  .map((one) => ({ from: 'openai-chat', model: 'asked-model', stream: false, unknown: {}, ...one }));

const replyBlocks: fc.Arbitrary<Block[]> = fc
  .record({
    thoughts: fc.option(text, { nil: undefined }),
    proof: fc.option(text, { nil: undefined }),
    said: fc.option(text, { nil: undefined }),
    refused: fc.option(text, { nil: undefined }),
    calls: fc.uniqueArray(callBlock, { maxLength: 3, selector: (call) => call.id }),
  })
  .map(({ thoughts, proof, said, refused, calls }) => {
    const signature = proof === undefined ? {} : { signature: { by: 'anthropic-messages' as const, value: proof } };
    const blocks: Block[] = [];
    if (thoughts !== undefined) blocks.push({ type: 'thinking', text: thoughts, ...signature });
    if (said !== undefined) blocks.push({ type: 'text', text: said });
    if (refused !== undefined) blocks.push({ type: 'refusal', text: refused });
    return [...blocks, ...calls];
  });

const response: fc.Arbitrary<HubResponse> = fc
  .record({
    all: fc.array(
      fc.tuple(replyBlocks, fc.constantFrom('stop' as const, 'length' as const, 'content-filter' as const)),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    counts: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(9)),
  })
  .map(({ all, counts: [input, output, cacheRead] }) => ({
    id: 'chatcmpl-x',
    model: 'asked-model',
    created: 5,
    extra: { 'openai-chat': {} },
    usage: { input, output, cacheRead },
    choices: all.map(([made, reason], index): Choice => {
      const blocks = made.map((block) =>
        block.type === 'tool-call' ? { ...block, id: `${block.id}.${index}` } : block,
      );
      const called = blocks.some((block) => block.type === 'tool-call');
      return { index, blocks, finish: { reason: called ? 'tool-calls' : reason } };
    }),
  }));

/** What both sides say of an answer: the raw words and records are the wire's own. */
function meaning(one: HubResponse): unknown {
  return {
    ...one,
    usage: { ...one.usage, raw: undefined },
    choices: one.choices.map((choice) => ({ ...choice, finish: choice.finish.reason })),
  };
}

function collect(events: readonly HubEvent[]): HubResponse {
  const { take, response: whole } = collector();
  events.forEach(take);
  return whole();
}

function tell(one: HubResponse): HubEvent[] {
  const events: HubEvent[] = [];
  toEvents(one, (event) => events.push(event));
  return events;
}

describe('laws', () => {
  test('a request, encoded and decoded, is itself', () => {
    fc.assert(
      fc.property(request, (one) => {
        const body: JsonObject = JSON.parse(JSON.stringify(provider.encodeRequest(one, {})));
        expect(decode(body)).toEqual(one);
      }),
      { numRuns: 300 },
    );
  });

  test('a reply, encoded and decoded, is itself, and valid', () => {
    fc.assert(
      fc.property(response, (one) => {
        const body: JsonObject = JSON.parse(JSON.stringify(client.encodeResponse(one, ask(), fixedGiven())));
        expect(validate('openai', body, 'chat.response').errors).toEqual([]);
        expect(meaning(provider.decodeResponse(body, fixedGiven(), {}))).toEqual(meaning(one));
      }),
      { numRuns: 300 },
    );
  });

  test('a stream, encoded and decoded, is itself, valid, legal and the same for all cuts', () => {
    fc.assert(
      fc.property(response, fc.array(fc.nat(), { maxLength: 8 }), (one, cuts) => {
        const wire = encodeStream(ask(askStream), tell(one));
        expect(validate('openai', wire, 'chat.stream').errors).toEqual([]);
        const bytes = Buffer.from(wire);
        const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        const events = decodeStream(places.slice(1).map((end, n) => bytes.subarray(places[n], end)));
        expect(findIllegal(events)).toEqual([]);
        expect(meaning(collect(events))).toEqual(meaning(one));
      }),
      { numRuns: 300 },
    );
  });

  test('calls in any interleaving of their pieces come out whole', () => {
    const pieces = fc
      .array(callBlock, { minLength: 2, maxLength: 4 })
      .chain((calls) =>
        fc.tuple(
          fc.constant(calls.map((call, index) => ({ ...call, id: `${call.id}${index}` }))),
          fc.array(fc.tuple(fc.nat(calls.length - 1), fc.integer({ min: 1, max: 5 })), { maxLength: 40 }),
        ),
      );
    fc.assert(
      fc.property(pieces, ([calls, order]) => {
        const left = calls.map((call) => call.args);
        const chunks = calls.map((call, index) => ({
          index,
          id: call.id,
          function: { name: call.name, arguments: '' },
        }));
        const more = [...order, ...calls.map((_call, index): [number, number] => [index, 10_000])].map(
          ([index, length]) => {
            const piece = left[index]?.slice(0, length) ?? '';
            left[index] = left[index]?.slice(length) ?? '';
            return { index, function: { arguments: piece } };
          },
        );
        const body = [...chunks, ...more].map(
          (call) =>
            `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }] })}\n\n`,
        );
        const end = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\n';
        const events = decodeStream([Buffer.from(body.join('') + end)]);
        expect(findIllegal(events)).toEqual([]);
        expect(collect(events).choices[0]?.blocks).toEqual(calls);
      }),
      { numRuns: 300 },
    );
  });

  test('nothing that a server sends makes the decoders or the tap fail otherwise than by a ProxyError', () => {
    const key = fc.constantFrom(
      'choices',
      'delta',
      'message',
      'content',
      'tool_calls',
      'function',
      'arguments',
      'index',
      'id',
      'usage',
      'error',
      'finish_reason',
      'annotations',
      'reasoning_details',
      'thinking_blocks',
      'images',
      'logprobs',
      'x_groq',
      'object',
      'created',
      'url_citation',
      'start_index',
      'end_index',
      'name',
      'type',
      'text',
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom(null, true, 0, -1, 1e30, '', 'x', 'function', 'error'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
      ),
    }));
    const inChoice = tree.map((one) => ({ choices: [{ index: 0, delta: one, message: one, finish_reason: 'stop' }] }));
    fc.assert(
      fc.property(fc.oneof(tree, inChoice), (value) => {
        const data = JSON.stringify(value);
        const frame = Buffer.from(`data: ${data}\n\n`);
        expect(findIllegal(decodeStream([frame]))).toEqual([]);
        const attempts = [
          () => provider.decodeResponse(JSON.parse(`{"choices":[${data}],"usage":${data}}`), fixedGiven(), {}),
          () => provider.decodeResponse(JSON.parse(`{"x":1,"choices":[{"message":${data}}]}`), fixedGiven(), {}),
          () => client.tap({ model: 'm', withholdUsage: true }, fixedGiven()).see(frame),
          () => provider.decodeError(400, {}, data),
        ];
        for (const attempt of attempts) {
          try {
            attempt();
          } catch (thrown) {
            expect(thrown).toHaveProperty('kind');
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('nothing that a client sends makes the request fail otherwise than by a 400', () => {
    const body = fc.dictionary(
      fc.constantFrom(
        'messages',
        'tools',
        'tool_choice',
        'response_format',
        'functions',
        'function_call',
        'stop',
        'thinking',
        'reasoning_effort',
        'n',
        'metadata',
        'stream_options',
        'logit_bias',
      ),
      fc.jsonValue({ maxDepth: 4 }),
    );
    fc.assert(
      fc.property(body, (one) => {
        try {
          const more: JsonObject = JSON.parse(JSON.stringify(one));
          provider.encodeRequest(ask(more), { stripSchemaWords: ['x'], flatContent: true });
        } catch (thrown) {
          expect(thrown).toMatchObject({ kind: 'invalid-request', status: 400 });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
