import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { ask, configOf, deployment, type FakeProvider, json, startProvider, startProxy, type World } from './world.ts';

const gemini = {
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'Hello' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
  totalTokens: 3,
  embeddings: [{ values: [1] }],
};

let provider: FakeProvider;
let proxy: World;
beforeAll(async () => {
  provider = await startProvider();
  provider.answer = (_, res, body) => {
    // Nothing that is no JSON may leave.
    JSON.parse(body.toString());
    json(res, 200, gemini);
  };
  const row = { provider: providers['gemini'] ?? never(), model: 'gemini-2.5-flash' };
  proxy = await startProxy(configOf({ deployments: [deployment(`${provider.origin}/v1beta`, row)] }));
});
afterAll(async () => {
  await proxy.close();
  await provider.close();
});

function never(): never {
  throw new Error('no such provider');
}

const pixel = 'iVBORw0KGgo=';
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const tool = { type: 'function', function: { name: 'f', description: 'd', parameters: schema } };
const parts = [{ text: 'hi' }, { inlineData: { mimeType: 'image/png', data: pixel } }];
const turn = { role: 'user', parts };
const google: JsonObject = {
  contents: [
    turn,
    { role: 'model', parts: [{ functionCall: { name: 'f', args: { a: 'b' } }, thoughtSignature: 'AAAA' }] },
    { role: 'user', parts: [{ functionResponse: { name: 'f', response: { result: 'ok' } } }] },
  ],
  systemInstruction: { parts: [{ text: 's' }] },
  tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', properties: {} } }] }],
  toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
  generationConfig: { temperature: 1, maxOutputTokens: 9, stopSequences: ['x'], thinkingConfig: { thinkingBudget: 9 } },
};

/** A form of error, told by what only it has. */
const forms = {
  openai: { error: { message: expect.stringMatching(/./), type: expect.anything(), code: expect.any(String) } },
  anthropic: { type: 'error', error: { type: expect.any(String), message: expect.stringMatching(/./) } },
  google: { error: { code: expect.any(Number), message: expect.stringMatching(/./), status: expect.any(String) } },
  ollama: { error: expect.stringMatching(/./) },
};

const bodies: [path: string, form: keyof typeof forms, body: JsonObject][] = [
  [
    '/v1/chat/completions',
    'openai',
    {
      model: 'm',
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }] },
        { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'c', content: 'ok' },
      ],
      tools: [tool],
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
      stop: ['x'],
      stream_options: { include_usage: true },
    },
  ],
  ['/v1/completions', 'openai', { model: 'm', prompt: ['a'], max_tokens: 5, stop: ['x'], logprobs: 1 }],
  ['/v1/embeddings', 'openai', { model: 'm', input: ['a'], dimensions: 8, encoding_format: 'float', user: 'u' }],
  [
    '/v1/messages',
    'anthropic',
    {
      model: 'm',
      max_tokens: 9,
      system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: { a: 'b' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'ok' }] },
      ],
      tools: [{ name: 'f', input_schema: schema }],
      thinking: { type: 'enabled', budget_tokens: 1024 },
    },
  ],
  ['/v1/messages/count_tokens', 'anthropic', { model: 'm', system: 's', messages: [{ role: 'user', content: 'hi' }] }],
  ['/v1beta/models/m:generateContent', 'google', google],
  ['/v1beta/models/m:countTokens', 'google', { contents: [turn], generateContentRequest: { contents: [turn] } }],
  ['/v1beta/models/m:embedContent', 'google', { content: { parts: [{ text: 'a' }] }, outputDimensionality: 3 }],
  ['/v1beta/models/m:batchEmbedContents', 'google', { requests: [{ content: { parts: [{ text: 'a' }] } }] }],
  [
    '/api/chat',
    'ollama',
    {
      model: 'm',
      messages: [
        { role: 'user', content: 'hi', images: [pixel] },
        { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: { a: 'b' } } }] },
      ],
      tools: [tool],
      format: schema,
      options: { temperature: 1, stop: ['x'] },
      stream: false,
    },
  ],
  [
    '/api/generate',
    'ollama',
    { model: 'm', prompt: 'hi', images: [pixel], format: 'json', options: {}, stream: false },
  ],
  ['/api/embed', 'ollama', { model: 'm', input: ['a'], truncate: true, options: {} }],
  ['/api/show', 'ollama', { model: 'm', verbose: true }],
  [
    '/v1/responses',
    'openai',
    {
      model: 'm',
      input: [
        { role: 'user', content: [{ type: 'input_image', image_url: `data:image/png;base64,${pixel}` }] },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: 'ok' },
      ],
      tools: [{ type: 'function', name: 'f', parameters: schema }],
      text: { format: { type: 'json_schema', name: 'n', schema } },
      reasoning: { effort: 'low' },
      store: false,
    },
  ],
  ['/utils/token_counter', 'openai', { model: 'm', messages: [{ role: 'user', content: 'hi' }], tools: [tool] }],
];

const isRefusal = (status: number) => status >= 400 && status < 500;

/** As JSON text: some of these no serializer would write. */
const values = ['null', '-1', '"http://[bad"', '"\\ud800"', '[null]', '{"type":null}'];
const proto = '"__proto__":{"polluted":1},"constructor":{"polluted":1},"toString":1';

/** The body as text, once with each of its members put as each of the values. */
function spoilt(value: JsonObject[string]): string[] {
  const own = [...values];
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) {
      for (const text of spoilt(one)) own.push(`[${value.map((it, i) => (i === at ? text : JSON.stringify(it)))}]`);
    }
  } else if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value);
    const written = (name: string, text?: string) =>
      members.flatMap(([key, one]) => {
        if (key !== name) return [`${JSON.stringify(key)}:${JSON.stringify(one)}`];
        return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`];
      });
    own.push(`{${[...written(''), proto]}}`);
    for (const [name, one] of members) {
      own.push(`{${written(name)}}`, `{"${name}":"twice",${written('')}}`);
      for (const text of spoilt(one)) own.push(`{${written(name, text)}}`);
    }
  }
  return own;
}

/** Over kept connections: there are thousands. */
async function send(path: string, body: string): Promise<{ status: number; text: string }> {
  const reply = await fetch(proxy.url + path, { method: 'POST', body });
  return { status: reply.status, text: await reply.text() };
}

it.each(bodies)(
  '%s answers any type in any field, or refuses it in its own form',
  async (path, form, body) => {
    const good = await ask(proxy.url + path, { body: JSON.stringify(body) });
    expect([good.status, good.text]).toEqual([200, expect.any(String)]);
    const waiting = spoilt(body);
    expect(waiting.length).toBeGreaterThan(10);
    const work = async (): Promise<void> => {
      for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
        const reply = await send(path, text);
        if (reply.status === 200) continue;
        expect({ text, reply }).toMatchObject({ text, reply: { status: expect.toSatisfy(isRefusal) } });
        expect({ text, said: JSON.parse(reply.text) }).toMatchObject({ text, said: forms[form] });
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  },
  20_000,
);

it.each(bodies)('%s survives 100,000 levels', async (path, form, body) => {
  const [first = ''] = Object.keys(body).filter((name) => name !== 'model');
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const deep = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    const text = JSON.stringify({ ...body, [first]: 'HERE' }).replace('"HERE"', deep);
    const reply = await ask(proxy.url + path, { body: text });
    if (reply.status !== 200) expect(reply.status).toBe(400);
    if (reply.status !== 200) expect(JSON.parse(reply.text)).toMatchObject(forms[form]);
  }
});
