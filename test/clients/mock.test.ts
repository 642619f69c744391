import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import { type RunningProxy, startProxy } from './proxy.ts';

/** The models inside the process, through real SDKs: what a newcomer tries first. */

let proxy: RunningProxy | undefined;
afterEach(async () => {
  await proxy?.close();
});

async function clients(model: string): Promise<{ openai: OpenAI; anthropic: Anthropic }> {
  proxy = await startProxy({ model }, {});
  return {
    openai: new OpenAI({ baseURL: proxy.url, apiKey: 'anything', maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: proxy.url, apiKey: 'anything', maxRetries: 0 }),
  };
}

const said = 'Say "äöü 🦊" twice.';
const user = { role: 'user', content: said } as const;

describe('mock/echo', () => {
  test('whole and streamed, in both languages', async () => {
    const { openai, anthropic } = await clients('mock/echo');
    const whole = await openai.chat.completions.create({ model: 'm', messages: [user] });
    expect(whole.choices[0]?.message.content).toBe(said);
    const streamed = openai.chat.completions.stream({ model: 'm', messages: [user] });
    expect(await streamed.finalContent()).toBe(said);
    const message = await anthropic.messages.create({ model: 'm', max_tokens: 100, messages: [user] });
    expect(message.content).toMatchObject([{ type: 'text', text: said }]);
    const told = anthropic.messages.stream({ model: 'm', max_tokens: 100, messages: [user] });
    expect(await told.finalText()).toBe(said);
  });

  test('a schema is obeyed', async () => {
    const { openai } = await clients('mock/echo');
    const schema = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] };
    const answer = await openai.chat.completions.create({
      model: 'm',
      messages: [user],
      response_format: { type: 'json_schema', json_schema: { name: 'person', schema } },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ age: expect.any(Number) });
  });
});

test('mock/tool: a call and the answer to its result, in both languages', async () => {
  const { openai, anthropic } = await clients('mock/tool');
  const schema = { type: 'object' as const, properties: { location: { type: 'string' } }, required: ['location'] };
  const tools = [{ type: 'function' as const, function: { name: 'get_current_weather', parameters: schema } }];
  const messages: OpenAI.ChatCompletionMessageParam[] = [user];
  const first = (await openai.chat.completions.create({ model: 'm', messages, tools })).choices[0];
  const call = first?.message.tool_calls?.[0];
  expect(first?.finish_reason).toBe('tool_calls');
  if (first === undefined || call?.type !== 'function') throw new Error('no call');
  expect(JSON.parse(call.function.arguments)).toEqual({ location: expect.any(String) });
  messages.push(first.message, { role: 'tool', tool_call_id: call.id, content: 'sunny' });
  const second = await openai.chat.completions.create({ model: 'm', messages, tools });
  expect(second.choices[0]?.message.content).toContain('sunny');
  const asked = { model: 'm', max_tokens: 100, tools: [{ name: 'get_current_weather', input_schema: schema }] };
  const used = await anthropic.messages.stream({ ...asked, messages: [user] }).finalMessage();
  expect(used.stop_reason).toBe('tool_use');
  const block = used.content.find((one) => one.type === 'tool_use');
  expect(block).toMatchObject({ name: 'get_current_weather', input: { location: expect.any(String) } });
  const result = { type: 'tool_result' as const, tool_use_id: block?.id ?? '', content: 'sunny' };
  const last = await anthropic.messages.create({
    ...asked,
    messages: [user, { role: 'assistant', content: used.content }, { role: 'user', content: [result] }],
  });
  expect(JSON.stringify(last.content)).toContain('sunny');
});

test.each([
  { model: 'mock/429', status: 429, openai: OpenAI.RateLimitError, anthropic: Anthropic.RateLimitError },
  { model: 'mock/500', status: 500, openai: OpenAI.InternalServerError, anthropic: Anthropic.InternalServerError },
  { model: 'mock/nobody', status: 404, openai: OpenAI.NotFoundError, anthropic: Anthropic.NotFoundError },
])('$model is $status', async (row) => {
  const { openai, anthropic } = await clients(row.model);
  const one: unknown = await openai.chat.completions
    .create({ model: 'm', messages: [user], stream: true })
    .catch((error: unknown) => error);
  expect(one).toBeInstanceOf(row.openai);
  const two: unknown = await anthropic.messages
    .create({ model: 'm', max_tokens: 9, messages: [user] })
    .catch((error: unknown) => error);
  expect(two).toBeInstanceOf(row.anthropic);
  if (row.status === 429) expect(one).toMatchObject({ headers: expect.anything(), status: 429 });
});

test('mock/cut-stream is an error in both languages', async () => {
  const { openai, anthropic } = await clients('mock/cut-stream');
  await expect(openai.chat.completions.stream({ model: 'm', messages: [user] }).finalContent()).rejects.toThrow();
  await expect(
    anthropic.messages.stream({ model: 'm', max_tokens: 4096, messages: [user] }).finalText(),
  ).rejects.toThrow();
});

test('mock/slow comes in pieces, not at once', async () => {
  const { openai } = await clients('mock/slow');
  const stream = await openai.chat.completions.create({ model: 'm', messages: [user], stream: true });
  const times: number[] = [];
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) times.push(performance.now());
    if (times.length === 5) break;
  }
  expect((times[4] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(100);
});
