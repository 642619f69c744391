import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endAll, start } from '../cli/spawn.ts';

const root = resolve(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'modelport-row-'));
const run = promisify(execFile);
const server = createServer((req, res) => {
  const seen = { url: req.url, key: req.headers.authorization };
  const choices = [{ index: 0, message: { role: 'assistant', content: JSON.stringify(seen) }, finish_reason: 'stop' }];
  req.resume().on('end', () => {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices }));
  });
});

/** All that someone who adds a provider writes. */
const row = `
  acme: {
    title: 'Acme Models',
    dialect: 'openai-chat',
    base: 'https://api.acme.example/v1',
    auth: [{ kind: 'bearer', env: ['ACME_API_KEY'] }],
    refuses: ['seed'],
  },
`;

async function node(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd: copy, env: { ...process.env, NO_COLOR: '1' } });
  return stdout;
}

beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  for (const name of ['src', 'bin', 'scripts', 'test', 'package.json', 'tsconfig.json', 'README.md', 'LICENSE']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const file = join(copy, 'src/providers/openai-like.ts');
  const before = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    before.replace('export const openaiLike = {', (found) => found + row),
  );
  await node('scripts/build.mjs');
}, 120_000);
afterAll(() => {
  endAll();
  server.close();
  rmSync(copy, { recursive: true });
});

test('a new row is a provider: listed, documented, called', async () => {
  expect(await node('bin/modelport.js', 'providers')).toMatch(
    /^acme +https:\/\/api\.acme\.example\/v1 +ACME_API_KEY$/m,
  );
  expect(await node('bin/modelport.js', 'providers', '--params', 'acme')).toMatch(/^ {2}refuses +.*\bseed\b/m);

  await node('scripts/docs.mjs');
  expect(readFileSync(join(copy, 'README.md'), 'utf8')).toMatch(/^\| `acme\/` \|.*Acme Models.*ACME_API_KEY/m);

  const { port } = server.address() as AddressInfo;
  const env = { ACME_API_KEY: 'k-0123456789', ACME_API_BASE: `http://127.0.0.1:${port}` };
  const proxy = start(['--model', 'acme/large', '--port', '0'], { env, bin: join(copy, 'bin/modelport.js') });
  const [, url = ''] = await proxy.says(/running on (http:\S+)/);
  const ask = (body: object) =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'x', messages: [{ role: 'user', content: 'hi' }], ...body }),
    });
  const { choices }: { choices: { message: { content: string } }[] } = JSON.parse(await (await ask({})).text());
  expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({
    url: '/v1/chat/completions',
    key: 'Bearer k-0123456789',
  });
  expect((await ask({ seed: 1 })).status).toBe(400);
}, 60_000);

test('and the suites over all providers walk it', async () => {
  const suites = ['test/providers/rows.test.ts', 'test/providers/hit.test.ts', 'test/translate/rows.test.ts'];
  const args = ['--config', 'test/vitest.config.ts', '--reporter', 'verbose', ...suites, '-t', 'acme'];
  const told = await node('node_modules/vitest/vitest.mjs', 'run', ...args);
  expect(told).toMatch(/acme.*is called at its path/);
  expect(told).toMatch(/acme.*is well formed/);
  expect(told).not.toMatch(/failed/);
}, 120_000);
