import { expect, test } from 'vitest';
import type { HubEvent } from '../../../src/hub/index.ts';
import { fixedGiven } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { findIllegal } from '../legal.ts';
import { collect, decodeChunks, provider } from './codec.ts';
import { readFacts } from './facts.ts';

const all = recordings('openai-responses');
const streams = all.filter(({ meta }) => meta.stream && meta.status < 400);
const wholes = all.filter(({ meta }) => !meta.stream && meta.status < 400);

const comparable = (events: readonly HubEvent[]): unknown =>
  events.map((event) => (event.type === 'error' ? [event.error.kind, event.error.message] : event));

describeRecorded('recorded traffic', () => {
  test.each(streams)('$case does not depend on its cuts', ({ body }) => {
    // Pictures make some of them long: their tail comes in one piece.
    const bytes = Array.from(body.subarray(0, 200_000), (byte) => Buffer.of(byte));
    const cut = decodeChunks([...bytes, body.subarray(200_000)]);
    expect(comparable(cut)).toEqual(comparable(decodeChunks([body])));
  });

  test.each(streams)('$case is one error wherever it stops', ({ body }) => {
    const frames = body.toString('latin1').split(/(?<=\n\n)/);
    const told = frames.map((_frame, index) => decodeChunks([Buffer.from(frames.slice(0, index).join(''), 'latin1')]));
    expect(told.flatMap(findIllegal)).toEqual([]);
    const ends = (events: readonly HubEvent[]): string[] =>
      events.flatMap(({ type }) => (type === 'error' || type === 'finish' ? [type] : []));
    const last = frames.findLastIndex((frame) => frame.includes('response.completed'));
    expect(told.map(ends)).toEqual(frames.map((_frame, index) => [index > last ? 'finish' : 'error']));
  });

  test.each(streams)('$case tells the proofs of its items', (recording) => {
    const proofs = collect(decodeChunks([recording.body])).choices.flatMap(({ blocks }) =>
      blocks.flatMap(({ signature }) => signature?.value ?? []),
    );
    expect(proofs).toEqual(readFacts(recording).proofs);
  });

  test.each(wholes)('$case tells what it says, and its proofs go back as they were', (recording) => {
    const facts = readFacts(recording);
    const { choices } = provider.decodeResponse(JSON.parse(recording.body.toString()), fixedGiven(), {});
    const blocks = choices[0]?.blocks ?? [];
    expect(
      blocks.flatMap((block) => (block.type === 'tool-call' ? [[block.id, block.name, JSON.parse(block.args)]] : [])),
    ).toEqual(facts.calls);
    const body = provider.encodeRequest(
      {
        from: 'openai-chat',
        model: 'm',
        messages: [
          { role: 'assistant', blocks },
          { role: 'assistant', blocks: [{ type: 'text', text: 'so' }] },
        ],
        stream: false,
        params: {},
        unknown: {},
      },
      {},
    );
    const sent = JSON.stringify(body);
    for (const proof of facts.proofs) expect(sent).toContain(JSON.stringify(proof));
  });

  test.each([
    ['error-400-02', 'not-found', 'model_not_found', undefined],
    ['error-401-02', 'authentication', 'invalid_api_key', undefined],
    ['xai-error-400-01', 'authentication', 'invalid-argument', 401],
  ])('%s', (name, kind, code, status) => {
    const recording = all.find((one) => one.case === name);
    if (recording === undefined) throw new Error(`${name} is not recorded`);
    const { meta, body } = recording;
    const error = provider.decodeError(meta.status, meta.response_headers, body.toString());
    expect(error).toMatchObject({ kind, facts: { code } });
    expect(error.status).toBe(status ?? meta.status);
  });
});
