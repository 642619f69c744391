import OpenAI, { AuthenticationError, AzureOpenAI, BadRequestError, NotFoundError, RateLimitError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProxy } from './proxy.ts';
import { asked, type Pair, refusal, said, spoken, startPair, thrownBy } from './spoken.ts';
import { startVendor } from './vendor.ts';

const masterKey = 'sk-master-0123456789';
const apiVersion = '2024-10-21';
const user = { role: 'user', content: 'hi' } as const;
type Message = OpenAI.ChatCompletionMessageParam;

/** How Azure's clients are pointed at the proxy, and what their path then is. */
const setups: { name: string; at(url: string, apiKey?: string): OpenAI; path: string }[] = [
  {
    name: 'endpoint and deployment',
    at: (endpoint, apiKey = masterKey) =>
      new AzureOpenAI({ endpoint, deployment: 'my/gpt', apiVersion, apiKey, maxRetries: 0 }),
    path: '/openai/deployments/my/gpt/',
  },
  {
    name: 'endpoint, the model of each call',
    at: (endpoint, apiKey = masterKey) => new AzureOpenAI({ endpoint, apiVersion, apiKey, maxRetries: 0 }),
    path: '/openai/deployments/asked/',
  },
  {
    name: 'the proxy as base URL',
    at: (baseURL, apiKey = masterKey) => new AzureOpenAI({ baseURL, apiVersion, apiKey, maxRetries: 0 }),
    path: '/deployments/asked/',
  },
  {
    name: 'base URL with the version',
    at: (url, apiKey = masterKey) => new AzureOpenAI({ baseURL: `${url}/v1`, apiVersion, apiKey, maxRetries: 0 }),
    path: '/v1/deployments/asked/',
  },
  {
    name: 'base URL with a deployment',
    at: (url, apiKey = masterKey) =>
      new AzureOpenAI({ baseURL: `${url}/openai/deployments/mine`, apiVersion, apiKey, maxRetries: 0 }),
    path: '/openai/deployments/mine/',
  },
  {
    name: 'base URL /openai/v1, Azure’s client',
    at: (url, apiKey = masterKey) =>
      new AzureOpenAI({ baseURL: `${url}/openai/v1/`, apiVersion, apiKey, maxRetries: 0 }),
    path: '/openai/v1/deployments/asked/',
  },
  {
    name: 'base URL /openai/v1, OpenAI’s client',
    at: (url, apiKey = masterKey) => new OpenAI({ baseURL: `${url}/openai/v1/`, apiKey, maxRetries: 0 }),
    path: '/openai/v1/',
  },
];

describe.each(spoken)('AzureOpenAI, provider speaks %s', (dialect) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair(dialect, { env: { LITELLM_MASTER_KEY: masterKey } });
  });
  afterAll(() => pair.close());

  describe.each(setups)('$name', ({ at, path }) => {
    let client: OpenAI;
    beforeAll(() => {
      client = at(pair.proxy.url);
    });

    async function turn(mode: string, messages: Message[], more: object = {}): Promise<OpenAI.ChatCompletion.Choice> {
      const body = { model: 'asked', messages, ...more };
      const { choices } =
        mode === 'whole'
          ? await client.chat.completions.create(body)
          : await client.chat.completions.stream(body).finalChatCompletion();
      if (choices[0] === undefined) throw new Error('no choice');
      return choices[0];
    }

    test.each(['whole', 'stream'])('chat, %s', async (mode) => {
      pair.vendor.will({ scenario: 'plain' });
      const { message, finish_reason } = await turn(mode, [user], { max_tokens: 99, temperature: 0.5 });
      expect([message.content, finish_reason]).toEqual([said.hello, 'stop']);
      const [seen] = pair.vendor.seen;
      expect(seen?.invalid).toEqual([]);
      expect(asked(dialect, seen?.body)).toMatchObject({ maxTokens: 99, temperature: 0.5 });
      expect(JSON.stringify([seen?.headers, seen?.path])).not.toMatch(/sk-master|api-version|2024-10-21/);
      await expect.poll(() => pair.proxy.entries.at(-1)?.route).toContain(path);
    });

    test.each([
      [400, BadRequestError],
      [404, NotFoundError],
      [429, RateLimitError],
    ])('status %i', async (status, wanted) => {
      pair.vendor.will(refusal(dialect, status));
      for (const mode of ['whole', 'stream']) {
        const thrown = await thrownBy(() => turn(mode, [user]));
        expect(thrown).toBeInstanceOf(wanted);
        expect(String(thrown)).toContain('the vendor says no');
      }
    });

    test('a wrong key', async () => {
      const wrong = at(pair.proxy.url, 'sk-wrong-0123456789');
      const thrown = await thrownBy(() => wrong.chat.completions.create({ model: 'asked', messages: [user] }));
      expect(thrown).toBeInstanceOf(AuthenticationError);
    });
  });
});

describe('vectors and text in Azure’s form', () => {
  const vectors = { object: 'list', model: 'm', data: [{ object: 'embedding', index: 0, embedding: [0.5, -0.25] }] };

  test.each(setups)('embeddings, $name', async ({ at, path }) => {
    const vendor = await startVendor('openai-chat');
    const flags = { model: 'openai/text-embedding-3-small', api_base: vendor.url };
    const keys = { OPENAI_API_KEY: 'sk-proxy-openai-0123456789', LITELLM_MASTER_KEY: masterKey };
    const proxy = await startProxy(flags, keys);
    vendor.will({ status: 200, body: { ...vectors, usage: { prompt_tokens: 2, total_tokens: 2 } } });
    const asking: OpenAI.EmbeddingCreateParams = { model: 'asked', input: ['hi'], encoding_format: 'float' };
    const answer = await at(proxy.url).embeddings.create(asking);
    await expect.poll(() => proxy.entries.at(-1)?.route).toContain(path);
    await proxy.close();
    await vendor.close();
    expect(answer.data[0]?.embedding).toEqual([0.5, -0.25]);
    expect(vendor.seen[0]?.body).toMatchObject({ model: 'text-embedding-3-small', input: ['hi'] });
  });

  test.each(setups)('text, $name', async ({ at }) => {
    const pair = await startPair('anthropic-messages', { env: { LITELLM_MASTER_KEY: masterKey } });
    pair.vendor.will({ scenario: 'plain' });
    const answer = await at(pair.proxy.url).completions.create({ model: 'asked', prompt: 'hi' });
    await pair.close();
    expect(answer.choices[0]?.text).toBe(said.hello);
    expect(pair.vendor.seen[0]?.invalid).toEqual([]);
  });

  test('models at /openai/v1', async () => {
    const pair = await startPair('gemini', { env: { LITELLM_MASTER_KEY: masterKey } });
    const client = new OpenAI({ baseURL: `${pair.proxy.url}/openai/v1`, apiKey: masterKey, maxRetries: 0 });
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    const one = await client.models.retrieve('gemini-2.5-flash');
    await pair.close();
    expect([ids, one.id]).toEqual([['gemini/gemini-2.5-flash'], 'gemini-2.5-flash']);
  });
});
