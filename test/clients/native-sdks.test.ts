import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import { Mistral } from '@mistralai/mistralai';
import { MistralError } from '@mistralai/mistralai/models/errors';
import { CohereClientV2, CohereError } from 'cohere-ai';
import { OAuth2Client } from 'google-auth-library';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DialectId } from '../../src/hub/index.ts';
import { answered } from '../dialects/scenarios.ts';
import { until } from '../server/world.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor, vendorError } from './vendor.ts';

/** What an SDK sends of its user's own, which must not go up. */
const theirs = 'sk-callers-own-0123456789';

/** One SDK at one mount, asked the same in each case. */
interface Sdk {
  dialect: DialectId;
  env(vendor: string): Record<string, string>;
  /** The headers that the vendor must see. */
  sees: Record<string, string>;
  path: RegExp;
  open(proxy: string): {
    chat(): Promise<string>;
    stream(signal: AbortSignal): Promise<AsyncIterable<unknown>>;
    textOf(event: never): string;
  };
  refusal: new (...given: never[]) => Error;
}

const user = { role: 'user' as const, content: 'hi' };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

function openai(base: string, model: string): Sdk['open'] {
  return (proxy) => {
    const client = new OpenAI({ baseURL: `${proxy}${base}`, apiKey: theirs, maxRetries: 0 });
    return {
      chat: async () => {
        const reply = await client.chat.completions.create({ model, messages: [user] });
        return reply.choices[0]?.message.content ?? '';
      },
      stream: async (signal) => client.chat.completions.create({ model, messages: [user], stream: true }, { signal }),
      textOf: (event: OpenAI.ChatCompletionChunk) => event.choices[0]?.delta.content ?? '',
    };
  };
}

function google(options: (proxy: string) => ConstructorParameters<typeof GoogleGenAI>[0]): Sdk['open'] {
  return (proxy) => {
    const client = new GoogleGenAI(options(proxy));
    const model = 'gemini-2.5-flash';
    return {
      chat: async () => (await client.models.generateContent({ model, contents: 'hi' })).text ?? '',
      stream: (abortSignal) => client.models.generateContentStream({ model, contents: 'hi', config: { abortSignal } }),
      textOf: (event: { text?: string }) => event.text ?? '',
    };
  };
}

/** Credentials that the SDK takes for Google's, and that are none. */
function caller(): OAuth2Client {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: theirs, expiry_date: Date.now() + 3_600_000 });
  return client;
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
let tokens: Server;
let tokenUrl = '';
let minted = 0;

/** Google's token endpoint: a token for an assertion that the account's key has signed. */
async function startTokens(): Promise<void> {
  tokens = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    req.on('end', () => {
      const [head = '', claims = '', proof = ''] = (new URLSearchParams(text).get('assertion') ?? '').split('.');
      const good = createVerify('RSA-SHA256')
        .update(`${head}.${claims}`)
        .verify(publicKey, Buffer.from(proof, 'base64url'));
      if (good) minted++;
      res.writeHead(good ? 200 : 400, { 'content-type': 'application/json' });
      res.end(
        JSON.stringify(good ? { access_token: 'ya29.minted-by-us', token_type: 'Bearer', expires_in: 3599 } : {}),
      );
    });
  });
  await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve));
  tokenUrl = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
}

const account = (): string =>
  JSON.stringify({
    type: 'service_account',
    project_id: 'ours',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: 'robot@ours.iam.gserviceaccount.com',
    token_uri: tokenUrl,
  });

const sdks: Record<string, Sdk> = {
  'openai at /openai': {
    dialect: 'openai-chat',
    env: (url) => ({ OPENAI_API_KEY: 'sk-ours-0123456789', OPENAI_API_BASE: `${url}/v1` }),
    sees: bearer('sk-ours-0123456789'),
    path: /^\/v1\/chat\/completions$/,
    open: openai('/openai', 'gpt-4o'),
    refusal: OpenAI.RateLimitError,
  },
  'openai at /groq': {
    dialect: 'openai-chat',
    env: (url) => ({ GROQ_API_KEY: 'gsk-ours-0123456789', GROQ_API_BASE: `${url}/openai/v1` }),
    sees: bearer('gsk-ours-0123456789'),
    path: /^\/openai\/v1\/chat\/completions$/,
    open: openai('/groq/v1', 'llama-3.3-70b-versatile'),
    refusal: OpenAI.RateLimitError,
  },
  'anthropic at /anthropic': {
    dialect: 'anthropic-messages',
    env: (url) => ({ ANTHROPIC_API_KEY: 'sk-ant-ours-0123456789', ANTHROPIC_API_BASE: url }),
    sees: { 'x-api-key': 'sk-ant-ours-0123456789' },
    path: /^\/v1\/messages$/,
    open: (proxy) => {
      const client = new Anthropic({ baseURL: `${proxy}/anthropic`, apiKey: theirs, maxRetries: 0 });
      const ask = { model: 'claude-sonnet-4-6', max_tokens: 100, messages: [user] };
      return {
        chat: async () => {
          const { content } = await client.messages.create(ask);
          return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
        },
        stream: async (signal) => client.messages.create({ ...ask, stream: true }, { signal }),
        textOf: (event: Anthropic.RawMessageStreamEvent) =>
          event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '',
      };
    },
    refusal: Anthropic.RateLimitError,
  },
  'google at /gemini': {
    dialect: 'gemini',
    env: (url) => ({ GEMINI_API_KEY: 'AIza-ours-0123456789', GEMINI_API_BASE: url }),
    sees: { 'x-goog-api-key': 'AIza-ours-0123456789' },
    path: /^\/v1beta\/models\/gemini-2\.5-flash:/,
    open: google((proxy) => ({ apiKey: theirs, httpOptions: { baseUrl: `${proxy}/gemini` } })),
    refusal: ApiError,
  },
  'google at /vertex_ai': {
    dialect: 'gemini',
    env: (url) => ({ VERTEXAI_CREDENTIALS: account(), VERTEXAI_PROJECT: 'ours', VERTEX_AI_API_BASE: url }),
    sees: bearer('ya29.minted-by-us'),
    path: /^\/v1beta1\/projects\/theirs\/locations\/europe-west4\/publishers\/google\/models\/gemini-2\.5-flash:/,
    open: google((proxy) => ({
      vertexai: true,
      project: 'theirs',
      location: 'europe-west4',
      httpOptions: { baseUrl: `${proxy}/vertex_ai` },
      googleAuthOptions: { authClient: caller() },
    })),
    refusal: ApiError,
  },
  'cohere at /cohere': {
    dialect: 'cohere',
    env: (url) => ({ COHERE_API_KEY: 'co-ours-0123456789', COHERE_API_BASE: url }),
    sees: bearer('co-ours-0123456789'),
    path: /^\/v2\/chat$/,
    open: (proxy) => {
      const client = new CohereClientV2({ environment: `${proxy}/cohere`, token: theirs, maxRetries: 0 });
      const ask = { model: 'command-a-03-2025', messages: [user] };
      return {
        chat: async () => {
          const { message } = await client.chat(ask);
          return (message.content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
        },
        stream: async (abortSignal) => client.chatStream(ask, { abortSignal }),
        textOf: (event: { type: string; delta?: { message?: { content?: { text?: string } } } }) =>
          event.type === 'content-delta' ? (event.delta?.message?.content?.text ?? '') : '',
      };
    },
    refusal: CohereError,
  },
  'mistral at /mistral': {
    dialect: 'openai-chat',
    env: (url) => ({ MISTRAL_API_KEY: 'mi-ours-0123456789', MISTRAL_API_BASE: `${url}/v1` }),
    sees: bearer('mi-ours-0123456789'),
    path: /^\/v1\/chat\/completions$/,
    open: (proxy) => {
      const client = new Mistral({ serverURL: `${proxy}/mistral`, apiKey: theirs });
      const ask = { model: 'mistral-small-latest', messages: [user] };
      return {
        chat: async () => String((await client.chat.complete(ask)).choices[0]?.message?.content),
        stream: (signal) => client.chat.stream(ask, { fetchOptions: { signal } }),
        textOf: (event: { data: { choices: { delta: { content?: unknown } }[] } }) =>
          String(event.data.choices[0]?.delta.content ?? ''),
      };
    },
    refusal: MistralError,
  },
};

describe.each(Object.entries(sdks))('the SDK of %s', (_, sdk) => {
  let vendor: Vendor;
  let proxy: RunningProxy;
  let client: ReturnType<Sdk['open']>;
  beforeAll(async () => {
    await startTokens();
    vendor = await startVendor(sdk.dialect);
    const home = { HOME: '/nowhere', CLOUDSDK_CONFIG: '/nowhere' };
    proxy = await startProxy({}, { ...home, ...sdk.env(vendor.url) });
    client = sdk.open(proxy.url);
    vendor.will({ scenario: 'plain' });
    await client.chat();
    await until(() => proxy.entries.length === 1, 5000);
  });
  afterAll(async () => {
    await proxy.close();
    await vendor.close();
    tokens.close();
  });
  beforeEach(() => {
    proxy.entries.length = 0;
  });

  if (sdk.sees['authorization']?.startsWith('Bearer ya29')) {
    it('brings no token: ours was made once', () => expect(minted).toBe(1));
  }

  const never = new AbortController().signal;
  async function collect(stream: AsyncIterable<unknown>): Promise<string> {
    let text = '';
    for await (const event of stream) text += client.textOf(event as never);
    return text;
  }
  const plain = JSON.stringify(answered('plain', sdk.dialect)?.response);

  it('chats as if it were at home', async () => {
    vendor.will({ scenario: 'plain' });
    const text = await client.chat();
    expect(text).not.toBe('');
    expect(plain).toContain(JSON.stringify(text).slice(1, -1));
    const [seen] = vendor.seen;
    expect(seen?.path).toMatch(sdk.path);
    expect(seen?.headers).toMatchObject(sdk.sees);
    expect(JSON.stringify(vendor.seen)).not.toContain(theirs);
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]).toMatchObject({ status: 200, usage: { input: expect.any(Number) } });
    expect(proxy.entries[0]?.cost).toBeGreaterThan(0);
  });

  it('streams', async () => {
    vendor.will({ scenario: 'plain', pieceMs: 5 });
    const text = await collect(await client.stream(never));
    expect(text).not.toBe('');
    expect(plain).toContain(JSON.stringify(text).slice(1, -1));
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]).toMatchObject({ status: 200, stream: true });
    expect(proxy.entries[0]?.cost).toBeGreaterThan(0);
  });

  it('knows the vendor’s errors', async () => {
    const error = vendorError(sdk.dialect, 'rate_limit_error', 'slow down', { status: 429 });
    vendor.will({ status: 429, ...error });
    const thrown = await client.chat().catch((caught: unknown) => caught);
    expect(thrown).toBeInstanceOf(sdk.refusal);
    expect(String(thrown)).toContain('slow down');
  });

  it('that gives up ends the vendor’s work', async () => {
    vendor.will({ scenario: 'plain', endless: true });
    // Machines that test are busy: the best of three counts.
    let soonest = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < 3 && soonest >= 200; turn++) {
      const giveUp = new AbortController();
      const reading = (async () => {
        for await (const _event of await client.stream(giveUp.signal)) void _event;
      })().catch(() => {});
      await until(() => vendor.seen.length === turn + 1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const at = Date.now();
      giveUp.abort();
      expect(await vendor.seen[turn]?.gone).toBe(true);
      soonest = Math.min(soonest, (vendor.seen[turn]?.goneAt ?? 0) - at);
      await reading;
    }
    expect(soonest).toBeLessThan(1000);
  });

  it('hears that a stream broke', async () => {
    vendor.will({ scenario: 'plain', breakAfter: 2 });
    await expect(client.stream(never).then(collect)).rejects.toThrow();
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]?.error).toMatch(/in the middle of its answer/);
  });
});
