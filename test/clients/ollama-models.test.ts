import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Message, Ollama } from 'ollama';
import { describe, expect, test } from 'vitest';
import { validate } from '../dialects/validators.ts';
import { startProxy } from './proxy.ts';

const user: Message = { role: 'user', content: 'hi' };

describe('what there is', () => {
  test.each([
    ['openai/gpt-4o-mini', ['completion', 'tools', 'vision'], 128_000],
    ['anthropic/claude-sonnet-4-5', ['completion', 'tools', 'vision', 'thinking'], 200_000],
    ['gemini/gemini-2.5-pro', ['completion', 'tools', 'vision', 'thinking'], 1_048_576],
    ['groq/llama-3.1-8b-instant', ['completion', 'tools'], 131_072],
    ['openai/text-embedding-3-small', ['embedding'], 8192],
    ['openai/some-model-of-tomorrow', ['completion', 'tools'], undefined],
  ])('%s can %j', async (model, capabilities, window) => {
    const keys = {
      OPENAI_API_KEY: 'sk-0123456789',
      ANTHROPIC_API_KEY: 'sk-0123456789',
      GEMINI_API_KEY: 'k-0123456789',
    };
    const proxy = await startProxy({ model }, { ...keys, GROQ_API_KEY: 'gsk-0123456789' });
    try {
      const client = new Ollama({ host: proxy.url });
      const { models } = await client.list();
      expect(models).toMatchObject([{ name: model, model, details: { family: model.split('/')[0] } }]);
      expect((await client.ps()).models).toMatchObject([{ name: model, size_vram: 0 }]);
      const older = await fetch(`${proxy.url}/api/show`, { method: 'POST', body: JSON.stringify({ name: model }) });
      expect(await older.json()).toEqual(await client.show({ model }));
      const shown: { capabilities: string[]; model_info: unknown } = await client.show({ model });
      expect(shown.capabilities.toSorted()).toEqual(capabilities.toSorted());
      const family = model.split('/')[0];
      expect(shown.model_info).toEqual({
        'general.architecture': family,
        'general.basename': model.split('/')[1],
        ...(window === undefined ? {} : { [`${family}.context_length`]: window }),
      });
    } finally {
      await proxy.close();
    }
  });

  test('the rest of what clients look for', async () => {
    const proxy = await startProxy({ model: 'mock/gpt-4o' });
    try {
      expect((await new Ollama({ host: proxy.url }).version()).version).toMatch(/^\d+\.\d+\.\d+$/);
      for (const path of ['/', '/api/tags', '/api/version', '/api/ps']) {
        expect((await fetch(proxy.url + path, { method: 'HEAD' })).status).toBe(200);
      }
      for (const [path, status] of [
        ['/api/show', 405],
        ['/api/pull', 405],
        ['/api/push', 405],
      ] as const) {
        const response = await fetch(proxy.url + path);
        expect(response.status).toBe(status);
        expect(await response.json()).toEqual({ error: expect.any(String) });
      }
      const empty = await fetch(`${proxy.url}/api/show`, { method: 'POST', body: '{}' });
      expect([empty.status, await empty.json()]).toEqual([400, { error: 'model is required' }]);
    } finally {
      await proxy.close();
    }
  });

  test('with a master key nothing is told without it', async () => {
    const proxy = await startProxy({ model: 'mock/gpt-4o' }, { LITELLM_MASTER_KEY: 'sk-master-0123456789' });
    try {
      for (const path of ['tags', 'version', 'ps']) {
        expect((await fetch(`${proxy.url}/api/${path}`)).status).toBe(401);
      }
      await expect(new Ollama({ host: proxy.url }).chat({ model: 'm', messages: [user] })).rejects.toMatchObject({
        status_code: 401,
      });
      const headers = { authorization: 'Bearer sk-master-0123456789' };
      expect((await new Ollama({ host: proxy.url, headers }).list()).models).toHaveLength(1);
    } finally {
      await proxy.close();
    }
  });
});

test('vectors of another vendor', async () => {
  const words: string[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const asked: { input: string[] } = JSON.parse(Buffer.concat(chunks).toString());
      const data = asked.input.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 0.5] }));
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ object: 'list', data, model: 'e', usage: { prompt_tokens: 5, total_tokens: 5 } }));
      words.push(Object.keys(asked).toSorted().join(' '));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy = await startProxy({ model: 'openai/text-embedding-3-small', api_base: `http://127.0.0.1:${port}/v1` });
  try {
    const client = new Ollama({ host: proxy.url });
    const answer = await client.embed({ model: 'e', input: ['a', 'bcd'], truncate: true, keep_alive: '1m' });
    expect(answer).toMatchObject({ model: 'e', prompt_eval_count: 5 });
    expect(answer.embeddings).toEqual([
      [1, 0.5],
      [3, 0.5],
    ]);
    expect(validate('ollama', answer, 'embed.response').errors).toEqual([]);
    expect(await client.embeddings({ model: 'e', prompt: 'four' })).toEqual({ embedding: [4, 0.5] });
    expect(words).toEqual(['encoding_format input model', 'encoding_format input model']);
  } finally {
    await proxy.close();
    server.close();
  }
});
