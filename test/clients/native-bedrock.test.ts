import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  ThrottlingException,
} from '@aws-sdk/client-bedrock-runtime';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrames } from '../dialects/binary-frames.ts';
import { answered } from '../dialects/scenarios.ts';
import { until } from '../server/world.ts';
import { type RunningProxy, startProxy } from './proxy.ts';

interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  goneAt?: number;
}

const secret = 'our-secret-0123456789';
const env = {
  AWS_ACCESS_KEY_ID: 'AKIAOURS000000000001',
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_SESSION_TOKEN: 'our-session-0123456789',
  AWS_REGION_NAME: 'eu-central-1',
};
const claude = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const messages = [{ role: 'user' as const, content: [{ text: 'hi' }] }];
const seen: Seen[] = [];
let answer: (res: ServerResponse, url: string) => void;
let origin = '';
let proxy: RunningProxy;
let client: BedrockRuntimeClient;

const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const one: Seen = {
      method: req.method ?? '',
      url: req.url ?? '',
      headers: req.headers,
      body: Buffer.concat(chunks),
    };
    seen.push(one);
    res.on('close', () => {
      if (!res.writableFinished) one.goneAt = Date.now();
    });
    answer(res, one.url);
  });
});

function open(url: string, more: BedrockRuntimeClientConfig = {}): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint: `${url}/bedrock`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAFAKE000000000001', secretAccessKey: 'fake', sessionToken: 'fake-session-0123' },
    maxAttempts: 1,
    ...more,
  });
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy = await startProxy(
    { model: `bedrock/${claude}`, alias: 'my claude', api_base: origin },
    { ...env, AWS_BEDROCK_AGENT_RUNTIME_ENDPOINT: `${origin}/agents-host` },
  );
  client = open(proxy.url);
});
afterAll(async () => {
  client.destroy();
  await proxy.close();
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  seen.length = 0;
  proxy.entries.length = 0;
  answer = (res, url) => {
    const stream = url.endsWith('-stream');
    res.writeHead(200, { 'content-type': stream ? 'application/vnd.amazon.eventstream' : 'application/json' });
    res.end(stream ? plain?.stream : JSON.stringify(plain?.response));
  };
});
const plain = answered('plain', 'bedrock-converse');

/** The signature that AWS would compute of a request as it came. */
async function recomputed({ method, url, headers, body }: Seen): Promise<string> {
  const given = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+)/;
  const [, accessKeyId = '', region = '', service = '', names = ''] = given.exec(headers.authorization ?? '') ?? [];
  expect([accessKeyId, region, service]).toEqual([env.AWS_ACCESS_KEY_ID, env.AWS_REGION_NAME, 'bedrock']);
  const [path = '', query = ''] = url.split('?');
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId, secretAccessKey: secret },
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: false,
  });
  const [, day, time] = /^(\d{8})T(\d{6})Z$/.exec(String(headers['x-amz-date'])) ?? [];
  const stamp = `${day?.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time?.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`;
  const signed = Object.fromEntries(names.split(';').map((name) => [name, String(headers[name])]));
  const { headers: made } = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: headers.host ?? '',
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: { ...signed, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      body,
    },
    {
      signingDate: new Date(stamp),
      signableHeaders: new Set(names.split(';')),
      unsignableHeaders: new Set(['x-amz-content-sha256']),
    },
  );
  return /Signature=(\w+)/.exec(made['authorization'] ?? '')?.[1] ?? '';
}

async function checkSigned(): Promise<void> {
  const [one] = seen;
  if (one === undefined) throw new Error('nothing was sent');
  expect(one.headers.authorization).toContain(`Signature=${await recomputed(one)}`);
  expect(one.headers['x-amz-security-token']).toBe(env.AWS_SESSION_TOKEN);
  expect(JSON.stringify([one.headers, one.url])).not.toMatch(/FAKE|fake/);
}

async function textsOf(
  stream: AsyncIterable<{ contentBlockDelta?: { delta?: { text?: string } | undefined } | undefined }> | undefined,
) {
  let text = '';
  for await (const event of stream ?? []) text += event.contentBlockDelta?.delta?.text ?? '';
  return text;
}

describe('the AWS SDK with credentials that are none', () => {
  it.each([
    ['the model’s own name', claude, `/model/${encodeURIComponent(claude)}/converse`],
    ['a name of ours', 'my claude', `/model/${encodeURIComponent(claude)}/converse`],
    [
      'a profile',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      `/model/${encodeURIComponent('arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0')}/converse`,
    ],
  ])('converses: %s', async (_, modelId, path) => {
    const reply = await client.send(new ConverseCommand({ modelId, messages }));
    expect(reply.output?.message?.content?.[0]?.text).not.toBe('');
    expect(reply.usage?.inputTokens).toBeGreaterThan(0);
    expect(seen[0]?.url).toBe(path);
    expect(JSON.parse(String(seen[0]?.body))).toEqual({ messages });
    await checkSigned();
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]).toMatchObject({ status: 200, usage: { input: reply.usage?.inputTokens } });
    expect(proxy.entries[0]?.cost).toBeGreaterThan(0);
  });

  it('converses in a stream', async () => {
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: claude, messages }));
    expect(await textsOf(stream)).not.toBe('');
    await checkSigned();
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]).toMatchObject({ status: 200, stream: true });
    expect(proxy.entries[0]?.cost).toBeGreaterThan(0);
  });

  it('invokes', async () => {
    const told = answered('plain', 'anthropic-messages');
    answer = (res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'x-amzn-bedrock-input-token-count': '3' });
      res.end(JSON.stringify(told?.response));
    };
    const body = JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 10, messages: [] });
    const input = { modelId: claude, body, contentType: 'application/json', accept: 'application/json' };
    const reply = await client.send(
      new InvokeModelCommand({ ...input, guardrailIdentifier: 'g1', guardrailVersion: '1' }),
    );
    expect(JSON.parse(Buffer.from(reply.body).toString())).toEqual(told?.response);
    expect(seen[0]?.headers).toMatchObject({ 'x-amzn-bedrock-guardrailidentifier': 'g1', accept: 'application/json' });
    expect(String(seen[0]?.body)).toBe(body);
    await checkSigned();

    answer = (res) => {
      res.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      res.end(encodeFrames([{ event: 'chunk', payload: { bytes: Buffer.from('{"a":1}').toString('base64') } }]));
    };
    const streamed = await client.send(new InvokeModelWithResponseStreamCommand(input));
    const parts: string[] = [];
    for await (const { chunk } of streamed.body ?? []) parts.push(Buffer.from(chunk?.bytes ?? []).toString());
    expect(parts).toEqual(['{"a":1}']);
  });

  it('knows the errors of AWS, and ours', async () => {
    answer = (res) => {
      res.writeHead(429, { 'content-type': 'application/json', 'x-amzn-errortype': 'ThrottlingException:http://x' });
      res.end(`{"message":"slow down ${secret}"}`);
    };
    const ask = () => client.send(new ConverseCommand({ modelId: claude, messages })).catch((error: unknown) => error);
    const thrown = await ask();
    expect(thrown).toBeInstanceOf(ThrottlingException);
    expect(String(thrown)).toContain('slow down');
    expect(String(thrown)).not.toContain(secret);
    answer = (res) => res.destroy();
    expect(await ask()).toMatchObject({
      name: 'ServiceUnavailableException',
      message: expect.stringContaining('closed the connection'),
      $metadata: { httpStatusCode: 502 },
    });
    answer = (res) => res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    expect(await ask()).toMatchObject({ $metadata: { httpStatusCode: 502 } });
  });

  it.each([
    ['in an event', (whole: Buffer) => whole.subarray(0, (whole.length / 2) | 0)],
    ['between two', (whole: Buffer) => whole.subarray(0, whole.readUInt32BE(0))],
  ])('hears that a stream broke %s', async (_, cut) => {
    const half = cut(plain?.stream ?? Buffer.alloc(0));
    answer = (res) => {
      res.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      res.write(half, () => setTimeout(() => res.destroy(), 30));
    };
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: claude, messages }));
    await expect(textsOf(stream)).rejects.toThrow();
    await until(() => proxy.entries.length === 1);
    expect(proxy.entries[0]?.error).toMatch(/in the middle/);
  });

  it.each([
    ['before an answer', () => {}],
    [
      'in the stream',
      (res: ServerResponse) =>
        void res
          .writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' })
          .write(plain?.stream.subarray(0, 90)),
    ],
  ])('that gives up ends the work %s', async (_, how) => {
    answer = how;
    const giveUp = new AbortController();
    const working = client
      .send(new ConverseStreamCommand({ modelId: claude, messages }), { abortSignal: giveUp.signal })
      .then(({ stream }) => textsOf(stream))
      .catch(() => {});
    await until(() => seen.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const at = Date.now();
    giveUp.abort();
    await until(() => seen[0]?.goneAt !== undefined);
    expect((seen[0]?.goneAt ?? 0) - at).toBeLessThan(1000);
    await working;
  });

  it('of agents is answered by their host', async () => {
    answer = (res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{"retrievalResults":[]}');
    const reply = await fetch(`${proxy.url}/bedrock/knowledgebases/KB1/retrieve`, { method: 'POST', body: '{}' });
    expect(await reply.json()).toEqual({ retrievalResults: [] });
    expect(seen[0]?.url).toBe('/agents-host/knowledgebases/KB1/retrieve');
    await checkSigned();
  });

  it('is asked for the master key where there is one', async () => {
    const locked = await startProxy(
      { api_base: origin },
      { ...env, LITELLM_MASTER_KEY: 'sk-master-0123456789', BEDROCK_API_BASE: origin },
    );
    const ask = (key: Record<string, string>) =>
      fetch(`${locked.url}/bedrock/model/m/converse`, { method: 'POST', body: '{}', headers: key });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: 'AWS4-HMAC-SHA256 Credential=sk-master-0123456789/x' })).status).toBe(401);
    expect((await ask({ 'x-api-key': 'sk-master-0123456789' })).status).toBe(200);
    await locked.close();
  });

  it('without credentials of ours names the variables', async () => {
    const bare = await startProxy({}, { BEDROCK_API_BASE: origin, AWS_PROFILE_NAME: 'nobody', HOME: '/nowhere' });
    const reply = await fetch(`${bare.url}/bedrock/model/m/converse`, { method: 'POST', body: '{}' });
    expect(reply.status).toBe(401);
    expect(await reply.text()).toMatch(/AWS_ACCESS_KEY_ID|credentials/);
    await bare.close();
  });
});
