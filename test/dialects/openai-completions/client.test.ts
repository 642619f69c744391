import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openaiCompletions } from '../../../src/dialects/openai-completions/index.ts';
import { type HubResponse, type JsonObject, ProxyError } from '../../../src/hub/index.ts';
import { framer, isObject, members } from '../../../src/wire/index.ts';
import { brokenOrders, eventOrders } from '../../hub/event-orders.ts';
import { at, fixedGiven } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { validate } from '../validators.ts';
import { readFacts } from './facts.ts';

const { client, provider } = openaiCompletions;

function decode(body: JsonObject) {
  client.check(members(Buffer.from(JSON.stringify(body))));
  return client.decodeRequest(body, at('m', body['stream'] === true));
}

/** Explicit nulls, which SDKs send, mean absent. */
function withoutNulls(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

test.each<[string, JsonObject]>([
  ['a prompt', { prompt: 'Hi', max_tokens: 5, temperature: 0, stop: ['a', 'b'], logit_bias: { 50256: -100 } }],
  ['prompts', { prompt: ['a', 'b'], n: 2, best_of: 3, echo: true, suffix: 'z', user: 'me', seed: 7 }],
  ['tokens', { prompt: [1, 2], logprobs: 5, presence_penalty: 1, frequency_penalty: 1, top_p: 0.5 }],
  ['lists of tokens', { prompt: [[1], [2, 3]], logprobs: 0, stream: true, stream_options: { include_usage: true } }],
  ['words that no dialect owns', { prompt: 'Hi', top_k: 4, min_p: 0.1, guided_regex: 'a+' }],
])('%s: encode(decode(x)) = x', (_, body) => {
  const asked = { model: 'm', ...body };
  expect(provider.encodeRequest(decode(asked), {})).toEqual(asked);
});

test.each<[string, JsonObject, string]>([
  ['no prompt', {}, 'prompt'],
  ['null', { prompt: null }, 'prompt'],
  ['an empty list', { prompt: [] }, 'prompt'],
  ['a list in a list in a list', { prompt: [[[1]]] }, 'prompt[0]'],
  ['texts and tokens mixed up', { prompt: ['a', 1] }, 'prompt[1]'],
  ['half a token', { prompt: [1.5] }, 'prompt[0]'],
  ['a number', { prompt: 1 }, 'prompt'],
  ['a text for stream', { prompt: 'a', stream: 'yes' }, 'stream'],
  ['a text for n', { prompt: 'a', n: '2' }, 'n'],
  ['a number in stop', { prompt: 'a', stop: [1] }, 'stop[0]'],
  ['half an alternative', { prompt: 'a', logprobs: 0.5 }, 'logprobs'],
])('%s is the client’s mistake', (_, body, param) => {
  let thrown: unknown;
  try {
    decode({ model: 'm', ...body });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ProxyError);
  expect(thrown).toMatchObject({ kind: 'invalid-request', facts: { param } });
});

/** What a response says in this form, choice by choice. */
function textsOf({ choices }: HubResponse): Map<number, string> {
  const text = (blocks: HubResponse['choices'][number]['blocks']): string =>
    blocks.map((one) => (one.type === 'text' || one.type === 'refusal' ? one.text : '')).join('');
  return new Map(choices.map(({ index, blocks }) => [index, text(blocks)]));
}

function framesOf(stream: string): JsonObject[] {
  const data = stream.split('\n\n').filter((frame) => frame.startsWith('data: '));
  return data.filter((frame) => frame !== 'data: [DONE]').map((frame) => JSON.parse(frame.slice(6)));
}

describe('laws', () => {
  const request = decode({ model: 'm', prompt: 'p', stream: true, stream_options: { include_usage: true } });

  test('a stream and a whole answer say the same, in any legal order', () => {
    fc.assert(
      fc.property(eventOrders, ({ events, tells }) => {
        const encoder = client.encodeStream(request, fixedGiven());
        const stream = events.map((event) => encoder.event(event)).join('') + encoder.end();
        const told = new Map<number, string>();
        for (const { choices } of framesOf(stream)) {
          for (const choice of Array.isArray(choices) ? choices.filter(isObject) : []) {
            const index = Number(choice['index']);
            told.set(index, (told.get(index) ?? '') + String(choice['text']));
          }
        }
        expect(told).toEqual(textsOf(tells));
        expect(stream.endsWith('data: [DONE]\n\n')).toBe(true);
        const whole = client.encodeResponse(tells, request, fixedGiven());
        expect(validate('openai', JSON.parse(JSON.stringify(whole)), 'completion.response').errors).toEqual([]);
      }),
    );
  });

  test('after an error nothing follows', () => {
    fc.assert(
      fc.property(brokenOrders, (events) => {
        const encoder = client.encodeStream(request, fixedGiven());
        const stream = events.map((event) => encoder.event(event)).join('') + encoder.end();
        expect(stream.match(/^data: \{"error":\{/gm)).toHaveLength(1);
        expect(stream.endsWith('data: [DONE]\n\n')).toBe(true);
        expect(stream.match(/^data: \[DONE\]$/gm)).toHaveLength(1);
      }),
    );
  });
});

describeRecorded('recordings of completions', () => {
  const all = recordings('openai-completions');
  const replies = all.filter(({ meta }) => meta.status === 200);

  test.each(all.filter(({ request }) => request !== undefined).map((one) => [one.case, one] as const))(
    '%s: what was asked is asked again',
    (_, { request }) => {
      const asked = isObject(JSON.parse(JSON.stringify(request))) ? JSON.parse(JSON.stringify(request)) : {};
      const again = provider.encodeRequest(client.decodeRequest(asked, at(asked.model, asked.stream === true)), {});
      const { stream_options: _added, ...said } = again;
      const { logit_bias, ...rest } = withoutNulls(asked);
      expect(said).toEqual({ ...rest, ...(logit_bias === undefined ? {} : { logit_bias }) });
    },
  );

  test.each(replies.filter(({ meta }) => meta.stream).map((one) => [one.case, one] as const))(
    '%s passes the tap, whole and stopped anywhere',
    (_, recording) => {
      const facts = readFacts(recording);
      const pass = (bytes: Buffer): { text: string; over: string; finish: string | undefined } => {
        const tap = client.tap({ model: 'mine' }, fixedGiven());
        const sent: Buffer[] = [];
        const cutter = framer('sse', 1 << 24, {
          bytes: (frame) => {
            const seen = tap.see(frame);
            if (seen !== undefined) sent.push(seen);
          },
          skim: (chunk, from) => tap.skim(chunk, from, sent),
        });
        cutter.push(bytes);
        const over = tap.over();
        return { text: Buffer.concat(sent).toString(), over, finish: tap.facts.finish };
      };
      const whole = pass(recording.body);
      const frames = framesOf(whole.text);
      expect(frames.every(({ model }) => model === 'mine')).toBe(true);
      const said = frames.map(({ choices }) =>
        Array.isArray(choices) && isObject(choices[0]) ? choices[0]['text'] : '',
      );
      expect(said.join('')).toBe(facts.text);
      expect(whole.text.match(/\[DONE\]/g)).toHaveLength(1);
      const borders = [...recording.body.toString('latin1').matchAll(/\n\n/g)].map(({ index }) => index + 2);
      for (const border of borders) {
        const { text, over, finish } = pass(recording.body.subarray(0, border));
        const ends = text + over;
        expect(ends.endsWith('data: [DONE]\n\n')).toBe(true);
        expect(ends.includes('"error":{')).toBe(finish === undefined);
      }
    },
  );

  test.each(replies.filter(({ meta }) => !meta.stream).map((one) => [one.case, one] as const))(
    '%s: the reply at a glance, and written again',
    (_, recording) => {
      const body: JsonObject = JSON.parse(recording.body.toString());
      const facts = readFacts(recording);
      expect(client.glance(body)).toMatchObject({ id: facts.id, model: facts.model, finish: facts.finish });
      const response = provider.decodeResponse(body, fixedGiven(), {});
      const again = client.encodeResponse(response, decode({ model: facts.model, prompt: 'p' }), fixedGiven());
      expect(withoutNulls(JSON.parse(JSON.stringify(again)))).toMatchObject({
        ...withoutNulls(body),
        id: 'cmpl-1',
        model: 'm',
      });
    },
  );
});
