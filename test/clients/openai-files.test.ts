import { createHash } from 'node:crypto';
import OpenAI, { AuthenticationError, AzureOpenAI, NotFoundError, toFile } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Platform, startPlatform } from './platform.ts';
import { type RunningProxy, startProxy } from './proxy.ts';

const key = 'sk-platform-0123456789';
const masterKey = 'sk-master-0123456789';
const version = '2025-02-01-preview';

/** How clients are pointed at the proxy: all forms of the paths reach the same things. */
const setups: { name: string; at(url: string): OpenAI }[] = [
  { name: '/v1', at: (url) => client(`${url}/v1`) },
  { name: 'without /v1', at: (url) => client(url) },
  { name: '/openai/v1', at: (url) => client(`${url}/openai/v1`) },
  {
    name: 'Azure',
    at: (endpoint) => new AzureOpenAI({ endpoint, apiVersion: version, apiKey: masterKey, maxRetries: 0 }),
  },
];

function client(baseURL: string, headers: Record<string, string> = {}): OpenAI {
  return new OpenAI({ baseURL, apiKey: masterKey, maxRetries: 0, defaultHeaders: headers });
}

describe.each([
  { provider: 'openai', azure: false },
  { provider: 'azure', azure: true },
])('files, uploads and vector stores at $provider', ({ provider, azure }) => {
  let platform: Platform;
  let proxy: RunningProxy;
  beforeAll(async () => {
    platform = await startPlatform(key, '', azure);
    const env = { OPENAI_API_KEY: key, AZURE_API_KEY: key, LITELLM_MASTER_KEY: masterKey };
    proxy = await startProxy({ model: `${provider}/gpt-4o`, api_base: platform.url }, env);
  });
  afterAll(async () => {
    await proxy.close();
    await platform.close();
  });
  beforeEach(() => {
    platform.seen.length = 0;
    proxy.entries.length = 0;
  });

  test.each(setups)('$name: upload, list, retrieve, content, delete', async ({ at }) => {
    const openai = at(proxy.url);
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, n) => n % 256));
    const made = await openai.files.create({ file: await toFile(bytes, 'träin "1".bin'), purpose: 'batch' });
    const [upload] = platform.seen;
    expect(upload?.fields).toEqual({ purpose: 'batch' });
    expect(upload?.file).toMatchObject({
      field: 'file',
      size: bytes.length,
      sha: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(made).toMatchObject({ object: 'file', bytes: bytes.length });
    const ids: string[] = [];
    for await (const file of openai.files.list({ limit: 1 })) ids.push(file.id);
    expect(ids).toContain(made.id);
    expect((await openai.files.retrieve(made.id)).id).toBe(made.id);
    const content = await openai.files.content(made.id);
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
    expect(content.headers.get('content-disposition')).toBe('attachment; filename="out.jsonl"');
    expect(content.headers.get('content-length')).toBe(String(bytes.length));
    expect(content.headers.get('set-cookie')).toBeNull();
    expect(await openai.files.delete(made.id)).toEqual({ id: made.id, object: 'file.deleted', deleted: true });
    const gone = await openai.files.retrieve(made.id).catch((error: unknown) => error);
    expect(gone).toBeInstanceOf(NotFoundError);
    expect(String(gone)).toContain(`No such object: ${made.id}`);
    expect(JSON.stringify(platform.seen.map(({ headers }) => headers))).not.toContain(masterKey);
    expect(proxy.entries.length).toBe(platform.seen.length);
    expect(proxy.entries.at(-1)).toMatchObject({ status: 404, provider });
  });

  test('what a caller says of itself stays here; headers of the answer are chosen', async () => {
    const openai = client(`${proxy.url}/v1`, {
      cookie: 'session=1',
      'x-forwarded-for': '10.0.0.1',
      'x-api-key': 'mine',
      'openai-organization': 'org-mine',
    });
    const { response } = await openai.files.list().withResponse();
    expect(response.headers.get('x-litellm-call-id')).toMatch(/\w/);
    expect(response.headers.get('openai-processing-ms')).toBe('7');
    expect(response.headers.get('set-cookie')).toBeNull();
    const sent = platform.seen[0]?.headers ?? {};
    const auth = azure ? 'api-key' : 'authorization';
    expect(Object.keys(sent).sort()).toEqual(['accept', 'accept-encoding', auth, 'connection', 'host'].sort());
  });

  test('vector stores: files in a batch, searched', async () => {
    const openai = client(`${proxy.url}/v1`);
    const store = await openai.vectorStores.create({
      name: 'docs',
      expires_after: { anchor: 'last_active_at', days: 1 },
    });
    const files = await Promise.all([1, 2, 3].map((n) => toFile(Buffer.from(`text ${n}`), `${n}.txt`)));
    const batch = await openai.vectorStores.fileBatches.uploadAndPoll(store.id, { files });
    expect(batch.object).toBe('vector_store.file_batch');
    const sent = platform.seen.find(({ path }) => path.endsWith('/file_batches'));
    expect(sent?.body['file_ids']).toHaveLength(3);
    expect((await openai.vectorStores.search(store.id, { query: 'text' })).data).toEqual([{ id: 'r1', score: 0.9 }]);
    expect((await openai.vectorStores.update(store.id, { name: 'more' })).name).toBe('more');
    expect((await openai.vectorStores.delete(store.id)).deleted).toBe(true);
  });

  test('uploads in parts', async () => {
    const openai = client(`${proxy.url}/v1`);
    const upload = await openai.uploads.create({
      bytes: 6,
      filename: 'a.txt',
      mime_type: 'text/plain',
      purpose: 'batch',
    });
    const part = await openai.uploads.parts.create(upload.id, { data: await toFile(Buffer.from('abcdef'), 'p') });
    expect(platform.seen[1]?.file).toMatchObject({ field: 'data', size: 6 });
    expect((await openai.uploads.complete(upload.id, { part_ids: [part.id] })).status).toBe('completed');
    const other = await openai.uploads.create({
      bytes: 6,
      filename: 'a.txt',
      mime_type: 'text/plain',
      purpose: 'batch',
    });
    expect((await openai.uploads.cancel(other.id)).status).toBe('cancelled');
  });

  test.runIf(!azure)('containers and their files', async () => {
    const openai = client(`${proxy.url}/v1`);
    const container = await openai.containers.create({ name: 'box' });
    const file = await openai.containers.files.create(container.id, {
      file: await toFile(Buffer.from('x,y'), 'a.csv'),
    });
    const content = await openai.containers.files.content.retrieve(file.id, { container_id: container.id });
    expect(await content.text()).toBe('x,y');
    await openai.containers.delete(container.id);
    expect(platform.seen.at(-1)).toMatchObject({ method: 'DELETE', path: `/v1/containers/${container.id}` });
  });

  test('a wrong key of ours is told in the client’s form, without the key', async () => {
    const wrong = await startProxy(
      { model: `${provider}/gpt-4o`, api_base: platform.url },
      { OPENAI_API_KEY: 'sk-wrong-0123456789', AZURE_API_KEY: 'sk-wrong-0123456789' },
    );
    const error = await client(`${wrong.url}/v1`)
      .files.list()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(String(error)).toContain('Incorrect API key provided');
    expect(JSON.stringify(error)).not.toContain('sk-wrong-0123456789');
    await wrong.close();
  });
});
