import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base';
import * as o200k from 'gpt-tokenizer/encoding/o200k_base';
import OpenAI, { AuthenticationError, BadRequestError, RateLimitError } from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { dialects } from '../dialects/codecs.ts';
import { readRequest } from '../dialects/read-request.ts';
import { validate } from '../dialects/validators.ts';
import { type FakeProvider, json, sse, startProvider } from '../server/world.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor, vendorError } from './vendor.ts';

const models = { 'openai-chat': 'openai/gpt-4o-mini', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const hello = 'Hello there, how can I help?';
const prompts = ['Say hello', 'Say hello again', 'And once more'];

interface Heard {
  texts: string[];
  finishes: (string | null)[];
  usage: OpenAI.CompletionUsage | undefined;
  ids: Set<string>;
}

async function hear(stream: AsyncIterable<OpenAI.Completion>): Promise<Heard> {
  const heard: Heard = { texts: [], finishes: [], usage: undefined, ids: new Set() };
  for await (const { id, object, choices, usage, model } of stream) {
    expect({ object, model }).toEqual({ object: 'text_completion', model: 'm' });
    heard.ids.add(id);
    if (usage !== null && usage !== undefined) heard.usage = usage;
    for (const { index, text, finish_reason } of choices) {
      heard.texts[index] = (heard.texts[index] ?? '') + text;
      if (finish_reason !== null) heard.finishes[index] = finish_reason;
    }
  }
  return heard;
}

describe.each(dialects)('over chat models, provider speaks %s', (dialect) => {
  let vendor: Vendor;
  let proxy: RunningProxy;
  let client: OpenAI;
  beforeAll(async () => {
    vendor = await startVendor(dialect);
    proxy = await startProxy({ model: models[dialect], api_base: vendor.url });
    client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'x', maxRetries: 0 });
  });
  afterAll(async () => {
    await proxy.close();
    await vendor.close();
  });

  test('whole', async () => {
    vendor.will({ scenario: 'plain' });
    const answer = await client.completions.create({
      model: 'm',
      prompt: 'Say hello',
      temperature: 0.5,
      max_tokens: 9,
    });
    expect(answer).toMatchObject({
      object: 'text_completion',
      model: 'm',
      choices: [{ text: hello, index: 0, finish_reason: 'stop', logprobs: null }],
      usage: { total_tokens: 30 },
    });
    expect(answer.id).toMatch(/^cmpl-/);
    expect(validate('openai', answer, 'completion.response').errors).toEqual([]);
    expect(vendor.seen[0]).toMatchObject({ invalid: [], body: { temperature: 0.5, max_tokens: 9 } });
    expect(readRequest(dialect, vendor.seen[0]?.body).turns).toEqual(['user: Say hello']);
    await expect.poll(() => proxy.entries.at(-1)).toMatchObject({ status: 200, usage: { input: 21, output: 9 } });
  });

  test.each([false, true])('streamed, usage asked for: %s', async (include_usage) => {
    vendor.will({ scenario: 'plain' });
    const options = include_usage ? { stream_options: { include_usage } } : {};
    const stream = await client.completions.create({ model: 'm', prompt: ['Say hello'], stream: true, ...options });
    const heard = await hear(stream);
    expect(heard).toMatchObject({ texts: [hello], finishes: ['stop'] });
    expect(heard.usage?.total_tokens).toBe(include_usage ? 30 : undefined);
    expect(heard.ids.size).toBe(1);
    expect(vendor.seen[0]?.invalid).toEqual([]);
  });

  test('a list of prompts, whole and streamed', async () => {
    vendor.will({ scenario: 'plain' });
    const whole = await client.completions.create({ model: 'm', prompt: prompts, echo: true });
    expect(whole.choices.map(({ text, index }) => [text, index])).toEqual(prompts.map((one, n) => [one + hello, n]));
    expect(whole.usage).toMatchObject({ prompt_tokens: 63, completion_tokens: 27, total_tokens: 90 });
    await expect.poll(() => proxy.entries.at(-1)).toMatchObject({ stream: false, usage: { input: 63, output: 27 } });
    const asked = vendor.seen.flatMap(({ body }) => readRequest(dialect, body).turns);
    expect(asked.sort()).toEqual(prompts.map((one) => `user: ${one}`).sort());

    vendor.will({ scenario: 'plain' });
    const streaming = { stream: true, stream_options: { include_usage: true } } as const;
    const heard = await hear(
      await client.completions.create({ model: 'm', prompt: prompts, echo: true, ...streaming }),
    );
    expect(heard).toMatchObject({
      texts: prompts.map((one) => one + hello),
      finishes: prompts.map(() => 'stop'),
      usage: { prompt_tokens: 63, completion_tokens: 27 },
    });
    expect(heard.ids.size).toBe(1);
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual([[], [], []]);
    await expect.poll(() => proxy.entries.at(-1)).toMatchObject({ stream: true, usage: { input: 63, output: 27 } });
  });

  test('many prompts', async () => {
    vendor.will({ scenario: 'plain' });
    const many = Array.from({ length: 20 }, (_, n) => `prompt ${n}`);
    const heard = await hear(await client.completions.create({ model: 'm', prompt: many, echo: true, stream: true }));
    expect(heard.texts).toEqual(many.map((one) => one + hello));
  });

  test('a failed prompt fails the call, and breaks a stream that has begun', async () => {
    const no = { status: 429, ...vendorError(dialect, 'rate_limit_error', 'the vendor says no') };
    vendor.will(no);
    for (const stream of [false, true]) {
      const call = client.completions.create({ model: 'm', prompt: prompts, stream });
      await expect(call).rejects.toThrow(RateLimitError);
    }
    vendor.will({ scenario: 'plain', pieceMs: 60 }, { scenario: 'plain', pieceMs: 60, breakAfter: 3 });
    const stream = await client.completions.create({ model: 'm', prompt: prompts, stream: true });
    await expect(hear(stream)).rejects.toThrow();
    await expect.poll(() => proxy.entries.at(-1)?.error).toMatch(/./);
  });

  test('abort ends every request upstream', async () => {
    vendor.will({ scenario: 'plain', endless: true });
    const stream = await client.completions.create({ model: 'm', prompt: prompts, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.text) break;
    await expect.poll(() => vendor.seen.length).toBe(3);
    stream.controller.abort();
    expect(await Promise.all(vendor.seen.map(({ gone }) => gone))).toEqual([true, true, true]);
    vendor.will({ scenario: 'plain', endless: true });
    const leaving = new AbortController();
    const call = client.completions.create({ model: 'm', prompt: prompts }, { signal: leaving.signal });
    const failed = expect(call).rejects.toThrow(/abort/i);
    await expect.poll(() => vendor.seen.length).toBe(3);
    leaving.abort();
    await failed;
    expect(await Promise.all(vendor.seen.map(({ gone }) => gone))).toEqual([true, true, true]);
  });

  test.each<[string, object, RegExp]>([
    ['best of several', { prompt: 'a', best_of: 3 }, /\['best_of'\]/],
    ['a token that is none', { prompt: [5_000_000] }, /'prompt' holds a number that is no token/],
    ['no prompt', {}, /Missing required parameter: 'prompt'/],
    ['an empty list', { prompt: [] }, /prompt/],
    ['a wrong prompt', { prompt: { a: 1 } }, /prompt/],
    ['wrong logprobs', { prompt: 'a', logprobs: -1 }, /logprobs/],
    ['a wrong echo', { prompt: 'a', echo: 'yes' }, /echo/],
  ])('%s: 400', async (_, body, message) => {
    vendor.will({ scenario: 'plain' });
    const call = client.completions.create({ model: 'm', ...body } as OpenAI.CompletionCreateParamsNonStreaming);
    await expect(call).rejects.toThrow(BadRequestError);
    await expect(call).rejects.toThrow(message);
    expect(vendor.seen).toEqual([]);
  });

  test('what stands behind the answer is told', async () => {
    vendor.will({ scenario: 'plain' });
    const answer = await client.completions.create({
      model: 'm',
      prompt: 'def add(a, b):\n',
      suffix: '\n    return c',
      echo: true,
    });
    expect(answer.choices[0]?.text).toBe(`def add(a, b):\n${hello}`);
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual([[]]);
    const sent = JSON.stringify(vendor.seen[0]?.body);
    expect(sent).toContain('<beginning>def add(a, b):\\n</beginning>\\n<end>\\n    return c</end>');
    expect(sent).toContain('Write what stands between them');
  });

  test.each<[string, string, (string | number[])[] | number[]]>([
    ['a list', 'gpt-3.5-turbo-instruct', cl100k.encode('Grüße, Köln!')],
    ['lists among texts', 'gpt-4o', ['Hi there', o200k.encode('Grüße, Köln!')]],
  ])('tokens are spelled out: %s', async (_, model, prompt) => {
    vendor.will({ scenario: 'plain' });
    const sent = prompt as OpenAI.CompletionCreateParams['prompt'];
    const answer = await client.completions.create({ model, prompt: sent });
    expect(answer.choices.length).toBe(vendor.seen.length);
    expect(JSON.stringify(vendor.seen.map(({ body }) => body))).toContain('Grüße, Köln!');
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual(vendor.seen.map(() => []));
  });

  test('neutral values ask for nothing, and what is not taken can be dropped', async () => {
    vendor.will({ scenario: 'plain' });
    const neutral = { suffix: null, best_of: 1, echo: false, logprobs: null, n: 1, stop: null, user: 'me' };
    await client.completions.create({ model: 'm', prompt: 'a', ...neutral });
    const body = { model: 'm', prompt: 'a', best_of: 2, drop_params: true };
    const reply = await client.completions.create(body).asResponse();
    expect(reply.headers.get('x-modelport-dropped-params')).toBe('best_of');
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual([[], []]);
  });

  test('a wrong key is the SDK’s class', async () => {
    vendor.will({ status: 401, ...vendorError(dialect, 'authentication_error', 'bad key') });
    const call = client.completions.create({ model: 'm', prompt: 'a' });
    await expect(call).rejects.toThrow(AuthenticationError);
  });

  test('the body of old guidance', async () => {
    vendor.will({ scenario: 'plain' });
    const body = {
      ...{ model: 'm', prompt: 'Say hello', max_tokens: 300, temperature: 0, stream: true, top_p: 1, n: 1 },
      ...{ logprobs: null, echo: false, logit_bias: {}, stop: ['</s>'], stop_sequences: ['</s>'], drop_params: true },
    };
    const reply = await fetch(`${proxy.url}/completions`, { method: 'POST', body: JSON.stringify(body) });
    const frames = (await reply.text()).split('\n\n').filter((frame) => !frame.startsWith(':'));
    expect(frames.at(-2)).toBe('data: [DONE]');
    const texts = frames.slice(0, -2).map((frame) => JSON.parse(frame.slice('data: '.length)).choices[0].text);
    expect(texts.join('')).toBe(hello);
  });
});

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function worldOf(model: string): Promise<{ vendor: FakeProvider; proxy: RunningProxy; client: OpenAI }> {
  const vendor = await startProvider();
  const env = { OPENAI_API_KEY: 'sk-0123456789', AZURE_API_KEY: 'az-0123456789', AZURE_API_VERSION: '2024-10-21' };
  const proxy = await startProxy({ model, api_base: vendor.origin }, env);
  open.push(vendor, proxy);
  return { vendor, proxy, client: new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'x', maxRetries: 0 }) };
}

const completion = {
  ...{ id: 'cmpl-1', object: 'text_completion', created: 1_700_000_000, model: 'gpt-3.5-turbo-instruct:2023' },
  choices: [{ text: 'Hi', index: 0, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
};

describe('a provider of the same form', () => {
  test.each([
    ['text-completion-openai/gpt-3.5-turbo-instruct', '/v1/completions'],
    ['openai/gpt-3.5-turbo-instruct', '/v1/completions'],
    ['openai/davinci-002', '/v1/completions'],
    ['hosted_vllm/qwen', '/v1/completions'],
    ['azure_text/dep', '/openai/deployments/dep/completions?api-version=2024-10-21'],
  ])('%s gets the bytes', async (model, path) => {
    const { vendor, proxy } = await worldOf(model);
    vendor.answer = (_, res) => json(res, 200, completion);
    const body = '{"prompt":[[1,2],[3]],"temperature":1.0, "suffix":"z","best_of":3,"future":{"a":1.50},"model":"m"}';
    const reply = await fetch(`${proxy.url}/v1/completions`, { method: 'POST', body });
    expect(await reply.json()).toEqual({ ...completion, model: 'm' });
    expect(vendor.seen[0]?.url).toBe(path);
    expect(vendor.seen[0]?.body).toBe(body.replace('"m"', JSON.stringify(model.slice(model.indexOf('/') + 1))));
    await expect.poll(() => proxy.entries.at(-1)).toMatchObject({ usage: { input: 3, output: 1 } });
  });

  test('streams pass, and what was not asked for stays away', async () => {
    const { vendor, client, proxy } = await worldOf('text-completion-openai/davinci-002');
    const part = (text: string, finish: string | null, more: object = {}): string => {
      const choices = [{ text, index: 0, logprobs: null, finish_reason: finish }];
      return `data: ${JSON.stringify({ ...completion, choices, usage: null, ...more })}\n\n`;
    };
    const usage = part('', null, { choices: [], usage: completion.usage });
    for (const include_usage of [false, true]) {
      vendor.answer = (_, res) => {
        res.writeHead(200, sse);
        res.end(`${part('Hé', null)}${part('llo', null)}${part('', 'length')}${usage}data: [DONE]\n\n`);
      };
      const options = include_usage ? { stream_options: { include_usage } } : {};
      const heard = await hear(await client.completions.create({ model: 'm', prompt: 'a', stream: true, ...options }));
      expect(heard).toMatchObject({ texts: ['Héllo'], finishes: ['length'] });
      expect(heard.usage?.total_tokens).toBe(include_usage ? 4 : undefined);
      await expect.poll(() => proxy.entries.at(-1)).toMatchObject({ usage: { input: 3 } });
    }
    vendor.answer = (_, res) => {
      res.writeHead(200, sse);
      res.end(`${part('Hé', null)}data: [DONE]\n\n`);
    };
    const stream = await client.completions.create({ model: 'm', prompt: 'a', stream: true });
    await expect(hear(stream)).rejects.toThrow(/without a finish|before the answer was finished/);
  });

  test('the first API’s models answer a chat, too', async () => {
    const { vendor, client } = await worldOf('openai/gpt-3.5-turbo-instruct');
    vendor.answer = (_, res) => json(res, 200, completion);
    const answer = await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
    expect(answer.choices[0]?.message.content).toBe('Hi');
    expect(JSON.parse(vendor.seen[0]?.body ?? '{}')).toEqual({ model: 'gpt-3.5-turbo-instruct', prompt: 'Hello' });
  });
});

describe('log probabilities and several answers of a chat model', () => {
  const token = (text: string, logprob: number): JsonObject => ({
    ...{ token: text, logprob, bytes: [...Buffer.from(text)] },
    top_logprobs: [
      { token: text, logprob, bytes: null },
      { token: 'x', logprob: -3, bytes: null },
    ],
  });
  const legacy = (offset: number): object => ({
    tokens: ['Hi', '!'],
    token_logprobs: [-0.1, -0.2],
    top_logprobs: [
      { Hi: -0.1, x: -3 },
      { '!': -0.2, x: -3 },
    ],
    text_offset: [offset, offset + 2],
  });

  test('whole and streamed', async () => {
    const { vendor, client } = await worldOf('openai/gpt-4o');
    const content = [token('Hi', -0.1), token('!', -0.2)];
    const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'gpt-4o' };
    vendor.answer = (_, res) => {
      const choices = [0, 1].map((index) => ({
        ...{ index, finish_reason: 'stop', logprobs: { content, refusal: null } },
        message: { role: 'assistant', content: 'Hi!', refusal: null },
      }));
      json(res, 200, { ...head, object: 'chat.completion', choices });
    };
    const whole = await client.completions.create({ model: 'm', prompt: 'ab', logprobs: 2, n: 2, echo: true });
    expect(whole.choices).toEqual(
      [0, 1].map((index) => ({ text: 'abHi!', index, logprobs: legacy(2), finish_reason: 'stop' })),
    );
    expect(validate('openai', whole, 'completion.response').errors).toEqual([]);
    expect(JSON.parse(vendor.seen[0]?.body ?? '{}')).toMatchObject({ logprobs: true, top_logprobs: 2, n: 2 });

    vendor.answer = (_, res) => {
      res.writeHead(200, sse);
      for (const one of content) {
        const delta = { content: one['token'] };
        const choices = [{ index: 0, delta, logprobs: { content: [one] }, finish_reason: null }];
        res.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}\n\n`);
      }
      const choices = [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }];
      res.end(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}\n\ndata: [DONE]\n\n`);
    };
    const offsets: number[] = [];
    const tokens: string[] = [];
    for await (const chunk of await client.completions.create({
      model: 'm',
      prompt: 'ab',
      logprobs: 0,
      stream: true,
    })) {
      offsets.push(...(chunk.choices[0]?.logprobs?.text_offset ?? []));
      tokens.push(...(chunk.choices[0]?.logprobs?.tokens ?? []));
    }
    expect({ tokens, offsets }).toEqual({ tokens: ['Hi', '!'], offsets: [0, 2] });
  });

  test('are refused where the model has none', async () => {
    const { client } = await worldOf('anthropic/claude-sonnet-4-5');
    const call = client.completions.create({ model: 'm', prompt: 'a', logprobs: 2, n: 2 });
    await expect(call).rejects.toThrow(/does not support parameters: \['logprobs', 'n'\]/);
  });
});

test.each([
  '/v1/completions',
  '/completions',
  '/engines/my/dep/completions',
  '/v1/engines/dep/completions',
  '/deployments/dep/completions?api-version=2024-02-01',
  '/openai/deployments/dep/completions?api-version=2024-02-01',
])('%s', async (path) => {
  const { vendor, proxy } = await worldOf('openai/gpt-4o');
  const reply = await fetch(proxy.url + path, { method: 'POST', body: JSON.stringify({ model: 'dep', prompt: 'Hi' }) });
  expect(await reply.json()).toMatchObject({ object: 'text_completion', choices: [{ text: 'Hello' }] });
  expect(vendor.seen[0]?.url).toBe('/v1/chat/completions');
});
