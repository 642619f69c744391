import { describe, expect, test } from 'vitest';
import type { ClientId } from '../../src/dialects/index.ts';
import type { HubResponse, JsonObject } from '../../src/hub/index.ts';
import { decodeRequest, encodeReply, encodeRequest, encodeStream, plainRequest, tell } from './codecs.ts';
import { validate } from './validators.ts';

/**
 * A model that thinks before each of its calls, and refuses to think on when its thought does not come back (Claude with a
 * budget). Turn by turn the request must go on from the one before: prompt caches know it by its beginning, and whether it
 * thinks is a part of that.
 */

const steps = ['one', 'two', 'three'];

function answer(step: string, n: number): HubResponse {
  return {
    id: `msg_${n}`,
    model: 'claude',
    created: 1,
    choices: [
      {
        index: 0,
        finish: { reason: 'tool-calls' },
        blocks: [
          {
            type: 'thinking',
            text: `I think of ${step}.`,
            signature: { by: 'anthropic-messages', value: `proof${n}+/=` },
          },
          ...(n === 1
            ? [
                {
                  type: 'thinking' as const,
                  text: '',
                  redacted: true as const,
                  signature: { by: 'anthropic-messages' as const, value: 'hidden' },
                },
              ]
            : []),
          { type: 'text', text: `Step ${step}.` },
          { type: 'tool-call', id: `toolu_${n}a`, name: 'look', args: `{"at":"${step}"}` },
          { type: 'tool-call', id: `toolu_${n}b`, name: 'look', args: '{}' },
        ],
      },
    ],
    usage: { input: 1, output: 1 },
  };
}

/** A client that keeps its history; `forgets`: it throws thoughts away, as agents of its form do. */
interface Keeper {
  client: ClientId;
  begin: JsonObject;
  history: string;
  /** What it adds after an answer, whole or in the frames of a stream. */
  whole(reply: JsonObject): JsonObject[];
  streamed(stream: string): JsonObject[];
}

const list = (value: unknown): JsonObject[] => (Array.isArray(value) ? value : []);
const object = (value: unknown): JsonObject => Object(value);
const dataOf = (stream: string): JsonObject[] =>
  stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)));

const declared = { name: 'look', parameters: { type: 'object', properties: { at: { type: 'string' } } } };

function google(forgets: boolean): Keeper {
  const answered = (parts: JsonObject[]): JsonObject[] => {
    const kept = forgets ? parts.filter(({ thought, text }) => thought !== true && text !== '') : parts;
    const results = parts.flatMap(({ functionCall }) =>
      functionCall === undefined
        ? []
        : [{ functionResponse: { ...object(functionCall), args: null, response: { output: 'seen' } } }],
    );
    return [
      { role: 'model', parts: kept },
      { role: 'user', parts: results },
    ];
  };
  const partsOf = (body: JsonObject): JsonObject[] =>
    list(object(object(list(body['candidates'])[0])['content'])['parts']);
  return {
    client: 'gemini',
    begin: {
      contents: [{ role: 'user', parts: [{ text: 'Go.' }] }],
      tools: [{ functionDeclarations: [declared] }],
      generationConfig: { thinkingConfig: { thinkingBudget: 2048 } },
    },
    history: 'contents',
    whole: (reply) => answered(partsOf(reply)),
    streamed: (stream) => answered(dataOf(stream).flatMap(partsOf)),
  };
}

function ollama(forgets: boolean): Keeper {
  const answered = (said: JsonObject[]): JsonObject[] => {
    const text = (name: string): string => said.map((one) => one[name] ?? '').join('');
    const calls = said.flatMap((one) => list(one['tool_calls']));
    const thinking = forgets ? {} : { thinking: text('thinking') };
    return [
      { role: 'assistant', content: text('content'), ...thinking, tool_calls: calls },
      ...calls.map((): JsonObject => ({ role: 'tool', tool_name: 'look', content: 'seen' })),
    ];
  };
  return {
    client: 'ollama',
    begin: {
      model: 'm',
      messages: [{ role: 'user', content: 'Go.' }],
      tools: [{ type: 'function', function: declared }],
      think: 'high',
    },
    history: 'messages',
    whole: (reply) => answered([object(reply['message'])]),
    streamed: (stream) =>
      answered(
        stream
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => object(JSON.parse(line).message)),
      ),
  };
}

const responses: Keeper = {
  client: 'openai-responses',
  begin: {
    model: 'm',
    input: [{ role: 'user', content: 'Go.' }],
    tools: [{ type: 'function', ...declared }],
    reasoning: { effort: 'medium' },
  },
  history: 'input',
  whole: (reply) => itemsAndResults(list(reply['output'])),
  streamed: (stream) => itemsAndResults(list(object(dataOf(stream).at(-1)?.['response'])['output'])),
};

function itemsAndResults(items: JsonObject[]): JsonObject[] {
  const calls = items.filter(({ type }) => type === 'function_call');
  return [
    ...items,
    ...calls.map(
      ({ call_id }): JsonObject => ({ type: 'function_call_output', call_id: call_id ?? '', output: 'seen' }),
    ),
  ];
}

const chat: Keeper = {
  client: 'openai-chat',
  begin: {
    model: 'm',
    messages: [{ role: 'user', content: 'Go.' }],
    tools: [{ type: 'function', function: declared }],
    reasoning_effort: 'medium',
  },
  history: 'messages',
  whole: (reply) => {
    const message = object(object(list(reply['choices'])[0])['message']);
    const results = list(message['tool_calls']).map(
      ({ id }): JsonObject => ({ role: 'tool', tool_call_id: id ?? '', content: 'seen' }),
    );
    return [message, ...results];
  },
  streamed: () => [],
};

const keepers: [string, Keeper, (keyof Pick<Keeper, 'whole' | 'streamed'>)[]][] = [
  ['Gemini, whatever comes', google(false), ['whole', 'streamed']],
  ['Gemini, without thoughts', google(true), ['whole', 'streamed']],
  ['Ollama, with thoughts', ollama(false), ['whole', 'streamed']],
  ['Ollama, without thoughts', ollama(true), ['whole', 'streamed']],
  ['Responses, its items', responses, ['whole', 'streamed']],
  ['chat, the whole message', chat, ['whole']],
];

describe.each(keepers)('a client that keeps %s', (_, keeper, ways) => {
  test.each(ways)('goes on thinking: %s', (way) => {
    const { client, begin, history } = keeper;
    let body = begin;
    const asked: JsonObject[] = [];
    const ask = (): void => {
      const request = decodeRequest(client, body);
      asked.push(encodeRequest('anthropic-messages', { ...request, params: { ...request.params, maxTokens: 9000 } }));
    };
    steps.forEach((step, n) => {
      ask();
      const heard = plainRequest(client, way === 'streamed');
      const more =
        way === 'whole'
          ? keeper.whole(JSON.parse(JSON.stringify(encodeReply(client, heard, answer(step, n)))))
          : keeper.streamed(encodeStream(client, heard, tell(answer(step, n))));
      body = { ...body, [history]: [...list(body[history]), ...more] };
    });
    ask();
    asked.forEach((one, n) => {
      expect(validate('anthropic', one, 'request').errors).toEqual([]);
      const { messages, ...beside } = one;
      const { messages: first, ...besideFirst } = asked[0] ?? {};
      // Thinking too: it is on in every turn.
      expect(beside).toEqual(besideFirst);
      expect(beside['thinking']).toMatchObject({ type: 'enabled' });
      const before = JSON.stringify(asked[n - 1]?.['messages'] ?? first).slice(0, -1);
      expect(JSON.stringify(messages).startsWith(before)).toBe(true);
    });
    const proofs = JSON.stringify(asked.at(-1)?.['messages']).match(/proof\d\+\/=|hidden/g);
    expect(proofs).toEqual(['proof0+/=', 'proof1+/=', 'hidden', 'proof2+/=']);
    expect(JSON.stringify(asked)).not.toContain('__thought__');
  });
});
