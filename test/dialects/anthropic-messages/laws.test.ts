import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HubEvent, type HubRequest, type HubResponse, ProxyError, toEvents } from '../../../src/hub/index.ts';
import { hubRequests, hubResponses } from '../../hub/arbitrary.ts';
import { eventOrders } from '../../hub/event-orders.ts';
import { findIllegal } from '../legal.ts';
import { validate } from '../validators.ts';
import { chatRequest, client, decode, decodeText, encodeEvents, fixedGiven, provider } from './codec.ts';

const runs = { numRuns: 150 };
/**
 * What a provider of this dialect, or a client of it, answers for itself: values that no wire of theirs would hold, too
 * many cache marks, budgets over max_tokens, results without calls. Everything else must be valid.
 */
const theirs =
  /cache_control marks|max_tokens must exceed|temperature must be|tool_choice names|tools: same name|is never answered|tool_result for|does not join to JSON|maxLength|longer than/;

/** Without fields and records in this dialect's own words: those go through as they are, valid or not. */
function foreign<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (key, one) => {
    if (key === 'extra' || key === 'unknown') return key === 'unknown' ? {} : undefined;
    return Array.isArray(one) ? one.filter((item) => !isOwn(item)) : one;
  });
}

function isOwn(item: unknown): boolean {
  return /^\{"type":"opaque"|^\{"kind":"hosted"|"raw":\{"by":"anthropic-messages"/.test(JSON.stringify(item) ?? '');
}

function tryEncode(request: HubRequest): ReturnType<typeof provider.encodeRequest> | undefined {
  try {
    return { max_tokens: 9999, ...provider.encodeRequest(request, {}) };
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ProxyError);
    expect(thrown).toMatchObject({ kind: 'invalid-request' });
    return undefined;
  }
}

const invalid = (errors: readonly string[]): string[] => errors.filter((error) => !theirs.test(error));

test('a request is encoded validly or refused, and reads back as it was written', () => {
  fc.assert(
    fc.property(hubRequests, (given) => {
      const body = tryEncode({ ...foreign(given), from: 'openai-chat' });
      if (body === undefined) return;
      expect(invalid(validate('anthropic', body, 'request', { beta: true }).errors)).toEqual([]);
      expect(provider.encodeRequest(decode(body), {})).toEqual(body);
    }),
    runs,
  );
});

test('a reply is encoded validly, and reads back as it was written', () => {
  fc.assert(
    fc.property(hubResponses, (given) => {
      const body = client.encodeResponse(foreign(given), chatRequest(), fixedGiven());
      expect(invalid(validate('anthropic', body, 'response').errors)).toEqual([]);
      const again = client.encodeResponse(provider.decodeResponse(body, fixedGiven(), {}), chatRequest(), fixedGiven());
      expect(again).toEqual({ ...body, id: again['id'] });
    }),
    runs,
  );
});

/** Broken arguments that begin like an object have left before anyone can know. */
function streamable(response: HubResponse): boolean {
  return !JSON.stringify(response).includes('{\\"broken');
}

test('a reply told as a stream is the reply told whole', () => {
  fc.assert(
    fc.property(hubResponses.map(foreign).filter(streamable), (response) => {
      const events: HubEvent[] = [];
      toEvents({ ...response, choices: response.choices.slice(0, 1).map((one) => ({ ...one, index: 0 })) }, (event) =>
        events.push(event),
      );
      if (response.choices.length === 0) return;
      const told = decodeText(encodeEvents(events));
      expect(findIllegal(told)).toEqual([]);
      const whole = provider.decodeResponse(
        client.encodeResponse({ ...response, choices: response.choices.slice(0, 1) }, chatRequest(), fixedGiven()),
        fixedGiven(),
        {},
      );
      const opened = told.flatMap((event) => (event.type === 'open' ? [event.head.type] : []));
      expect(opened.sort()).toEqual(whole.choices[0]?.blocks.map(({ type }) => type).sort());
      expect(told.find(({ type }) => type === 'finish')).toMatchObject({ finish: whole.choices[0]?.finish ?? {} });
      expect(told.findLast((event) => event.type === 'usage')).toMatchObject({
        usage: { output: whole.usage?.output ?? 0 },
      });
    }),
    runs,
  );
});

test('any legal order of events is a valid stream', () => {
  fc.assert(
    fc.property(eventOrders, ({ events }) => {
      const stream = encodeEvents(events.filter(isForeign));
      expect(invalid(validate('anthropic', stream, 'stream').errors)).toEqual([]);
      expect(findIllegal(decodeText(stream))).toEqual([]);
    }),
    runs,
  );
});

function isForeign(event: HubEvent): boolean {
  return (
    !('citation' in event) &&
    !(event.type === 'open' && event.head.type === 'opaque') &&
    !JSON.stringify(event).includes('"extra"')
  );
}
