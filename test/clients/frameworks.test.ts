import createInstructor from '@instructor-ai/instructor';
import { OpenAI as LlamaOpenAI, OpenAIEmbedding } from '@llamaindex/openai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startProxy } from './proxy.ts';
import { type Pair, picture, type Spoken, spoken, startPair, thrownBy, weather } from './spoken.ts';
import { startVendor } from './vendor.ts';

const question = 'Weather in Paris and Tokyo?';

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
  const refused: Partial<Record<Spoken, string[]>> = {
    gemini: ['FUNCTIONS'],
    'bedrock-converse': ['FUNCTIONS'],
    cohere: ['FUNCTIONS', 'JSON'],
  };
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
