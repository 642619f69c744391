import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endAll, json, once, type Running, sayHello, serveOn, type Upstream, upstream } from './spawn.ts';

const key = 'sk-test-0123456789abcdef';
const env = { OPENAI_API_KEY: key, LITELLM_MASTER_KEY: 'sk-master-1234' };
/** What the provider answers next. */
let answer: (body: string, res: ServerResponse) => void = sayHello;
let provider: Upstream;
let proxy: Running & { url: string; port: string };
/** Where nothing listens. */
let deserted: string;

beforeAll(async () => {
  const gone = await upstream(sayHello);
  gone.close();
  deserted = gone.url;
  provider = await upstream((body, res) => answer(body, res));
  proxy = await serveOn(['--model', 'openai/gpt-4o', '--api_base', provider.url], { env });
});
afterAll(() => {
  endAll();
  provider.close();
});

const test = (argv: readonly string[], given: Record<string, string> = env) => once(['test', ...argv], { env: given });
const failing = (status: number) => (_: string, res: ServerResponse) =>
  json(res, status, { error: { message: 'No.', type: 't', code: null } });
const brokenStream = (_: string, res: ServerResponse) => {
  const chunk = {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content: 'Half' }, finish_reason: null }],
  };
  res
    .writeHead(200, { 'content-type': 'text/event-stream' })
    .write(`data: ${JSON.stringify(chunk)}\n\n`, () => res.destroy());
};

describe('modelport test asks the running proxy', () => {
  it.each([[[]], [['--stream']], [['Say', 'hello.', '--stream']]])('%j: the answer alone on stdout', async (argv) => {
    answer = sayHello;
    const run = await test(['--port', proxy.port, ...argv]);
    expect(run).toMatchObject({ code: 0, out: 'Hello!\n' });
    expect(run.err).toMatch(
      /^asking the proxy on http:\/\/localhost:\d+\nopenai\/gpt-4o, 9 tokens in, 2 out, first token after \d+ ms, \d+ ms in all\n$/,
    );
  });

  it('sends the prompt that was typed', async () => {
    let asked = '';
    answer = (body, res) => {
      asked = body;
      sayHello(body, res);
    };
    await test(['--port', proxy.port, 'What', 'is 2+2?', '--model', 'other']);
    expect(JSON.parse(asked)).toMatchObject({ messages: [{ role: 'user', content: 'What is 2+2?' }] });
  });

  it('--json is one document, and lines for a stream', async () => {
    answer = sayHello;
    const report = {
      ok: true,
      model: 'openai/gpt-4o',
      text: 'Hello!',
      finish_reason: 'stop',
      usage: { prompt_tokens: 9, completion_tokens: 2 },
    };
    const whole = await test(['--port', proxy.port, '--json']);
    expect(JSON.parse(whole.out)).toMatchObject(report);
    const lines = (await test(['--port', proxy.port, '--json', '--stream'])).out.trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { event: 'text', text: 'Hello!' },
      expect.objectContaining(report),
    ]);
    answer = failing(500);
    const failed = await test(['--port', proxy.port, '--json']);
    expect(JSON.parse(failed.out)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('No.'), exit_code: 6 },
    });
    expect(failed.code).toBe(6);
  });

  const codes: [name: string, answer: typeof sayHello, argv: string[], code: number, err: RegExp][] = [
    ['bad key', failing(401), [], 3, /^error: 401: .*No\./m],
    ['forbidden', failing(403), [], 3, /^error: 403/m],
    ['no such model', failing(404), [], 4, /^error: 404/m],
    ['bad request', failing(400), [], 1, /^error: 400/m],
    ['rate limit', failing(429), [], 6, /^error: 429/m],
    ['provider down', failing(503), ['--stream'], 6, /^error: 503/m],
    ['nonsense', (_, res) => res.end('<html>'), [], 6, /^error: 502/m],
    ['an empty answer', (body, res) => sayHello(body, res, ''), [], 1, /answered with nothing \(stop\)/],
    ['an empty stream', (body, res) => sayHello(body, res, ''), ['--stream'], 1, /answered with nothing \(stop\)/],
    ['a broken stream', brokenStream, ['--stream'], 6, /^error: /m],
    ['nothing in time', () => undefined, ['--request_timeout', '0.3'], 6, /no answer in time/],
  ];
  it.each(codes)('%s', async (_, provides, argv, code, err) => {
    answer = provides;
    const run = await test(['--port', proxy.port, ...argv]);
    expect(run.err).toMatch(err);
    expect(run.code).toBe(code);
    expect(run.err).not.toContain(key);
  });

  it('without the master key it is refused, with --test too', async () => {
    for (const argv of [['test'], ['--test']])
      expect((await once([...argv, '--port', proxy.port])).code, argv.join()).toBe(3);
  });

  it('never hands it the --api_key of a provider', async () => {
    const other = await upstream((body, res) =>
      body === '' ? json(res, 200, { status: 'healthy' }) : sayHello(body, res),
    );
    const { port } = new URL(other.url);
    const run = await once(['test', '--port', port, '--model', 'openai/x', '--api_key', key]);
    expect(run.code).toBe(0);
    expect(other.seen.length).toBeGreaterThan(1);
    expect(JSON.stringify(other.seen)).not.toContain(key);
    other.close();
  });
});

describe('modelport test without a running proxy', () => {
  it('serves itself with --model', async () => {
    answer = sayHello;
    const run = await test(['--port', '1', '--model', 'openai/x', '--api_base', provider.url]);
    expect(run).toMatchObject({ code: 0, out: 'Hello!\n' });
    expect(run.err).toMatch(/^serving openai\/x for this call$/m);
  });

  const rows: [argv: string[], code: number, err: RegExp][] = [
    [['--port', '1'], 1, /no proxy answers on http:\/\/localhost:1: start one/],
    [['--port', '1', '--model', 'nobody'], 2, /LLM Provider NOT provided/],
    [['--base_url', 'deserted', '--model', 'openai/x'], 6, /nothing listens there/],
    [['--base_url', 'localhost:4000'], 2, /--base_url must be/],
  ];
  it.each(rows)('%j ends with %i', async (argv, code, err) => {
    const run = await test(argv.map((arg) => (arg === 'deserted' ? deserted : arg)));
    expect(run.err).toMatch(err);
    expect(run).toMatchObject({ code, out: '' });
  });

  it('without a key warns, and ends with 3', async () => {
    const run = await test(['--port', '1', '--model', 'openai/x', '--api_base', provider.url], {});
    expect(run.err).toMatch(/^warning: no key for OpenAI: set OPENAI_API_KEY$/m);
    expect(run.code).toBe(3);
  });
});

describe('--base_url', () => {
  it.each(['', '/', '/v1', '/v1/'])('takes "%s" behind the origin', async (end) => {
    answer = sayHello;
    const run = await test(['--base_url', `http://127.0.0.1:${proxy.port}${end}`]);
    expect(run).toMatchObject({ code: 0, out: 'Hello!\n' });
  });

  it('sends --api_key there', async () => {
    const run = await test(['--base_url', proxy.url, '--api_key', 'sk-master-1234'], {});
    expect(run.code).toBe(0);
  });
});
