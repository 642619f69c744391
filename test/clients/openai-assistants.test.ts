import OpenAI, { APIError, AzureOpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { fakeUpstream } from '../fake-upstream.ts';
import { type Platform, startPlatform } from './platform.ts';
import { type RunningProxy, startProxy } from './proxy.ts';

const key = 'sk-platform-0123456789';

describe.each([
  { provider: 'openai', azure: false },
  { provider: 'azure', azure: true },
])('assistants, threads and runs at $provider', ({ provider, azure }) => {
  let platform: Platform;
  let proxy: RunningProxy;
  let openai: OpenAI;
  beforeAll(async () => {
    platform = await startPlatform(key, '', azure);
    const env = { OPENAI_API_KEY: key, AZURE_API_KEY: key };
    proxy = await startProxy({ model: `${provider}/gpt-4o`, alias: 'mine', api_base: platform.url }, env);
    openai = azure
      ? new AzureOpenAI({ endpoint: proxy.url, apiVersion: '2025-02-01-preview', apiKey: 'any', maxRetries: 0 })
      : new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'any', maxRetries: 0 });
  });
  afterAll(async () => {
    await proxy.close();
    await platform.close();
  });
  beforeEach(() => {
    platform.seen.length = 0;
    proxy.entries.length = 0;
  });

  test('assistants: create with our name of the model, change, list, delete', async () => {
    const made = await openai.beta.assistants.create({ model: 'mine', name: 'A', tools: [{ type: 'file_search' }] });
    expect(made.model).toBe('gpt-4o');
    expect(platform.seen[0]?.body).toEqual({ model: 'gpt-4o', name: 'A', tools: [{ type: 'file_search' }] });
    expect(platform.seen[0]?.headers['openai-beta']).toBe('assistants=v2');
    expect((await openai.beta.assistants.update(made.id, { name: 'B' })).name).toBe('B');
    expect((await openai.beta.assistants.list()).data.map(({ name }) => name)).toContain('B');
    expect((await openai.beta.assistants.delete(made.id)).deleted).toBe(true);
  });

  test('a streamed run: every event as it was sent, usage in the log', async () => {
    const thread = await openai.beta.threads.create({ metadata: { a: 'b' } });
    await openai.beta.threads.messages.create(thread.id, { role: 'user', content: 'hi' });
    const stream = openai.beta.threads.runs.stream(thread.id, { assistant_id: 'asst_1', model: 'mine' });
    const events: string[] = [];
    let text = '';
    stream.on('event', ({ event }) => events.push(event));
    stream.on('textDelta', ({ value }) => {
      text += value ?? '';
    });
    const run = await stream.finalRun();
    expect(text).toBe('Hello there');
    expect(run).toMatchObject({ status: 'completed', model: 'gpt-4o', usage: { total_tokens: 17 } });
    expect(events).toEqual([
      'thread.run.created',
      'thread.message.created',
      'thread.message.delta',
      'thread.message.delta',
      'thread.message.completed',
      'thread.run.completed',
    ]);
    const entry = await vi.waitUntil(() => proxy.entries.find((one) => one.stream));
    expect(entry).toMatchObject({
      status: 200,
      stream: true,
      model: 'mine',
      upstreamModel: 'gpt-4o',
      usage: { input: 12, output: 5 },
    });
    expect((await openai.beta.threads.runs.retrieve(run.id, { thread_id: thread.id })).id).toBe(run.id);
    expect((await openai.beta.threads.runs.cancel(run.id, { thread_id: thread.id })).status).toBe('cancelled');
    await openai.beta.threads.delete(thread.id);
  });

  test('a run that wants a tool, and goes on in a stream with its answer', async () => {
    const thread = await openai.beta.threads.create();
    const tools: OpenAI.Beta.AssistantTool[] = [{ type: 'function', function: { name: 'weather' } }];
    const first = openai.beta.threads.runs.stream(thread.id, { assistant_id: 'asst_1', tools });
    const waiting = await first.finalRun();
    expect(waiting.status).toBe('requires_action');
    const calls = waiting.required_action?.submit_tool_outputs.tool_calls ?? [];
    const second = openai.beta.threads.runs.submitToolOutputsStream(waiting.id, {
      thread_id: thread.id,
      tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: '9 degrees' })),
    });
    expect((await second.finalRun()).status).toBe('completed');
    expect(platform.seen.at(-1)?.body).toEqual({
      tool_outputs: [{ tool_call_id: 'call_1', output: '9 degrees' }],
      stream: true,
    });
  });

  test('a thread made and run at once', async () => {
    const stream = openai.beta.threads.createAndRunStream({ assistant_id: 'asst_1', thread: { messages: [] } });
    expect((await stream.finalRun()).thread_id).toMatch(/^thread_/);
  });
});

const created = 'event: thread.run.created\ndata: {"id":"run_1","object":"thread.run"}\n\n';
const delta = 'event: thread.message.delta\ndata: {"id":"msg_1","object":"thread.message.delta","delta":{}}\n\n';
const stream = { headers: { 'content-type': 'text/event-stream' } };

test.each([
  {
    name: 'reset in the middle',
    reply: { ...stream, pieces: [created, delta, delta.slice(0, 30)], end: 'reset' as const },
    heard: 2,
  },
  { name: 'cut off', reply: { ...stream, pieces: [created], end: 'cut' as const }, heard: 1 },
  { name: 'ended without an end', reply: { ...stream, pieces: [created, delta] }, heard: 2 },
  { name: 'silent', reply: { ...stream, pieces: [created], end: 'stall' as const }, heard: 1 },
  {
    name: 'an event that tells an error',
    reply: {
      ...stream,
      pieces: [
        created,
        'event: error\ndata: {"error":{"message":"no sk-platform-0123456789 left","type":"server_error"}}\n\n',
      ],
    },
    heard: 1,
  },
])('a stream that broke throws in the client: $name', async ({ reply, heard }) => {
  const upstream = await fakeUpstream(reply);
  const proxy = await startProxy(
    { model: 'openai/gpt-4o', api_base: upstream.url, request_timeout: 1 },
    { OPENAI_API_KEY: key },
  );
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'any', maxRetries: 0 });
  const events: string[] = [];
  const error = await (async () => {
    const answer = await openai.beta.threads.runs.create('thread_1', { assistant_id: 'asst_1', stream: true });
    for await (const { event } of answer) events.push(event);
    return undefined;
  })().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(APIError);
  expect(String(error)).not.toContain(key);
  expect(events).toHaveLength(heard);
  await proxy.close();
  await upstream.close();
});
