import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { startProxy } from '../clients/proxy.ts';

/** Which of OpenAI's three APIs a model is called in, and what arrives there. */

const key = 'k-0123456789-abcdef';
const seen: { path: string; body: JsonObject }[] = [];
const usage = { input_tokens: 3, output_tokens: 1, total_tokens: 4 };
const output = [
  { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'enc' },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] },
];
const whole = { id: 'resp_1', object: 'response', created_at: 1, model: 'theirs', status: 'completed', output, usage };
const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, text: 'Hi', finish_reason: 'stop' }];

const upstream = createServer((req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () => {
    const path = req.url ?? '';
    const body: JsonObject = JSON.parse(Buffer.concat(parts).toString());
    seen.push({ path, body });
    res.writeHead(200, { 'content-type': body['stream'] === true ? 'text/event-stream' : 'application/json' });
    if (body['stream'] === true) res.end(streamOf(path));
    else
      res.end(JSON.stringify(path.endsWith('/responses') ? whole : { id: 'c', created: 1, model: 'theirs', choices }));
  });
});

function streamOf(path: string): string {
  const told = path.endsWith('/responses')
    ? [
        { type: 'response.created', response: { ...whole, output: [] } },
        { type: 'response.output_item.done', output_index: 0, item: output[0] },
        { type: 'response.output_item.added', output_index: 1, item: { ...output[1], content: [] } },
        { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'Hi' },
        { type: 'response.output_item.done', output_index: 1, item: output[1] },
        { type: 'response.completed', response: whole },
      ]
    : [{ id: 'c', created: 1, model: 'theirs', choices: [{ index: 0, text: 'Hi', finish_reason: 'stop' }] }];
  return `${told.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')}data: [DONE]\n\n`;
}

let origin = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
});
beforeEach(() => {
  seen.length = 0;
});

async function ask(model: string, path: string, body: JsonObject): Promise<{ status: number; text: string }> {
  const proxy = await startProxy({ model, api_base: origin, api_key: key });
  try {
    const reply = await fetch(`${proxy.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'Hello' }], ...body }),
    });
    return { status: reply.status, text: await reply.text() };
  } finally {
    await proxy.close();
  }
}

const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };
const proofs = { include: ['reasoning.encrypted_content'] };
const unstored = { store: false, input: [{ role: 'user', content: 'Hello' }] };

/** What arrives; undefined: 400. */
const ruled: [model: string, asked: JsonObject, path: string, arrives: JsonObject | undefined][] = [
  [
    'openai/responses/gpt-4o',
    { max_tokens: 50, temperature: 0.2 },
    '/v1/responses',
    { model: 'gpt-4o', max_output_tokens: 50, temperature: 0.2, ...unstored },
  ],
  [
    'openai/responses/gpt-4o',
    { max_tokens: 1 },
    '/v1/responses',
    { model: 'gpt-4o', max_output_tokens: 16, ...unstored },
  ],
  ['openai/responses/gpt-4o', { stop: ['x'] }, '/v1/responses', undefined],
  ['openai/responses/gpt-4o', { stop: ['x'], drop_params: true }, '/v1/responses', { model: 'gpt-4o', ...unstored }],
  [
    'openai/responses/gpt-4o',
    { n: 1, logprobs: true, top_logprobs: 2 },
    '/v1/responses',
    { model: 'gpt-4o', top_logprobs: 2, include: ['message.output_text.logprobs'], ...unstored },
  ],
  ['openai/responses/gpt-4o', { n: 2 }, '/v1/responses', undefined],
  [
    'openai/responses/gpt-4o',
    { store: true, user: 'u' },
    '/v1/responses',
    { model: 'gpt-4o', user: 'u', ...unstored, store: true },
  ],
  [
    'openai/responses/gpt-5',
    { reasoning_effort: 'low', verbosity: 'low', max_completion_tokens: 50 },
    '/v1/responses',
    {
      model: 'gpt-5',
      max_output_tokens: 50,
      reasoning: { effort: 'low', summary: 'auto' },
      text: { verbosity: 'low' },
      ...proofs,
      ...unstored,
    },
  ],
  [
    'openai/responses/gpt-5',
    { reasoning_effort: { effort: 'low', summary: 'detailed' } },
    '/v1/responses',
    { model: 'gpt-5', reasoning: { effort: 'low', summary: 'detailed' }, ...proofs, ...unstored },
  ],
  ['openai/responses/gpt-5', { temperature: 0.2 }, '/v1/responses', undefined],
  ['openai/o3-pro', {}, '/v1/responses', { model: 'o3-pro', ...proofs, ...unstored }],
  ['openai/o1-pro-2025-03-19', {}, '/v1/responses', { model: 'o1-pro-2025-03-19', ...proofs, ...unstored }],
  [
    'openai/gpt-5-codex',
    { reasoning_effort: 'minimal' },
    '/v1/responses',
    { model: 'gpt-5-codex', reasoning: { effort: 'low', summary: 'auto' }, ...proofs, ...unstored },
  ],
  [
    'openai/gpt-5.1-codex-max',
    { reasoning_effort: 'xhigh' },
    '/v1/responses',
    { model: 'gpt-5.1-codex-max', reasoning: { effort: 'xhigh', summary: 'auto' }, ...proofs, ...unstored },
  ],
  [
    'openai/gpt-5-pro',
    { reasoning_effort: 'low' },
    '/v1/responses',
    { model: 'gpt-5-pro', reasoning: { effort: 'high', summary: 'auto' }, ...proofs, ...unstored },
  ],
  ['openai/codex-mini-latest', {}, '/v1/responses', { model: 'codex-mini-latest', ...proofs, ...unstored }],
  ['openai/o4-mini-deep-research', {}, '/v1/responses', { model: 'o4-mini-deep-research', ...proofs, ...unstored }],
  [
    'openai/computer-use-preview',
    {},
    '/v1/responses',
    { model: 'computer-use-preview', truncation: 'auto', ...proofs, ...unstored },
  ],
  ['openai/o3', {}, '/v1/chat/completions', { model: 'o3' }],
  [
    'openai/gpt-5',
    { tools: [tool], reasoning_effort: 'low' },
    '/v1/chat/completions',
    { model: 'gpt-5', reasoning_effort: 'low' },
  ],
  ['openai/gpt-5.4', { tools: [tool] }, '/v1/chat/completions', { model: 'gpt-5.4' }],
  [
    'openai/gpt-5.4',
    { tools: [tool], reasoning_effort: 'none' },
    '/v1/chat/completions',
    { model: 'gpt-5.4', reasoning_effort: 'none' },
  ],
  [
    'openai/gpt-5.4',
    { reasoning_effort: 'low' },
    '/v1/chat/completions',
    { model: 'gpt-5.4', reasoning_effort: 'low' },
  ],
  [
    'openai/gpt-5.4',
    { tools: [tool], reasoning_effort: 'low' },
    '/v1/responses',
    { model: 'gpt-5.4', reasoning: { effort: 'low', summary: 'auto' }, ...proofs, ...unstored },
  ],
  [
    'text-completion-openai/davinci-002',
    { max_tokens: 5, best_of: 2, echo: true },
    '/v1/completions',
    { model: 'davinci-002', prompt: 'Hello', max_tokens: 5, best_of: 2, echo: true },
  ],
  ['text-completion-openai/davinci-002', { tools: [tool] }, '/v1/completions', undefined],
  ['text-completion-openai/davinci-002', { response_format: { type: 'json_object' } }, '/v1/completions', undefined],
  [
    'text-completion-openai/davinci-002',
    { logprobs: true, top_logprobs: 2 },
    '/v1/completions',
    { model: 'davinci-002', prompt: 'Hello', logprobs: 2 },
  ],
];

it.each(ruled)('%s asked for %j is called at %s', async (model, asked, path, arrives) => {
  const { status, text } = await ask(model, '/v1/chat/completions', asked);
  expect({ status, text: status === 200 ? '' : text }).toMatchObject({ status: arrives === undefined ? 400 : 200 });
  if (arrives === undefined) return expect(seen).toEqual([]);
  expect(JSON.parse(text)).toMatchObject({
    model: 'any',
    choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
  });
  const { messages: _messages, tools: _tools, ...rest } = seen[0]?.body ?? {};
  expect([seen[0]?.path, rest]).toEqual([path, arrives]);
});

const clients: [string, JsonObject][] = [
  ['/v1/chat/completions', { stream_options: { include_usage: true } }],
  ['/v1/messages', { max_tokens: 2000 }],
];

it.each(
  clients.flatMap(([path, more]) =>
    ['openai/o3-pro', 'text-completion-openai/davinci-002'].map((model) => [path, model, more] as const),
  ),
)('%s of %s, streamed', async (path, model, more) => {
  const { status, text } = await ask(model, path, { ...more, stream: true });
  expect(status).toBe(200);
  expect(text).toContain('"Hi"');
  expect(text).toContain(path.endsWith('messages') ? '"end_turn"' : '"stop"');
  if (model === 'openai/o3-pro') expect(text).toMatch(/eyJtb2RlbHBvcnQi/);
});

it('thoughts come back with their proof, whoever kept them', async () => {
  const first = await ask('openai/responses/gpt-5', '/v1/messages', {
    max_tokens: 2000,
    thinking: { type: 'enabled', budget_tokens: 1024 },
  });
  const { content } = JSON.parse(first.text);
  expect(content).toMatchObject([
    { type: 'thinking', thinking: 'Hm.' },
    { type: 'text', text: 'Hi' },
  ]);
  const turns = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content },
    { role: 'user', content: 'And?' },
  ];
  await ask('openai/responses/gpt-5', '/v1/messages', { max_tokens: 2000, messages: turns });
  expect(seen[1]?.body['input']).toEqual([
    { role: 'user', content: 'Hello' },
    output[0],
    { role: 'assistant', content: 'Hi' },
    { role: 'user', content: 'And?' },
  ]);
});
