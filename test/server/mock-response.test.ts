import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/hub/index.ts';
import { createProxy } from '../../src/server/index.ts';
import { configOf, deployment } from './world.ts';

const sink = { call: () => {}, note: () => {}, debug: false, bodies: false };
/** Nobody listens there: what answers has asked nobody. */
const nowhere = 'http://127.0.0.1:9/v1';
const said = 'These words are from the file.';
const models: Record<string, Json> = {
  said,
  object: { a: 1 },
  limited: 'litellm.RateLimitError',
  long: 'litellm.ContextWindowExceededError',
  filtered: 'litellm.ContentPolicyViolationError',
  broken: 'litellm.InternalServerError',
  late: 'litellm.Timeout',
  unknown: 'litellm.NoSuchError',
};
const deployments = [
  ...Object.entries(models).map(([group, mock]) => deployment(nowhere, { id: group, group, mock })),
  deployment(nowhere, { id: 'plain', group: 'plain' }),
];
const proxy = createProxy(configOf({ deployments, anyModel: false, host: '127.0.0.1' }), sink);
let url: string;

beforeAll(async () => {
  const { port, loaded } = await proxy.listen();
  await loaded;
  url = `http://127.0.0.1:${port}`;
});
afterAll(() => proxy.close());

async function post(path: string, body: object): Promise<{ status: number; text: string }> {
  const reply = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
  return { status: reply.status, text: await reply.text() };
}

const messages = [{ role: 'user', content: 'Hi' }];

describe('mock_response', () => {
  it.each<[string, object, RegExp]>([
    ['/v1/chat/completions', { messages }, /"content":"These words are from the file\."/],
    ['/v1/messages', { messages, max_tokens: 50 }, /"text":"These words are from the file\."/],
    ['/v1/responses', { input: 'Hi' }, /"text":"These words are from the file\."/],
    ['/v1/completions', { prompt: 'Hi' }, /"text":"These words are from the file\."/],
    [
      '/v1beta/models/said:generateContent',
      { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
      /"text":\s*"These words are from the file\."/,
    ],
    ['/api/chat', { messages, stream: false }, /"content":"These words are from the file\."/],
  ])('answers %s', async (path, body, wanted) => {
    const reply = await post(path, { model: 'said', ...body });
    expect([reply.status, reply.text]).toEqual([200, expect.stringMatching(wanted)]);
  });

  it.each<[string, object]>([
    ['/v1/chat/completions', { messages, stream: true }],
    ['/v1/messages', { messages, max_tokens: 50, stream: true }],
    ['/v1/responses', { input: 'Hi', stream: true }],
    ['/api/chat', { messages, stream: true }],
  ])('streams at %s', async (path, body) => {
    const { status, text } = await post(path, { model: 'said', ...body });
    expect(status).toBe(200);
    for (const piece of ['These ', 'words ', 'file.']) expect(text).toContain(`"${piece}"`);
    expect(text).not.toMatch(/mock_response/);
  });

  it.each([
    ['limited', 429, 'rate_limit_exceeded', 'RateLimitError'],
    ['long', 400, 'context_length_exceeded', 'ContextWindowExceededError'],
    ['filtered', 400, 'content_policy_violation', 'ContentPolicyViolationError'],
    ['broken', 500, '500', 'InternalServerError'],
    ['late', 408, '408', 'Timeout'],
  ])('raises what it names: %s', async (model, status, code, name) => {
    const reply = await post('/v1/chat/completions', { model, messages });
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.text)).toMatchObject({
      error: { code, message: expect.stringContaining(`litellm.${name}`) },
    });
    expect((await post('/v1/chat/completions', { model, messages, stream: true })).status).toBe(status);
    expect(JSON.parse((await post('/v1/messages', { model, messages, max_tokens: 5 })).text)).toMatchObject({
      type: 'error',
    });
  });

  it('is a text when it is no class, and JSON when it is none', async () => {
    expect((await post('/v1/chat/completions', { model: 'unknown', messages })).text).toContain(
      '"content":"litellm.NoSuchError"',
    );
    expect((await post('/v1/chat/completions', { model: 'object', messages })).text).toContain(
      '"content":"{\\"a\\":1}"',
    );
  });

  it('of a request wins, and needs no configuration', async () => {
    for (const model of ['plain', 'said']) {
      const reply = await post('/v1/chat/completions', { model, messages, mock_response: 'of the request' });
      expect(reply.text).toContain('"content":"of the request"');
    }
    expect(
      (await post('/v1/chat/completions', { model: 'plain', messages, mock_response: 'litellm.RateLimitError' }))
        .status,
    ).toBe(429);
    expect((await post('/v1/chat/completions', { model: 'plain', messages })).status).toBe(502);
  });

  it('stands for vectors as well', async () => {
    const reply = await post('/v1/embeddings', { model: 'said', input: ['a', 'b'] });
    expect(JSON.parse(reply.text)).toMatchObject({ model: 'said', data: [{ index: 0 }, { index: 1 }] });
    expect((await post('/v1/embeddings', { model: 'limited', input: 'a' })).status).toBe(429);
  });

  it('names the model that the client asked for, and the deployment', async () => {
    const reply = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'said', messages }),
    });
    expect(reply.headers.get('x-litellm-model-id')).toBe('said');
    expect(await reply.json()).toMatchObject({ model: 'said' });
  });
});
