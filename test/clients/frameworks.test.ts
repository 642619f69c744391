import createInstructor from '@instructor-ai/instructor';
import { OpenAI as LlamaOpenAI, OpenAIEmbedding } from '@llamaindex/openai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startProxy } from './proxy.ts';
import {
  asked,
  type Pair,
  picture,
  refusal,
  type Spoken,
  said,
  spoken,
  startPair,
  thrownBy,
  weather,
} from './spoken.ts';
import { startVendor } from './vendor.ts';

const modes = ['whole', 'stream'];
const question = 'Weather in Paris and Tokyo?';

function results(body: unknown, dialect: Spoken): string[] {
  return asked(dialect, body).turns.filter((line) => line.startsWith('result'));
}

describe.each(spoken)('Instructor, provider speaks %s', (dialect) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair(dialect);
  });
  afterAll(() => pair.close());

  function clientOf(mode: 'TOOLS' | 'FUNCTIONS' | 'JSON' | 'MD_JSON') {
    const client = new OpenAI({ baseURL: pair.proxy.url, apiKey: 'anything', maxRetries: 0 });
    return createInstructor({ client, mode });
  }
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Where is it sunny?' }];

  // LITELLM.md 4.3: what the rows refuse, these clients are told.
  const refused: Partial<Record<Spoken, string[]>> = { gemini: ['FUNCTIONS'], cohere: ['FUNCTIONS', 'JSON'] };
  const waysOf = <M extends string>(...all: M[]): M[] => all.filter((mode) => !refused[dialect]?.includes(mode));

  test.each(waysOf('TOOLS', 'FUNCTIONS'))('a model class by %s', async (mode) => {
    pair.vendor.will({ scenario: 'tool-call' });
    const response_model = { schema: z.object({ location: z.string() }), name: weather.name };
    const answer = await clientOf(mode).chat.completions.create({ model: 'm', messages, response_model });
    expect(answer.location).toBe('Köln');
    expect(pair.vendor.seen.map(({ invalid }) => invalid)).toEqual([[]]);
    expect(JSON.stringify(pair.vendor.seen[0]?.body)).toContain(`"name":"${weather.name}"`);
  });

  test.each(waysOf('JSON', 'MD_JSON'))('a model class by %s', async (mode) => {
    pair.vendor.will({ scenario: 'json-schema' });
    const response_model = { schema: z.object({ name: z.string(), age: z.number() }), name: 'Person' };
    const answer = await clientOf(mode).chat.completions.create({ model: 'm', messages, response_model });
    expect(answer).toMatchObject({ name: 'Ada', age: 36 });
    expect(pair.vendor.seen.map(({ invalid }) => invalid)).toEqual([[]]);
  });

  // It reads texts and arguments of all calls as one text: an answer with both it cannot read from anybody.
  test('pieces of a model class by TOOLS, streamed', async () => {
    pair.vendor.will({ scenario: 'parallel-tools' });
    const response_model = { schema: z.object({ location: z.string() }), name: weather.name };
    const ask = { model: 'm', messages, response_model, stream: true } as const;
    const places: unknown[] = [];
    await thrownBy(async () => {
      for await (const { location } of await clientOf('TOOLS').chat.completions.create({ ...ask, messages })) {
        places.push(location);
      }
    });
    expect(places).toContain('Paris');
    expect(pair.vendor.seen.map(({ invalid }) => invalid)).toEqual([[]]);
  });

  test.each(waysOf('JSON', 'MD_JSON'))('pieces of a model class by %s, streamed', async (mode) => {
    pair.vendor.will({ scenario: 'json-schema' });
    const response_model = { schema: z.object({ name: z.string(), age: z.number() }), name: 'Person' };
    const ask = { model: 'm', messages, response_model, stream: true } as const;
    let last = {};
    let count = 0;
    for await (const piece of await clientOf(mode).chat.completions.create({ ...ask, messages })) {
      last = piece;
      count++;
    }
    expect(last).toMatchObject({ name: 'Ada', age: 36 });
    expect(count).toBeGreaterThan(1);
    expect(pair.vendor.seen.map(({ invalid }) => invalid)).toEqual([[]]);
  });

  test('an answer that does not fit is asked for again', async () => {
    pair.vendor.will({ scenario: 'parallel-tools' }, { scenario: 'tool-call' });
    const response_model = { schema: z.object({ location: z.string(), unit: z.string() }), name: weather.name };
    const ask = { model: 'm', messages, response_model, max_retries: 2 };
    const answer = await clientOf('TOOLS').chat.completions.create(ask);
    expect(answer.location).toBe('Köln');
    expect(pair.vendor.seen.map(({ invalid }) => invalid)).toEqual([[], []]);
  });
});

describe.each(spoken)('LlamaIndex OpenAI, provider speaks %s', (dialect) => {
  let pair: Pair;
  let llm: LlamaOpenAI;
  beforeAll(async () => {
    pair = await startPair(dialect);
    const baseURL = `${pair.proxy.url}/v1`;
    llm = new LlamaOpenAI({ model: 'gpt-4o', apiKey: 'anything', baseURL, maxRetries: 0, maxTokens: 99, topP: 1 });
  });
  afterAll(() => pair.close());

  type Ask = Omit<Parameters<LlamaOpenAI['chat']>[0], 'stream'>;
  type Call = { id: string; name: string; input: string | Record<string, unknown> };
  async function turn(mode: string, ask: Ask): Promise<{ text: string; calls: Call[] }> {
    if (mode === 'whole') {
      const { message } = await llm.chat({ ...ask, stream: false });
      const { options = {} } = message;
      return { text: textOf(message.content), calls: 'toolCall' in options ? callsOf(options.toolCall) : [] };
    }
    let text = '';
    const calls = new Map<string, Call>();
    for await (const { delta, options = {} } of await llm.chat({ ...ask, stream: true })) {
      text += delta;
      if ('toolCall' in options) for (const call of callsOf(options.toolCall)) calls.set(call.id, call);
    }
    return { text, calls: [...calls.values()] };
  }

  test.each(modes)('chat, %s', async (mode) => {
    pair.vendor.will({ scenario: 'plain' });
    const { text } = await turn(mode, { messages: [{ role: 'user', content: 'hi' }] });
    expect(text).toBe(said.hello);
    expect(pair.vendor.seen[0]?.invalid).toEqual([]);
    expect(asked(dialect, pair.vendor.seen[0]?.body)).toMatchObject({ maxTokens: 99 });
  });

  // Its stream tells only the last of several calls (the same against OpenAI itself).
  test('two calls and the follow-up', async () => {
    pair.vendor.will({ scenario: 'parallel-tools' }, { scenario: 'tool-result-follow-up' });
    const tools = [{ metadata: { ...weather } }];
    const user = { role: 'user' as const, content: question };
    const { calls } = await turn('whole', { messages: [user], tools });
    expect(calls.map(({ input }) => (typeof input === 'string' ? JSON.parse(input) : input))).toEqual([
      { location: 'Paris' },
      { location: 'Tokyo' },
    ]);
    const told = calls.map(({ id }, n) => {
      const toolResult = { id, result: `sunny ${n}`, isError: false };
      return { role: 'user' as const, content: `sunny ${n}`, options: { toolResult } };
    });
    const assistant = { role: 'assistant' as const, content: '', options: { toolCall: calls } };
    const { text } = await turn('whole', { messages: [user, assistant, ...told], tools });
    expect(text).toBe(said.after);
    expect(pair.vendor.seen.map(({ invalid }) => invalid)).toEqual([[], []]);
    expect(results(pair.vendor.seen[1]?.body, dialect)).toEqual(['result 1: sunny 0', 'result 2: sunny 1']);
  });

  test('one call, streamed', async () => {
    pair.vendor.will({ scenario: 'tool-call' });
    const tools = [{ metadata: { ...weather } }];
    const { calls } = await turn('stream', { messages: [{ role: 'user', content: question }], tools });
    const [call] = calls;
    expect(typeof call?.input === 'string' ? JSON.parse(call.input) : call?.input).toMatchObject({ location: 'Köln' });
  });

  const url = `data:image/png;base64,${picture}`;
  test.each<[string, object]>([
    ['as a link', { type: 'image_url', image_url: { url } }],
    ['as data', { type: 'image', data: picture, mimeType: 'image/png' }],
  ])('a picture %s', async (_, image) => {
    pair.vendor.will({ scenario: 'image-base64' });
    const content = JSON.parse(JSON.stringify([{ type: 'text', text: 'What is this?' }, image]));
    const { text } = await turn('whole', { messages: [{ role: 'user', content }] });
    expect(text).toBe('A cat.');
    expect(pair.vendor.seen[0]?.invalid).toEqual([]);
    expect(JSON.stringify(pair.vendor.seen[0]?.body)).toContain(picture);
  });

  test.each([400, 401, 404, 429, 500])('status %i', async (status) => {
    pair.vendor.will(refusal(dialect, status));
    for (const mode of modes) {
      const thrown = await thrownBy(() => turn(mode, { messages: [{ role: 'user', content: 'hi' }] }));
      expect(thrown).toMatchObject({ status });
      expect(String(thrown)).toContain('the vendor says no');
    }
  });

  test('abort', async () => {
    pair.vendor.will({ scenario: 'plain', endless: true });
    const leaving = new AbortController();
    // It has no abort of its own.
    const leavingFetch: typeof fetch = (url, init) => fetch(url, { ...init, signal: leaving.signal });
    const additionalSessionOptions = { fetch: leavingFetch };
    const own = new LlamaOpenAI({ apiKey: 'anything', baseURL: `${pair.proxy.url}/v1`, additionalSessionOptions });
    await thrownBy(async () => {
      for await (const { delta } of await own.chat({ messages: [{ role: 'user', content: 'hi' }], stream: true })) {
        if (delta !== '') leaving.abort();
      }
    });
    expect(await pair.vendor.seen[0]?.gone).toBe(true);
  });
});

function textOf(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content);
}

function callsOf(value: unknown): { id: string; name: string; input: string }[] {
  return JSON.parse(JSON.stringify(value));
}

test('LlamaIndex OpenAIEmbedding', async () => {
  const vendor = await startVendor('gemini');
  const flags = { model: 'gemini/gemini-embedding-001', api_base: vendor.url };
  const proxy = await startProxy(flags, { GEMINI_API_KEY: 'AIza-proxy-0123456789' });
  vendor.will({ status: 200, body: { embeddings: [{ values: [0.5, -0.25] }, { values: [1, 0] }] } });
  const embedding = new OpenAIEmbedding({ apiKey: 'anything', baseURL: `${proxy.url}/v1`, maxRetries: 0 });
  const vectors = await embedding.getTextEmbeddings(['a', 'b']);
  await proxy.close();
  await vendor.close();
  expect(vectors).toEqual([
    [0.5, -0.25],
    [1, 0],
  ]);
});
