import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
])('starts and answers when the compiled code is %s', async (name, spoil) => {
  const copy = copyOf(name, (file) => {
    if (file.endsWith('.cache')) spoil(file);
  });
  const proxy = start(asked, { bin: copy });
  const [, url = ''] = await proxy.says(/running on (http:\S+)/);
  expect((await fetch(`${url}/health/liveliness`)).status).toBe(200);
  proxy.child.kill('SIGTERM');
  expect(await proxy.ended).toMatchObject({ code: 0 });
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
