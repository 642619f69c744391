import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { encodeFrames } from '../dialects/binary-frames.ts';
import {
  ask,
  configOf,
  deployment,
  type FakeProvider,
  json,
  startProvider,
  startProxy,
  until,
  type World,
} from './world.ts';

const delta = encodeFrames([{ event: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: { text: 'Hel' } } }]);
const stop = encodeFrames([{ event: 'messageStop', payload: { stopReason: 'end_turn' } }]);
const spoilt = (at: number): Buffer => {
  const bytes = Buffer.from(delta);
  bytes[at] = (bytes[at] ?? 0) ^ 0x55;
  return bytes;
};
const lengthOf = (bytes: number): Buffer => {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(bytes);
  return head;
};
const line = (more: object) =>
  `${JSON.stringify({ model: 'x', created_at: '2024-01-01T00:00:00Z', message: { role: 'assistant', content: 'Hel' }, done: false, ...more })}\n`;
const googles = (more: object) =>
  `data: ${JSON.stringify({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'Hel' }] }, ...more }] })}\n\n`;
const coheres = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const hel = coheres('content-delta', { index: 0, delta: { message: { content: { text: 'Hel' } } } });

interface Wire {
  provider: string;
  type: string;
  begin: string | Buffer;
  finish: string | Buffer;
  /** What breaks a stream that has begun. */
  breaks: Record<string, string | Buffer>;
}
const wires: Wire[] = [
  {
    provider: 'bedrock',
    type: 'application/vnd.amazon.eventstream',
    begin: delta,
    finish: stop,
    breaks: {
      'a checksum that does not fit': spoilt(delta.length - 6),
      'lengths that do not fit': spoilt(9),
      'a length of 0': lengthOf(0),
      'a length of 4 GB': lengthOf(0xffffffff),
      'half an event': delta.subarray(0, 40),
      'a payload that is none': encodeFrames([{ event: 'contentBlockDelta', payload: [1] }]),
      nothing: '',
    },
  },
  {
    provider: 'ollama_chat',
    type: 'application/x-ndjson',
    begin: line({}),
    finish: line({ done: true, done_reason: 'stop' }),
    breaks: {
      'half a line': line({}).slice(0, 30),
      'a line that is no JSON': '{"mess\n',
      'an error': '{"error":"boom"}\n',
      HTML: '<html>',
      nothing: '',
    },
  },
  {
    provider: 'gemini',
    type: 'text/event-stream',
    begin: googles({}),
    finish: googles({ finishReason: 'STOP' }),
    breaks: {
      'half an event': googles({}).slice(0, 30),
      'an error': 'data: {"error":{"code":503,"message":"boom","status":"UNAVAILABLE"}}\n\n',
      nothing: '',
    },
  },
  {
    provider: 'cohere',
    type: 'text/event-stream',
    begin: hel,
    finish: coheres('message-end', { delta: { finish_reason: 'COMPLETE' } }),
    breaks: { 'half an event': hel.slice(0, 40), nothing: '' },
  },
];

let vendor: FakeProvider;
const open = new Map<string, World>();
const models = [
  'bedrock/us.amazon.nova-lite-v1:0',
  'ollama_chat/llama3',
  'gemini/gemini-2.5-flash',
  'cohere/command-r',
];
beforeAll(async () => {
  vendor = await startProvider();
  for (const name of models) {
    const [id = '', model = ''] = name.split('/');
    const provider: Deployment['provider'] | undefined = providers[id];
    if (provider === undefined) throw new Error(id);
    const to = deployment(vendor.origin, { provider, model, timeoutMs: 2000 });
    open.set(id, await startProxy(configOf({ deployments: [to] })));
  }
});
afterAll(async () => {
  for (const proxy of open.values()) await proxy.close();
  await vendor.close();
});

const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true };
const clients: [path: string, body: object, error: RegExp, finish: RegExp][] = [
  ['/v1/chat/completions', chat, /^data: \{"error":\{/m, /"finish_reason":"/],
  ['/v1/messages', { ...chat, max_tokens: 9 }, /^event: error\ndata: \{"type":"error"/m, /message_stop/],
  [
    '/v1beta/models/m:streamGenerateContent?alt=sse',
    { contents: [{ parts: [{ text: 'hi' }] }] },
    /"error": ?\{/,
    /"finishReason"/,
  ],
  ['/api/chat', chat, /^\{"error":"/m, /"done":true/],
  ['/v1/completions', { model: 'm', prompt: 'hi', stream: true }, /^data: \{"error":\{/m, /"finish_reason":"/],
];
const rows = wires.flatMap((wire) =>
  clients.map((client) => ({ wire, client, name: `${wire.provider} ${client[0]}` })),
);

it.each(rows)('a stream that broke says so: $name', async ({ wire, client: [path, body, error, finish] }) => {
  const proxy = open.get(wire.provider);
  const say = (first: string | Buffer, then: string | Buffer = '', gapMs = 15) => {
    vendor.answer = (_, res) => {
      res.writeHead(200, { 'content-type': wire.type });
      res.write(first);
      setTimeout(() => res.end(then), gapMs);
    };
    return ask(`${proxy?.url}${path}`, { body: JSON.stringify(body) });
  };
  /** What comes in one read is read at once, and an error in it is still a status: a busy machine is asked more slowly. */
  const sayApart = async (first: string | Buffer, then: string | Buffer) => {
    const quick = await say(first, then);
    return quick.status === 200 ? quick : say(first, then, 500);
  };
  const good = await say(wire.begin, wire.finish);
  expect([good.status, good.text]).toEqual([200, expect.stringMatching(finish)]);
  expect(good.text).not.toMatch(error);
  for (const [what, bytes] of Object.entries(wire.breaks)) {
    const { status, text } = await sayApart(wire.begin, bytes);
    expect([what, status, text]).toEqual([what, 200, expect.stringMatching(error)]);
    expect([what, text]).toEqual([what, expect.not.stringMatching(finish)]);
    // Before the first byte for the client it is a status.
    const early = await say(bytes);
    expect([what, early.status >= 400]).toEqual([what, true]);
  }
});

it('the first failure ends the other requests of a call', async () => {
  const proxy = open.get('gemini');
  let asked = 0;
  vendor.answer = (_, res) => {
    asked++;
    if (asked === 3) json(res, 500, { error: { code: 500, message: 'boom', status: 'INTERNAL' } });
  };
  const calls: [string, object][] = [
    ['/v1/embeddings', { model: 'gemini/text-embedding-004', input: Array.from({ length: 900 }, (_, at) => `${at}`) }],
    ['/v1/completions', { model: 'm', prompt: Array.from({ length: 20 }, (_, at) => `${at}`) }],
    ['/v1/completions', { model: 'm', prompt: Array.from({ length: 20 }, (_, at) => `${at}`), stream: true }],
  ];
  for (const [path, body] of calls) {
    asked = 0;
    vendor.aborted = 0;
    const { status } = await ask(`${proxy?.url}${path}`, { body: JSON.stringify(body) });
    expect([path, status, asked <= 8]).toEqual([path, 500, true]);
    await until(() => vendor.aborted === asked - 1, 500);
  }
});
