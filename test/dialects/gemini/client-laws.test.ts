import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clients, providers } from '../../../src/dialects/index.ts';
import type { Block, HubEvent, HubResponse, JsonObject } from '../../../src/hub/index.ts';
import { brokenOrders, eventOrders } from '../../hub/event-orders.ts';
import {
  asText,
  collect,
  decodeReply,
  decodeRequest,
  decodeStream,
  encodeReply,
  encodeStream,
  fixedGiven,
  plainRequest,
  tell,
} from '../codecs.ts';
import { answers, conversations } from '../conversations.ts';
import { findIllegal } from '../legal.ts';
import { validate } from '../validators.ts';

const runs = { numRuns: 100 };
const makers = ['gemini', 'anthropic-messages', 'openai-chat'] as const;
const plain = plainRequest('gemini', false);
const streamed = plainRequest('gemini', true);
const orders = fc.oneof(
  eventOrders.map(({ events }) => events),
  brokenOrders,
);
const array = { query: new URLSearchParams() };

function parse(body: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(body));
}

/** The stream as the API's own array. */
function encodeArray(events: readonly HubEvent[]): string {
  const encoder = clients.gemini.client.encodeStream(streamed, fixedGiven(), array);
  expect(encoder.type).toBe('application/json; charset=UTF-8');
  return events.map((event) => encoder.event(event)).join('') + encoder.end();
}

const finishes: Record<string, string> = {
  refusal: 'content-filter',
  pause: 'stop',
  // Google's OTHER is a stop for a reason that it does not tell.
  other: 'content-filter',
};

/** What this wire can say of an answer; `whole`: proofs stand on the blocks that they belong to. */
function meaning(response: HubResponse, whole: boolean): object {
  const choice = response.choices[0];
  const blocks = (choice?.blocks ?? []).filter((block) => !isMute(block));
  const refused = blocks.some(({ type }) => type === 'refusal');
  const reason = finishes[choice?.finish.reason ?? ''] ?? choice?.finish.reason;
  const called = blocks.some(({ type }) => type === 'tool-call');
  const { input, output, cacheRead } = response.usage ?? { input: -1, output: -1 };
  return {
    said: blocks.flatMap((block) => (block.type === 'text' || block.type === 'refusal' ? [block.text] : [])).join(''),
    thought: blocks.flatMap((block) => (block.type === 'thinking' ? [block.text] : [])).join(''),
    proofs: blocks.flatMap((block) =>
      block.signature === undefined || block.type === 'tool-call'
        ? []
        : [[whole ? block.type : '', block.signature.by, block.signature.value]],
    ),
    calls: blocks.flatMap((block) =>
      block.type === 'tool-call' ? [[block.id, block.name, JSON.parse(block.args || '{}')]] : [],
    ),
    finish: refused ? 'content-filter' : called && reason === 'stop' ? 'tool-calls' : reason,
    usage: [input, output, cacheRead ?? 0],
  };
}

function isMute(block: Block): boolean {
  return (block.type === 'text' || block.type === 'thinking') && block.text === '' && block.signature === undefined;
}

describe('answers', () => {
  test('whole, encoded and decoded, mean the same', () => {
    fc.assert(
      fc.property(answers(makers), (response) => {
        const body = parse(encodeReply('gemini', plain, response));
        expect(validate('gemini', body, 'response', { unknown: 'error' }).errors).toEqual([]);
        expect(meaning(decodeReply('gemini', body), true)).toEqual(meaning(response, true));
      }),
      runs,
    );
  });

  test('streamed, encoded and decoded, mean the same', () => {
    fc.assert(
      fc.property(answers(makers), (response) => {
        const text = encodeStream('gemini', streamed, tell(response));
        expect(validate('gemini', text, 'stream', { unknown: 'error' }).errors).toEqual([]);
        const events = decodeStream('gemini', [Buffer.from(text)]);
        expect(findIllegal(events)).toEqual([]);
        expect(meaning(collect(events), false)).toEqual(meaning(response, false));
      }),
      runs,
    );
  });

  test('the array holds what the events hold', () => {
    fc.assert(
      fc.property(orders, (events) => {
        const frames = encodeStream('gemini', streamed, events)
          .split('\r\n\r\n')
          .filter((frame) => frame !== '')
          .map((frame): JsonObject => JSON.parse(frame.slice('data: '.length)));
        expect(JSON.parse(encodeArray(events))).toEqual(frames);
      }),
      runs,
    );
  });

  test('any legal order of events is told without a throw and read in legal order', () => {
    fc.assert(
      fc.property(orders, (events) => {
        const again = decodeStream('gemini', [Buffer.from(encodeStream('gemini', streamed, events))]);
        expect(findIllegal(again)).toEqual([]);
        const failed = events.at(-1)?.type === 'error';
        expect(again.filter(({ type }) => type === 'error')).toHaveLength(failed ? 1 : 0);
      }),
      runs,
    );
  });

  test('where the network cuts does not matter', () => {
    fc.assert(
      fc.property(orders, fc.array(fc.nat(5000), { maxLength: 12 }), (events, places) => {
        const bytes = Buffer.from(encodeStream('gemini', streamed, events));
        const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, n) => bytes.subarray(edges[n], edge));
        expect(asText(decodeStream('gemini', chunks))).toBe(asText(decodeStream('gemini', [bytes])));
      }),
      runs,
    );
  });
});

test('a request, encoded, is valid; decoded and encoded again it is the same', () => {
  fc.assert(
    fc.property(conversations('gemini', makers), (request) => {
      const body = parse(providers.gemini.provider.encodeRequest(request, {}));
      expect(validate('gemini', body, 'request').errors).toEqual([]);
      expect(parse(providers.gemini.provider.encodeRequest(decodeRequest('gemini', body), {}))).toEqual(body);
    }),
    runs,
  );
});
