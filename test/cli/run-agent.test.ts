import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agents } from '../../src/cli/agents.ts';
import {
  bin,
  emptyFolder,
  endAll,
  json,
  type Options,
  once,
  sayHello,
  start,
  type Upstream,
  upstream,
} from './spawn.ts';

const key = 'sk-real-0123456789abcdef';
const masterKey = 'sk-master-0123456789';
const names = [...Object.keys(agents), 'other'];
const folder = emptyFolder();
let provider: Upstream;
let broken: Upstream;

beforeAll(async () => {
  // A server of OpenAI's chat form only.
  provider = await upstream((body, res) =>
    'messages' in JSON.parse(body) ? sayHello(body, res) : json(res, 404, { error: { message: 'no such path' } }),
  );
  broken = await upstream((_, res) => json(res, 500, { error: { message: 'the provider is on fire' } }));
  for (const name of names) install(name, `FAKE_NAME=${name} exec "${process.execPath}" "${fake}" "$@"`);
  writeFileSync(join(folder, 'plain-file'), 'no program');
});
afterAll(() => {
  endAll();
  provider.close();
  broken.close();
});

const fake = fileURLToPath(new URL('./fake-agent.mjs', import.meta.url));

function install(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

function line(agent: string, args: readonly string[], { flags = [] as string[], base = provider.url } = {}): string[] {
  return ['run', agent, '--model', 'openai/gpt-4o', '--api_base', base, ...flags, '--', ...args];
}

const around = (options: Options = {}): Options => ({
  ...options,
  env: { PATH: `${folder}:${process.env['PATH']}`, OPENAI_API_KEY: key, ...options.env },
});

const run = (agent: string, args: readonly string[], options?: Options, given = {}) =>
  once(line(agent, args, given), around(options));

interface Report {
  args: string[];
  env: Record<string, string>;
}

async function report(agent: string, args: readonly string[] = [], options?: Options): Promise<Report> {
  const { out, err, code } = await run(agent, ['report', ...args], options);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Report;
}

describe('an agent finds the model by what it was given', () => {
  const rows = [['other', ''] as const, ...names.map((name) => [name, masterKey] as const)];
  it.each(rows)('%s, master key %j', async (name, LITELLM_MASTER_KEY) => {
    const { code, out, err } = await run(name, ['call'], { env: { LITELLM_MASTER_KEY } });
    const replies = out
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one) as { status: number; text: string });
    for (const reply of replies) expect(reply).toMatchObject({ text: expect.stringMatching(/Hello!|alive/) });
    expect(code).toBe(0);
    const calls = replies.filter(({ text }) => text.includes('Hello!')).length;
    expect(err).toContain(`${calls} ${calls === 1 ? 'call' : 'calls'}, ${calls * 9} tokens in`);
    expect(calls).toBeGreaterThan(0);
  });

  it.each(names)('%s: what it gets, and what it does not', async (name) => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, '.env'), 'GROQ_API_KEY=gsk_from_dotenv_1\nOPENAI_API_BASE=http://dotenv.invalid\n');
    const others = { MY_COPY: key, ANTHROPIC_API_KEY: 'sk-ant-real', CLAUDE_CODE_USE_BEDROCK: '1', KEPT: 'as it was' };
    const odd = ['--api-key', 'a b', '', '-p', '"$HOME"', '--', '--model', 'x'];
    const { env, args } = await report(name, odd, { cwd, env: { ...others, LITELLM_MASTER_KEY: masterKey } });
    // The provider's key under no name, nor what .env holds; the rest of the environment is untouched.
    expect(JSON.stringify([env, args])).not.toMatch(new RegExp(`${key}|dotenv`));
    expect(env['KEPT']).toBe('as it was');
    // All users of the machine can read arguments.
    expect(args.join(' ')).not.toContain(masterKey);
    expect(Object.values(env)).toContain(masterKey);
    expect(args.slice(-odd.length)).toEqual(odd);
    expect(readdirSync(cwd)).toEqual(['.env']);
    if (name === 'claude') expect(Object.keys(env)).not.toContain('ANTHROPIC_API_KEY');
    if (name === 'claude') expect(Object.keys(env)).not.toContain('CLAUDE_CODE_USE_BEDROCK');
    if (name === 'other') expect(env['ANTHROPIC_API_KEY']).toBe(masterKey);
  });

  it('no outgoing proxy is asked for this machine', async () => {
    const { env } = await report('other', [], { env: { HTTPS_PROXY: 'http://proxy.invalid:3128', NO_PROXY: 'corp' } });
    expect([env['NO_PROXY'], env['no_proxy']]).toEqual(['corp,127.0.0.1,localhost', 'corp,127.0.0.1,localhost']);
    expect(Object.keys((await report('other')).env)).not.toContain('NO_PROXY');
  });

  it('knows an agent by its path, and clients see the alias', async () => {
    const named = ['run', join(folder, 'qwen'), '--model', 'openai/gpt-4o', '--alias', 'mine', '--', 'report'];
    const { out } = await once(named, around());
    expect((JSON.parse(out) as Report).args).toContain('--openai-base-url');
    expect((JSON.parse(out) as Report).env['OPENAI_MODEL']).toBe('mine');
  });

  it('PORT and HOST are not for this proxy; --port is', async () => {
    const free = await report('other', [], { env: { PORT: '1', HOST: '0.0.0.0' } });
    expect(free.env['MODELPORT_URL']).toMatch(/^http:\/\/127\.0\.0\.1:\d{4,}$/);
    const port = new URL(free.env['MODELPORT_URL']!).port;
    const { out } = await run('other', ['report'], {}, { flags: ['--port', port] });
    expect((JSON.parse(out) as Report).env['MODELPORT_URL']).toBe(`http://127.0.0.1:${port}`);
  });

  it('stdin is its own', async () => {
    expect((await run('other', ['stdin'], { input: 'one\ntwo\n' })).out).toBe('one\ntwo\n');
  });
});

describe('the end', () => {
  const rows: [args: string[], code: number][] = [
    [['exit', '0'], 0],
    [['exit', '1'], 1],
    [['exit', '77'], 77],
    [['die', 'SIGTERM'], 143],
    [['die', 'SIGKILL'], 137],
  ];
  it.each(rows)('%j gives %i', async (args, code) => {
    const ended = await run('other', args);
    expect(ended).toMatchObject({ code, signal: null, err: '', out: '' });
  });

  const signals: [signal: NodeJS.Signals, code: number, told: string][] = [
    ['SIGTERM', 9, ''],
    ['SIGINT', 9, 'got SIGINT\n'],
    ['SIGHUP', 9, 'got SIGHUP\n'],
  ];
  it.each(signals)('%s goes to the agent, and nothing is left', async (signal, code, told) => {
    const pidFile = join(emptyFolder(), 'pid');
    const running = start(line('other', ['wait']), around({ env: { FAKE_PID: pidFile } }));
    const [, url = ''] = await running.says(/ready (\S+)\n/);
    expect((await fetch(`${url}/health/liveliness`)).status).toBe(200);
    running.child.kill(signal);
    if (told !== '') {
      await running.says(new RegExp(told));
      expect(running.run.code).toBe(null);
      running.child.kill('SIGTERM');
    }
    const ended = await running.ended;
    expect(ended).toMatchObject({ code, out: `ready ${url}\n${told}` });
    await expect(fetch(url)).rejects.toThrow();
    expect(() => process.kill(Number(readFileSync(pidFile, 'utf8')), 0)).toThrow();
  });

  const recorder = '/usr/bin/script';
  const { stdout } = spawnSync(recorder, ['--version'], { encoding: 'utf8' });
  it.skipIf(!/util-linux/.test(stdout ?? ''))('Ctrl-C in a terminal comes to the agent once', async () => {
    const typed = [process.execPath, bin, ...line('other', ['wait'])].map((arg) => `'${arg}'`).join(' ');
    const child = spawn(recorder, ['-qec', `exec ${typed}`, '/dev/null'], { env: around().env!, cwd: emptyFolder() });
    let seen = '';
    const sees = (pattern: RegExp) =>
      new Promise<void>((found) => {
        const look = () => pattern.test(seen) && found();
        child.stdout.on('data', look);
        look();
      });
    child.stdout.on('data', (chunk) => {
      seen += String(chunk);
    });
    await sees(/ready/);
    child.stdin.write('\x03');
    await sees(/got SIGINT/);
    await new Promise((later) => setTimeout(later, 300));
    expect(seen.match(/got SIGINT/g)).toHaveLength(1);
    child.stdin.write('\x03');
    expect(await new Promise((ended) => child.on('close', ended))).toBe(9);
  });

  it('errors and the sum are told after it, nothing while it runs', async () => {
    const { err } = await run('qwen', ['fail'], {}, { base: broken.url });
    expect(err).toMatch(/^the agent is done\n.* 500 .*on fire.*\n1 call \(1 failed\)\n$/);
    expect((await run('qwen', ['fail'], {}, { flags: ['--quiet'] })).err).toBe('the agent is done\n');
    const { err: debug } = await run('qwen', ['fail'], {}, { flags: ['--debug'] });
    expect(debug).toMatch(/debug: qwen calls http/);
    expect(debug).toMatch(/ 200 9 in 2 out /);
  });
});

describe('what cannot be run', () => {
  const rows: [argv: string[], code: number, says: RegExp][] = [
    [['run', 'no-such-agent', '--model', 'mock/echo'], 127, /^error: no-such-agent: command not found\n$/],
    [['run', 'plain-file', '--model', 'mock/echo'], 126, /^error: plain-file cannot be run: .*EACCES\n$/],
    [['run', '--model', 'mock/echo'], 2, /^error: which agent\? modelport run <claude\|codex\|/],
    [['run', 'other', '-p', 'hi', '--model', 'mock/echo'], 2, /unknown option '-p'\n.*behind --: modelport run/],
    [['run', 'other', 'hi', '--model', 'mock/echo'], 2, /stands behind --: modelport run other \[flags\] -- hi\n$/],
    [['run', 'other'], 2, /which model\?/],
    [['run', 'other', '--model', 'nonsense-provider/x'], 2, /nonsense-provider/],
    [['run', 'other', '--model', 'openai/x', '--api_key', '-'], 2, /stdin is the agent's/],
  ];
  it.each(rows)('%j ends with %i', async (argv, code, says) => {
    const ended = await once(argv, around({ input: 'sk-from-stdin\n' }));
    expect(ended.err).toMatch(says);
    expect(ended).toMatchObject({ code, out: '' });
  });

  it.each(Object.entries(agents))('%s: says how it is installed', async (name, { install }) => {
    const { err, code } = await once(['run', name, '--model', 'mock/echo'], { env: { PATH: emptyFolder() } });
    expect({ err, code }).toEqual({
      err: `error: ${name}: command not found; this installs it: ${install}\n`,
      code: 127,
    });
  });

  it('a port in use ends with 1, and the agent does not start', async () => {
    const port = new URL(broken.url).port;
    const { code, out, err } = await run('other', ['report'], {}, { flags: ['--port', port] });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`Port ${port} is in use`);
  });
});
