import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
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
import { asked, type Pair, picture, refusal, said, signing, spoken, startPair, thrownBy, weather } from './spoken.ts';

/** The provider packages of the AI SDK, pointed at the proxy. */
const packages: { name: string; at(url: string): LanguageModel; thinks: boolean }[] = [
  {
    name: '@ai-sdk/openai, chat',
    at: (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: 'anything' }).chat('asked'),
    thinks: false,
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
    thinks: true,
  },
  {
    name: '@ai-sdk/anthropic',
    at: (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey: 'anything' })('claude-sonnet-4-5'),
    thinks: true,
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

  describe.each(packages)('$name', ({ name, at, thinks }) => {
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

    test.each(['whole', 'stream'])('text, %s', async (mode) => {
      pair.vendor.will({ scenario: 'plain' });
      const messages: ModelMessage[] = [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
      ];
      const answer = await turn(mode, { messages, maxOutputTokens: 99, temperature: 0.5 });
      expect(answer).toMatchObject({ text: said.hello, finish: 'stop', input: 21, output: 9 });
      expect(complaints()).toEqual([[]]);
      expect(asked(dialect, pair.vendor.seen[0]?.body)).toMatchObject({ maxTokens: 99, temperature: 0.5 });
      expect(JSON.stringify(pair.vendor.seen[0]?.body)).toContain('Be brief.');
    });

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

    test.runIf(thinks).each(['whole', 'stream'])('thinking and its proof over two turns, %s', async (mode) => {
      pair.vendor.will({ scenario: 'thinking-signature' }, { scenario: 'plain' });
      const user: ModelMessage = { role: 'user', content: 'Is it cold?' };
      const first = await turn(mode, { messages: [user] });
      expect(first).toMatchObject({ text: said.cold, thought: said.thought });
      await turn(mode, { messages: [user, ...first.messages, user] });
      expect(complaints()).toEqual([[], []]);
      // The chat packages keep no proofs.
      const kept = name === '@ai-sdk/anthropic' && signing.has(dialect);
      expect(asked(dialect, pair.vendor.seen[1]?.body).proofs).toEqual(kept ? [said.proof] : []);
    });

    test('a picture', async () => {
      pair.vendor.will({ scenario: 'image-base64' });
      const image = Buffer.from(picture, 'base64');
      const content = [
        { type: 'text' as const, text: 'What is this?' },
        { type: 'image' as const, image, mediaType: 'image/png' },
      ];
      const { text } = await turn('whole', { messages: [{ role: 'user', content }] });
      expect(text).toBe('A cat.');
      expect(complaints()).toEqual([[]]);
      expect(JSON.stringify(pair.vendor.seen[0]?.body)).toContain(picture);
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
      for (const { body } of pair.vendor.seen) expect(JSON.stringify(body)).toContain('"name":{"type":"string"}');
    });

    test.each([400, 401, 404, 429, 500])('status %i', async (status) => {
      pair.vendor.will(refusal(dialect, status));
      for (const mode of ['whole', 'stream']) {
        const thrown = await thrownBy(() => turn(mode, { messages: [{ role: 'user', content: 'hi' }] }));
        expect(APICallError.isInstance(thrown)).toBe(true);
        expect(thrown).toMatchObject({ statusCode: status, isRetryable: status === 429 || status === 500 });
        expect(String(thrown)).toContain('the vendor says no');
      }
    });

    test('a provider that breaks off is an error', async () => {
      pair.vendor.will({ scenario: 'plain', breakAfter: 3 });
      const thrown = await thrownBy(() => turn('stream', { messages: [{ role: 'user', content: 'hi' }] }));
      expect(thrown).toBeDefined();
    });

    test('abort', async () => {
      pair.vendor.will({ scenario: 'plain', endless: true });
      const leaving = new AbortController();
      const stream = streamText({ model, prompt: 'hi', abortSignal: leaving.signal, onError: () => {} });
      await thrownBy(async () => {
        for await (const text of stream.textStream) if (text !== '') leaving.abort();
      });
      expect(await pair.vendor.seen[0]?.gone).toBe(true);
    });
  });
});
