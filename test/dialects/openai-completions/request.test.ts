import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openaiCompletions } from '../../../src/dialects/openai-completions/index.ts';
import { type Block, type HubRequest, type JsonObject, type Message, ProxyError } from '../../../src/hub/index.ts';
import { hubRequests } from '../../hub/arbitrary.ts';
import { validate } from '../validators.ts';

const { provider } = openaiCompletions;

function asking(more: Partial<HubRequest> = {}): HubRequest {
  return {
    from: 'openai-chat',
    model: 'davinci-002',
    messages: [said('user', text('Hi'))],
    stream: false,
    params: {},
    unknown: {},
    ...more,
  };
}

function said(role: Message['role'], ...blocks: Block[]): Message {
  return { role, blocks };
}

function text(value: string): Block {
  return { type: 'text', text: value };
}

function encode(more: Partial<HubRequest>): JsonObject {
  const body = provider.encodeRequest(asking(more), {});
  expect(validate('openai', body, 'completion.request', { unknown: 'error' }).errors).toEqual([]);
  return body;
}

const prompts: [string, Message[], string][] = [
  ['one message of the user is the prompt', [said('user', text('Once upon a time'))], 'Once upon a time'],
  ['its texts are lines', [said('user', text('a'), text('b'))], 'a\nb'],
  ['no message at all', [], 'Assistant:'],
  [
    'more get their speakers',
    [
      said('system', text('Be brief.')),
      said('user', text('Hi')),
      said('assistant', { type: 'thinking', text: 'hm' }, text('Hello')),
      said('user', text('Bye')),
    ],
    'Be brief.\n\nUser: Hi\n\nAssistant: Hello\n\nUser: Bye\n\nAssistant:',
  ],
  [
    'an answer that the client began is gone on with',
    [said('user', text('Count')), said('assistant', text('1, 2,'))],
    'User: Count\n\nAssistant: 1, 2,',
  ],
  [
    'calls and results of a conversation that began elsewhere',
    [
      said('user', text('Rain?')),
      said('assistant', { type: 'tool-call', id: 'c', name: 'weather', args: '{"city":"Ulm"}' }),
      said('user', { type: 'tool-result', callId: 'c', content: [text('yes')] }, text('So?')),
    ],
    'User: Rain?\n\nAssistant: weather({"city":"Ulm"})\n\nTool: yes\n\nUser: So?\n\nAssistant:',
  ],
];

describe('the prompt', () => {
  test.each(prompts)('%s', (_name, messages, prompt) => {
    expect(encode({ messages })['prompt']).toBe(prompt);
  });

  test.each(['image', 'audio', 'video', 'file'] as const)('%s is refused', (media) => {
    const source = { kind: 'url', url: 'https://x.test/a' } as const;
    const request = asking({ messages: [said('user', text('see'), { type: 'media', media, source })] });
    expect(() => provider.encodeRequest(request, {})).toThrow(
      expect.objectContaining({ kind: 'invalid-request', message: expect.stringContaining(media) }),
    );
  });
});

const parameters: [string, Partial<HubRequest>, JsonObject][] = [
  [
    'what travels as it is',
    {
      params: {
        maxTokens: 5,
        temperature: 0.5,
        topP: 0.9,
        stop: ['\n'],
        seed: 7,
        n: 2,
        presencePenalty: 1,
        frequencyPenalty: -1,
        logitBias: { 50256: -100 },
        user: 'u',
      },
    },
    {
      max_tokens: 5,
      temperature: 0.5,
      top_p: 0.9,
      stop: ['\n'],
      seed: 7,
      n: 2,
      presence_penalty: 1,
      frequency_penalty: -1,
      logit_bias: { 50256: -100 },
      user: 'u',
    },
  ],
  ['log probabilities of what was chosen', { params: { logprobs: true } }, { logprobs: 0 }],
  ['and of others', { params: { logprobs: true, topLogprobs: 3 } }, { logprobs: 3 }],
  ['of as many as there are', { params: { logprobs: true, topLogprobs: 20 } }, { logprobs: 5 }],
  ['no log probabilities', { params: { logprobs: false } }, {}],
  ['words of this API', { unknown: { best_of: 2, echo: true, suffix: '.' } }, { best_of: 2, echo: true, suffix: '.' }],
  ['a stream, with its usage', { stream: true }, { stream: true, stream_options: { include_usage: true } }],
];

test.each(parameters)('%s', (_name, more, expected) => {
  expect(encode(more)).toEqual({ model: 'davinci-002', prompt: 'Hi', ...expected });
});

/** Values that no wire would hold: they go up as they are. */
const theirs = /temperature|top_p|max_tokens|penalty|logit_bias|\bn\b|stop|seed/;

test('any request is encoded validly or refused', () => {
  fc.assert(
    fc.property(hubRequests, (given) => {
      let body: JsonObject;
      try {
        body = provider.encodeRequest({ ...given, extra: {}, unknown: {} }, {});
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(ProxyError);
        expect(thrown).toMatchObject({ kind: 'invalid-request' });
        return;
      }
      const { errors } = validate('openai', body, 'completion.request', { unknown: 'error' });
      expect(errors.filter((error) => !theirs.test(error))).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
