import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clients, providers } from '../../src/dialects/index.ts';
import { brokenOrders, eventOrders } from '../hub/event-orders.ts';
import { asText, decodeStream, encodeStream, fixedGiven, plainRequest } from './codecs.ts';
import { findIllegal } from './legal.ts';
import { clientIds } from './tell-request.ts';

/** What holds of every client's stream; laws.test.ts asks more of the two whose conversations are written down. */

const runs = { numRuns: 60 };
const orders = fc.oneof(
  eventOrders.filter(({ tells }) => tells.choices.some((choice) => choice.index === 0)).map(({ events }) => events),
  brokenOrders,
);

describe.each(clientIds)('%s', (client) => {
  const streamed = plainRequest(client, true);

  test('any legal order of events is told without a throw and read in legal order, with its error', () => {
    fc.assert(
      fc.property(orders, (events) => {
        const again = decodeStream(client, [Buffer.from(encodeStream(client, streamed, events))]);
        expect(findIllegal(again)).toEqual([]);
        const failed = events.at(-1)?.type === 'error';
        expect(again.filter(({ type }) => type === 'error')).toHaveLength(failed ? 1 : 0);
      }),
      runs,
    );
  });

  test('after an error nothing follows', () => {
    fc.assert(
      fc.property(orders, (events) => {
        const encoder = clients[client].client.encodeStream(streamed, fixedGiven());
        let failed = false;
        for (const event of [...events, ...events]) {
          const text = encoder.event(event);
          if (failed) expect(text).toBe('');
          failed ||= event.type === 'error';
        }
        if (failed) expect(encoder.end()).toBe('');
      }),
      runs,
    );
  });

  test('where the network cuts does not matter', () => {
    fc.assert(
      fc.property(orders, fc.array(fc.nat(5000), { maxLength: 12 }), (events, places) => {
        const bytes = Buffer.from(encodeStream(client, streamed, events));
        const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, n) => bytes.subarray(edges[n], edge));
        expect(asText(decodeStream(client, chunks))).toBe(asText(decodeStream(client, [bytes])));
      }),
      runs,
    );
  });

  test('its framing is one that its providers speak', () => {
    const { type } = clients[client].client.encodeStream(streamed, fixedGiven());
    const [first] = providers[client].provider.framings;
    expect(type).toContain(first === 'ndjson' ? 'ndjson' : 'event-stream');
  });
});
