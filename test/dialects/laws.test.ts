import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clients, providers } from '../../src/dialects/index.ts';
import { type HubResponse, type JsonObject, ProxyError } from '../../src/hub/index.ts';
import { hubRequests, hubResponses } from '../hub/arbitrary.ts';
import { brokenOrders, eventOrders } from '../hub/event-orders.ts';
import {
  asText,
  collect,
  decodeReply,
  decodeRequest,
  decodeStream,
  dialects,
  encodeReply,
  encodeStream,
  fixedGiven,
  plainRequest,
  tell,
  type WrittenId,
} from './codecs.ts';
import { answers, conversations } from './conversations.ts';
import { findIllegal } from './legal.ts';
import { readRequest } from './read-request.ts';
import { scenarios, told } from './scenarios.ts';
import { validate } from './validators.ts';

const runs = { numRuns: 100 };
/** Every provider's first choice has the index 0; Messages tells only that one. */
const orders = fc.oneof(
  eventOrders.filter(({ tells }) => tells.choices.some((choice) => choice.index === 0)).map(({ events }) => events),
  brokenOrders,
);
const wires = {
  'openai-chat': { vendor: 'openai', request: 'chat.request', whole: 'chat.response', stream: 'chat.stream' },
  'anthropic-messages': { vendor: 'anthropic', request: 'request', whole: 'response', stream: 'stream' },
} as const;

/** What every wire can say of an answer. Chat has one text, and refusals apart; Messages keeps the order. */
function meaning(response: HubResponse, dialect: WrittenId): object {
  const choice = response.choices[0];
  const blocks = choice?.blocks ?? [];
  const refused = choice?.finish.reason === 'refusal' || choice?.finish.reason === 'content-filter';
  const said = blocks.flatMap((block) => (block.type === 'text' || block.type === 'refusal' ? [block.text] : []));
  const { input, output, cacheRead, cacheWrite } = response.usage ?? { input: -1, output: -1 };
  return {
    // By UTF-16 units: where texts change places, halves of a character may meet that were apart.
    said: dialect === 'openai-chat' ? said.join('').split('').sort() : said,
    thought: blocks.flatMap((block) => (block.type === 'thinking' && !block.redacted ? [block.text] : [])).join(''),
    proofs: blocks.flatMap((block) =>
      block.signature === undefined ? [] : [[block.signature.by, block.signature.value]],
    ),
    calls: blocks.flatMap((block) =>
      block.type === 'tool-call' ? [[block.id, block.name, JSON.parse(block.args || '{}')]] : [],
    ),
    order: dialect === 'openai-chat' ? [] : blocks.map((block) => (block.type === 'refusal' ? 'text' : block.type)),
    finish: refused || blocks.some((block) => block.type === 'refusal') ? 'refused' : choice?.finish.reason,
    usage: { input, output, cacheRead: cacheRead ?? 0, cacheWrite: cacheWrite ?? 0 },
  };
}

test('collect(tell(response)) = response', () => {
  fc.assert(
    fc.property(fc.oneof(hubResponses, answers(dialects)), (response) => {
      expect(findIllegal(tell(response))).toEqual([]);
      expect(collect(tell(response))).toEqual(response);
    }),
    runs,
  );
});

test('the events that are made here are legal', () => {
  fc.assert(
    fc.property(orders, (events) => {
      expect(findIllegal(events)).toEqual([]);
    }),
    runs,
  );
});

/** Whether a place lies in the text of a content delta, where an escape may stand for a letter. */
function inText(stream: string, at: number): boolean {
  const before = stream.slice(stream.lastIndexOf('\n', at) + 1, at);
  return /"(?:content|text)":"(?:[^"\\]|\\u....)*$/.test(before);
}

describe.each(dialects)('%s', (dialect) => {
  const wire = wires[dialect];
  const plain = plainRequest(dialect, false);
  const streamed = plainRequest(dialect, true);
  const parse = (body: JsonObject): JsonObject => JSON.parse(JSON.stringify(body));

  test('a whole answer, encoded and decoded, means the same', () => {
    fc.assert(
      fc.property(answers(dialects), (response) => {
        const body = parse(encodeReply(dialect, plain, response));
        expect(validate(wire.vendor, body, wire.whole).errors).toEqual([]);
        expect(meaning(decodeReply(dialect, body), dialect)).toEqual(meaning(response, dialect));
      }),
      runs,
    );
  });

  test('a streamed answer, encoded and decoded, means the same', () => {
    fc.assert(
      fc.property(answers(dialects), (response) => {
        const text = encodeStream(dialect, streamed, tell(response));
        expect(validate(wire.vendor, text, wire.stream).errors).toEqual([]);
        const events = decodeStream(dialect, [Buffer.from(text)]);
        expect(findIllegal(events)).toEqual([]);
        expect(meaning(collect(events), dialect)).toEqual(meaning(response, dialect));
      }),
      runs,
    );
  });

  test('any legal order of events is told without a throw and read in legal order', () => {
    fc.assert(
      fc.property(orders, (events) => {
        const text = encodeStream(dialect, streamed, events);
        const failed = events.at(-1)?.type === 'error';
        const again = decodeStream(dialect, [Buffer.from(text)]);
        expect(findIllegal(again)).toEqual([]);
        expect(again.filter((event) => event.type === 'error')).toHaveLength(failed ? 1 : 0);
      }),
      runs,
    );
  });

  test('how the JSON of the frames is spelled does not matter', () => {
    fc.assert(
      fc.property(orders, (events) => {
        const text = encodeStream(dialect, streamed, events);
        // Frames in the usual spelling are read without a parser: blanks and escapes send the same ones through it.
        const spelled = text.replace(/^data: (\{.*\})$/gm, (_, json: string) => `data: { ${json.slice(1)}`);
        const escaped = text.replaceAll('a', (letter, at: number) => (inText(text, at) ? '\\u0061' : letter));
        const plain = asText(decodeStream(dialect, [Buffer.from(text)]));
        expect(asText(decodeStream(dialect, [Buffer.from(spelled)]))).toBe(plain);
        expect(asText(decodeStream(dialect, [Buffer.from(escaped)]))).toBe(plain);
      }),
      runs,
    );
  });

  test('where the network cuts does not matter', () => {
    fc.assert(
      fc.property(orders, fc.array(fc.nat(5000), { maxLength: 12 }), (events, places) => {
        const bytes = Buffer.from(encodeStream(dialect, streamed, events));
        const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, n) => bytes.subarray(edges[n], edge));
        expect(asText(decodeStream(dialect, chunks))).toBe(asText(decodeStream(dialect, [bytes])));
      }),
      runs,
    );
  });

  test('frames lost, doubled or swapped are still told in legal order', () => {
    const frames = scenarios.map((scenario) =>
      told(scenario, dialect)
        .stream.toString()
        .split(/(?<=\n\n)/),
    );
    const edits = fc.array(fc.tuple(fc.constantFrom('lose', 'double', 'swap'), fc.nat(60)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.constantFrom(...frames), edits, (stream, changes) => {
        const changed = [...stream];
        for (const [change, place] of changes) {
          const at = place % Math.max(1, changed.length);
          if (change === 'lose') changed.splice(at, 1);
          else if (change === 'double') changed.splice(at, 0, changed[at] ?? '');
          else changed.splice(at, 2, ...changed.slice(at, at + 2).reverse());
        }
        const events = decodeStream(dialect, [Buffer.from(changed.join(''))]);
        expect(findIllegal(events)).toEqual([]);
        for (const client of dialects) encodeStream(client, plainRequest(client, true), events);
      }),
      { numRuns: 300 },
    );
  });

  test('a request, encoded, is valid; decoded and encoded again it is the same', () => {
    fc.assert(
      fc.property(conversations(dialect, dialects), (request) => {
        const body = parse(providers[dialect].provider.encodeRequest(request, {}));
        expect(validate(wire.vendor, body, wire.request).errors).toEqual([]);
        expect(providers[dialect].provider.encodeRequest(decodeRequest(dialect, body), {})).toEqual(body);
      }),
      runs,
    );
  });

  test('a request says the same in every wire', () => {
    fc.assert(
      fc.property(conversations(dialect, dialects), (request) => {
        const [one, ...others] = dialects.map((other) => {
          const body = parse(providers[other].provider.encodeRequest(request, {}));
          expect(validate(wires[other].vendor, body, wires[other].request).errors).toEqual([]);
          const { proofs, tools, toolChoice, ...facts } = readRequest(other, body);
          return facts;
        });
        for (const other of others) expect(other).toEqual(one);
      }),
      runs,
    );
  });

  test("any request at all is encoded or refused as the client's mistake", () => {
    fc.assert(
      fc.property(hubRequests, (request) => {
        try {
          parse(providers[dialect].provider.encodeRequest(request, {}));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProxyError);
          if (thrown instanceof ProxyError) expect(thrown.status).toBeLessThan(500);
        }
      }),
      runs,
    );
  });

  test('an error event ends the stream with that error, and nothing follows', () => {
    fc.assert(
      fc.property(orders, (events) => {
        const encoder = clients[dialect].client.encodeStream(streamed, fixedGiven());
        let failed = false;
        for (const event of events) {
          const text = encoder.event(event);
          if (failed) expect(text).toBe('');
          failed ||= event.type === 'error';
        }
        if (failed) expect(encoder.end()).toBe('');
      }),
      runs,
    );
  });
});
