import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { providers } from '../src/providers/index.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'modelport-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function docs(...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stderr };
}

describe('README.md', () => {
  it('has current tables', () => {
    expect(docs('--check')).toEqual({ status: 0, stderr: '' });
  });

  it('is written again when a table is stale', () => {
    const copy = join(folder, 'README.md');
    writeFileSync(copy, readme.replace('| `groq/` |', '| `crog/` |'));
    expect(docs('--check', copy)).toMatchObject({ status: 1, stderr: expect.stringContaining('npm run docs') });
    expect(docs(copy).status).toBe(0);
    expect(readFileSync(copy, 'utf8')).toBe(readme);
  });

  it('has a section for every table', () => {
    const copy = join(folder, 'sections.md');
    writeFileSync(copy, readme.replace('<!-- docs:losses -->', ''));
    expect(docs('--check', copy).status).toBe(1);
  });

  it('names no provider that is none', () => {
    const written = readme.replace(/<!-- docs:\w+ -->[\s\S]*?<!-- \/docs -->/g, '');
    const models = [...written.matchAll(/--model ([\w-]+)\//g)].map((found) => found[1] ?? '');
    expect(models.length).toBeGreaterThan(3);
    expect(models.filter((id) => !Object.hasOwn(providers, id))).toEqual([]);
  });

  it('writes only flags that exist', () => {
    const table = /<!-- docs:flags -->([\s\S]*?)<!-- \/docs -->/.exec(readme)?.[1] ?? '';
    const known = new Set([...table.matchAll(/--([a-z_]+)/g)].map((found) => found[1]));
    const shell = [...readme.matchAll(/^.*(?:npx modelport|npm start --) .*$/gm)].map((found) => found[0]);
    const used = shell.flatMap((line) => [...line.matchAll(/ --([a-z_]+)/g)].map((found) => found[1]));
    expect(used.length).toBeGreaterThan(3);
    expect(used.filter((flag) => !known.has(flag))).toEqual([]);
  });
});

describe('src/README.md', () => {
  it('names files that exist', () => {
    const story = readFileSync(join(root, 'src/README.md'), 'utf8');
    const files = [...story.matchAll(/`((?:test\/)?[a-z-]+\/[\w/-]+\.ts|test\/[\w.-]+\.ts)`/g)].map(
      (found) => found[1] ?? '',
    );
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !existsSync(join(root, file.startsWith('test/') ? '' : 'src', file)))).toEqual([]);
    expect(story.split('\n').length).toBeLessThanOrEqual(150);
  });
});
