import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HubRequest, type HubResponse, type JsonObject, ProxyError } from '../../../src/hub/index.ts';
import { hubRequests } from '../../hub/arbitrary.ts';
import { fixedGiven } from '../codecs.ts';
import { findIllegal } from '../legal.ts';
import { validate } from '../validators.ts';
import { collect, decodeEvents, provider, response } from './codec.ts';

/** Values that no wire would hold: they go up as they are, and the provider answers for itself. */
const theirs = /temperature|top_p|top_logprobs|max_output_tokens|service_tier|effort|metadata|integer|prompt_cache/;

/** Without fields and records in this dialect's own words: those go through as they are, valid or not. */
function foreign(request: HubRequest): HubRequest {
  return JSON.parse(JSON.stringify({ ...request, named: {} }), (key, one) => {
    if (key === 'unknown') return {};
    if (key === 'extra') return undefined;
    return one;
  });
}

test('any request is encoded validly or refused', () => {
  fc.assert(
    fc.property(
      hubRequests,
      fc.constantFrom({}, { efforts: ['low', 'high'] }, { cacheBreakpoints: true }),
      (given, quirks) => {
        let body: JsonObject;
        try {
          body = provider.encodeRequest(foreign(given), quirks);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProxyError);
          expect(thrown).toMatchObject({ kind: 'invalid-request' });
          return;
        }
        const { errors } = validate('openai', body, 'responses.request', { unknown: 'error' });
        expect(errors.filter((error) => !theirs.test(error))).toEqual([]);
        expect(JSON.stringify(provider.encodeRequest(foreign(given), quirks))).toBe(JSON.stringify(body));
      },
    ),
    { numRuns: 100 },
  );
});

const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
const ids = fc.stringMatching(/^[a-z0-9]{4,8}$/);
const items: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({
    type: fc.constant('message'),
    id: ids,
    role: fc.constant('assistant'),
    content: fc.array(
      fc.oneof(
        fc.record({ type: fc.constant('output_text'), text: texts, annotations: fc.constant<JsonObject[]>([]) }),
        fc.record({ type: fc.constant('refusal'), refusal: texts }),
      ),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    type: fc.constant('reasoning'),
    id: ids,
    summary: fc.array(fc.record({ type: fc.constant('summary_text'), text: texts }), { maxLength: 3 }),
    encrypted_content: fc.option(ids),
  }),
  fc.record({
    type: fc.constant('function_call'),
    id: ids,
    call_id: ids,
    name: ids,
    arguments: fc.json({ maxDepth: 1 }),
  }),
  fc.record({ type: fc.constant('web_search_call'), id: ids, status: fc.constant('completed') }),
);

const outputs = fc.uniqueArray(items, { maxLength: 4, selector: (item) => item['id'] });

type Event = JsonObject & { type: string };

/** The events of one item: announced, told in pieces of `size`, done. */
function eventsOf(item: JsonObject, index: number, size: number): Event[] {
  const at = { output_index: index, item_id: item['id'] ?? null };
  const cut = (text: unknown): string[] =>
    typeof text === 'string' ? (text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? []) : [];
  const list = (value: unknown): JsonObject[] => (Array.isArray(value) ? value : []);
  return [
    { type: 'response.output_item.added', ...at, item: announced(item) },
    ...list(item['content']).flatMap((part, place) =>
      cut(part['text'] ?? part['refusal']).map((delta) => ({
        type: part['type'] === 'refusal' ? 'response.refusal.delta' : 'response.output_text.delta',
        ...at,
        content_index: place,
        delta,
      })),
    ),
    ...list(item['summary']).flatMap((part, place) =>
      cut(part['text']).map((delta) => ({
        type: 'response.reasoning_summary_text.delta',
        ...at,
        summary_index: place,
        delta,
      })),
    ),
    ...cut(item['arguments']).map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
    { type: 'response.output_item.done', ...at, item },
  ];
}

/** An item as it is at its beginning. */
function announced(item: JsonObject): JsonObject {
  const { content, summary, arguments: args, encrypted_content: _proof, ...rest } = item;
  return {
    ...rest,
    ...(content === undefined ? {} : { content: [] }),
    ...(summary === undefined ? {} : { summary: [] }),
    ...(args === undefined ? {} : { arguments: '' }),
  };
}

/** Several lists shuffled into one, each in its own order. */
function mixed(lists: Event[][], picks: readonly number[]): Event[] {
  const left = lists.map((list) => [...list]);
  const out: Event[] = [];
  for (let n = 0; left.some((list) => list.length > 0); n++) {
    const open = left.filter((list) => list.length > 0);
    const next = open[(picks[n % picks.length] ?? 0) % open.length]?.shift();
    if (next !== undefined) out.push(next);
  }
  return out;
}

function blocksOf({ choices }: HubResponse): HubResponse['choices'][0]['blocks'] {
  return choices[0]?.blocks ?? [];
}

test('a stream tells what the whole reply says', () => {
  fc.assert(
    fc.property(outputs, fc.integer({ min: 1, max: 5 }), (output, size) => {
      const whole = provider.decodeResponse(response(output), fixedGiven(), {});
      const events = decodeEvents(...output.flatMap((item, index) => eventsOf(item, index, size)), {
        type: 'response.completed',
        response: response(output),
      });
      expect(findIllegal(events)).toEqual([]);
      expect(blocksOf(collect(events))).toEqual(blocksOf(whole));
    }),
    { numRuns: 100 },
  );
});

test('items that overlap in any way are told in legal order, and nothing is lost', () => {
  const sorted = (told: HubResponse): string[] =>
    blocksOf(told)
      .filter(({ type }) => type !== 'thinking')
      .map((block) => JSON.stringify(block))
      .sort();
  fc.assert(
    fc.property(outputs, fc.array(fc.nat(7), { minLength: 1, maxLength: 20 }), (output, picks) => {
      const lists = output.map((item, index) => eventsOf(item, index, 2));
      const events = decodeEvents(...mixed(lists, picks), { type: 'response.completed', response: response(output) });
      expect(findIllegal(events)).toEqual([]);
      const whole = provider.decodeResponse(response(output), fixedGiven(), {});
      expect(sorted(collect(events))).toEqual(sorted(whole));
      const thoughts = (told: HubResponse): string =>
        blocksOf(told)
          .map((block) => (block.type === 'thinking' ? block.text + (block.signature?.value ?? '') : ''))
          .flatMap((text) => [...text])
          .sort()
          .join('');
      expect(thoughts(collect(events))).toBe(thoughts(whole));
    }),
    { numRuns: 100 },
  );
});
