import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sealPrefix } from '../../src/hub/index.ts';
import { type RunningProxy, startProxy } from '../clients/proxy.ts';
import { completion, type FakeProvider, json, startProvider } from './world.ts';

/** Conversations made shorter by models whose provider has no such thing. */

let provider: FakeProvider;
let proxy: RunningProxy;
let client: OpenAI;

beforeAll(async () => {
  provider = await startProvider();
  proxy = await startProxy(
    { model: 'deepseek/m', api_base: `${provider.origin}/v1` },
    { DEEPSEEK_API_KEY: 'sk-deepseek-0123456789' },
  );
  client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'x', maxRetries: 0 });
});
beforeEach(() => {
  provider.seen.length = 0;
});
afterAll(async () => {
  await proxy.close();
  await provider.close();
});

const says = (content: string, finish = 'stop') => {
  const [choice] = completion.choices;
  const choices = [{ ...choice, message: { role: 'assistant', content }, finish_reason: finish }];
  provider.answer = (_, res) => json(res, 200, { ...completion, choices });
};

type Said = { role: string; content: string };
const told = (): Said[] => JSON.parse(provider.seen.at(-1)?.body ?? '{}').messages;

const conversation: OpenAI.Responses.ResponseInput = [
  { role: 'user', content: 'Fix the bug in a.ts' },
  { type: 'function_call', call_id: 'c1', name: 'read', arguments: '{}' },
  { type: 'function_call_output', call_id: 'c1', output: 'let x = 1' },
  { role: 'assistant', content: 'It is x.' },
  { role: 'user', content: [{ type: 'input_text', text: 'Go on.' }] },
];

test('a long conversation becomes a summary that the model wrote and can read again', async () => {
  says('x must be 2.');
  const short = await client.responses.compact({ model: 'm', input: conversation, instructions: 'Be an agent.' });
  const asked = told();
  expect(asked[0]).toMatchObject({ role: 'system', content: 'Be an agent.' });
  expect(JSON.stringify(asked)).toContain('let x = 1');
  expect(asked.at(-1)).toMatchObject({ role: 'user', content: expect.stringContaining('summary') });
  expect(short).toMatchObject({ object: 'response.compaction', usage: { input_tokens: 1000, output_tokens: 100 } });
  expect(short.output).toMatchObject([
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Fix the bug in a.ts' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go on.' }] },
    { type: 'compaction', id: expect.stringMatching(/^cmp_/), encrypted_content: expect.stringMatching(sealPrefix) },
  ]);

  says('Done.');
  const input = [...(short.output as OpenAI.Responses.ResponseInputItem[]), { role: 'user' as const, content: 'And?' }];
  const next = await client.responses.create({ model: 'm', input });
  expect(next.output_text).toBe('Done.');
  expect(told().map(({ role, content }) => [role, content])).toEqual([
    ['user', 'Fix the bug in a.ts'],
    ['user', 'Go on.'],
    ['user', expect.stringMatching(/^Summary of the conversation[\s\S]*\n\nx must be 2\.$/)],
    ['user', 'And?'],
  ]);

  says('x is 2 now.');
  const again = await client.responses.compact({ model: 'm', input });
  expect(JSON.stringify(told())).toContain('x must be 2.');
  expect(again.output.map(({ type }) => type)).toEqual(['message', 'message', 'message', 'compaction']);
});

test('answers that are kept here are made shorter by name', async () => {
  says('Hello there.');
  const first = await client.responses.create({ model: 'm', input: 'hi' });
  says('They said hello.');
  const short = await client.responses.compact({ model: 'm', previous_response_id: first.id });
  expect(JSON.stringify(told())).toContain('Hello there.');
  expect(short.output.map(({ type }) => type)).toEqual(['message', 'compaction']);
});

test('a summary that was cut short is none', async () => {
  says('x must', 'length');
  const thrown = client.responses.compact({ model: 'm', input: conversation });
  await expect(thrown).rejects.toMatchObject({ status: 502 });
});

test("another maker's compaction says nothing to this model", async () => {
  says('Hm.');
  const sealed = { type: 'compaction' as const, encrypted_content: 'gAAAAB' };
  await client.responses.create({ model: 'm', input: [sealed, { role: 'user', content: 'And?' }] });
  expect(told()).toMatchObject([{ role: 'user', content: 'And?' }]);
});
