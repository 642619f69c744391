import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProxy } from '../clients/proxy.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
beforeAll(async () => {
  proxy = await startProxy({ model: 'openai/gpt-5-mini', alias: 'fast' });
});
afterAll(() => proxy.close());

async function params(query: string): Promise<{ status: number; body: string; taken: string[] }> {
  const reply = await fetch(`${proxy.url}/utils/supported_openai_params${query}`);
  const body = await reply.text();
  const { supported_openai_params: taken = [] }: { supported_openai_params?: string[] } = JSON.parse(body);
  return { status: reply.status, body, taken };
}

test.each([
  ['the served model', '?model=fast', ['max_completion_tokens', 'reasoning_effort', 'tools'], ['stop', 'top_p']],
  ['another one', '?model=gpt-4o', ['stop', 'top_p', 'logit_bias'], ['reasoning_effort']],
  ['by its provider', '?model=anthropic/claude-sonnet-4-5', ['thinking', 'stop'], ['seed', 'logit_bias']],
  ['by its rule', '?model=anthropic/claude-3-haiku-20240307', ['tools'], ['reasoning_effort']],
])('supported_openai_params of %s', async (_, query, takes, refuses) => {
  const { status, taken } = await params(query);
  expect(status).toBe(200);
  expect(taken).toEqual(expect.arrayContaining(takes));
  expect(taken.filter((word) => refuses.includes(word))).toEqual([]);
});

test.each(['', '?model=', '?model=nobody%2Fx'])('supported_openai_params%s is a 400 that names it', async (query) => {
  const { status, body } = await params(query);
  expect(status).toBe(400);
  expect(JSON.parse(body)).toMatchObject({ error: { param: 'model', code: '400' } });
});
