import { expect, test } from 'vitest';
import { collector } from '../../../src/hub/index.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { findIllegal } from '../legal.ts';
import { validate } from '../validators.ts';
import {
  at,
  chatRequest,
  client,
  comparable,
  decode,
  decodeChunks,
  encodeEvents,
  fixedGiven,
  provider,
  tapChunks,
} from './codec.ts';

const all = recordings('anthropic-messages');
const streams = all.filter(({ meta }) => meta.stream && meta.status < 400);
const wholes = all.filter(({ meta }) => !meta.stream && meta.status < 400);
const errors = all.filter(({ meta }) => meta.status >= 400);
/** Two messages that its authors spliced together: the first call is cut off in the middle of its arguments. */
const spliced = 'stream-parallel-tools-thinking-01';
/** The recorder's request answers a call that was never made. */
const stale = 'stream-plain-04';
/** Its messages are no objects: that was the error. */
const malformed = 'error-400-03';

/** Where a stream is cut in two: everywhere in its head and tail; its middle is cut everywhere at once (`bytesOf`). */
function cuts(body: Buffer): number[] {
  const all = Array.from({ length: body.length + 1 }, (_, index) => index);
  return all.filter((cut) => cut < 700 || cut > body.length - 400);
}

function bytesOf(body: Buffer): Buffer[] {
  return Array.from(body, (byte) => Buffer.from([byte]));
}

describeRecorded('recorded traffic', () => {
  test.each(wholes)('$case decodes, and is valid when encoded again', ({ body }) => {
    const json = JSON.parse(body.toString());
    const response = provider.decodeResponse(json, fixedGiven(), {});
    const again = client.encodeResponse(response, chatRequest({ model: json.model }), fixedGiven());
    const verdict = validate('anthropic', again, 'response', { beta: true });
    expect(verdict.errors).toEqual([]);
    expect(again).toMatchObject({
      id: json.id,
      content: json.content.map(withoutNulls),
      stop_reason: json.stop_reason,
      usage: json.usage,
    });
    expect(client.glance(json)).toMatchObject({ id: json.id, model: json.model, finish: json.stop_reason });
  });

  test.each(streams)('$case is legal, and the same wherever it is cut', ({ body }) => {
    const whole = decodeChunks([body]);
    expect(findIllegal(whole)).toEqual([]);
    expect(whole.filter(({ type }) => type === 'error')).toEqual([]);
    for (const at of cuts(body)) {
      expect(comparable(decodeChunks([body.subarray(0, at), body.subarray(at)]))).toEqual(whole);
    }
    expect(decodeChunks(bytesOf(body))).toEqual(whole);
  });

  test.each(streams)('$case is valid when encoded again', ({ body, case: name }) => {
    const events = decodeChunks([body]);
    const verdict = validate('anthropic', encodeEvents(events), 'stream', { beta: true });
    expect(verdict.errors.filter((error) => name !== spliced || !error.includes('does not join'))).toEqual([]);
  });

  test.each(streams)('$case says the same as a whole reply', ({ body }) => {
    const { take, response } = collector();
    for (const event of decodeChunks([body])) take(event);
    const json = client.encodeResponse(response(), chatRequest(), fixedGiven());
    const again = provider.decodeResponse(json, fixedGiven(), {});
    expect(again.choices[0]?.blocks.map(({ type }) => type)).toEqual(
      response().choices[0]?.blocks.map(({ type }) => type),
    );
    expect(again.usage?.output).toBe(response().usage?.output);
    expect(again.usage?.input).toBe(response().usage?.input);
  });

  test.each(streams)('$case passes the tap, restamped, wherever it is cut', ({ body, case: name }) => {
    const passed = tapChunks([body], 'mine');
    expect(passed.failed).toBe(false);
    const verdict = validate('anthropic', passed.out, 'stream', { beta: true });
    if (name !== spliced) expect(verdict.errors).toEqual([]);
    expect(passed.out.match(/"model":\s*"mine"/g)).toHaveLength(1);
    expect(passed.facts).toMatchObject({ usage: decodeUsage(body), finish: expect.any(String) });
    expect(tapChunks(bytesOf(body), 'mine').out).toBe(passed.out);
    for (const at of cuts(body)) {
      const again = tapChunks([body.subarray(0, at), body.subarray(at)], 'mine');
      if (again.out !== passed.out) expect(again.out, `cut at ${at}`).toBe(passed.out);
    }
  });

  test.each(streams)('$case, stopped anywhere, ends once and says how', ({ body }) => {
    for (const at of cuts(body)) {
      const { out } = tapChunks([body.subarray(0, at)]);
      expect(out.endsWith('\n\n'), `stopped at ${at}`).toBe(true);
      const ends = out.match(/^event: (?:message_stop|error)$/gm) ?? [];
      expect(ends, `stopped at ${at}`).toHaveLength(1);
    }
  });

  test.each(errors)('$case is understood', ({ body, meta }) => {
    const error = provider.decodeError(meta.status, meta.response_headers, body.toString());
    const said = JSON.parse(body.toString()).error;
    expect({ kind: error.kind, status: error.status, message: error.message }).toEqual({
      kind: { 400: 'invalid-request', 401: 'authentication' }[meta.status],
      status: meta.status,
      message: said.message,
    });
    const written = client.encodeError(error, fixedGiven());
    expect(validate('anthropic', written.body, 'error').errors).toEqual([]);
    expect(written.body).toMatchObject({ error: said });
  });

  test.each(all.filter(({ request }) => request !== undefined))(
    'the request of $case goes to the hub and back',
    ({ request, case: name }) => {
      const body = JSON.parse(JSON.stringify(request));
      if (name === malformed) {
        expect(() => decode(body)).toThrow(/'messages\[0\]' must be an object/);
        return;
      }
      const again = provider.encodeRequest(client.decodeRequest(body, at), {});
      expect(provider.encodeRequest(decode(again), {})).toEqual(again);
      if (name === stale) return;
      expect(validate('anthropic', again, 'request', { beta: true }).errors).toEqual([]);
      for (const key of Object.keys(body).filter((one) => body[one] !== false)) expect(again).toHaveProperty(key);
    },
  );
});

function decodeUsage(body: Buffer): object | undefined {
  const told = decodeChunks([body]).findLast((event) => event.type === 'usage');
  return told?.type === 'usage' ? told.usage : undefined;
}

function withoutNulls(node: Record<string, unknown>): object {
  const plain = Object.entries(node).filter(
    ([key, value]) => value !== null && !(key === 'citations' && isEmpty(value)),
  );
  return Object.fromEntries(plain);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
