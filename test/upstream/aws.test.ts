import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startProxy } from '../clients/proxy.ts';
import { encodeFrames } from '../dialects/binary-frames.ts';

interface Seen {
  method: string;
  /** The request line's own, as it came. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const seen: Seen[] = [];
const folder = mkdtempSync(join(tmpdir(), 'modelport-aws-'));
let origin = '';
/** What STS, containers and processes hand out here. */
const temporary = {
  AccessKeyId: 'ASIATEMPORARY0000001',
  SecretAccessKey: 'temporary-secret-0123456789',
  Token: 'tok/en+1=',
};
let handedOut = 0;
let lifeMs = 3_600_000;

const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const url = req.url ?? '';
    if (url.startsWith('/credentials')) {
      handedOut++;
      const Expiration = new Date(Date.now() + lifeMs).toISOString();
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ ...temporary, Expiration }));
      return;
    }
    seen.push({ method: req.method ?? '', url, headers: req.headers, body: Buffer.concat(chunks) });
    if (url.startsWith('/sts')) {
      handedOut++;
      res.writeHead(200, { 'content-type': 'text/xml' });
      res.end(assumed(/Action=(\w+)/.exec(Buffer.concat(chunks).toString())?.[1] ?? ''));
    } else if (url.endsWith('-stream')) {
      res.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      res.end(encodeFrames(streamed));
    } else {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify(whole));
    }
  });
});

const whole = {
  output: { message: { role: 'assistant', content: [{ text: 'Grüß dich' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
  metrics: { latencyMs: 1 },
};
const streamed = [
  { event: 'messageStart', payload: { role: 'assistant' } },
  { event: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: { text: 'Grüß ' } } },
  { event: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: { text: 'dich' } } },
  { event: 'contentBlockStop', payload: { contentBlockIndex: 0 } },
  { event: 'messageStop', payload: { stopReason: 'end_turn' } },
  { event: 'metadata', payload: { usage: whole.usage, metrics: { latencyMs: 1 } } },
];

function assumed(action: string): string {
  const { AccessKeyId, SecretAccessKey, Token } = temporary;
  const end = new Date(Date.now() + lifeMs).toISOString();
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>
    <AccessKeyId>${AccessKeyId}</AccessKeyId><SecretAccessKey>${SecretAccessKey}</SecretAccessKey>
    <SessionToken>${Token}</SessionToken><Expiration>${end}</Expiration></Credentials>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn><AssumedRoleId>a:s</AssumedRoleId></AssumedRoleUser>
    </${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`;
}

/** The chain of AWS reads these; no test may find the account of whoever runs it. */
const chainVariables = [
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_CONFIG_FILE'],
  ...['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_EC2_METADATA_DISABLED'],
];
const before = new Map(chainVariables.map((name) => [name, process.env[name]]));

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${address.port}`;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  server.close();
  server.closeAllConnections();
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});
beforeEach(() => {
  seen.length = 0;
  handedOut = 0;
  lifeMs = 3_600_000;
  for (const name of chainVariables) delete process.env[name];
  Object.assign(process.env, {
    AWS_CONFIG_FILE: '/nowhere/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

/** The signature that AWS would compute of a request as it came, from the raw request line on. */
async function recomputed({ method, url, headers, body }: Seen, secret: string): Promise<string> {
  const given = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+)/.exec(
    headers.authorization ?? '',
  );
  const [, accessKeyId = '', region = '', service = '', names = ''] = given ?? [];
  const { host = '' } = headers;
  const [path = '', query = ''] = url.split('?');
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId, secretAccessKey: secret },
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: false,
  });
  const stamp = String(headers['x-amz-date']).replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  const { headers: made } = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: host,
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: {
        ...Object.fromEntries(names.split(';').map((name) => [name, String(headers[name])])),
        // The signer believes this header; the body is what counts.
        'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
      },
      body,
    },
    { signingDate: new Date(stamp) },
  );
  return made['authorization'] ?? '';
}

const keys = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE000000001',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const profile =
  'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0';

interface Way {
  model: string;
  env?: Record<string, string>;
  base?: string;
  stream?: boolean;
  path: string;
  region: string;
}

const ways: Way[] = [
  {
    model: 'bedrock/anthropic.claude-3-haiku-20240307-v1:0',
    path: '/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse',
    region: 'us-west-2',
  },
  {
    model: 'bedrock/us.amazon.nova-lite-v1:0',
    env: { AWS_REGION_NAME: 'us-east-2' },
    stream: true,
    path: '/model/us.amazon.nova-lite-v1%3A0/converse-stream',
    region: 'us-east-2',
  },
  {
    model: 'bedrock/ap-southeast-2/anthropic.claude-opus-4-6-v1',
    env: { AWS_REGION: 'us-east-1' },
    path: '/model/anthropic.claude-opus-4-6-v1/converse',
    region: 'ap-southeast-2',
  },
  {
    model: `bedrock/converse/${profile}`,
    path: `/model/${encodeURIComponent(profile)}/converse`,
    region: 'eu-central-1',
  },
  {
    model: `bedrock/${profile}`,
    env: { AWS_SESSION_TOKEN: 'session/token+with==' },
    stream: true,
    path: `/model/${encodeURIComponent(profile)}/converse-stream`,
    region: 'eu-central-1',
  },
  {
    model: 'bedrock/openai.gpt-oss-120b-1:0',
    base: '/prefix/of-a-gateway?team=a%20b&x=1',
    path: '/prefix/of-a-gateway/model/openai.gpt-oss-120b-1%3A0/converse?team=a%20b&x=1',
    region: 'us-west-2',
  },
];

describe('a request signed with keys', () => {
  test.each(ways)('$model, stream $stream', async ({ model, env = {}, base = '', stream, path, region }) => {
    const proxy = await startProxy({ model, api_base: origin + base }, { ...keys, ...env });
    try {
      const client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'callers-own', maxRetries: 0 });
      const asked = { model: 'any', messages: [{ role: 'user' as const, content: 'Grüße, 世界 🦊' }] };
      if (stream === true) {
        const reply = await client.chat.completions.create({ ...asked, stream: true });
        let text = '';
        for await (const chunk of reply) text += chunk.choices[0]?.delta.content ?? '';
        expect(text).toBe('Grüß dich');
      } else {
        const reply = await client.chat.completions.create(asked);
        expect(reply.choices[0]?.message.content).toBe('Grüß dich');
        expect(reply.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 2 });
      }
      expect(seen).toHaveLength(1);
      const [request] = seen as [Seen];
      expect(request.url).toBe(path);
      expect(request.headers.authorization).toContain(`Credential=${keys.AWS_ACCESS_KEY_ID}/`);
      expect(request.headers.authorization).toContain(`/${region}/bedrock/aws4_request`);
      expect(request.headers.authorization).toBe(await recomputed(request, keys.AWS_SECRET_ACCESS_KEY));
      expect(request.headers['x-amz-security-token']).toBe(env['AWS_SESSION_TOKEN']);
      expect(JSON.parse(request.body.toString())).not.toHaveProperty('model');
      // The judge is no yes-man.
      for (const changed of [{ body: Buffer.from('{}') }, { url: `${path}x` }, { method: 'PUT' }]) {
        const other = await recomputed({ ...request, ...changed }, keys.AWS_SECRET_ACCESS_KEY);
        expect(other).not.toBe(request.headers.authorization);
      }
    } finally {
      await proxy.close();
    }
  });

  test('a key of Bedrock travels as it is', async () => {
    const proxy = await startProxy(
      { model: 'bedrock/amazon.nova-lite-v1:0', api_base: origin },
      { ...keys, AWS_BEARER_TOKEN_BEDROCK: 'bedrock-api-key-0123456789' },
    );
    try {
      expect(await chat(proxy.url)).toMatchObject({ status: 200 });
      expect(seen[0]?.headers.authorization).toBe('Bearer bedrock-api-key-0123456789');
    } finally {
      await proxy.close();
    }
  });

  test("Claude by invoke gets Anthropic's own body, signed too", async () => {
    const proxy = await startProxy(
      { model: 'bedrock/invoke/anthropic.claude-3-haiku-20240307-v1:0', api_base: origin },
      keys,
    );
    try {
      await chat(proxy.url);
      const [request] = seen as [Seen];
      expect(request.url).toBe('/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke');
      expect(JSON.parse(request.body.toString())).toEqual({
        anthropic_version: 'bedrock-2023-05-31',
        max_tokens: 4096,
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      });
      expect(request.headers.authorization).toBe(await recomputed(request, keys.AWS_SECRET_ACCESS_KEY));
    } finally {
      await proxy.close();
    }
  });

  test('other models by invoke are refused with a line that helps', async () => {
    const proxy = await startProxy({ model: 'bedrock/invoke/meta.llama3-1-8b-instruct-v1:0', api_base: origin }, keys);
    try {
      const { status, body } = await chat(proxy.url);
      expect(status).toBe(400);
      expect(body).toContain('bedrock/converse/<model>');
      expect(seen).toEqual([]);
    } finally {
      await proxy.close();
    }
  });
});

async function chat(url: string, more: object = {}): Promise<{ status: number; body: string }> {
  const reply = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'Hi' }], ...more }),
  });
  return { status: reply.status, body: await reply.text() };
}

/** The proxy with AWS's own chain behind it. */
async function withChain(env: Record<string, string>, work: (url: string, notes: string[]) => Promise<void>) {
  const proxy = await startProxy({ model: 'bedrock/amazon.nova-lite-v1:0', api_base: origin }, env);
  try {
    await work(proxy.url, proxy.notes);
  } finally {
    await proxy.close();
  }
}

describe("AWS's chain", () => {
  test('a container hands credentials out: once for calls at a time, and kept', async () => {
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${origin}/credentials`;
    await withChain({}, async (url) => {
      const replies = await Promise.all([chat(url), chat(url), chat(url)]);
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await chat(url)).toMatchObject({ status: 200 });
      expect(handedOut).toBe(1);
      for (const request of seen) {
        expect(request.headers.authorization).toBe(await recomputed(request, temporary.SecretAccessKey));
        expect(request.headers['x-amz-security-token']).toBe(temporary.Token);
      }
    });
  });

  test('credentials that end soon are asked for again', async () => {
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${origin}/credentials`;
    lifeMs = 60_000;
    await withChain({}, async (url) => {
      await chat(url);
      await chat(url);
      expect(handedOut).toBe(2);
    });
  });

  test('a role is taken on with keys, and kept', async () => {
    const env = {
      ...keys,
      AWS_ROLE_NAME: 'arn:aws:iam::123456789012:role/r',
      AWS_SESSION_NAME: 'mine',
      AWS_EXTERNAL_ID: 'ext-1',
      AWS_STS_ENDPOINT: `${origin}/sts`,
    };
    await withChain(env, async (url) => {
      expect(await chat(url)).toMatchObject({ status: 200 });
      expect(await chat(url)).toMatchObject({ status: 200 });
      expect(handedOut).toBe(1);
      const [sts, ...calls] = seen;
      expect(sts?.headers.authorization).toContain(keys.AWS_ACCESS_KEY_ID);
      expect(sts?.body.toString()).toMatch(
        /RoleSessionName=mine.*ExternalId=ext-1|ExternalId=ext-1.*RoleSessionName=mine/,
      );
      for (const call of calls) {
        expect(call.headers.authorization).toBe(await recomputed(call, temporary.SecretAccessKey));
      }
    });
  });

  /** Files as the user's home has them. */
  function fileOf(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  const printed = JSON.stringify({
    Version: 1,
    AccessKeyId: keys.AWS_ACCESS_KEY_ID,
    SecretAccessKey: keys.AWS_SECRET_ACCESS_KEY,
  });
  test.each<[string, string, string, Record<string, string>]>([
    ['by the name of LiteLLM', 'AWS_SHARED_CREDENTIALS_FILE', '[work]', { AWS_PROFILE_NAME: 'work' }],
    ['by a process', 'AWS_CONFIG_FILE', '[profile work]', { AWS_PROFILE_NAME: 'work' }],
    ["by AWS's own variable", 'AWS_SHARED_CREDENTIALS_FILE', '[work]', {}],
  ])('a profile %s', async (name, variable, head, env) => {
    const program = `"${process.execPath}" "${fileOf('print.cjs', `console.log(${JSON.stringify(printed)})`)}"`;
    const own = `aws_access_key_id = ${keys.AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${keys.AWS_SECRET_ACCESS_KEY}`;
    const lines = variable === 'AWS_CONFIG_FILE' ? `credential_process = ${program}` : own;
    process.env[variable] = fileOf(`${name.replaceAll(/\W/g, '-')}.ini`, `${head}\n${lines}\n`);
    if (env['AWS_PROFILE_NAME'] === undefined) process.env['AWS_PROFILE'] = 'work';
    await withChain(env, async (url) => {
      expect(await chat(url)).toMatchObject({ status: 200 });
      const [call] = seen;
      expect(call?.headers.authorization).toContain(keys.AWS_ACCESS_KEY_ID);
      expect(call && (await recomputed(call, keys.AWS_SECRET_ACCESS_KEY))).toBe(call?.headers.authorization);
    });
  });

  test.each(['in a file', 'as a text'])('a web identity takes on a role: its token %s', async (where) => {
    const token = 'eyJ.web-identity.token';
    const env = {
      AWS_ROLE_NAME: 'arn:aws:iam::123456789012:role/web',
      AWS_WEB_IDENTITY_TOKEN: where === 'in a file' ? fileOf('token', `${token}\n`) : token,
      AWS_STS_ENDPOINT: `${origin}/sts`,
    };
    await withChain(env, async (url) => {
      expect(await chat(url)).toMatchObject({ status: 200 });
      const [sts, call] = seen;
      const asked = new URLSearchParams(sts?.body.toString());
      expect(asked.get('Action')).toBe('AssumeRoleWithWebIdentity');
      expect(asked.get('WebIdentityToken')).toBe(token);
      expect(call?.headers.authorization).toBe(call && (await recomputed(call, temporary.SecretAccessKey)));
    });
  });

  test('no credentials are one line, and no failure is kept', async () => {
    await withChain({}, async (url, notes) => {
      const { status, body } = await chat(url);
      expect(status).toBe(401);
      expect(body).toContain('Unable to locate credentials for Amazon Bedrock');
      expect(seen).toEqual([]);
      process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${origin}/credentials`;
      expect(await chat(url)).toMatchObject({ status: 200 });
      expect(notes.join('\n')).not.toContain(temporary.SecretAccessKey);
    });
  });
});
