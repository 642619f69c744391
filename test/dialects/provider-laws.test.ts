import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { providers } from '../../src/dialects/index.ts';
import {
  type Block,
  type DialectId,
  type HubRequest,
  type HubResponse,
  type JsonObject,
  ProxyError,
} from '../../src/hub/index.ts';
import { hubRequests } from '../hub/arbitrary.ts';
import {
  asText,
  collect,
  decodeReply,
  decodeStream,
  dialects,
  encodeReply,
  encodeRequest,
  encodeStream,
  plainRequest,
  providerIds,
} from './codecs.ts';
import { conversations } from './conversations.ts';
import { findIllegal } from './legal.ts';
import { answered, scenarios } from './scenarios.ts';
import { readFrames, writeFrames } from './stream-frames.ts';
import { complaints } from './wires.ts';

const runs = { numRuns: 100 };

/** A whole answer and a streamed one mean the same, whatever ids and clocks say. */
function meaning(response: HubResponse): object {
  return {
    choices: response.choices.map(({ index, blocks, finish }) => ({
      index,
      blocks: blocks.map(meaningOf),
      finish: finish.reason,
    })),
    usage: response.usage && {
      input: response.usage.input,
      output: response.usage.output,
      cached: response.usage.cacheRead,
    },
  };
}

function meaningOf(block: Block): unknown {
  const proof = block.signature?.value;
  switch (block.type) {
    case 'text':
    case 'thinking':
    case 'refusal':
      return [block.type, block.text, proof];
    case 'tool-call':
      return [block.type, block.name, JSON.parse(block.args || '{}'), proof];
    case 'media':
    case 'tool-result':
    case 'opaque':
      return [block.type];
  }
}

/** Undefined: refused as the mistake of the client. */
function encodedOrRefused(provider: DialectId, request: HubRequest): JsonObject | undefined {
  try {
    return encodeRequest(provider, request);
  } catch (thrown) {
    if (!(thrown instanceof ProxyError)) throw thrown;
    expect(thrown.status).toBeLessThan(500);
    return undefined;
  }
}

function told(provider: DialectId): { name: string; response: object; stream: Buffer }[] {
  return scenarios.flatMap((name) => {
    const answer = answered(name, provider);
    return answer === undefined ? [] : [{ name, ...answer }];
  });
}

describe.each(providerIds)('provider %s', (provider) => {
  const framing = providers[provider].provider.framings[0] ?? 'sse';
  const answers = told(provider);

  test('a conversation of any client, encoded, is valid', () => {
    fc.assert(
      fc.property(fc.oneof(...dialects.map((client) => conversations(client, providerIds))), (request) => {
        expect(complaints(provider, encodeRequest(provider, request))).toEqual([]);
      }),
      runs,
    );
  });

  test('any request at all is valid when encoded, or refused as the mistake of the client', () => {
    fc.assert(
      fc.property(hubRequests, (request) => {
        const { temperature, topP, ...params } = request.params;
        const sent = encodedOrRefused(provider, { ...request, params, unknown: {} });
        // Numbers are brought into range by rows (`clamp`). Requests here hold any keys as the clients' own, which goes back to them as it came.
        if (sent !== undefined && !dialects.some((one) => one === provider))
          expect(complaints(provider, sent)).toEqual([]);
      }),
      runs,
    );
  });

  test.skipIf(answers.length === 0)('where the network cuts does not matter', () => {
    fc.assert(
      fc.property(fc.constantFrom(...answers), fc.array(fc.nat(20_000), { maxLength: 12 }), ({ stream }, places) => {
        const edges = [0, ...places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b), stream.length];
        const chunks = edges.slice(1).map((edge, n) => stream.subarray(edges[n], edge));
        expect(asText(decodeStream(provider, chunks))).toBe(asText(decodeStream(provider, [stream])));
      }),
      runs,
    );
  });

  test.skipIf(answers.length === 0)('frames lost, doubled or swapped are still told in legal order', () => {
    const edits = fc.array(fc.tuple(fc.constantFrom('lose', 'double', 'swap'), fc.nat(60)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.constantFrom(...answers), edits, ({ stream }, changes) => {
        const frames = readFrames(framing, stream);
        for (const [change, place] of changes) {
          const at = place % Math.max(1, frames.length);
          const frame = frames[at];
          if (change === 'lose') frames.splice(at, 1);
          else if (change === 'double' && frame !== undefined) frames.splice(at, 0, frame);
          else frames.splice(at, 2, ...frames.slice(at, at + 2).reverse());
        }
        const events = decodeStream(provider, [writeFrames(framing, frames)]);
        expect(findIllegal(events)).toEqual([]);
        for (const client of dialects) encodeStream(client, plainRequest(client, true), events);
      }),
      { numRuns: 300 },
    );
  });

  test.skipIf(answers.length === 0).each(answers)('$name: whole and streamed are the same', ({ response, stream }) => {
    const whole = decodeReply(provider, JSON.parse(JSON.stringify(response)));
    const streamed = collect(decodeStream(provider, [stream]));
    expect(meaning(streamed)).toEqual(meaning(whole));
    for (const client of dialects) {
      const [one, other] = [whole, streamed].map((reply) => encodeReply(client, plainRequest(client, false), reply));
      expect(Object.keys(other ?? {})).toEqual(Object.keys(one ?? {}));
    }
  });
});
