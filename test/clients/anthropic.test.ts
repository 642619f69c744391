import Anthropic, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '../dialects/codecs.ts';
import { readRequest } from '../dialects/read-request.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor, vendorError } from './vendor.ts';

const models = { 'openai-chat': 'openai/gpt-4o-mini', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const hello = 'Hello there, how can I help?';
const proof = 'ErUBCkYIBhgCIkDGc2lnbmF0dXJlK29mL3RoZSttYWtlcg==';
const asking = { model: 'claude-whatever', max_tokens: 1024 } as const;
const user: Anthropic.MessageParam = { role: 'user', content: 'hi' };
const tools: Anthropic.Tool[] = [
  {
    name: 'get_current_weather',
    input_schema: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
  },
];

describe.each(dialects)('anthropic SDK, provider speaks %s', (dialect) => {
  let vendor: Vendor;
  let proxy: RunningProxy;
  let client: Anthropic;

  beforeAll(async () => {
    vendor = await startVendor(dialect);
    proxy = await startProxy({ model: models[dialect], api_base: vendor.url });
    client = new Anthropic({ baseURL: proxy.url, apiKey: 'anything', maxRetries: 0 });
  });
  afterAll(async () => {
    await proxy.close();
    await vendor.close();
  });

  test('messages', async () => {
    vendor.will({ scenario: 'plain' });
    const answer = await client.messages.create({ ...asking, messages: [user], system: 'Be brief.' });
    expect(answer.content).toMatchObject([{ type: 'text', text: hello }]);
    expect(answer).toMatchObject({ model: 'claude-whatever', stop_reason: 'end_turn', role: 'assistant' });
    expect(answer.usage).toMatchObject({ input_tokens: 21, output_tokens: 9 });
    expect(vendor.seen[0]?.body.model).toBe(models[dialect].split('/')[1]);
    expect(vendor.seen[0]?.invalid).toEqual([]);
    expect(JSON.stringify(vendor.seen[0]?.headers)).not.toContain('anything');
  });

  test('stream helper', async () => {
    vendor.will({ scenario: 'plain' });
    const pieces: string[] = [];
    const stream = client.messages.stream({ ...asking, messages: [user] }).on('text', (text) => void pieces.push(text));
    const message = await stream.finalMessage();
    expect(pieces.join('')).toBe(hello);
    expect(pieces.length).toBeGreaterThan(1);
    expect(message).toMatchObject({ model: 'claude-whatever', stop_reason: 'end_turn' });
    expect(message.usage.output_tokens).toBe(9);
  });

  test.each(['whole', 'stream'])('tool turn with two calls and the follow-up, %s', async (mode) => {
    vendor.will({ scenario: 'parallel-tools' }, { scenario: 'tool-result-follow-up' });
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Weather in Paris and Tokyo?' }];
    const ask = (): Promise<Anthropic.Message> =>
      mode === 'whole'
        ? client.messages.create({ ...asking, messages, tools })
        : client.messages.stream({ ...asking, messages, tools }).finalMessage();
    const first = await ask();
    expect(first.stop_reason).toBe('tool_use');
    const calls = first.content.filter((block) => block.type === 'tool_use');
    expect(calls.map((call) => call.input)).toEqual([{ location: 'Paris' }, { location: 'Tokyo' }]);
    messages.push(
      { role: 'assistant', content: first.content },
      {
        role: 'user',
        content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: `sunny ${id}` })),
      },
    );
    const second = await ask();
    expect(second.content).toMatchObject([{ type: 'text', text: 'Paris 18, Tokyo 24.' }]);
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual([[], []]);
    const turns = readRequest(dialect, vendor.seen[1]?.body).turns;
    for (const call of calls) expect(turns).toContain(`result ${call.id}: sunny ${call.id}`);
  });

  test.each(['whole', 'stream'])('thinking and its proof over two turns, %s', async (mode) => {
    vendor.will({ scenario: 'thinking-signature' });
    const params = { ...asking, max_tokens: 4096, thinking: { type: 'enabled', budget_tokens: 2048 } } as const;
    const first =
      mode === 'whole'
        ? await client.messages.create({ ...params, messages: [user] })
        : await client.messages.stream({ ...params, messages: [user] }).finalMessage();
    expect(first.content).toMatchObject([
      { type: 'thinking', thinking: 'Nine degrees is cold.' },
      { type: 'text', text: 'It is cold: 9 degrees.' },
    ]);
    const next: Anthropic.MessageParam[] = [user, { role: 'assistant', content: first.content }, user];
    await client.messages.create({ ...params, messages: next });
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual([[], []]);
    expect(readRequest(dialect, vendor.seen[1]?.body).proofs).toEqual(dialect === 'openai-chat' ? [] : [proof]);
  });

  test.each([
    { status: 400, type: 'invalid_request_error', wanted: BadRequestError },
    { status: 401, type: 'authentication_error', wanted: AuthenticationError },
    { status: 404, type: 'not_found_error', wanted: NotFoundError },
    { status: 429, type: 'rate_limit_error', wanted: RateLimitError },
    { status: 529, type: 'overloaded_error', wanted: InternalServerError },
  ])('$status is $wanted.name', async ({ status, type, wanted }) => {
    const { body } = vendorError(dialect, type, 'the vendor says no');
    vendor.will({ status, headers: { 'retry-after': '7' }, body });
    for (const stream of [false, true]) {
      const thrown: unknown = await client.messages.create({ ...asking, messages: [user], stream }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(wanted);
      if (!(thrown instanceof wanted)) continue;
      expect(thrown.status).toBe(status);
      expect(thrown.message).toContain('the vendor says no');
      expect(thrown.error).toMatchObject({ type: 'error', error: { type } });
      if (status === 429) expect(thrown.headers?.get('retry-after')).toBe('7');
    }
  });

  test('abort in the middle of a stream ends the call upstream', async () => {
    vendor.will({ scenario: 'plain', endless: true });
    const stream = await client.messages.create({ ...asking, messages: [user], stream: true });
    for await (const event of stream) if (event.type === 'content_block_delta') break;
    stream.controller.abort();
    expect(await vendor.seen[0]?.gone).toBe(true);
  });

  test('a provider that breaks off is an error, not a short answer', async () => {
    vendor.will({ scenario: 'plain', breakAfter: 4, pieceMs: 30 });
    await expect(client.messages.stream({ ...asking, messages: [user] }).finalMessage()).rejects.toThrow();
  });

  test('an unknown parameter of the provider is dropped, not refused', async () => {
    vendor.will({ scenario: 'plain' });
    await client.beta.messages.create({
      ...asking,
      messages: [user],
      betas: ['context-management-2025-06-27'],
      context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
    });
    expect(vendor.seen[0]?.invalid).toEqual([]);
    expect(vendor.seen[0]?.headers['anthropic-beta']).toBe(
      dialect === 'anthropic-messages' ? 'context-management-2025-06-27' : undefined,
    );
  });
});
