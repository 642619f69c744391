import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningProxy, startProxy } from '../clients/proxy.ts';
import { type FakeProvider, startProvider } from './world.ts';

/** Answers that are kept here, asked for again as a stream. */

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
afterAll(async () => {
  await proxy.close();
  await provider.close();
});

async function replayed(id: string, after?: number) {
  const more = after === undefined ? {} : { starting_after: after };
  const events = [];
  for await (const event of await client.responses.retrieve(id, { stream: true, ...more })) events.push(event);
  return events;
}

test('a stored answer is streamed again, whole and from any event on', async () => {
  const first = await client.responses.create({ model: 'm', input: 'hi' });
  const all = await replayed(first.id);
  expect(all.map(({ sequence_number: number }) => number)).toEqual(all.map((_, n) => n));
  const end = all.at(-1);
  expect(end?.type === 'response.completed' ? end.response : undefined).toMatchObject({
    id: first.id,
    output: first.output,
    usage: first.usage,
  });
  expect(all.flatMap((event) => (event.type === 'response.output_text.delta' ? [event.delta] : []))).toEqual(['Hello']);
  for (let after = 0; after < all.length - 1; after++)
    expect(await replayed(first.id, after)).toEqual(all.slice(after + 1));
  // The first telling may have had more pieces.
  const late = await replayed(first.id, 500);
  expect(late).toEqual([{ ...end, sequence_number: 501 }]);
});

test.each(['x', '1.5', ''])('starting_after=%s is a mistake of the client', async (after) => {
  const first = await client.responses.create({ model: 'm', input: 'hi' });
  const answer = await fetch(`${proxy.url}/v1/responses/${first.id}?stream=true&starting_after=${after}`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { param: 'starting_after' } });
});
