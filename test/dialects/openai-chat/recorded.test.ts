import { expect, test } from 'vitest';
import { withOfficialTier } from '../../../src/dialects/openai-chat/encode-response.ts';
import { collector, type HubEvent, type HubResponse, toEvents } from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';
import { describeRecorded, type Recording, recordings } from '../fixtures.ts';
import { findIllegal } from '../legal.ts';
import { validate } from '../validators.ts';
import { ask, askStream, client, decodeStream, encodeStream, fixedGiven, provider } from './drive.ts';

const all = ['openai-chat', 'openai-compatible', 'mistral', 'azure-openai']
  .flatMap(recordings)
  .filter(({ meta }) => meta.operation === 'chat' && meta.status < 400)
  // recordings of the other APIs of the same provider
  .filter(({ body }) => !/^\{?\s*"?(id": "resp_|object": "response")/.test(body.toString().slice(0, 200)));
const streams = all.filter(({ meta }) => meta.stream);
const wholes = all.filter(({ meta }) => !meta.stream);

/** These rightly lack a finish reason; rows of such servers say so. */
const endless = /oddserver-stream-tool-call-01|snowflake-stream-logprobs-01/;

function events(recording: Recording, chunks: readonly Buffer[] = [recording.body]): HubEvent[] {
  return decodeStream(chunks, endless.test(recording.name) ? { noFinish: true } : {});
}

function collect(told: readonly HubEvent[]): HubResponse {
  const { take, response } = collector();
  told.forEach(take);
  return response();
}

describeRecorded('recorded replies', () => {
  test('there are recordings', () => {
    expect(streams.length).toBeGreaterThan(25);
    expect(wholes.length).toBeGreaterThan(35);
  });

  test.each(wholes)('$name is decoded and valid for a client', ({ body }) => {
    const response = provider.decodeResponse(JSON.parse(body.toString()), fixedGiven(), {});
    const reply = client.encodeResponse(response, ask(), fixedGiven());
    expect(reply.model).toBe('asked-model');
    expect(validate('openai', reply, 'chat.response').errors).toEqual([]);
    const told: HubEvent[] = [];
    toEvents(response, (event) => told.push(event));
    expect(findIllegal(told)).toEqual([]);
    expect(collect(told)).toEqual(response);
    expect(validate('openai', encodeStream(ask(askStream), told), 'chat.stream').errors).toEqual([]);
    expect(client.glance(JSON.parse(body.toString())).usage?.output).toBe(response.usage?.output);
  });

  test.each(wholes)('$name decodes again to the same from what clients get', ({ body }) => {
    const response = provider.decodeResponse(JSON.parse(body.toString()), fixedGiven(), {});
    const reply = client.encodeResponse(response, ask(), fixedGiven());
    const again = provider.decodeResponse(reply, fixedGiven(), {});
    expect(again.choices.map(({ blocks }) => blocks)).toEqual(response.choices.map(({ blocks }) => blocks));
    expect(again.usage?.output).toBe(response.usage?.output);
    expect(again.extra).toEqual({ 'openai-chat': withOfficialTier(response.extra?.['openai-chat'] ?? {}) });
  });

  test.each(streams)('$name is decoded in legal order and valid for a client', (recording) => {
    const told = events(recording);
    expect(told.find((event) => event.type === 'error')).toBeUndefined();
    expect(findIllegal(told)).toEqual([]);
    const text = encodeStream(ask(askStream), told);
    expect(validate('openai', text, 'chat.stream').errors).toEqual([]);
    const whole = client.encodeResponse(collect(told), ask(), fixedGiven());
    expect(validate('openai', whole, 'chat.response').errors).toEqual([]);
  });

  test.each(streams)('$name, told again, says the same', (recording) => {
    const first = collect(events(recording));
    const second = collect(decodeStream([Buffer.from(encodeStream(ask(askStream), events(recording)))]));
    expect(second.choices.map(({ blocks }) => blocks)).toEqual(first.choices.map(({ blocks }) => blocks));
    expect(second.choices.map(({ finish }) => finish.reason)).toEqual(first.choices.map(({ finish }) => finish.reason));
    expect(second.usage?.input).toBe(first.usage?.input);
    expect(second.usage?.output).toBe(first.usage?.output);
  });

  test.each(streams)('$name does not depend on cuts', (recording) => {
    const expected = JSON.stringify(events(recording));
    const { body } = recording;
    for (const size of [1, 7, 4096]) {
      const chunks: Buffer[] = [];
      for (let from = 0; from < body.length; from += size) chunks.push(body.subarray(from, from + size));
      expect(JSON.stringify(events(recording, chunks))).toBe(expected);
    }
  });
});

function tapped(chunks: readonly Buffer[], withholdUsage: boolean): string {
  const tap = client.tap({ model: 'asked-model', withholdUsage }, fixedGiven());
  let out = '';
  const cutter = framer('sse', 1 << 24, {
    bytes: (frame) => {
      out += tap.see(frame)?.toString() ?? '';
    },
  });
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  return out + tap.over();
}

describeRecorded('passed streams', () => {
  const passing = streams.filter(({ name }) => !endless.test(name));

  test.each(passing)('$name says the same after the tap, under the asked name', ({ body }) => {
    const out = tapped([body], false);
    const models = out.match(/^data: \{.*$/gm)?.map((line) => JSON.parse(line.slice(6)).model);
    expect(new Set(models)).toEqual(new Set(['asked-model']));
    expect(out.endsWith('data: [DONE]\n\n')).toBe(true);
    const rename = (told: HubEvent[]): unknown => ({ ...collect(told), model: '' });
    expect(rename(decodeStream([Buffer.from(out)]))).toEqual(rename(decodeStream([body])));
  });

  test.each(passing)('$name is stripped of usage', ({ body }) => {
    const out = tapped([body], true);
    for (const line of out.match(/^data: \{.*$/gm) ?? []) expect(JSON.parse(line.slice(6)).usage ?? null).toBeNull();
    const told = collect(decodeStream([Buffer.from(out)]));
    expect(told.choices.map(({ blocks }) => blocks)).toEqual(
      collect(decodeStream([body])).choices.map(({ blocks }) => blocks),
    );
  });

  test.each(passing)('$name, cut at every byte, comes out the same', ({ body }) => {
    const expected = tapped([body], true);
    const step = Math.max(1, Math.floor(body.length / 150));
    for (let cut = 1; cut < body.length; cut += step) {
      expect(tapped([body.subarray(0, cut), body.subarray(cut)], true)).toBe(expected);
    }
    expect(
      tapped(
        [...body].map((byte) => Buffer.from([byte])),
        true,
      ),
    ).toBe(expected);
  });

  test.each(passing)('$name, broken off anywhere, ends in one error or a complete answer', ({ body }) => {
    const step = Math.max(1, Math.floor(body.length / 80));
    for (let cut = 1; cut < body.length; cut += step) {
      const out = tapped([body.subarray(0, cut)], false);
      const errors = out.match(/^data: \{"error"/gm)?.length ?? 0;
      const told = (out.match(/^data: \{.*$/gm) ?? []).flatMap((line) => JSON.parse(line.slice(6)).choices ?? []);
      const indexes = (choices: { index: number }[]): number => new Set(choices.map(({ index }) => index)).size;
      const ends = indexes(told.filter((choice) => choice.finish_reason));
      const finished = ends > 0 && ends === indexes(told);
      expect(errors).toBe(finished ? 0 : 1);
      expect(out.endsWith('data: [DONE]\n\n')).toBe(true);
    }
  });

  test.each(streams.filter(({ name }) => endless.test(name)))(
    '$name, passed without its quirk, is an error',
    ({ body }) => {
      expect(tapped([body], false)).toContain('"error":{"message":"litellm.BadGatewayError: the stream ended without');
    },
  );
});
