import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { providers } from '../../src/dialects/index.ts';
import { type Json, type JsonObject, ProxyError } from '../../src/hub/index.ts';
import { FieldError } from '../../src/wire/index.ts';
import {
  decodeReply,
  decodeRequest,
  decodeStream,
  encodeReply,
  encodeRequest,
  encodeStream,
  plainRequest,
  providerIds,
  tell,
} from './codecs.ts';
import { findIllegal } from './legal.ts';
import { answered, scenarios } from './scenarios.ts';
import { readFrames, writeFrames } from './stream-frames.ts';
import { askedBy, clientIds } from './tell-request.ts';

/** Any type in any field, also keys of prototypes: an answer or a 4xx for clients, an answer or a 502 for providers. */

const runs = { numRuns: 1000 };

/** As JSON text: every use parses it anew. */
const strange = fc.constantFrom(
  ...['null', 'true', 'false', '0', '-1', '1e308', '""', '"x"', '"\\ud800"', '[]', '{}', '[[]]', '[null]', '[{}]'],
  ...['"__proto__"', '"constructor"', '"toString"', '"hasOwnProperty"', '["a",1]', '{"type":"toString"}'],
  '{"__proto__":{"polluted":true},"constructor":1}',
);

/** One or two places of a body replaced, emptied or given a strange neighbour. */
const changes = fc.array(fc.tuple(fc.nat(1000), fc.constantFrom('replace', 'remove', 'add'), strange), {
  minLength: 1,
  maxLength: 2,
});
type Change = [place: number, how: string, value: string];

function changed(body: JsonObject, all: readonly Change[]): JsonObject {
  const copy: JsonObject = JSON.parse(JSON.stringify(body));
  for (const [place, how, text] of all) {
    const places = placesIn(copy);
    const found = places[place % places.length];
    if (found === undefined) continue;
    const [holder, key] = found;
    const value: Json = JSON.parse(text);
    if (how === 'remove' && !Array.isArray(holder)) delete holder[key];
    else if (how === 'add' && !Array.isArray(holder)) put(holder, 'strange', value);
    else put(holder, key, value);
  }
  return copy;
}

/** Also for the key `__proto__`, as JSON.parse does it. */
function put(holder: object, key: string, value: Json): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

function placesIn(value: Json): [JsonObject | Json[], string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]): [JsonObject | Json[], string][] => [
    [value, key],
    ...placesIn(one),
  ]);
}

/** Runs it, and says whether it was refused as it should be. */
function refused(work: () => void, most: number): boolean {
  try {
    work();
    return false;
  } catch (thrown) {
    if (thrown instanceof FieldError) return true;
    if (!(thrown instanceof ProxyError)) throw thrown;
    expect(thrown.status).toBeGreaterThanOrEqual(400);
    expect(thrown.status).toBeLessThanOrEqual(most);
    return true;
  }
}

describe.each(clientIds)('client %s', (dialect) => {
  // A prompt holds no pictures.
  const texts = scenarios.filter((scenario) => dialect !== 'openai-completions' || !scenario.startsWith('image-'));
  const all = texts.map((scenario) => askedBy(dialect, scenario));

  test('requests', () => {
    fc.assert(
      fc.property(fc.nat(all.length - 1), changes, (n, made) => {
        const body = changed(all[n] ?? {}, made);
        refused(() => {
          const hub = decodeRequest(dialect, body);
          for (const other of providerIds) {
            refused(() => JSON.stringify(encodeRequest(other, hub)), 499);
          }
        }, 499);
        expect({}).not.toHaveProperty('polluted');
      }),
      runs,
    );
  });
});

describe.each(providerIds.filter((id) => id !== 'replicate'))('provider %s', (dialect) => {
  const framing = providers[dialect].provider.framings[0] ?? 'sse';
  const all = scenarios.flatMap((scenario) => answered(scenario, dialect) ?? []);

  test('whole replies', () => {
    fc.assert(
      fc.property(fc.nat(all.length - 1), changes, (n, made) => {
        const body = changed(all[n]?.response ?? {}, made);
        refused(() => {
          const reply = decodeReply(dialect, body);
          // Whole replies may hold calls without a name: there is nothing better to tell.
          expect(findIllegal(tell(reply)).filter((one) => !one.includes('without name or id'))).toEqual([]);
          for (const client of clientIds) JSON.stringify(encodeReply(client, plainRequest(client, false), reply));
        }, 599);
      }),
      runs,
    );
  });

  test('streams', () => {
    const streams = all.map(({ stream }) => readFrames(framing, stream));
    fc.assert(
      fc.property(fc.nat(streams.length - 1), fc.nat(1000), changes, (nth, place, made) => {
        const frames = [...(streams[nth] ?? [])];
        const told = frames.flatMap(({ data }, n) => (data.startsWith('{') ? [n] : []));
        const at = told[place % told.length] ?? 0;
        const frame = frames[at] ?? { data: '{}' };
        const data = JSON.stringify(changed(JSON.parse(frame.data), made));
        const events = decodeStream(dialect, [writeFrames(framing, frames.with(at, { ...frame, data }))]);
        expect(findIllegal(events).filter((one) => !one.includes('without name or id'))).toEqual([]);
        for (const client of clientIds) encodeStream(client, plainRequest(client, true), events);
      }),
      runs,
    );
  });

  test('errors', () => {
    const bodies = fc.oneof(
      strange,
      strange.map((value) => `{"error":${value}}`),
      strange.map((one) => `{"error":{"message":${one},"type":${one},"code":${one},"param":${one}}}`),
      strange.map((one) => `{"detail":${one},"message":${one}}`),
      fc.constantFrom('', '<html><body>502 Bad Gateway</body></html>', '{"error"', 'upstream connect error'),
    );
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), bodies, (status, body) => {
        const error = providers[dialect].provider.decodeError(status, {}, body);
        expect(error).toBeInstanceOf(ProxyError);
        expect(error.message).not.toBe('');
        expect(error.message).not.toContain('[object Object]');
        expect(error.status).toBeGreaterThanOrEqual(400);
        expect(error.status).toBeLessThanOrEqual(599);
      }),
      { numRuns: 500 },
    );
  });
});
