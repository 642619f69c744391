import { Ollama } from 'ollama';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningProxy, startProxy } from '../clients/proxy.ts';

/** What tools of Ollama do with its library before they chat. */

let proxy: RunningProxy;
beforeAll(async () => {
  proxy = await startProxy({ model: 'mock/gpt-4o' });
});
afterAll(() => proxy.close());

test('a model that is served is pulled at once, in pieces or not', async () => {
  const client = new Ollama({ host: proxy.url });
  expect(await client.pull({ model: 'mock/gpt-4o' })).toEqual({ status: 'success' });
  const told: string[] = [];
  for await (const { status } of await client.pull({ model: 'mock/gpt-4o', stream: true })) told.push(status);
  expect(told.at(0)).toBe('pulling manifest');
  expect(told.at(-1)).toBe('success');
  const older = await fetch(`${proxy.url}/api/pull`, { method: 'POST', body: '{"name":"mock/gpt-4o"}' });
  expect(older.headers.get('content-type')).toBe('application/x-ndjson');
});

test.each(['{}', '{"model":""}', '{"model":3}'])('nothing to pull: %s', async (body) => {
  const answer = await fetch(`${proxy.url}/api/pull`, { method: 'POST', body });
  expect([answer.status, await answer.json()]).toEqual([400, { error: 'model is required' }]);
});

test.each([
  ['POST', '/api/push'],
  ['POST', '/api/create'],
  ['POST', '/api/copy'],
  ['DELETE', '/api/delete'],
  ['POST', '/api/blobs/sha256:29fdb92e57cf0827ded04ae6461b5931d01fa595843f55d36f5b275a52087dd2'],
])('%s %s says that there is no such thing', async (method, path) => {
  const answer = await fetch(proxy.url + path, { method, body: '{"model":"m"}' });
  expect([answer.status, await answer.json()]).toEqual([
    405,
    { error: expect.stringContaining(`${path} is not available`) },
  ]);
});

test('the library is asked with the SDK: its errors are told', async () => {
  const client = new Ollama({ host: proxy.url });
  await expect(client.delete({ model: 'mock/gpt-4o' })).rejects.toThrow(/neither makes nor removes/);
  await expect(client.copy({ source: 'a', destination: 'b' })).rejects.toThrow(/neither makes nor removes/);
});
