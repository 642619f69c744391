import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bin,
  emptyFolder,
  endAll,
  json,
  type Options,
  once,
  sayHello,
  serveOn,
  start,
  type Upstream,
  upstream,
} from './spawn.ts';

const key = 'sk-test-0123456789abcdef';
let provider: Upstream;
/** Answers a stream with one event and then says nothing more. */
let hung: Upstream;

beforeAll(async () => {
  provider = await upstream(sayHello);
  hung = await upstream((_, res) => {
    const chunk = {
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta: { role: 'assistant', content: 'Once' }, finish_reason: null }],
    };
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${JSON.stringify(chunk)}\n\n`);
  });
});
afterAll(() => {
  endAll();
  provider.close();
  hung.close();
});

const serving = (argv: readonly string[] = [], options: Options = {}, base = provider.url) =>
  serveOn(['--model', 'openai/gpt-4o', '--api_base', base, ...argv], {
    ...options,
    env: { OPENAI_API_KEY: key, ...options.env },
  });

function chat(url: string, model = 'any', stream = false, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Hello' }] });
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

async function stop({ child, ended }: Awaited<ReturnType<typeof serving>>, signal: NodeJS.Signals = 'SIGTERM') {
  child.kill(signal);
  return ended;
}

describe('the start', () => {
  it('prints a ready line and a banner of at most ten lines on stderr, with no secret in it', async () => {
    const proxy = await serving(
      [],
      { env: { OPENAI_API_BASE: 'http://unused' } },
      provider.url.replace('//', '//me:url-password@'),
    );
    await proxy.says(/curl /);
    const lines = proxy.run.err.trimEnd().split('\n');
    expect(lines[0]).toBe(`INFO: Proxy running on ${proxy.url}`);
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(proxy.run.err).toMatch(new RegExp(`model +openai/gpt-4o\\n +upstream +${provider.url}\\n`));
    expect(proxy.run.err).not.toMatch(/url-password|sk-test/);
    expect(proxy.run.out).toBe('');
    await stop(proxy);
  });

  it('the line to paste works, with a master key too', async () => {
    const proxy = await serving([], { env: { LITELLM_MASTER_KEY: 'sk-master-1234' } });
    const [, url = ''] = await proxy.says(/curl (\S+)/);
    expect(proxy.run.err).toMatch(/auth +on/);
    expect(proxy.run.err).not.toContain('sk-master-1234');
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
    expect((await chat(proxy.url, 'any', false, { authorization: 'Bearer sk-master-1234' })).status).toBe(200);
    await stop(proxy);
  });

  it('--json says it on stdout, and nothing but JSON anywhere', async () => {
    const proxy = await serving(['--json']);
    await chat(proxy.url);
    await proxy.says(/"event":"call"/);
    const { out, err } = await stop(proxy);
    expect(JSON.parse(out)).toEqual({ event: 'listening', url: proxy.url });
    const events = err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toEqual(['note', 'call', 'note', 'note']);
    expect(events[1]).toMatchObject({ model: 'any', status: 200, provider: 'openai', usage: { input: 9, output: 2 } });
  });

  it.each([
    ['0.0.0.0', {}, /warning: listening on 0\.0\.0\.0/],
    ['0.0.0.0', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, /^warning: [^\n]+\nINFO/],
  ])('--host %s %j warns', async (host, env, says) => {
    const proxy = await serving(['--host', host], { env });
    expect(proxy.url).toBe(`http://localhost:${proxy.port}`);
    expect(proxy.run.err).toMatch(says);
    await stop(proxy);
  });

  it('a busy port ends it with 1, and is not exchanged for another', async () => {
    const holder = createServer();
    await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done));
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const run = await once(['--model', 'ollama/x', '--port', String(port)]);
    holder.close();
    expect(run).toMatchObject({ code: 1, out: '', err: expect.stringContaining(`Port ${port} is in use`) });
  });

  it('a port held by another proxy is said to be', async () => {
    const first = await serving();
    await fetch(`${first.url}/health/liveliness`);
    const run = await once(['--model', 'ollama/x', '--port', first.port]);
    expect(run.code).toBe(1);
    expect(run.err).toMatch(/is in use: another .*modelport/);
    await stop(first);
  });

  it('an address that is not ours ends it with 1', async () => {
    const run = await once(['--model', 'ollama/x', '--host', '203.0.113.7', '--port', '0'], {
      env: { LITELLM_MASTER_KEY: 'k' },
    });
    expect(run).toMatchObject({ code: 1, err: expect.stringContaining('--host 203.0.113.7') });
  });
});

it('HTTPS files that are no PEM end it with 1, naming the flags', async () => {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(emptyFolder(), name));
  for (const file of [key!, cert!]) writeFileSync(file, 'no PEM');
  const run = await once([
    '--model',
    'ollama/x',
    '--port',
    '0',
    '--ssl_keyfile_path',
    key!,
    '--ssl_certfile_path',
    cert!,
  ]);
  expect(run).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^error: --ssl_keyfile_path and [^\n]*\n$/),
  });
});

it('the built command passes native routes through', async () => {
  const native = await upstream((_, res) =>
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}'),
  );
  const proxy = await serving([], { env: { ANTHROPIC_API_KEY: key, ANTHROPIC_API_BASE: native.url } });
  const reply = await fetch(`${proxy.url}/anthropic/v1/models`);
  expect([reply.status, await reply.text()]).toEqual([200, '{"data":[]}']);
  native.close();
  await stop(proxy);
});

it('the built command is not held up by a reply that no parser expects', async () => {
  const odd = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write('HTTP/1.1 099 Odd\r\ncontent-length: 2\r\n\r\n{}'));
  });
  await new Promise<void>((done) => odd.listen(0, '127.0.0.1', done));
  const address = odd.address();
  const proxy = await serving([], {}, `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  const before = performance.now();
  const { status } = await chat(proxy.url);
  expect([status, performance.now() - before < 1500]).toEqual([502, true]);
  await stop(proxy);
  odd.close();
});

describe('the log', () => {
  it('has a line for each call, without what moves a cursor', async () => {
    const proxy = await serving();
    await chat(proxy.url, 'evil\u001b[2J\u202e\nmodel', true, { 'user-agent': 'curl/8.0' }).then((reply) =>
      reply.text(),
    );
    const [line] = await proxy.says(/^\d\d:\d\d:\d\d .*$/m);
    expect(line).toMatch(/curl.* POST \/v1\/chat\/completions evil \[2J model -> openai\/gpt-4o 200 9 in 2 out \d+ ms/);
    const { err } = await stop(proxy);
    expect(err).toMatch(/^1 call, 9 tokens in, 2 out/m);
    expect(err).not.toMatch(/\p{Cc}(?<!\n)|\p{Cf}/u);
  });

  it('--quiet leaves the ready line', async () => {
    const proxy = await serving(['--quiet']);
    await chat(proxy.url);
    expect((await stop(proxy)).err).toBe(`INFO: Proxy running on ${proxy.url}\n`);
  });

  it.each([
    [{ FORCE_COLOR: '1' }, true],
    [{ NO_COLOR: '1' }, false],
    [{ FORCE_COLOR: '0' }, false],
    [{ TERM: 'xterm-256color' }, false],
  ])('%j colours: %s', async (env, coloured) => {
    const proxy = await serving([], { env });
    await proxy.says(/curl /);
    expect((await stop(proxy)).err.includes('\u001b[')).toBe(coloured);
  });

  it('nobody reading it never holds a call up, nor does a closed pipe', async () => {
    const proxy = await serving();
    proxy.child.stderr?.destroy();
    proxy.child.stdout?.destroy();
    for (let count = 0; count < 20; count++) expect((await chat(proxy.url)).status).toBe(200);
    expect(await stop(proxy)).toMatchObject({ code: 0 });
  });
});

describe('a signal', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s ends an idle proxy at once, with 0, and frees the port',
    async (signal) => {
      const proxy = await serving();
      const idle = createConnection(Number(proxy.port), '127.0.0.1').on('error', () => undefined);
      await chat(proxy.url);
      const before = Date.now();
      const { code } = await stop(proxy, signal);
      expect(code).toBe(0);
      expect(Date.now() - before).toBeLessThan(5000);
      idle.destroy();
      const again = start(['--model', 'ollama/x', '--port', proxy.port]);
      await again.says(/running on/);
      again.child.kill();
      await again.ended;
    },
  );

  it('lets a running answer finish', async () => {
    const slow = await upstream((body, res) => setTimeout(() => sayHello(body, res), 600));
    const proxy = await serving([], {}, slow.url);
    const answer = chat(proxy.url);
    await expect.poll(() => slow.seen.length).toBe(1);
    const ended = stop(proxy);
    expect((await answer).status).toBe(200);
    expect((await ended).code).toBe(0);
    slow.close();
  });

  it('ends a hung answer with an error after --drain_timeout', async () => {
    const proxy = await serving(['--drain_timeout', '0.5'], {}, hung.url);
    const answer = await chat(proxy.url, 'm', true);
    const text = answer.text();
    const before = Date.now();
    const { code } = await stop(proxy);
    expect(code).toBe(0);
    expect(Date.now() - before).toBeLessThan(3000);
    expect(await text).toMatch(/"error"/);
  });

  it.skipIf(process.platform === 'win32')('under npm, the end of the parent ends it', async () => {
    // npm passes SIGTERM to a shell, which dies without telling its child.
    const command = `"${process.execPath}" "${bin}" --model mock/echo --port 0 & wait`;
    const shell = spawn('sh', ['-c', command], {
      cwd: emptyFolder(),
      env: { PATH: process.env['PATH'], npm_execpath: 'npm-cli.js' },
    });
    const told = await new Promise<string>((heard) => shell.stderr.once('data', (chunk) => heard(String(chunk))));
    const [url = ''] = /http:\S+/.exec(told) ?? [];
    expect((await chat(url)).status).toBe(200);
    shell.kill('SIGTERM');
    await expect.poll(() => chat(url).catch(() => 'gone'), { timeout: 8000, interval: 100 }).toBe('gone');
  });

  it('a second one ends it at once, with 130', async () => {
    const proxy = await serving([], {}, hung.url);
    const answer = await chat(proxy.url, 'm', true);
    proxy.child.kill('SIGINT');
    await proxy.says(/stopping/);
    await new Promise((done) => setTimeout(done, 150));
    const before = Date.now();
    proxy.child.kill('SIGINT');
    expect((await proxy.ended).code).toBe(130);
    expect(Date.now() - before).toBeLessThan(3000);
    await answer.text().catch(() => undefined);
  });
});

describe('--health', () => {
  it('prints what the running proxy says, and ends with 1 when a model is ill', async () => {
    const ill = await upstream((_, res) => json(res, 401, { error: { message: `bad key ${key}` } }));
    for (const [base, code] of [
      [provider.url, 0],
      [ill.url, 1],
    ] as const) {
      const proxy = await serving([], {}, base);
      const run = await once(['--health', '--port', proxy.port]);
      expect(run.code).toBe(code);
      expect(JSON.parse(run.out)).toMatchObject({ unhealthy_count: code, healthy_count: 1 - code });
      expect(run.out).toContain('\n    "');
      expect(run.out).not.toContain(key);
      await stop(proxy);
    }
    ill.close();
  });
});
