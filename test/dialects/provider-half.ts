import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Given, providers } from '../../src/dialects/index.ts';
import {
  type Block,
  type DialectId,
  type Headers,
  type HubEvent,
  type HubRequest,
  type HubResponse,
  type JsonObject,
  type Message,
  ProxyError,
} from '../../src/hub/index.ts';
import { framer } from '../../src/wire/index.ts';
import { hubRequests } from '../hub/arbitrary.ts';
import { asText, collect, decodeReply, decodeRequest, decodeStream, dialects, fixedGiven } from './codecs.ts';
import { describeRecorded, type Recording, recordings } from './fixtures.ts';
import { findIllegal } from './legal.ts';
import type { ReplyFacts } from './read-reply.ts';
import { scenarios, told } from './scenarios.ts';
import { type Vendor, validate } from './validators.ts';

/** What every dialect is asked for that only providers speak. */
export interface Half {
  dialect: DialectId;
  /** Absent: nobody published a schema that could judge. */
  vendor?: Vendor;
  /** The validator's kind of a request. */
  kind?: string;
  quirks?: object;
}

export const user = (...blocks: Block[]): Message => ({ role: 'user', blocks });
export const assistant = (...blocks: Block[]): Message => ({ role: 'assistant', blocks });
export const system = (...blocks: Block[]): Message => ({ role: 'system', blocks });
export const say = (text: string): Block => ({ type: 'text', text });
export const think = (text: string): Block => ({ type: 'thinking', text });
export const call = (id: string, args = '{}', name = 'look'): Block => ({ type: 'tool-call', id, name, args });
export const result = (callId: string, ...content: Block[]): Block => ({ type: 'tool-result', callId, content });
type MediaBlock = Extract<Block, { type: 'media' }>;
export const media = (mime: string, data: string, kind: MediaBlock['media'] = 'image'): MediaBlock => ({
  type: 'media',
  media: kind,
  source: { kind: 'base64', mime, data },
});
export const link = (url: string, kind: MediaBlock['media'] = 'image'): MediaBlock => ({
  type: 'media',
  media: kind,
  source: { kind: 'url', url },
});

/** A request of a chat client, as little as it can be. */
export function asked(more: Partial<HubRequest>): HubRequest {
  return {
    from: 'openai-chat',
    model: 'm',
    messages: [user(say('hi'))],
    stream: false,
    params: {},
    unknown: {},
    ...more,
  };
}

export function encode({ dialect, quirks = {} }: Half, more: Partial<HubRequest>): JsonObject {
  return providers[dialect].provider.encodeRequest(asked(more), quirks);
}

export function complaints({ vendor, kind = 'request' }: Half, body: JsonObject): string[] {
  return vendor === undefined ? [] : validate(vendor, body, kind).errors;
}

export function refusal({ dialect }: Half, status: number, body: unknown, headers: Headers = {}): ProxyError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return providers[dialect].provider.decodeError(status, headers, text);
}

/** The facts of a hub reply, in the form that oracles use. */
export function factsOf(reply: HubResponse): Pick<ReplyFacts, 'text' | 'thinking' | 'calls' | 'finish' | 'usage'> & {
  urls: string[];
} {
  const [choice] = reply.choices;
  const blocks = choice?.blocks ?? [];
  const { usage } = reply;
  const urls = blocks.flatMap((block) => (block.type === 'text' ? (block.citations ?? []) : [])).map(({ url }) => url);
  return {
    text: blocks.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    thinking: blocks.map((block) => (block.type === 'thinking' ? block.text : '')).join(''),
    calls: blocks.flatMap((block): ReplyFacts['calls'] =>
      block.type === 'tool-call' ? [[block.id, block.name, JSON.parse(block.args || '{}')]] : [],
    ),
    finish: choice?.finish.reason.replace('-', '_') ?? 'none',
    ...(usage && { usage: { input: usage.input, output: usage.output, cacheRead: usage.cacheRead ?? 0 } }),
    urls: [...new Set(urls)].filter((url) => url !== undefined).sort(),
  };
}

/** Every scenario from both clients, and any legal request, becomes a valid body. */
export function requestSuite(half: Half, mend: (request: HubRequest) => HubRequest, theirs = /(?!)/): void {
  describe.each(dialects)('requests of %s', (client) => {
    test.each(scenarios)('%s is valid', (scenario) => {
      for (const stream of [false, true]) {
        const request = decodeRequest(client, { ...told(scenario, client).request, stream });
        const body = providers[half.dialect].provider.encodeRequest(mend(request), half.quirks ?? {});
        expect(complaints(half, body)).toEqual([]);
        expect(JSON.stringify(body)).not.toContain('eyJtb2RlbHBvcnQi');
      }
    });
  });

  test('any legal request becomes a valid body, or is refused as invalid', () => {
    fc.assert(
      fc.property(hubRequests, (given) => {
        const before = JSON.stringify(given);
        const body = tryEncode(half, mend({ ...given, unknown: {} }));
        expect(JSON.stringify(given)).toBe(before);
        if (body === undefined) return;
        expect(complaints(half, body).filter((error) => !theirs.test(error))).toEqual([]);
        expect(JSON.stringify(body)).not.toMatch(/"(?:openai-chat|anthropic-messages)"/);
      }),
      { numRuns: 300 },
    );
  });
}

function tryEncode({ dialect, quirks = {} }: Half, request: HubRequest): JsonObject | undefined {
  try {
    return providers[dialect].provider.encodeRequest(request, quirks);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ProxyError);
    expect(thrown).toMatchObject({ kind: 'invalid-request' });
    return undefined;
  }
}

type Oracle = (recording: Recording) => ReplyFacts & { urls: string[] };

/** Recorded replies decode to what the oracle reads, wherever they are cut; stopped anywhere they end in one error. */
export function recordedSuite(half: Half, folder: string, of: RegExp, readFacts: Oracle): void {
  const { dialect, quirks = {} } = half;
  const all = recordings(folder).filter((one) => one.meta.status < 400 && of.test(one.case));
  const wholes = all.filter(({ meta }) => !meta.stream);
  const streams = all.filter(({ meta }) => meta.stream);
  describeRecorded(`recorded ${folder}`, () => {
    test('there are recordings', () => expect(all.length).toBeGreaterThan(0));
    test.each(all)('$case says what its oracle reads', (recording) => {
      const { id: _i, model: _m, proofs: _p, ...facts } = readFacts(recording);
      const reply = recording.meta.stream
        ? collect(decodeStream(dialect, [recording.body], quirks))
        : decodeReply(dialect, JSON.parse(recording.body.toString()), quirks);
      const got = factsOf(reply);
      const calls = got.calls.map((one, n) => (facts.calls[n]?.[0] === '' ? ['', ...one.slice(1)] : one));
      expect({ ...got, calls }).toEqual(facts);
    });
    if (wholes.length > 0)
      test.each(wholes)('$case does not mind fields that nobody knows', ({ body }) => {
        const json = { ...JSON.parse(body.toString()), brand_new: [{ a: 1 }] };
        expect(decodeReply(dialect, json, quirks).choices).toHaveLength(1);
      });
    if (streams.length > 0)
      test.each(streams)('$case is legal, and the same wherever it is cut', ({ body }) => {
        const whole = decodeStream(dialect, [body], quirks);
        expect(findIllegal(whole)).toEqual([]);
        expect(whole.filter(({ type }) => type === 'error')).toEqual([]);
        const bytes = Array.from(body, (byte) => Buffer.from([byte]));
        expect(decodeStream(dialect, bytes, quirks)).toEqual(whole);
        for (let at = 0; at <= body.length; at += at < 300 ? 1 : 197) {
          expect(decodeStream(dialect, [body.subarray(0, at), body.subarray(at)], quirks)).toEqual(whole);
        }
      });
    if (streams.length > 0)
      test.each(streams)('$case, stopped anywhere, ends in one error', ({ body }) => {
        for (let at = 0; at < body.length; at += 97) {
          const events = decodeStream(dialect, [body.subarray(0, at)], quirks);
          const ends = events.filter(({ type }) => type === 'error' || type === 'finish');
          expect(ends, `stopped at ${at}`).toHaveLength(1);
          expect(findIllegal(events), `stopped at ${at}`).toEqual([]);
        }
      });
  });
}

/** A stream written down for a test, decoded; legal, and the same when its bytes come one by one. */
export function told1by1({ dialect, quirks = {} }: Half, stream: string, given: Given = fixedGiven()): HubEvent[] {
  const bytes = Buffer.from(stream);
  const { provider } = providers[dialect];
  const decode = (chunks: readonly Buffer[], source: Given): HubEvent[] => {
    const events: HubEvent[] = [];
    const emit = (event: HubEvent): void => void events.push(event);
    const decoder = provider.decodeStream(source, quirks);
    const cutter = framer(provider.framings[0] ?? 'sse', 1 << 24, { frame: (frame) => decoder.push(frame, emit) });
    for (const chunk of chunks) cutter.push(chunk);
    cutter.end();
    decoder.end(emit);
    return events;
  };
  const events = decode([bytes], given);
  expect(findIllegal(events)).toEqual([]);
  const again = decode(
    Array.from(bytes, (byte) => Buffer.from([byte])),
    fixedGiven(),
  );
  expect(asText(again)).toBe(asText(events));
  return events;
}
