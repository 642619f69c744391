import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DialectId } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { encodeFrames } from '../dialects/binary-frames.ts';
import { answered } from '../dialects/scenarios.ts';
import {
  ask,
  configOf,
  deployment,
  type FakeProvider,
  mount,
  post,
  startProvider,
  startProxy,
  until,
  type World,
} from './world.ts';

let provider: FakeProvider;
let world: World;
const ids = ['openai', 'anthropic', 'gemini', 'cohere', 'vertex_ai', 'bedrock', 'ollama_chat', 'groq', 'mistral'];

beforeAll(async () => {
  provider = await startProvider();
  const mounts = ids.flatMap((id) => {
    const row = providers[id];
    const auth = { kind: 'bearer', env: [] } as const;
    return row === undefined
      ? []
      : [
          mount(
            id === 'openai' ? '/openai_passthrough' : `/${id}`,
            deployment(provider.origin, { provider: row, row: { ...row, auth: [auth] }, auth, model: '' }),
          ),
        ];
  });
  world = await startProxy(configOf({ mounts }));
  // Prices are read behind the first call that has tokens.
  provider.answer = (_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end(whole('openai-chat'));
  await post(`${world.url}/openai_passthrough/v1/chat/completions`, { model: 'gpt-4o' });
  await until(() => world.entries.length === 1, 5000);
});
afterAll(async () => {
  await world.close();
  await provider.close();
});
beforeEach(() => {
  world.entries.length = 0;
});

const scenario = 'plain';
const whole = (dialect: DialectId): Buffer =>
  Buffer.from(JSON.stringify(answered(scenario, dialect)?.response, null, 1));
const streamed = (dialect: DialectId): Buffer => answered(scenario, dialect)?.stream ?? Buffer.alloc(0);
const sse = 'text/event-stream';
const binary = 'application/vnd.amazon.eventstream';
const jsonType = 'application/json';

/** Claude's events inside AWS's frames, with what AWS adds to the last. */
function invoked(): Buffer {
  const events = streamed('anthropic-messages')
    .toString()
    .split('\n\n')
    .flatMap((frame) => /data: (.*)/.exec(frame)?.[1] ?? []);
  return encodeFrames(
    events.map((event) => ({ event: 'chunk', payload: { bytes: Buffer.from(event).toString('base64') } })),
  );
}

function metered(): Buffer {
  const last = { 'amazon-bedrock-invocationMetrics': { inputTokenCount: 7, outputTokenCount: 3 } };
  const events = [{ generation: 'Hi' }, { generation: '', ...last }];
  return encodeFrames(
    events.map((event) => ({
      event: 'chunk',
      payload: { bytes: Buffer.from(JSON.stringify(event)).toString('base64') },
    })),
  );
}

const claude = 'anthropic.claude-sonnet-4-5-20250929-v1%3A0';
const rows: [name: string, path: string, model: string, type: string, body: () => Buffer][] = [
  ['chat', '/openai_passthrough/v1/chat/completions', 'gpt-4o', jsonType, () => whole('openai-chat')],
  ['chat, streamed', '/groq/groq/v1/chat/completions', 'llama-3.3-70b-versatile', sse, () => streamed('openai-chat')],
  ['responses', '/openai_passthrough/v1/responses', 'gpt-4o', jsonType, () => whole('openai-responses')],
  [
    'responses, streamed',
    '/openai_passthrough/v1/responses',
    'gpt-4o',
    `${sse}; charset=utf-8`,
    () => streamed('openai-responses'),
  ],
  ['messages', '/anthropic/v1/messages', 'claude-sonnet-4-5', jsonType, () => whole('anthropic-messages')],
  ['messages, streamed', '/anthropic/v1/messages', 'claude-sonnet-4-5', sse, () => streamed('anthropic-messages')],
  ['gemini', '/gemini/v1beta/models/gemini-2.5-flash:generateContent', '', jsonType, () => whole('gemini')],
  [
    'gemini, streamed',
    '/gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    '',
    sse,
    () => streamed('gemini'),
  ],
  [
    'claude at Google',
    '/vertex_ai/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5:rawPredict',
    '',
    jsonType,
    () => whole('anthropic-messages'),
  ],
  ['cohere', '/cohere/v2/chat', 'command-a-03-2025', jsonType, () => whole('cohere')],
  ['cohere, streamed', '/cohere/v2/chat', 'command-a-03-2025', sse, () => streamed('cohere')],
  ['converse', `/bedrock/model/${claude}/converse`, '', jsonType, () => whole('bedrock-converse')],
  ['converse, streamed', `/bedrock/model/${claude}/converse-stream`, '', binary, () => streamed('bedrock-converse')],
  ['invoke', `/bedrock/model/${claude}/invoke`, '', jsonType, () => whole('anthropic-messages')],
  ['invoke, streamed', `/bedrock/model/${claude}/invoke-with-response-stream`, '', binary, invoked],
  [
    'invoke of another model, streamed',
    '/bedrock/model/meta.llama3-1-70b-instruct-v1%3A0/invoke-with-response-stream',
    '',
    binary,
    metered,
  ],
];

describe('tokens and cost are seen in what passes', () => {
  it.each(rows)('%s', async (_, path, model, type, body) => {
    const bytes = body();
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': type });
      for (let at = 0; at < bytes.length; at += 37) res.write(bytes.subarray(at, at + 37));
      res.end();
    };
    const reply = await post(world.url + path, { ...(model === '' ? {} : { model }), stream: type !== jsonType });
    expect([reply.status, reply.text]).toEqual([200, bytes.toString()]);
    await until(() => world.entries.length === 1);
    const [entry] = world.entries;
    expect(entry?.usage?.input).toBeGreaterThan(0);
    expect(entry?.usage?.output).toBeGreaterThan(0);
    expect([entry?.upstreamModel, Number(entry?.cost) > 0]).toEqual([expect.any(String), true]);
    expect(entry).toMatchObject({
      status: 200,
      stream: type !== jsonType,
      provider: path.split('/')[1]?.replace('_passthrough', ''),
    });
    expect(reply.headers['x-litellm-response-cost']).toBe(type === jsonType ? String(entry?.cost) : undefined);
    expect(reply.headers).toMatchObject({
      'x-litellm-model-api-base': provider.origin,
      'x-litellm-call-id': entry?.id,
    });
  });

  it('counts of any model that AWS says in headers', async () => {
    provider.answer = (_, res) => {
      res.writeHead(200, {
        'content-type': jsonType,
        'x-amzn-bedrock-input-token-count': '5',
        'x-amzn-bedrock-output-token-count': '6',
      });
      res.end('{"generation":"Hi"}');
    };
    await post(`${world.url}/bedrock/model/meta.llama3-1-70b-instruct-v1%3A0/invoke`);
    await until(() => world.entries.length === 1);
    expect(world.entries[0]?.usage).toEqual({ input: 5, output: 6 });
    expect(world.entries[0]?.model).toBe('meta.llama3-1-70b-instruct-v1:0');
  });

  it.each<[string, string, Buffer]>([
    ['a list', jsonType, Buffer.from('[]')],
    ['another form', jsonType, Buffer.from('{"choices": "x", "usage": []}')],
    ['a stream of nonsense', sse, Buffer.from('data: {"choices": 3}\n\ndata: x\n\n')],
    ['half a stream', sse, Buffer.from('data: {"choi')],
    ['an endless line', sse, Buffer.alloc(2 ** 20, 120)],
  ])('%s passes as it is', async (_, type, bytes) => {
    provider.answer = (_, res) => res.writeHead(200, { 'content-type': type }).end(bytes);
    const reply = await post(`${world.url}/groq/v1/chat/completions`);
    expect([reply.status, reply.text === bytes.toString()]).toEqual([200, true]);
    await until(() => world.entries.length === 1);
    expect(world.entries[0]?.usage).toBeUndefined();
  });

  it('what is cut off before its head went out is an error, not half an answer', async () => {
    provider.answer = (_, res) => {
      res.writeHead(200, { 'content-type': jsonType, 'content-length': '1000' });
      res.write('{"id": 1');
      setTimeout(() => res.destroy(), 30);
    };
    const reply = await post(`${world.url}/groq/v1/chat/completions`);
    expect([reply.status, JSON.parse(reply.text).error.message]).toEqual([502, expect.stringMatching(/in the middle/)]);
  });

  it('HEAD has no body, and says so', async () => {
    provider.answer = (_, res) => res.writeHead(200, { 'content-type': jsonType, 'content-length': '1000' }).end();
    const reply = await ask(`${world.url}/groq/v1/chat/completions`, { method: 'HEAD' });
    expect([reply.status, reply.headers['content-length'], reply.text]).toEqual([200, '1000', '']);
  });
});
