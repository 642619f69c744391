import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collector, type HubEvent, type HubResponse, ProxyError, toEvents } from '../../src/hub/index.ts';
import { hubRequests, hubResponses } from './arbitrary.ts';
import { brokenOrders, eventOrders } from './event-orders.ts';

function collect(events: readonly HubEvent[]): HubResponse {
  const { take, response } = collector();
  for (const event of events) take(event);
  return response();
}

function told(response: HubResponse): HubEvent[] {
  const events: HubEvent[] = [];
  toEvents(response, (event) => events.push(event));
  return events;
}

const start: HubEvent = { type: 'start', id: 'i', model: 'm', created: 1 };
const stop: HubEvent = { type: 'finish', choice: 0, finish: { reason: 'stop' } };
const inText = (text: string): HubEvent[] => [
  { type: 'open', choice: 0, block: 0, head: { type: 'text', text: '' } },
  { type: 'text', choice: 0, block: 0, text },
  { type: 'close', choice: 0, block: 0 },
];

describe('laws', () => {
  it('collect(toEvents(r)) = r', () => {
    fc.assert(
      fc.property(hubResponses, (response) => {
        const before = structuredClone(response);
        expect(collect(told(response))).toEqual(response);
        expect(response).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('any legal order is collected into what it tells, and its events are left as they were', () => {
    fc.assert(
      fc.property(eventOrders, ({ events, tells }) => {
        const before = structuredClone(events);
        expect(collect(events)).toEqual(tells);
        expect(events).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('an error event is thrown, whatever came before', () => {
    fc.assert(
      fc.property(brokenOrders, (events) => {
        expect(() => collect(events)).toThrow(ProxyError);
      }),
    );
  });

  it('what is told opens and closes every block once, and finishes every choice after its blocks', () => {
    fc.assert(
      fc.property(hubResponses, (response) => {
        const open = new Set<number>();
        const seen = new Set<number>();
        const finished = new Set<number>();
        for (const event of told(response)) {
          if ('choice' in event) expect(finished.has(event.choice)).toBe(false);
          if (event.type === 'open') {
            expect(open.size).toBe(0);
            expect(seen.has(event.block)).toBe(false);
            open.add(event.block);
            seen.add(event.block);
          } else if (event.type === 'text' || event.type === 'thinking' || event.type === 'args') {
            expect(open.has(event.block)).toBe(true);
            expect(event.text).not.toBe('');
          } else if (event.type === 'close') expect(open.delete(event.block)).toBe(true);
          else if (event.type === 'finish') finished.add(event.choice);
        }
        expect(open.size).toBe(0);
        expect([...finished]).toEqual(response.choices.map((choice) => choice.index));
      }),
    );
  });

  it('requests and responses of the laws survive JSON: no undefined, no lone surrogate', () => {
    fc.assert(
      fc.property(fc.oneof(hubRequests, hubResponses), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(text)).toEqual(value);
        expect(text).not.toMatch(/\\ud[89a-f]/);
      }),
    );
  });
});

describe('traps', () => {
  it.each<[string, HubEvent[], Partial<HubResponse>]>([
    [
      'the last usage counts',
      [
        start,
        { type: 'usage', usage: { input: 1, output: 1 } },
        stop,
        { type: 'usage', usage: { input: 1, output: 5 } },
      ],
      { usage: { input: 1, output: 5 } },
    ],
    ['usage of the start', [{ ...start, usage: { input: 3, output: 0 } }, stop], { usage: { input: 3, output: 0 } }],
    ['a finish without blocks', [start, stop], { choices: [{ index: 0, blocks: [], finish: { reason: 'stop' } }] }],
    [
      'no finish is no stop',
      [start, ...inText('a')],
      { choices: [{ index: 0, blocks: [{ type: 'text', text: 'a' }], finish: { reason: 'other' } }] },
    ],
    [
      'a piece for a closed block is left out',
      [start, ...inText('a'), { type: 'text', choice: 0, block: 0, text: 'b' }, stop],
      { choices: [{ index: 0, blocks: [{ type: 'text', text: 'a' }], finish: { reason: 'stop' } }] },
    ],
    [
      'logprobs of several marks grow',
      [
        start,
        ...[1, 2].map(
          (n): HubEvent => ({ type: 'mark', choice: 0, block: 0, logprobs: { content: [n], refusal: null } }),
        ),
        stop,
      ],
      { choices: [{ index: 0, blocks: [], finish: { reason: 'stop' }, logprobs: { content: [1, 2], refusal: null } }] },
    ],
  ])('%s', (_, events, wanted) => {
    expect(collect(events)).toMatchObject(wanted);
  });
});

it('a member that is called like a prototype is a member', () => {
  const logprobs = JSON.parse('{"content":[1],"__proto__":[2]}');
  const mark: HubEvent = { type: 'mark', choice: 0, block: 0, logprobs };
  const joined = collect([start, ...inText('a'), mark, mark, stop]).choices[0]?.logprobs;
  expect(JSON.stringify(joined)).toBe('{"content":[1,1],"__proto__":[2,2]}');
});
