import { Mistral } from '@mistralai/mistralai';
import type {
  AssistantMessage,
  ChatCompletionRequest,
  CompletionEvent,
  ContentChunk,
  ToolCall,
} from '@mistralai/mistralai/models/components';
import { MistralError } from '@mistralai/mistralai/models/errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validate } from '../dialects/validators.ts';
import {
  asked,
  models,
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

type Message = ChatCompletionRequest['messages'][number];
type Ask = Omit<ChatCompletionRequest, 'model' | 'stream'>;

const user: Message = { role: 'user', content: 'hi' };
const tools: NonNullable<ChatCompletionRequest['tools']> = [{ type: 'function', function: { ...weather } }];

interface Turn {
  message: AssistantMessage;
  finish: string;
  text: string;
  thoughts: string;
}

function turnOf(message: AssistantMessage, finish: string): Turn {
  const { content } = message;
  const parts: ContentChunk[] = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const inner = parts.flatMap((part) => (part.type === 'thinking' ? part.thinking : []));
  return { message, finish, text, thoughts: inner.map((part) => (part.type === 'text' ? part.text : '')).join('') };
}

/** A streamed answer as a client puts it together: texts joined, unless parts of other kinds come. */
async function gather(stream: AsyncIterable<CompletionEvent>): Promise<Turn> {
  const calls: ToolCall[] = [];
  const parts: ContentChunk[] = [];
  let content = '';
  let finish = '';
  for await (const { data } of stream) {
    const [choice] = data.choices;
    const said = choice?.delta.content ?? '';
    if (typeof said === 'string') content += said;
    else parts.push(...said);
    calls.push(...(choice?.delta.toolCalls ?? []));
    finish = choice?.finishReason ?? finish;
  }
  const whole = parts.length === 0 ? content : [...parts, { type: 'text' as const, text: content }];
  const called = calls.length === 0 ? {} : { toolCalls: calls };
  return turnOf({ role: 'assistant', content: whole, ...called }, finish);
}

const thinkers: ReadonlySet<Spoken> = new Set(['anthropic-messages', 'gemini', 'ollama']);
const rows = [
  ...spoken.map((dialect) => ({ name: `provider speaks ${dialect}`, dialect, model: undefined })),
  { name: 'over Mistral', dialect: 'openai-chat' as const, model: 'mistral/mistral-small-latest' },
];

describe.each(rows)('Mistral SDK, $name', ({ dialect, model }) => {
  let pair: Pair;
  let client: Mistral;
  beforeAll(async () => {
    pair = await startPair(dialect, model === undefined ? {} : { model });
    client = new Mistral({ serverURL: pair.proxy.url, apiKey: 'anything', retryConfig: { strategy: 'none' } });
  });
  afterAll(() => pair.close());

  /** One turn in either mode. */
  async function turn(mode: string, ask: Ask): Promise<Turn> {
    if (mode === 'stream') return gather(await client.chat.stream({ model: 'mistral-7b', ...ask }));
    const { choices } = await client.chat.complete({ model: 'mistral-7b', ...ask });
    return turnOf(choices[0]?.message ?? {}, choices[0]?.finishReason ?? '');
  }

  /** What the published schemas say against what the provider was asked. */
  function complaints(): string[][] {
    return pair.vendor.seen.map(({ body, invalid }) =>
      model === undefined ? invalid : validate('mistral', body, 'request', { unknown: 'error' }).errors,
    );
  }

  test.each(['whole', 'stream'])('chat with its own words, %s', async (mode) => {
    pair.vendor.will({ scenario: 'plain' });
    const ask = {
      messages: [user],
      maxTokens: 99,
      temperature: 0.5,
      ...(dialect === 'openai-responses' ? {} : { stop: ['END'] }),
    };
    // No seed of Anthropic's or Cohere's rows: they refuse it, as OpenAI's clients are told too.
    const seeded = !/anthropic|bedrock|responses/.test(dialect);
    const { message, finish } = await turn(mode, { ...ask, safePrompt: false, ...(seeded ? { randomSeed: 7 } : {}) });
    expect([message.content, finish]).toEqual([said.hello, 'stop']);
    expect(complaints()).toEqual([[]]);
    const [seen] = pair.vendor.seen;
    expect(asked(dialect, seen?.body)).toMatchObject({ maxTokens: 99, temperature: 0.5 });
    if (seeded) expect(JSON.stringify(seen?.body)).toMatch(model === undefined ? /"seed":7/ : /"random_seed":7/);
    if (model === undefined) expect(JSON.stringify(seen?.body)).not.toContain('random_seed');
  });

  test('arguments as an object, which the SDK takes too', async () => {
    pair.vendor.will({ scenario: 'tool-result-follow-up' });
    const toolCalls = [{ id: 'abcdefgh1', function: { name: weather.name, arguments: { location: 'Paris' } } }];
    const messages: Message[] = [
      user,
      { role: 'assistant', toolCalls },
      { role: 'tool', toolCallId: 'abcdefgh1', name: weather.name, content: 'sunny' },
    ];
    const { message } = await turn('whole', { messages, tools });
    expect(message.content).toBe(said.after);
    expect(complaints()).toEqual([[]]);
    expect(asked(dialect, pair.vendor.seen[0]?.body).turns).toContain(`call 1: ${weather.name} {"location":"Paris"}`);
  });

  test.each(['whole', 'stream'])('thoughts of the model do not get in the way, %s', async (mode) => {
    pair.vendor.will({ scenario: 'thinking-signature' });
    const { message, text } = await turn(mode, { messages: [user] });
    expect(message.content).toBe(said.cold);
    expect(text).toBe(said.cold);
    pair.vendor.will({ scenario: 'plain' });
    await turn(mode, { messages: [user, { ...message, role: 'assistant' }, user] });
    expect(complaints()).toEqual([[]]);
  });

  // The models of the other rows have no reasoning, and these clients are told so.
  test.runIf(thinkers.has(dialect)).each(['whole', 'stream'])(
    'thoughts that were asked for are parts, with their proof, %s',
    async (mode) => {
      pair.vendor.will({ scenario: 'thinking-signature' }, { scenario: 'plain' });
      const ask: Ask = { messages: [user], reasoningEffort: 'high', maxTokens: 9000 };
      const { message, thoughts } = await turn(mode, ask);
      expect(thoughts).toBe(said.thought);
      await turn(mode, { ...ask, messages: [user, { ...message, role: 'assistant' }, user] });
      expect(complaints()).toEqual([[], []]);
      const signed = dialect === 'anthropic-messages' || dialect === 'gemini';
      expect(asked(dialect, pair.vendor.seen[1]?.body).proofs).toEqual(signed ? [said.proof] : []);
    },
  );

  test.each(['imageUrl as text', 'imageUrl as an object'])('a picture, %s', async (form) => {
    pair.vendor.will({ scenario: 'image-base64' });
    const url = `data:image/png;base64,${picture}`;
    const imageUrl = form.endsWith('text') ? url : { url };
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', imageUrl },
    ] as const;
    const { message } = await turn('whole', { messages: [{ role: 'user', content: [...content] }] });
    expect(message.content).toBe('A cat.');
    expect(complaints()).toEqual([[]]);
    expect(JSON.stringify(pair.vendor.seen[0]?.body)).toContain(picture);
  });

  test.each([400, 401, 404, 429, 500])('status %i', async (status) => {
    pair.vendor.will(refusal(dialect, status));
    for (const mode of ['whole', 'stream']) {
      const thrown = await thrownBy(() => turn(mode, { messages: [user] }));
      expect(thrown).toBeInstanceOf(MistralError);
      expect(thrown).toMatchObject({ statusCode: status });
      expect(String(thrown)).toContain('the vendor says no');
    }
  });

  test('models', async () => {
    const { data } = await client.models.list();
    expect(data?.map((one) => 'id' in one && one.id)).toEqual([model ?? models[dialect]]);
  });
});

describe('Mistral SDK, vectors', () => {
  const reply = {
    'openai-chat': {
      object: 'list',
      model: 'm',
      data: [{ object: 'embedding', index: 0, embedding: [0.5, -0.25] }],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    },
    gemini: { embeddings: [{ values: [0.5, -0.25] }] },
  };
  test.each([
    ['openai/text-embedding-3-small', 'openai-chat'],
    ['mistral/mistral-embed', 'openai-chat'],
    ['gemini/gemini-embedding-001', 'gemini'],
  ] as const)('over %s', async (model, dialect) => {
    const pair = await startPair(dialect, { model });
    pair.vendor.will({ status: 200, body: reply[dialect] });
    const client = new Mistral({ serverURL: pair.proxy.url, apiKey: 'anything' });
    const answer = await client.embeddings.create({ model: 'mistral-embed', inputs: ['hi'] });
    await pair.close();
    expect(answer.data[0]?.embedding).toEqual([0.5, -0.25]);
    expect(answer.model).toBe('mistral-embed');
    expect(JSON.stringify(pair.vendor.seen[0]?.body)).toContain('hi');
  });

  test('a word of its own that asks for something is Mistral’s to obey', async () => {
    for (const model of ['mistral/mistral-small-latest', 'openai/gpt-4o-mini']) {
      const pair = await startPair('openai-chat', { model, flags: { drop_params: true } });
      pair.vendor.will({ scenario: 'plain' });
      const client = new Mistral({ serverURL: pair.proxy.url, apiKey: 'anything' });
      await client.chat.complete({ model: 'm', messages: [user], safePrompt: true });
      await pair.close();
      expect(pair.vendor.seen[0]?.body['safe_prompt']).toBe(model.startsWith('mistral') ? true : undefined);
    }
  });
});
