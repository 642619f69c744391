import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bin, endAll, start } from './spawn.ts';

const folder = mkdtempSync(join(tmpdir(), 'modelport-pieces-'));
afterAll(() => {
  endAll();
  rmSync(folder, { recursive: true });
});

/** The built command in a folder of its own; `spoil` gets each file of dist/chunks. */
function copyOf(name: string, spoil: (file: string) => void): string {
  const to = join(folder, name);
  for (const part of ['bin', 'dist']) cpSync(resolve(bin, '../..', part), join(to, part), { recursive: true });
  const chunks = join(to, 'dist/chunks');
  for (const file of readdirSync(chunks)) spoil(join(chunks, file));
  return join(to, 'bin/modelport.js');
}

const asked = ['--model', 'mock/x', '--port', '0'];

it.each([
  ['none', (file: string) => rmSync(file)],
  ['of another V8', (file: string) => writeFileSync(file, Buffer.alloc(4096, 7))],
])('starts and answers when the compiled code is %s, and keeps what it compiled', async (name, spoil) => {
  const copy = copyOf(name, (file) => {
    if (file.endsWith('.cache')) spoil(file);
  });
  const proxy = start(asked, { bin: copy });
  const [, url = ''] = await proxy.says(/running on (http:\S+)/);
  expect((await fetch(`${url}/health/liveliness`)).status).toBe(200);
  proxy.child.kill('SIGTERM');
  expect(await proxy.ended).toMatchObject({ code: 0 });
  const chunks = join(folder, name, 'dist/chunks');
  const kept = readdirSync(chunks).filter((file) => /^app-\w+\.js\.cache$/.test(file));
  expect(kept.map((file) => statSync(join(chunks, file)).size > 50_000)).toEqual([true]);
  expect(readdirSync(chunks).filter((file) => /\.\d+$/.test(file))).toEqual([]);
});

it('a server that cannot be loaded behind its socket is a line, and 1', async () => {
  const copy = copyOf('broken', (file) => {
    if (/app-\w+\.js$/.test(file)) writeFileSync(file, 'throw new Error("this piece is broken")');
  });
  const { code, err } = await start(asked, { bin: copy }).ended;
  expect(code).toBe(1);
  expect(err.trimEnd().split('\n').at(-1)).toBe('error: unexpected: this piece is broken');
});

it('a signal right after the ready line ends it with 0', async () => {
  const proxy = start(asked);
  await proxy.says(/running on/);
  proxy.child.kill('SIGTERM');
  expect(await proxy.ended).toMatchObject({ code: 0 });
});

const account = JSON.stringify({ type: 'service_account', client_email: 'a@b.test', private_key: 'no key' });
const linked = [{ type: 'image_url', image_url: { url: 'http://127.0.0.1:9/a.png' } }];
it.each<[string, string[], Record<string, string>, unknown, number, string]>([
  [
    'asks Google’s library for a token',
    ['--model', 'vertex_ai/gemini-2.5-flash'],
    { VERTEXAI_CREDENTIALS: account, VERTEXAI_PROJECT: 'p', VERTEXAI_LOCATION: 'us-central1' },
    'hi',
    401,
    'DECODER',
  ],
  [
    'fetches linked media',
    ['--model', 'gemini/gemini-2.5-flash', '--api_base', 'http://127.0.0.1:9'],
    { GEMINI_API_KEY: 'sk-test-0123456789' },
    linked,
    400,
    'on a private address',
  ],
  [
    'signs for AWS',
    ['--model', 'bedrock/anthropic.claude-3-haiku-20240307-v1:0', '--api_base', 'http://127.0.0.1:9'],
    { AWS_ACCESS_KEY_ID: 'AKIA0123456789', AWS_SECRET_ACCESS_KEY: 'aws-secret-0123456789', AWS_REGION: 'us-east-1' },
    'hi',
    502,
    'is the server running',
  ],
])('what is built %s', async (_, argv, env, content, status, text) => {
  const proxy = start([...argv, '--port', '0'], { env });
  const [, url = ''] = await proxy.says(/running on (http:\S+)/);
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
  const reply = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
  expect([reply.status, await reply.text()]).toEqual([status, expect.stringContaining(text)]);
  proxy.child.kill('SIGTERM');
});

it('a reader of the help that leaves early is no error', async () => {
  const proxy = start(['--help']);
  proxy.child.stdout?.destroy();
  expect(await proxy.ended).toMatchObject({ code: 0, err: '' });
});
