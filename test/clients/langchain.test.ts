import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import { describe, expect, test } from 'vitest';
import { said, spoken, startPair, weather } from './spoken.ts';

/** What LangChain's models do beside what every client does (conformance.test.ts). */
describe.each(spoken)('LangChain, provider speaks %s', (dialect) => {
  test('ChatOpenAI with a word as metadata, as LiteLLM’s guide has it', async () => {
    const pair = await startPair(dialect);
    pair.vendor.will({ scenario: 'plain' });
    const model = new ChatOpenAI({
      model: 'gpt-3.5-turbo',
      apiKey: 'anything',
      maxRetries: 0,
      temperature: 0.1,
      modelKwargs: { metadata: 'hello world' },
      configuration: { baseURL: pair.proxy.url },
    });
    const answer = await model.invoke('hi');
    await pair.close();
    expect(answer.content).toBe(said.hello);
    expect(pair.vendor.seen.map(({ invalid }) => invalid)).toEqual([[]]);
    expect(JSON.stringify(pair.vendor.seen[0]?.body)).not.toContain('hello world');
    expect(JSON.stringify(pair.vendor.seen[0]?.body)).toContain('"temperature":0.1');
  });

  test('ChatAnthropic withStructuredOutput', async () => {
    const pair = await startPair(dialect);
    pair.vendor.will({ scenario: 'parallel-tools' });
    const model = new ChatAnthropic({
      model: 'claude-sonnet-4-5',
      anthropicApiUrl: pair.proxy.url,
      apiKey: 'anything',
      maxRetries: 0,
    });
    const schema = { title: weather.name, ...weather.parameters, required: [...weather.parameters.required] };
    const answer = await model.withStructuredOutput(schema, { name: weather.name }).invoke('Where?');
    await pair.close();
    expect(answer).toEqual({ location: 'Paris' });
    expect(pair.vendor.seen.map(({ invalid }) => invalid)).toEqual([[]]);
  });
});
