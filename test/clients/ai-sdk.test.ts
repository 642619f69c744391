import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  generateObject,
  generateText,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  stepCountIs,
  streamObject,
  streamText,
  tool,
} from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asked, type Pair, said, spoken, startPair, thrownBy, weather } from './spoken.ts';

/** The provider packages of the AI SDK, pointed at the proxy. */
const packages: { name: string; at(url: string): LanguageModel }[] = [
  {
    name: '@ai-sdk/openai, chat',
    at: (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: 'anything' }).chat('asked'),
  },
  {
    name: '@ai-sdk/openai-compatible',
    at: (url) =>
      createOpenAICompatible({
        name: 'proxy',
        baseURL: `${url}/v1`,
        apiKey: 'anything',
        includeUsage: true,
        supportsStructuredOutputs: true,
      })('asked'),
  },
  {
    name: '@ai-sdk/anthropic',
    at: (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey: 'anything' })('claude-sonnet-4-5'),
  },
];

interface Person {
  name: string;
  age: number;
}
const person = jsonSchema<Person>({
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'number' } },
  required: ['name', 'age'],
  additionalProperties: false,
});
const tools = {
  [weather.name]: tool({
    description: weather.description,
    inputSchema: jsonSchema<{ location: string }>({
      type: 'object',
      properties: { location: { type: 'string' } },
      required: ['location'],
    }),
    execute: ({ location }) => `sunny in ${location}`,
  }),
};

/** Providers whose signature comes and goes back to them. */

describe.each(spoken)('AI SDK, provider speaks %s', (dialect) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair(dialect);
  });
  afterAll(() => pair.close());

  function complaints(): string[][] {
    return pair.vendor.seen.map(({ invalid }) => invalid);
  }

  describe.each(packages)('$name', ({ at }) => {
    let model: LanguageModel;
    beforeAll(() => {
      model = at(pair.proxy.url);
    });

    interface Turn {
      text: string;
      thought: string;
      finish: string;
      input?: number | undefined;
      output?: number | undefined;
      messages: ModelMessage[];
    }

    async function turn(
      mode: string,
      ask: { messages: ModelMessage[]; tools?: typeof tools; maxOutputTokens?: number; temperature?: number },
    ): Promise<Turn> {
      const call = { model, maxRetries: 0, stopWhen: stepCountIs(3), ...ask };
      if (mode === 'whole') {
        const { text, reasoningText, finishReason, usage, response } = await generateText(call);
        const { inputTokens: input, outputTokens: output } = usage;
        return { text, thought: reasoningText ?? '', finish: finishReason, input, output, messages: response.messages };
      }
      const failures: unknown[] = [];
      const stream = streamText({ ...call, onError: ({ error }) => void failures.push(error) });
      await stream.consumeStream();
      if (failures.length > 0) throw failures[0];
      const [text, thought, finish, usage, response] = await Promise.all([
        stream.text,
        stream.reasoningText,
        stream.finishReason,
        stream.usage,
        stream.response,
      ]);
      const { inputTokens: input, outputTokens: output } = usage;
      return { text, thought: thought ?? '', finish, input, output, messages: response.messages };
    }

    test.each(['whole', 'stream'])('two parallel calls in several steps, %s', async (mode) => {
      pair.vendor.will({ scenario: 'parallel-tools' }, { scenario: 'tool-result-follow-up' });
      const messages: ModelMessage[] = [{ role: 'user', content: 'Weather in Paris and Tokyo?' }];
      const answer = await turn(mode, { messages, tools });
      expect(answer.text).toBe(said.after);
      expect(complaints()).toEqual([[], []]);
      const [first, second] = pair.vendor.seen.map(({ body }) => asked(dialect, body).turns);
      expect(second?.filter((line) => /^(?:call|result)/.test(line)).sort()).toEqual([
        'call 1: get_current_weather {"location":"Paris"}',
        'call 2: get_current_weather {"location":"Tokyo"}',
        'result 1: sunny in Paris',
        'result 2: sunny in Tokyo',
      ]);
      // The prefix must be the same every turn, or prompt caches miss.
      expect(second?.slice(0, first?.length)).toEqual(first);
    });

    // Cohere's row refuses schemas (LITELLM.md 4.3), and OpenAI's clients are told so.
    test.skipIf(dialect === 'cohere')('generateObject and streamObject', async () => {
      pair.vendor.will({ scenario: 'json-schema' });
      const ask = { model, schema: person, prompt: 'Who?', maxRetries: 0 };
      const { object } = await generateObject(ask);
      expect(object).toEqual({ name: 'Ada', age: 36 });
      const stream = streamObject(ask);
      for await (const _ of stream.partialObjectStream);
      expect(await stream.object).toEqual({ name: 'Ada', age: 36 });
      expect(complaints()).toEqual([[], []]);
      for (const { body } of pair.vendor.seen)
        expect(JSON.stringify(body)).toMatch(/name\\*":\{\\*"type\\*":\\*"string/);
    });

    test('a provider that breaks off is an error', async () => {
      pair.vendor.will({ scenario: 'plain', breakAfter: 3 });
      const thrown = await thrownBy(() => turn('stream', { messages: [{ role: 'user', content: 'hi' }] }));
      expect(JSON.stringify(thrown)).toMatch(/in the middle of its answer/);
    });
  });
});
