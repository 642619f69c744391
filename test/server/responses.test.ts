import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type JsonObject, seal } from '../../src/hub/index.ts';
import { type RunningProxy, startProxy } from '../clients/proxy.ts';

/** A provider that speaks the Responses API itself: bytes pass, and what it keeps is asked of it. */

interface Seen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
}

type Reply = (res: ServerResponse, seen: Seen) => void;

const seen: Seen[] = [];
let reply: Reply = () => {};
const upstream = createServer((req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () => {
    const { method = '', url = '', headers } = req;
    const one = { method, path: url, headers, text: Buffer.concat(parts).toString() };
    seen.push(one);
    reply(res, one);
  });
});
let origin = '';
let proxy: RunningProxy;

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
});
beforeEach(async () => {
  seen.length = 0;
  proxy = await startProxy({ model: 'openai/gpt-4o', api_base: `${origin}/v1` });
});
afterEach(() => proxy.close());

const message = {
  ...{ type: 'message', id: 'msg_1', status: 'completed', role: 'assistant' },
  content: [{ type: 'output_text', text: 'Hi', annotations: [], logprobs: [] }],
};
const usage = { input_tokens: 3, output_tokens: 1, total_tokens: 4 };
const whole = (id: string): JsonObject => ({
  ...{ id, object: 'response', created_at: 1, model: 'gpt-4o-2024', status: 'completed', output: [message], usage },
  ...{ future: { n: 1.0 }, error: null, incomplete_details: null },
});
const json = (res: ServerResponse, body: unknown, status = 200): void => {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(typeof body === 'string' ? body : JSON.stringify(body));
};

async function ask(body: JsonObject | string, path = '/v1/responses', method = 'POST') {
  const answer = await fetch(`${proxy.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: 'Bearer the-clients-own' },
    ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const frame = (event: JsonObject): string => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`;
const events = (id: string): JsonObject[] =>
  [
    { type: 'response.created', response: { ...whole(id), status: 'in_progress', output: [], usage: null } },
    { type: 'response.output_item.added', output_index: 0, item: { ...message, content: [] } },
    ...['H', 'i "model":"gpt-4o-2024"', '!'].map((delta) => ({
      type: 'response.output_text.delta',
      item_id: 'msg_1',
      delta,
    })),
    { type: 'response.output_item.done', output_index: 0, item: message },
    { type: 'response.completed', response: whole(id) },
  ].map((event, n) => ({ ...event, sequence_number: n }));

test.each(['/v1/responses', '/responses', '/openai/v1/responses', '/openai/responses'])(
  'bytes pass both ways at %s, but for the names of the model',
  async (path) => {
    const sent =
      '{ "input" : [ {"role":"user","content":"h\\u00e9"} ],"model":"mine", "unheard_of":1.50,"custom":{"type":"custom"}}';
    const answered = JSON.stringify(whole('resp_1'), null, 2);
    reply = (res) => json(res, answered);
    const { status, text } = await ask(sent, path);
    expect(status).toBe(200);
    expect(seen[0]?.path).toBe('/v1/responses');
    expect(seen[0]?.text).toBe(sent.replace('"mine"', '"gpt-4o"'));
    expect(text).toBe(answered.replace('gpt-4o-2024', 'mine'));
    expect(JSON.stringify(seen[0]?.headers)).not.toContain('the-clients-own');
  },
);

test('a stream passes as it came, but for the names of the model', async () => {
  const stream = events('resp_1').map(frame).join('');
  reply = (res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.end(`${stream}data: [DONE]\n\n`);
  };
  const { text } = await ask({ model: 'mine', input: 'hi', stream: true });
  expect(text).toBe(stream.replaceAll('"model":"gpt-4o-2024","status"', '"model":"mine","status"'));
  await expect.poll(() => proxy.entries.at(-1)).toMatchObject({ usage: { input: 3, output: 1 }, model: 'mine' });
});

describe('a stream that breaks', () => {
  test('ends in an error with the next number', async () => {
    reply = (res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(events('resp_1').slice(0, 4).map(frame).join(''));
      setTimeout(() => res.destroy(), 50);
    };
    const { text } = await ask({ model: 'mine', input: 'hi', stream: true });
    const last = text.trimEnd().split('\n\n').at(-1) ?? '';
    expect(last).toMatch(/^event: error\ndata: \{"type":"error"/);
    expect(JSON.parse(last.slice(last.indexOf('{')))).toMatchObject({ type: 'error', sequence_number: 4 });
  });

  test('by its own failure ends in that, without our secrets', async () => {
    const failed = { code: 'server_error', message: 'no luck with sk-proxy-openai-0123456789' };
    reply = (res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(events('resp_1').slice(0, 4).map(frame).join(''));
      const response = { ...whole('resp_1'), status: 'failed', error: failed };
      setTimeout(() => res.end(frame({ type: 'response.failed', response, sequence_number: 4 })), 50);
    };
    const { text } = await ask({ model: 'mine', input: 'hi', stream: true });
    const last = text.trimEnd().split('\n\n').at(-1) ?? '';
    expect(last).toMatch(/^event: response\.failed\n/);
    expect(JSON.parse(last.slice(last.indexOf('{')))).toMatchObject({
      sequence_number: 4,
      response: { status: 'failed', error: { code: 'server_error', message: expect.stringContaining('no luck') } },
    });
    expect(text).not.toContain('0123456789');
  });

  test('before its first word is an HTTP error', async () => {
    reply = (res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.end(
        frame({ type: 'error', code: 'rate_limit_exceeded', message: 'slow down', param: null, sequence_number: 0 }),
      );
    };
    const { status, text } = await ask({ model: 'mine', input: 'hi', stream: true });
    expect(status).toBe(429);
    expect(text).toContain('slow down');
  });
});

test('what is sealed in a body is read, and never reaches a maker of other proofs', async () => {
  reply = (res) => json(res, whole('resp_1'));
  const sealed = seal({ by: 'anthropic-messages', value: 'cHJvb2Y=' });
  const input = [
    { role: 'user', content: 'hi' },
    { type: 'reasoning', id: 'rs_ours', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: sealed },
    {
      type: 'message',
      id: 'msg_1',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Yes.', annotations: [], logprobs: [] }],
    },
    { role: 'user', content: 'And?' },
  ];
  const { status } = await ask({ model: 'mine', input, previous_response_id: 'resp_0', timeout: 5 });
  expect(status).toBe(200);
  const body: JsonObject = JSON.parse(seen[0]?.text ?? '');
  expect(body).toEqual({
    model: 'gpt-4o',
    input: input.filter((item) => !('summary' in item)),
    previous_response_id: 'resp_0',
  });
});

test('what the provider keeps is asked of it, whoever saw it made', async () => {
  reply = (res, { method, path }) =>
    json(
      res,
      method === 'DELETE'
        ? { id: 'resp_1', deleted: true }
        : path.includes('input_items')
          ? { object: 'list', data: [] }
          : whole('resp_1'),
    );
  await ask({ model: 'mine', input: 'hi' });
  await ask({ model: 'mine', input: 'more', previous_response_id: 'resp_1' });
  await ask('', '/v1/responses/resp_1?include[]=x', 'GET');
  await ask('', '/v1/responses/resp_unseen/input_items?limit=5', 'GET');
  await ask({}, '/v1/responses/resp_1/cancel');
  const { status, text } = await ask('', '/responses/resp_1', 'DELETE');
  expect([status, text]).toEqual([200, '{"id":"resp_1","deleted":true}']);
  expect(JSON.parse(seen[1]?.text ?? '')).toMatchObject({ previous_response_id: 'resp_1', input: 'more' });
  expect(seen.slice(2).map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v1/responses/resp_1?include%5B%5D=x',
    'GET /v1/responses/resp_unseen/input_items?limit=5',
    'POST /v1/responses/resp_1/cancel',
    'DELETE /v1/responses/resp_1',
  ]);
  for (const { headers } of seen) expect(headers.authorization).toBe('Bearer sk-proxy-openai-0123456789');
});

test('a conversation is compacted by the provider', async () => {
  const compacted = {
    id: 'resp_c',
    object: 'response.compaction',
    created_at: 1,
    output: [{ type: 'compaction', encrypted_content: 'x' }],
    usage,
  };
  reply = (res) => json(res, compacted);
  const { status, text } = await ask({ model: 'mine', input: 'long' }, '/v1/responses/compact');
  expect([status, JSON.parse(text)]).toEqual([200, compacted]);
  expect(seen[0]).toMatchObject({ path: '/v1/responses/compact', text: '{"model":"gpt-4o","input":"long"}' });
});

describe("a server of OpenAI's other API only", () => {
  const chat = {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'x',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  };

  test.each([404, 405, 501])('that says %i is asked in that one, and from then on at once', async (status) => {
    reply = (res, { path }) =>
      path.endsWith('/chat/completions') ? json(res, chat) : json(res, { detail: 'Not Found' }, status);
    for (let n = 0; n < 2; n++) {
      const answer = await ask({ model: 'mine', input: 'hi' });
      expect(JSON.parse(answer.text)).toMatchObject({
        object: 'response',
        model: 'mine',
        output: [{ content: [{ text: 'Hi' }] }],
      });
    }
    expect(seen.map(({ path }) => path)).toEqual(['/v1/responses', '/v1/chat/completions', '/v1/chat/completions']);
    const { id } = JSON.parse((await ask({ model: 'mine', input: 'hi' })).text);
    const next = await ask({ model: 'mine', input: 'more', previous_response_id: id });
    expect(next.status).toBe(200);
    expect(JSON.parse(seen.at(-1)?.text ?? '')).toMatchObject({
      messages: [{ content: 'hi' }, { content: 'Hi' }, { content: 'more' }],
    });
  });

  test('that refuses in both has refused', async () => {
    reply = (res) =>
      json(res, { error: { message: 'no such model', type: 'x', code: 'model_not_found', param: null } }, 404);
    const { status, text } = await ask({ model: 'mine', input: 'hi' });
    expect(status).toBe(404);
    expect(text).toContain('no such model');
  });
});
