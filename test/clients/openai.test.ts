import OpenAI, {
  APIConnectionError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '../dialects/codecs.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor, vendorError } from './vendor.ts';

const models = { 'openai-chat': 'openai/gpt-4o-mini', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const hello = 'Hello there, how can I help?';
const user = { role: 'user', content: 'hi' } as const;
describe.each(dialects)('openai SDK, provider speaks %s', (dialect) => {
  let vendor: Vendor;
  let proxy: RunningProxy;
  let client: OpenAI;

  beforeAll(async () => {
    vendor = await startVendor(dialect);
    proxy = await startProxy({ model: models[dialect], api_base: vendor.url });
    client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'anything', maxRetries: 0 });
  });
  afterAll(async () => {
    await proxy.close();
    await vendor.close();
  });

  test('chat', async () => {
    vendor.will({ scenario: 'plain' });
    const answer = await client.chat.completions.create({ model: 'gpt-whatever', messages: [user], temperature: 0.5 });
    expect(answer.choices[0]?.message.content).toBe(hello);
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.model).toBe('gpt-whatever');
    expect(answer.usage?.total_tokens).toBe(30);
    expect(vendor.seen[0]?.invalid).toEqual([]);
    expect(vendor.seen[0]?.body.model).toBe(models[dialect].split('/')[1]);
    expect(JSON.stringify(vendor.seen[0]?.headers)).not.toContain('anything');
  });

  test('stream', async () => {
    vendor.will({ scenario: 'plain' });
    const stream = await client.chat.completions.create({
      model: 'm',
      messages: [user],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let finish: string | null | undefined;
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
      expect(chunk.model).toBe('m');
    }
    expect({ text, finish, total: usage?.total_tokens }).toEqual({ text: hello, finish: 'stop', total: 30 });
  });

  test('a stream without include_usage holds no usage', async () => {
    vendor.will({ scenario: 'plain' });
    const stream = await client.chat.completions.create({ model: 'm', messages: [user], stream: true });
    for await (const chunk of stream) {
      expect(chunk.usage ?? null).toBeNull();
      expect(chunk.choices).toHaveLength(1);
    }
  });

  test.each([
    { status: 400, type: 'invalid_request_error', wanted: BadRequestError },
    { status: 401, type: 'authentication_error', wanted: AuthenticationError },
    { status: 404, type: 'not_found_error', wanted: NotFoundError },
    { status: 429, type: 'rate_limit_error', wanted: RateLimitError },
  ])('$status is $wanted.name', async ({ status, type, wanted }) => {
    const { body } = vendorError(dialect, type, 'the vendor says no');
    vendor.will({ status, headers: { 'retry-after': '7' }, body });
    for (const stream of [false, true]) {
      const thrown = await client.chat.completions.create({ model: 'm', messages: [user], stream }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(wanted);
      if (!(thrown instanceof wanted)) continue;
      expect(thrown.message).toContain('the vendor says no');
      expect(thrown.message).toContain('litellm.');
      if (status === 429) expect(thrown.headers?.get('retry-after')).toBe('7');
    }
  });

  test('abort before the first byte of a plain call ends the call upstream', async () => {
    vendor.will({ scenario: 'plain', endless: true });
    const leaving = new AbortController();
    const call = client.chat.completions.create({ model: 'm', messages: [user] }, { signal: leaving.signal });
    const failed = expect(call).rejects.toThrow(/abort/i);
    await expect.poll(() => vendor.seen.length).toBe(1);
    leaving.abort();
    await failed;
    expect(await vendor.seen[0]?.gone).toBe(true);
  });

  test('a provider that breaks off is an error, not a short answer', async () => {
    vendor.will({ scenario: 'plain', breakAfter: 4, pieceMs: 30 });
    const stream = await client.chat.completions.create({ model: 'm', messages: [user], stream: true });
    const finishes: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of stream) finishes.push(chunk.choices[0]?.finish_reason ?? null);
    };
    await expect(read()).rejects.toThrow();
    expect(finishes.filter((finish) => finish !== null)).toEqual([]);
  });

  test('a provider that is not there is a clear error', async () => {
    const gone = await startVendor(dialect);
    await gone.close();
    const lost = await startProxy({ model: models[dialect], api_base: gone.url });
    const asking = new OpenAI({ baseURL: lost.url, apiKey: 'x', maxRetries: 0 });
    const thrown = await asking.chat.completions.create({ model: 'm', messages: [user] }).catch((error) => error);
    await lost.close();
    expect(thrown).not.toBeInstanceOf(APIConnectionError);
    expect(thrown).toMatchObject({ status: 502 });
  });

  test('models', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toContain(models[dialect]);
  });
});
