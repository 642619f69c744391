import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '../dialects/codecs.ts';
import { readRequest } from '../dialects/read-request.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor, vendorError } from './vendor.ts';

const models = { 'openai-chat': 'openai/gpt-4o-mini', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const weather = {
  type: 'function',
  function: {
    name: 'get_current_weather',
    parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
  },
} as const;

describe.each(dialects)('LangChain ChatOpenAI, provider speaks %s', (dialect) => {
  let vendor: Vendor;
  let proxy: RunningProxy;
  let model: ChatOpenAI;

  beforeAll(async () => {
    vendor = await startVendor(dialect);
    proxy = await startProxy({ model: models[dialect], api_base: vendor.url });
    model = new ChatOpenAI({
      model: 'gpt-3.5-turbo',
      apiKey: 'anything',
      maxRetries: 0,
      temperature: 0.1,
      modelKwargs: { metadata: 'hello world' },
      configuration: { baseURL: proxy.url },
    });
  });
  afterAll(async () => {
    await proxy.close();
    await vendor.close();
  });

  test('invoke', async () => {
    vendor.will({ scenario: 'plain' });
    const answer = await model.invoke([new HumanMessage('hi')]);
    expect(answer.content).toBe('Hello there, how can I help?');
    expect(answer).toMatchObject({ usage_metadata: { total_tokens: 30 } });
    expect(vendor.seen[0]?.invalid).toEqual([]);
    expect(vendor.seen[0]?.body.metadata).toBeUndefined();
    expect(vendor.seen[0]?.body.temperature).toBe(0.1);
  });

  test('stream', async () => {
    vendor.will({ scenario: 'plain' });
    let text = '';
    let pieces = 0;
    for await (const chunk of await model.stream('hi')) {
      text += typeof chunk.content === 'string' ? chunk.content : '';
      pieces++;
    }
    expect(text).toBe('Hello there, how can I help?');
    expect(pieces).toBeGreaterThan(2);
  });

  test('bindTools, two calls and the follow-up', async () => {
    vendor.will({ scenario: 'parallel-tools' }, { scenario: 'tool-result-follow-up' });
    const bound = model.bindTools([weather]);
    const question = new HumanMessage('Weather in Paris and Tokyo?');
    const first = await bound.invoke([question]);
    expect(first).toBeInstanceOf(AIMessage);
    const calls = first.tool_calls ?? [];
    expect(calls.map((call) => call.args)).toEqual([{ location: 'Paris' }, { location: 'Tokyo' }]);
    const results = calls.map(
      (call) => new ToolMessage({ tool_call_id: call.id ?? '', content: `sunny ${call.id}`, name: call.name }),
    );
    const second = await bound.invoke([question, first, ...results]);
    expect(second.content).toBe('Paris 18, Tokyo 24.');
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual([[], []]);
    const turns = readRequest(dialect, vendor.seen[1]?.body).turns;
    for (const call of calls) expect(turns).toContain(`result ${call.id}: sunny ${call.id}`);
  });

  test('an error keeps its status and its words', async () => {
    vendor.will({ status: 429, ...vendorError(dialect, 'rate_limit_error', 'the vendor says no') });
    const thrown: unknown = await model.invoke('hi').catch((error: unknown) => error);
    expect(thrown).toMatchObject({ status: 429 });
    expect(String(thrown)).toContain('the vendor says no');
  });

  test('abort ends the call upstream', async () => {
    vendor.will({ scenario: 'plain', endless: true });
    const leaving = new AbortController();
    const read = async (): Promise<void> => {
      for await (const chunk of await model.stream('hi', { signal: leaving.signal })) {
        if (chunk.content !== '') leaving.abort();
      }
    };
    await read().catch(() => undefined);
    expect(await vendor.seen[0]?.gone).toBe(true);
  });
});
