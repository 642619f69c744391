import { ChatAnthropic } from '@langchain/anthropic';
import {
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { concat } from '@langchain/core/utils/stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  asked,
  type Pair,
  picture,
  refusal,
  type Spoken,
  said,
  signing,
  spoken,
  startPair,
  thrownBy,
  weather,
} from './spoken.ts';

const modes = ['whole', 'stream'];
const question = 'Weather in Paris and Tokyo?';

function results(body: unknown, dialect: Spoken): string[] {
  return asked(dialect, body).turns.filter((line) => line.startsWith('result'));
}

describe.each(spoken)('LangChain ChatAnthropic, provider speaks %s', (dialect) => {
  let pair: Pair;
  let model: ChatAnthropic;
  let thinking: ChatAnthropic;
  beforeAll(async () => {
    pair = await startPair(dialect);
    const shared = { anthropicApiUrl: pair.proxy.url, apiKey: 'anything', maxRetries: 0 };
    model = new ChatAnthropic({ model: 'claude-sonnet-4-5', maxTokens: 99, temperature: 0.5, ...shared });
    const budget = { type: 'enabled', budget_tokens: 2048 } as const;
    thinking = new ChatAnthropic({ model: 'claude-sonnet-4-5', maxTokens: 4096, thinking: budget, ...shared });
  });
  afterAll(() => pair.close());

  function complaints(): string[][] {
    return pair.vendor.seen.map(({ invalid }) => invalid);
  }

  type Asked = Pick<ChatAnthropic, 'invoke' | 'stream'>;
  async function turn(mode: string, to: Asked, messages: BaseMessage[]): Promise<AIMessage> {
    if (mode === 'whole') return to.invoke(messages);
    let all: AIMessageChunk | undefined;
    for await (const chunk of await to.stream(messages)) all = all === undefined ? chunk : concat(all, chunk);
    if (all === undefined) throw new Error('nothing came');
    return all;
  }

  test.each(modes)('chat, %s', async (mode) => {
    pair.vendor.will({ scenario: 'plain' });
    const answer = await turn(mode, model, [new HumanMessage('hi')]);
    expect(answer.text).toBe(said.hello);
    // Its streams count what comes with the first event, which most providers cannot know, and add up the rest.
    const { input_tokens: input = 0, output_tokens: output = 0 } = answer.usage_metadata ?? {};
    if (mode === 'whole') expect([input, output]).toEqual([21, 9]);
    else expect(output).toBeGreaterThanOrEqual(9);
    expect(complaints()).toEqual([[]]);
    expect(asked(dialect, pair.vendor.seen[0]?.body)).toMatchObject({ maxTokens: 99, temperature: 0.5 });
  });

  test.each(modes)('bindTools, two calls and the follow-up, %s', async (mode) => {
    pair.vendor.will({ scenario: 'parallel-tools' }, { scenario: 'tool-result-follow-up' });
    const bound = model.bindTools([{ type: 'function', function: { ...weather } }]);
    const first = await turn(mode, bound, [new HumanMessage(question)]);
    const calls = first.tool_calls ?? [];
    expect(calls.map(({ args }) => args)).toEqual([{ location: 'Paris' }, { location: 'Tokyo' }]);
    const told = calls.map(
      ({ id = '', name }, n) => new ToolMessage({ tool_call_id: id, name, content: `sunny ${n}` }),
    );
    const second = await turn(mode, bound, [new HumanMessage(question), first, ...told]);
    expect(second.text).toBe(said.after);
    expect(complaints()).toEqual([[], []]);
    expect(results(pair.vendor.seen[1]?.body, dialect)).toEqual(['result 1: sunny 0', 'result 2: sunny 1']);
  });

  test.each(modes)('thinking and its proof over two turns, %s', async (mode) => {
    pair.vendor.will({ scenario: 'thinking-signature' }, { scenario: 'plain' });
    const user = new HumanMessage('Is it cold?');
    const first = await turn(mode, thinking, [user]);
    expect(JSON.stringify(first.content)).toContain(said.thought);
    expect(first.text).toBe(said.cold);
    await turn(mode, thinking, [user, first, user]);
    expect(complaints()).toEqual([[], []]);
    expect(asked(dialect, pair.vendor.seen[1]?.body).proofs).toEqual(signing.has(dialect) ? [said.proof] : []);
  });

  test('a picture', async () => {
    pair.vendor.will({ scenario: 'image-base64' });
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } };
    const content = [{ type: 'text', text: 'What is this?' }, image];
    expect((await turn('whole', model, [new HumanMessage({ content })])).text).toBe('A cat.');
    expect(complaints()).toEqual([[]]);
    expect(JSON.stringify(pair.vendor.seen[0]?.body)).toContain(picture);
  });

  test('withStructuredOutput', async () => {
    pair.vendor.will({ scenario: 'parallel-tools' });
    const schema = { title: weather.name, ...weather.parameters, required: [...weather.parameters.required] };
    const answer = await model.withStructuredOutput(schema, { name: weather.name }).invoke('Where?');
    expect(answer).toEqual({ location: 'Paris' });
    expect(complaints()).toEqual([[]]);
  });

  test.each([400, 401, 404, 429, 500])('status %i', async (status) => {
    pair.vendor.will(refusal(dialect, status));
    for (const mode of modes) {
      const thrown = await thrownBy(() => turn(mode, model, [new HumanMessage('hi')]));
      expect(thrown).toMatchObject({ status });
      expect(String(thrown)).toContain('the vendor says no');
    }
  });

  test('abort', async () => {
    pair.vendor.will({ scenario: 'plain', endless: true });
    const leaving = new AbortController();
    await thrownBy(async () => {
      for await (const chunk of await model.stream('hi', { signal: leaving.signal })) {
        if (chunk.text !== '') leaving.abort();
      }
    });
    expect(await pair.vendor.seen[0]?.gone).toBe(true);
  });
});
