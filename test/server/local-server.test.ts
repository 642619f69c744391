import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { type RunningProxy, startProxy } from '../clients/proxy.ts';
import { validate } from '../dialects/validators.ts';

/** What the server was asked, and how it answers: lines when it streams, else one reply. */
let sent: { path: string; body: JsonObject }[] = [];
let said: JsonObject[] = [];
const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const body: JsonObject = JSON.parse(Buffer.concat(chunks).toString());
    sent.push({ path: req.url ?? '', body });
    const streams = body['stream'] === true;
    res.writeHead(200, { 'content-type': streams ? 'application/x-ndjson' : 'application/json; charset=utf-8' });
    for (const line of said) res.write(`${JSON.stringify(line)}\n`);
    res.end();
  });
});

const running: Record<string, RunningProxy> = {};
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const id of ['ollama', 'ollama_chat']) {
    running[id] = await startProxy({ model: `${id}/llama3.2`, api_base: `${origin}/v1` }, {});
  }
});
afterAll(async () => {
  await Promise.all(Object.values(running).map((proxy) => proxy.close()));
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  sent = [];
});

const tools = [{ type: 'function', function: { name: 'get-weather', parameters: { type: 'object', properties: {} } } }];

async function ask(proxy: RunningProxy | undefined, path: string, more: JsonObject): Promise<string> {
  const reply = await fetch(`${proxy?.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'any', max_tokens: 99, messages: [{ role: 'user', content: 'Hello' }], ...more }),
  });
  return reply.text();
}

const chat = '/v1/chat/completions';

it('calls tools by /api/chat', async () => {
  const call = { function: { name: 'get-weather', arguments: { city: 'Köln' } } };
  said = [{ model: 'm', message: { role: 'assistant', content: '', tool_calls: [call] }, done: true }];
  const { choices } = JSON.parse(
    await ask(running['ollama_chat'], chat, { tools, tool_choice: 'auto', num_ctx: 4096 }),
  );
  expect(choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { tool_calls: [{ function: { name: 'get-weather', arguments: '{"city":"Köln"}' } }] },
  });
  expect(choices[0].message.tool_calls[0].id).not.toBe('');
  expect(sent).toMatchObject([
    { path: '/api/chat', body: { stream: false, options: { num_predict: 99, num_ctx: 4096 } } },
  ]);
  expect(validate('ollama', sent[0]?.body, 'chat.request').errors).toEqual([]);
});

it.each([false, true])('tells tools in the prompt of /api/generate, stream: %s', async (stream) => {
  const call = JSON.stringify({ name: 'get-weather', arguments: { city: 'Köln' } });
  said = stream
    ? [
        { response: call.slice(0, 9), done: false },
        { response: call.slice(9), done: false },
        { response: '', done: true },
      ]
    : [{ response: call, done: true }];
  const text = await ask(running['ollama'], chat, { tools, stream });
  expect(text).toContain('"name":"get-weather"');
  expect(text).toContain('"finish_reason":"tool_calls"');
  expect(sent).toMatchObject([{ path: '/api/generate', body: { prompt: 'Hello', stream } }]);
  expect(sent[0]?.body['system']).toContain('get-weather');
  expect(validate('ollama', sent[0]?.body, 'generate.request').errors).toEqual([]);
});

it('streams to clients of Messages, thoughts apart', async () => {
  said = [
    { model: 'm', message: { role: 'assistant', content: '<think>hm' }, done: false },
    { model: 'm', message: { role: 'assistant', content: '</think>Hi' }, done: false },
    { model: 'm', message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', eval_count: 2 },
  ];
  const text = await ask(running['ollama_chat'], '/v1/messages', {
    stream: true,
    thinking: { type: 'enabled', budget_tokens: 4000 },
  });
  expect(text).toContain('"thinking_delta","thinking":"hm"');
  expect(text).toContain('"text_delta","text":"Hi"');
  expect(text).toContain('"stop_reason":"end_turn"');
  expect(sent[0]?.body).not.toHaveProperty('think');
});

it('tells an error in the middle of a stream', async () => {
  said = [
    { model: 'm', message: { role: 'assistant', content: 'Hi' }, done: false },
    { error: 'runner has terminated' },
  ];
  const text = await ask(running['ollama_chat'], chat, { stream: true });
  expect(text).toContain('runner has terminated');
  expect(text).not.toContain('"finish_reason":"stop"');
});

it('says what to start when nobody listens', async () => {
  const gone = await startProxy({ model: 'ollama_chat/x', api_base: 'http://127.0.0.1:1' }, {});
  try {
    const { error } = JSON.parse(await ask(gone, chat, {}));
    expect(error.message).toMatch(/could not connect to http:\/\/127\.0\.0\.1:1 .* Start it with: ollama serve$/);
  } finally {
    await gone.close();
  }
});
