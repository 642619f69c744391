import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { gather } from '../../src/cli/messages.ts';
import { startVendor } from '../clients/vendor.ts';
import { childrenOf, emptyFolder } from './spawn.ts';

const bin = join(import.meta.dirname, '../../bin/modelport.js');
const running: ChildProcess[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

interface Team {
  child: ChildProcess;
  port: number;
  log(): string;
  workers(): number[];
}

/** A proxy of several processes that serves. */
async function startTeam(args: string[], env: Record<string, string> = {}): Promise<Team> {
  const child = spawn(process.execPath, [bin, '--port', '0', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.push(child);
  let text = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      const ready = /running on http:\/\/localhost:(\d+)/.exec(text);
      if (ready) resolve(Number(ready[1]));
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
  return { child, port, log: () => text, workers: () => childrenOf(child.pid ?? 0) };
}

interface Reply {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

/** One call; each has a connection of its own, so that workers take turns. `began`: its head has come. */
function call(port: number, path: string, body: object | undefined, began?: () => void): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request(
      { host: '127.0.0.1', port, path, agent: false, method: body === undefined ? 'GET' : 'POST' },
      (res) => {
        let text = '';
        began?.();
        res.on('data', (bytes: Buffer) => {
          text += bytes.toString();
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
        res.on('error', reject);
      },
    );
    req.on('error', reject);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const hello = { model: 'x', messages: [{ role: 'user', content: 'hello' }] };
/** Machines that test are busy. */
const poll = <T>(look: () => T) => expect.poll(look, { timeout: 15_000 });
const linux = process.platform === 'linux';

test.runIf(linux)('two processes serve one port, one log tells of all calls, none is left behind', async () => {
  const team = await startTeam(['--model', 'mock/echo', '--num_workers', '2']);
  expect(team.workers()).toHaveLength(2);
  const replies = await Promise.all(Array.from({ length: 40 }, () => call(team.port, '/v1/chat/completions', hello)));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  await poll(() => team.log().match(/POST \/v1\/chat\/completions/g)?.length).toBe(40);
  const workers = team.workers();
  team.child.kill('SIGTERM');
  const [code] = await once(team.child, 'exit');
  expect(code).toBe(0);
  expect(team.log()).toMatch(/40 calls/);
  expect(workers.filter((pid) => isAlive(pid))).toEqual([]);
});

test.runIf(linux)('a worker that dies is replaced, and the other one keeps what it has under way', async () => {
  const team = await startTeam(['--model', 'mock/slow', '--num_workers', '2']);
  const [first = 0] = team.workers();
  let begun = 0;
  const began = (): void => void begun++;
  const streams = Array.from({ length: 8 }, () =>
    call(team.port, '/v1/chat/completions', { ...hello, stream: true }, began).catch((error: Error) => error),
  );
  await poll(() => begun).toBe(8);
  process.kill(first, 'SIGKILL');
  const ended = await Promise.all(streams);
  const whole = ended.filter((one) => !(one instanceof Error) && one.text.includes('[DONE]'));
  const lost = ended.filter((one) => one instanceof Error);
  // How many the other one had is chance.
  expect(whole.length).toBeGreaterThanOrEqual(1);
  expect(lost.length).toBeGreaterThanOrEqual(1);
  expect(whole.length + lost.length).toBe(8);
  await poll(() => team.workers().length).toBe(2);
  expect(team.workers()).not.toContain(first);
  await poll(() => team.log()).toMatch(/worker \d ended \(SIGKILL\): another takes its place/);
  const after = await Promise.all(Array.from({ length: 8 }, () => call(team.port, '/v1/models', undefined)));
  expect(after.map(({ status }) => status)).toEqual(Array(8).fill(200));
});

test.runIf(linux)('a connection on its way to a worker that dies is closed, not forgotten', async () => {
  const team = await startTeam(['--model', 'mock/echo', '--num_workers', '2']);
  const [first = 0] = team.workers();
  process.kill(first, 'SIGSTOP');
  let ended = 0;
  const calls = Array.from({ length: 4 }, () =>
    call(team.port, '/v1/chat/completions', hello)
      .catch(() => {})
      .then(() => void ended++),
  );
  await poll(() => ended).toBeGreaterThanOrEqual(2);
  process.kill(first, 'SIGKILL');
  await poll(() => ended).toBe(4);
  await Promise.all(calls);
});

test.runIf(linux)('no worker outlives the first process', async () => {
  const team = await startTeam(['--model', 'mock/echo', '--num_workers', '3']);
  const workers = team.workers();
  expect(workers).toHaveLength(3);
  team.child.kill('SIGKILL');
  await once(team.child, 'exit');
  await poll(() => workers.filter(isAlive)).toEqual([]);
});

test('a port in use is one line and exit code 1', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const failed = startTeam(['--model', 'mock/echo', '--num_workers', '2', '--port', port]);
  await expect(failed).rejects.toThrow(/^ended with 1: error: Port \d+ is in use[^\n]*\n$/);
  holder.close();
});

test.runIf(linux)('an answer that one process made is known to all', async () => {
  const team = await startTeam(['--model', 'mock/echo', '--num_workers', '2']);
  const made = await call(team.port, '/v1/responses', { model: 'x', input: 'remember Köln' });
  const { id } = JSON.parse(made.text);
  const seen = await Promise.all(Array.from({ length: 6 }, () => call(team.port, `/v1/responses/${id}`, undefined)));
  expect(seen.map(({ status }) => status)).toEqual(Array(6).fill(200));
  const next = await Promise.all(
    Array.from({ length: 6 }, () =>
      call(team.port, '/v1/responses', { model: 'x', input: 'and now?', previous_response_id: id }),
    ),
  );
  expect(next.map(({ status }) => status)).toEqual(Array(6).fill(200));
});

test.runIf(linux)('what one process caches all have, until one drops it', async () => {
  const vendor = await startVendor('openai-chat');
  vendor.will({ scenario: 'plain' });
  const file = join(emptyFolder(), 'config.yaml');
  const entry = `{model_name: x, litellm_params: {model: openai/gpt-4o, api_key: sk-loopback, api_base: '${vendor.url}'}}`;
  writeFileSync(file, `model_list: [${entry}]\nlitellm_settings: {cache: true}\n`);
  const team = await startTeam(['--config', file, '--num_workers', '2']);
  const ask = () => call(team.port, '/v1/chat/completions', hello);
  const hits = async (): Promise<number> => {
    const replies = await Promise.all(Array.from({ length: 6 }, ask));
    return replies.filter(({ headers }) => headers['x-modelport-cache'] === 'hit').length;
  };
  const key = (await ask()).headers['x-litellm-cache-key'];
  await poll(hits).toBe(6);
  expect(vendor.seen.length).toBeLessThan(6);
  const dropped = await call(team.port, '/cache/delete', { keys: [key] });
  expect(JSON.parse(dropped.text)).toMatchObject({ deleted: 1 });
  await new Promise((done) => setTimeout(done, 500));
  const before = vendor.seen.length;
  await ask();
  expect(vendor.seen).toHaveLength(before + 1);
  await call(team.port, '/cache/flushall', {});
  await new Promise((done) => setTimeout(done, 500));
  await ask();
  expect(vendor.seen).toHaveLength(before + 2);
  await vendor.close();
});

test.runIf(linux)('a budget counts what all processes spend', async () => {
  const vendor = await startVendor('openai-chat');
  vendor.will({ scenario: 'plain' });
  const team = await startTeam(
    ['--model', 'openai/gpt-4o', '--api_base', vendor.url, '--num_workers', '2', '--max_budget', '0.0000001'],
    { OPENAI_API_KEY: 'sk-loopback' },
  );
  expect((await call(team.port, '/v1/chat/completions', hello)).status).toBe(200);
  const refused = async (): Promise<number[]> => {
    const replies = await Promise.all(Array.from({ length: 4 }, () => call(team.port, '/v1/chat/completions', hello)));
    return replies.map(({ status }) => status);
  };
  await poll(refused).toEqual([400, 400, 400, 400]);
  await vendor.close();
});

test.runIf(linux)('--api_key - is read once, for all processes, and is in none of their arguments', async () => {
  const vendor = await startVendor('openai-chat');
  vendor.will({ scenario: 'plain' });
  const child = spawn(
    process.execPath,
    [bin, '--port', '0', '--model', 'openai/gpt-4o', '--api_base', vendor.url, '--num_workers', '2', '--api_key', '-'],
    { env: process.env, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  running.push(child);
  child.stdin.end('sk-from-stdin\n');
  let text = '';
  child.stderr.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  await poll(() => /localhost:(\d+)/.exec(text)?.[1]).toBeDefined();
  const port = Number(/localhost:(\d+)/.exec(text)?.[1]);
  await Promise.all(Array.from({ length: 4 }, () => call(port, '/v1/chat/completions', hello)));
  expect(new Set(vendor.seen.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer sk-from-stdin']));
  for (const pid of childrenOf(child.pid ?? 0)) {
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('sk-from-stdin');
  }
  await vendor.close();
});

test('what processes tell each other is as short as possible', () => {
  expect(
    gather([
      { type: 'busy', id: 'a', n: 1 },
      { type: 'add', counter: 'rpm a', minute: 7, n: 1 },
      { type: 'rest', id: 'a', untilMs: 9 },
      { type: 'busy', id: 'a', n: -1 },
      { type: 'busy', id: 'b', n: 1 },
      { type: 'add', counter: 'rpm a', minute: 7, n: 2 },
      { type: 'add', counter: 'rpm a', minute: 8, n: 4 },
      { type: 'spent', dollars: 1 },
      { type: 'spent', dollars: 0.5 },
    ]),
  ).toEqual([
    { type: 'add', counter: 'rpm a', minute: 7, n: 3 },
    { type: 'rest', id: 'a', untilMs: 9 },
    { type: 'busy', id: 'b', n: 1 },
    { type: 'add', counter: 'rpm a', minute: 8, n: 4 },
    { type: 'spent', dollars: 1.5 },
  ]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}
