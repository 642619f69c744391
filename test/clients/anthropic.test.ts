import Anthropic, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '../dialects/codecs.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor, vendorError } from './vendor.ts';

const models = { 'openai-chat': 'openai/gpt-4o-mini', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const hello = 'Hello there, how can I help?';
const asking = { model: 'claude-whatever', max_tokens: 1024 } as const;
const user: Anthropic.MessageParam = { role: 'user', content: 'hi' };
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
