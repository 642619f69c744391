import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../../src/providers/index.ts';
import { validate } from '../dialects/validators.ts';
import {
  ask,
  configOf,
  deployment,
  type FakeProvider,
  json,
  mount,
  post,
  sse,
  startProvider,
  startProxy,
  type World,
} from './world.ts';

const masterKey = 'sk-master-0123456789';
const hi = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
const reply = {
  candidates: [{ content: { parts: [{ text: 'Hello' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 100, totalTokenCount: 1100 },
  modelVersion: 'gemini-2.5-flash-001',
  responseId: 'r1',
  somethingNew: { a: 1.5 },
};

let provider: FakeProvider;
let open: World;
let locked: World;
let strange: World;

beforeAll(async () => {
  provider = await startProvider();
  const row = providers['gemini'];
  if (row === undefined) throw new Error('no such provider');
  const google = deployment(`${provider.origin}/v1beta`, {
    group: 'gemini/gemini-2.5-flash',
    provider: row,
    model: 'gemini-2.5-flash',
  });
  open = await startProxy(configOf({ deployments: [google] }));
  locked = await startProxy(configOf({ deployments: [google], masterKey, secrets: [masterKey] }));
  strange = await startProxy(configOf({ deployments: [deployment(provider.origin)] }));
});
afterAll(async () => {
  await Promise.all([open, locked, strange].map((one) => one.close()));
  await provider.close();
});

function answer(body: unknown = reply): void {
  provider.seen.length = 0;
  provider.answer = (_, res) => json(res, 200, body);
}

function answerStream(text: string): void {
  provider.seen.length = 0;
  provider.answer = (_, res) => {
    res.writeHead(200, sse);
    res.end(text);
  };
}

const frame = (body: object): string => `data: ${JSON.stringify(body)}\r\n\r\n`;
const piece = { ...reply, candidates: [{ content: { parts: [{ text: 'He' }], role: 'model' }, index: 0 }] };

describe('paths', () => {
  it.each([
    '/v1beta/models/m:generateContent',
    '/v1/models/m:generateContent',
    '/models/m:generateContent',
    '/v1beta/models/openai/gpt-4o:generateContent',
    '/v1beta/models/openai%2Fgpt-4o:generateContent',
    '/v1beta/models/llama3:latest:generateContent',
    '/v1beta1/publishers/google/models/m:generateContent',
    '/v1beta1/projects/p/locations/global/publishers/google/models/m:generateContent',
  ])('%s', async (path) => {
    answer();
    const { status, text } = await post(open.url + path, hi);
    expect([status, JSON.parse(text)]).toEqual([200, reply]);
  });
  it('the model of the path is what the ledger says', async () => {
    answer();
    await post(`${open.url}/v1beta/models/openai/gpt-4o:generateContent`, hi);
    expect(open.entries.at(-1)).toMatchObject({
      model: 'openai/gpt-4o',
      usage: { input: 1000, output: 100 },
      stream: false,
    });
  });
  it.each<[string, string, number]>([
    ['GET', '/v1beta/models/m:generateContent', 405],
    ['POST', '/v1beta/models/m:dance', 405],
    ['POST', '/v1beta/nothing', 404],
    ['GET', '/v1beta/models/nobody', 404],
    ['POST', '/v1beta/models/m:generateContent', 400],
  ])('%s %s is %i in Google form', async (method, path, status) => {
    const got = await ask(open.url + path, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
    expect(got.status).toBe(status);
    expect(validate('gemini', JSON.parse(got.text), 'error').errors).toEqual([]);
    expect(JSON.parse(got.text).error.code).toBe(status);
  });
  it('are listed', async () => {
    const { text } = await ask(`${open.url}/`);
    expect(text).toContain('POST /v1beta/models/{model}:streamGenerateContent');
  });
});

describe('bytes pass', () => {
  it('whole: the body goes up and comes back as it is', async () => {
    answer();
    const body =
      '{ "contents":[{"parts":[{"text":"hi"}]}], "somethingNew": 1.50, "generation_config": {"top_p": 0.50} }';
    const got = await ask(`${open.url}/v1beta/models/m:generateContent`, { body });
    expect(got.text).toBe(JSON.stringify(reply));
    expect(provider.seen[0]).toMatchObject({ url: '/v1beta/models/gemini-2.5-flash:generateContent', body });
  });
  it('streamed as events', async () => {
    const text = frame(piece) + frame(reply);
    answerStream(text);
    const got = await post(`${open.url}/v1beta/models/m:streamGenerateContent?alt=sse`, hi);
    expect(got.text).toBe(text);
    expect(provider.seen[0]?.url).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse');
    expect(open.entries.at(-1)).toMatchObject({ stream: true, usage: { input: 1000, output: 100 } });
  });
  it('streamed as an array, which is written anew', async () => {
    answerStream(frame(piece) + frame(reply));
    const got = await post(`${open.url}/v1beta/models/m:streamGenerateContent`, hi);
    expect(got.headers['content-type']).toBe('application/json; charset=UTF-8');
    const list: { candidates: { content: { parts: { text: string }[] } }[] }[] = JSON.parse(got.text);
    expect(list.map(({ candidates }) => candidates[0]?.content.parts[0]?.text).join('')).toBe('HeHello');
  });
  it.each([
    ['events', '?alt=sse'],
    ['an array', ''],
  ])('a stream that breaks off says so, as %s', async (_, query) => {
    answerStream(frame(piece));
    const got = await post(`${open.url}/v1beta/models/m:streamGenerateContent${query}`, hi);
    const last = query === '' ? JSON.parse(got.text).at(-1) : JSON.parse(got.text.trim().split('data: ').at(-1) ?? '');
    expect(last.error).toMatchObject({ code: 502, status: 'INTERNAL' });
  });
  it('an error inside a stream that has begun, and one at its head', async () => {
    const error = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } };
    answerStream(frame(piece) + frame(error));
    const late = await post(`${open.url}/v1beta/models/m:streamGenerateContent?alt=sse`, hi);
    expect(JSON.parse(late.text.trim().split('data: ').at(-1) ?? '')).toEqual(error);
    answerStream(frame(error));
    const early = await post(`${open.url}/v1beta/models/m:streamGenerateContent?alt=sse`, hi);
    expect([early.status, JSON.parse(early.text)]).toEqual([503, error]);
  });
  it('but not with a seal inside', async () => {
    answer();
    const sealed = Buffer.from(JSON.stringify({ modelport: 1, by: 'anthropic-messages', value: 'x' })).toString(
      'base64',
    );
    const contents = [
      ...hi.contents,
      { role: 'model', parts: [{ text: 'a', thought: true, thoughtSignature: sealed }] },
    ];
    await post(`${open.url}/v1beta/models/m:generateContent`, { contents: [...contents, ...hi.contents] });
    expect(provider.seen[0]?.body).not.toContain('eyJtb2RlbHBvcnQi');
  });
  it('what the command line says is said once, whatever the spelling', async () => {
    answer();
    const google = deployment(provider.origin, {
      provider: providers['gemini'] ?? never(),
      model: 'gemini-2.5-flash',
      forced: { maxTokens: 7 },
    });
    const world = await startProxy(configOf({ deployments: [google] }));
    for (const config of ['generationConfig', 'generation_config']) {
      await post(`${world.url}/v1beta/models/m:generateContent`, { ...hi, [config]: { topK: 3, maxOutputTokens: 99 } });
    }
    await world.close();
    const sent = provider.seen.map(({ body }) => JSON.parse(body));
    expect(sent).toEqual([
      { ...hi, generationConfig: { topK: 3, maxOutputTokens: 7 } },
      { ...hi, generationConfig: { topK: 3, maxOutputTokens: 7 } },
    ]);
  });
});

function never(): never {
  throw new Error('no such provider');
}

describe('the key', () => {
  it.each<[string, string, Record<string, string>, number]>([
    ['none', '', {}, 401],
    ['x-goog-api-key', '', { 'x-goog-api-key': masterKey }, 200],
    ['?key=', `?key=${masterKey}`, {}, 200],
    ['?alt=sse&key=', `?alt=sse&key=${masterKey}`, {}, 200],
    ['an encoded ?key=', `?key=${masterKey.replace('-', '%2D')}`, {}, 200],
    ['a wrong ?key=', '?key=sk-wrong-0123456789', {}, 401],
  ])('%s', async (_, query, headers, status) => {
    answer();
    const got = await post(`${locked.url}/v1beta/models/m:generateContent${query}`, hi, headers);
    expect(got.status).toBe(status);
    if (status === 401) expect(JSON.parse(got.text).error).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' });
    expect(JSON.stringify([provider.seen, locked.entries, locked.notes])).not.toMatch(/sk-(?:master|wrong)/);
  });
  it('in the query of the native mount does not go up', async () => {
    const row = providers['gemini'];
    const to = { key: 'AIza-upstream-0123456789', ...(row && { provider: row, row }) };
    const mounts = [mount('/gemini', deployment(provider.origin, to))];
    const world = await startProxy(configOf({ mounts, masterKey, secrets: [masterKey] }));
    answer();
    const path = '/gemini/v1beta/models/gemini-2.5-flash:generateContent';
    const got = await post(`${world.url}${path}?alt=json&key=${masterKey}`, hi);
    await world.close();
    expect(got.status).toBe(200);
    expect(provider.seen[0]).toMatchObject({ url: `${path.slice('/gemini'.length)}?alt=json` });
    expect(provider.seen[0]?.headers['x-goog-api-key']).toBe(to.key);
    expect(JSON.stringify([provider.seen, world.entries])).not.toContain(masterKey);
  });
  it('in the query counts on Google paths only', async () => {
    expect((await post(`${locked.url}/v1/chat/completions?key=${masterKey}`)).status).toBe(401);
    expect((await ask(`${locked.url}/v1beta/models?key=${masterKey}`)).status).toBe(200);
  });
});

describe('models', () => {
  const wanted = { name: 'models/openai/gpt-4o', displayName: 'openai/gpt-4o' };
  it.each<[string, Record<string, string>]>([
    ['/v1beta/models', {}],
    ['/v1/models', { 'x-goog-api-client': 'google-genai-sdk/1.0' }],
  ])('%s %j', async (path, headers) => {
    const { text } = await ask(strange.url + path, { headers });
    expect(JSON.parse(text)).toEqual({ models: [expect.objectContaining(wanted)] });
  });
  it('one of them', async () => {
    const { text } = await ask(`${strange.url}/v1beta/models/openai/gpt-4o`);
    expect(JSON.parse(text)).toMatchObject(wanted);
    expect(JSON.parse(text).supportedGenerationMethods).toContain('embedContent');
  });
  it('come in pages', async () => {
    const groups = ['a', 'b', 'c'].map((group, n) => deployment(provider.origin, { group, id: `d${n}` }));
    const world = await startProxy(configOf({ deployments: groups, anyModel: false }));
    const names: string[] = [];
    let token = '';
    do {
      const { text } = await ask(`${world.url}/v1beta/models?pageSize=2&pageToken=${token}`);
      const page: { models: { name: string }[]; nextPageToken?: string } = JSON.parse(text);
      names.push(...page.models.map(({ name }) => name));
      token = page.nextPageToken ?? '';
    } while (token !== '');
    expect(names).toEqual(['models/a', 'models/b', 'models/c']);
    expect((await ask(`${world.url}/v1beta/models?pageToken=x`)).status).toBe(400);
    await world.close();
  });
  it("others keep OpenAI's list", async () => {
    const { text } = await ask(`${strange.url}/v1/models`);
    expect(JSON.parse(text).object).toBe('list');
  });
});

describe('vectors', () => {
  const one = {
    content: { parts: [{ text: 'a' }, { text: 'b' }] },
    taskType: 'RETRIEVAL_QUERY',
    outputDimensionality: 2,
  };
  const vectors = (...list: number[][]): object => ({
    object: 'list',
    data: list.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    usage: { prompt_tokens: 5, total_tokens: 5 },
  });
  it(':embedContent of another form', async () => {
    answer(vectors([1, 2]));
    const { status, text } = await post(`${strange.url}/v1beta/models/text-embedding-3-small:embedContent`, one);
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { embedding: { values: [1, 2] }, usageMetadata: { promptTokenCount: 5 } },
    ]);
    // OpenAI refuses what it does not know, and the task is one of Google's.
    expect(JSON.parse(provider.seen[0]?.body ?? '')).toEqual({
      model: 'text-embedding-3-small',
      input: ['a\nb'],
      encoding_format: 'float',
      dimensions: 2,
    });
  });
  it(':batchEmbedContents of another form', async () => {
    answer(vectors([1], [2]));
    const requests = ['a', 'b'].map((text) => ({ model: 'models/x', content: { parts: [{ text }] } }));
    const { text } = await post(`${strange.url}/v1beta/models/text-embedding-3-small:batchEmbedContents`, { requests });
    expect(JSON.parse(text)).toMatchObject({ embeddings: [{ values: [1] }, { values: [2] }] });
    expect(JSON.parse(provider.seen[0]?.body ?? '').input).toEqual(['a', 'b']);
  });
  it("Google's own", async () => {
    answer({ embeddings: [{ values: [1, 2] }] });
    const { text } = await post(`${open.url}/v1beta/models/gemini-embedding-001:embedContent`, one);
    expect(JSON.parse(text)).toEqual({ embedding: { values: [1, 2] } });
    const [seen] = provider.seen;
    expect(seen?.url).toBe('/v1beta/models/gemini-embedding-001:batchEmbedContents');
    expect(validate('gemini', JSON.parse(seen?.body ?? ''), 'batch.request').errors).toEqual([]);
    expect(JSON.parse(seen?.body ?? '').requests[0]).toMatchObject({
      taskType: 'RETRIEVAL_QUERY',
      outputDimensionality: 2,
    });
  });
  it.each<[string, object, string]>([
    ['embedContent', {}, 'content'],
    ['embedContent', { content: { parts: [] } }, 'content.parts'],
    ['embedContent', { content: { parts: [{ inlineData: {} }] } }, 'content.parts[0].text'],
    ['batchEmbedContents', {}, 'requests'],
    ['batchEmbedContents', { requests: [] }, 'requests'],
    ['batchEmbedContents', { requests: [one, { ...one, taskType: 'CLUSTERING' }] }, 'requests[1].taskType'],
  ])(':%s of %j is refused', async (verb, body, field) => {
    const got = await post(`${strange.url}/v1beta/models/text-embedding-3-small:${verb}`, body);
    expect(got.status).toBe(400);
    expect(JSON.parse(got.text).error.details[0].fieldViolations[0].field).toBe(field);
  });
});

describe(':countTokens', () => {
  const count = (contents: object): Promise<number> =>
    post(`${strange.url}/v1beta/models/m:countTokens`, contents).then(({ text }) => JSON.parse(text).totalTokens);
  it('is an estimate of contents, or of a whole request', async () => {
    const few = await count(hi);
    const whole = await count({
      generateContentRequest: {
        model: 'models/m',
        ...hi,
        systemInstruction: { parts: [{ text: 'Be brief. '.repeat(30) }] },
      },
    });
    expect(few).toBeGreaterThan(0);
    expect(whole).toBeGreaterThan(few + 20);
  });
  it("a whole request that passes names Google's own model", async () => {
    answer({ totalTokens: 31 });
    await post(`${open.url}/v1beta/models/m:countTokens`, { generateContentRequest: { ...hi, model: 'models/m' } });
    expect(JSON.parse(provider.seen[0]?.body ?? '')).toEqual({
      generateContentRequest: { ...hi, model: 'models/gemini-2.5-flash' },
    });
  });
  it('passes where Google is asked', async () => {
    answer({ totalTokens: 31, promptTokensDetails: [] });
    const { text } = await post(`${open.url}/v1beta/models/m:countTokens`, hi);
    expect(JSON.parse(text)).toEqual({ totalTokens: 31, promptTokensDetails: [] });
    expect(provider.seen[0]).toMatchObject({
      url: '/v1beta/models/gemini-2.5-flash:countTokens',
      body: JSON.stringify(hi),
    });
  });
});

describe('what a model cannot take', () => {
  it('is left out and named', async () => {
    provider.answer = (_, res) =>
      json(res, 200, {
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'x', refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
      });
    provider.seen.length = 0;
    const body = {
      ...hi,
      safetySettings: [],
      systemInstruction: { parts: [{ text: 'a' }] },
      generationConfig: { thinkingConfig: { includeThoughts: true }, topK: 4 },
    };
    const got = await post(`${strange.url}/v1beta/models/m:generateContent`, body);
    expect(got.status).toBe(200);
    const dropped = String(got.headers['x-modelport-dropped-params']).split(',');
    expect(dropped).toEqual(expect.arrayContaining(['safetySettings', 'generationConfig.thinkingConfig']));
    expect(dropped).not.toContain('contents');
    expect(dropped).not.toContain('systemInstruction');
    expect(Object.keys(JSON.parse(provider.seen[0]?.body ?? ''))).not.toContain('safetySettings');
  });
});
