import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clients } from '../../../src/dialects/index.ts';
import type { JsonObject } from '../../../src/hub/index.ts';
import { encodeReply, encodeStream, plainRequest, tell } from '../codecs.ts';
import { answers } from '../conversations.ts';
import { validate } from '../validators.ts';

const self = 'openai-responses';
const request = plainRequest(self, true);

function retold(whole: JsonObject): string[] {
  return clients[self].client.retell?.(whole) ?? [];
}

function eventsOf(stream: string): JsonObject[] {
  return stream
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)));
}

test('an answer is told again by the events that told it first', () => {
  fc.assert(
    fc.property(answers(['openai-chat', 'anthropic-messages', self]), (response) => {
      const first = eventsOf(encodeStream(self, request, tell(response)));
      const end = first.at(-1)?.['response'];
      const frames = retold(end as JsonObject);
      expect(frames.map((frame) => frame.split('\n\n').length)).toEqual(frames.map(() => 2));
      const again = eventsOf(frames.join(''));
      expect(validate('openai', frames.join(''), 'responses.stream').errors).toEqual([]);
      expect(again.map(({ sequence_number: number }) => number)).toEqual(again.map((_, n) => n));
      expect(again).toEqual(first);
    }),
    { numRuns: 100 },
  );
});

const cited: JsonObject = {
  ...encodeReply(self, plainRequest(self, false), {
    id: 'x',
    model: 'm',
    created: 1,
    choices: [{ index: 0, blocks: [], finish: { reason: 'length' } }],
  }),
  output: [
    {
      id: 'msg_1',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [
        {
          type: 'output_text',
          text: 'As said.',
          annotations: [{ type: 'url_citation', url: 'https://a.test', title: 'A', start_index: 0, end_index: 2 }],
          logprobs: [],
        },
        { type: 'refusal', refusal: '' },
      ],
    },
    { id: 'ig_1', type: 'image_generation_call', status: 'completed', result: 'AAAA' },
    { id: 'ctc_1', type: 'custom_tool_call', status: 'completed', call_id: 'c', name: 'patch', input: 'text' },
    'no item',
  ],
};

test('what has no events of its own is told whole, and an answer that was cut short ends so', () => {
  const frames = retold(cited);
  expect(eventsOf(frames.join('')).map(({ type }) => type)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.annotation.added',
    'response.output_text.done',
    'response.content_part.done',
    'response.content_part.added',
    'response.refusal.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.output_item.done',
    'response.output_item.added',
    'response.custom_tool_call_input.delta',
    'response.custom_tool_call_input.done',
    'response.output_item.done',
    'response.incomplete',
  ]);
});
