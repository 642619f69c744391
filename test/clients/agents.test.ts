import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { endAll, once, type Run } from '../cli/spawn.ts';
import { complaints } from '../dialects/wires.ts';
import { agentSteps } from './agent-steps.mjs';
import { startScriptedModel } from './scripted-model.mjs';

/**
 * Real coding agents by `modelport run`, through a model of another dialect: one turn, and one that edits a file. They are
 * taken from the folder MODELPORT_TEST_AGENTS (npm install --prefix; .ci/run makes one) or from PATH.
 */
type Name = keyof typeof agentSteps;

interface Agent {
  name: Name;
  /** A provider of another dialect than the agent's. */
  dialect: 'openai-chat' | 'anthropic-messages';
  /** A file of the user's own below the home, which points elsewhere and must neither win nor change. */
  own: readonly [path: string, text: string];
}

const elsewhere = 'http://127.0.0.1:9';
const agents: readonly Agent[] = [
  {
    name: 'claude',
    dialect: 'openai-chat',
    own: ['.claude/settings.json', JSON.stringify({ env: { ANTHROPIC_BASE_URL: elsewhere, ANTHROPIC_MODEL: 'mine' } })],
  },
  {
    name: 'codex',
    dialect: 'anthropic-messages',
    own: ['.codex/config.toml', 'model = "mine"\nmodel_provider = "openai"\n'],
  },
  { name: 'gemini', dialect: 'anthropic-messages', own: ['.gemini/GEMINI.md', 'Be kind.\n'] },
  {
    name: 'opencode',
    dialect: 'anthropic-messages',
    // Where there is no $schema it writes one itself.
    own: ['.config/opencode/opencode.json', '{"$schema": "https://opencode.ai/config.json", "model": "openai/mine"}'],
  },
  { name: 'qwen', dialect: 'anthropic-messages', own: ['.qwen/QWEN.md', 'Be kind.\n'] },
];

const models = { 'openai-chat': 'openai/gpt-4o', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const keys = { OPENAI_API_KEY: 'sk-openai-real-0123', ANTHROPIC_API_KEY: 'sk-ant-api-real-0123' };
const lastWords = 'FINAL WORDS 7431';
const given = process.env['MODELPORT_TEST_AGENTS'];
const folders = [
  ...(given === undefined ? [] : [join(given, 'node_modules/.bin'), given]),
  ...(process.env['PATH'] ?? '').split(delimiter),
];

function find(name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** What the agents keep in the real home: when it was last changed. */
function realHome(): string[] {
  const kept = ['.claude', '.claude.json', '.codex', '.gemini', '.qwen', '.config/opencode', '.local/share/opencode'];
  return kept.map((path) => {
    const file = join(homedir(), path);
    return `${path} ${existsSync(file) ? statSync(file).mtimeMs : 'is not there'}`;
  });
}

/** Processes that live in this home. */
function living(home: string): string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/environ`, 'utf8').includes(`HOME=${home}\0`);
    } catch {
      return false;
    }
  });
}

const source = (sign: string): string => `export function sum(a, b) {\n  return a ${sign} b;\n}\n`;

describe.each(agents)('$name over $dialect', ({ name, dialect, own: [path, text] }) => {
  const file = find(name);
  const root = mkdtempSync(join(tmpdir(), 'modelport-agent-'));
  const [home, cwd, temp] = [join(root, 'home'), join(root, 'project'), join(root, 'tmp')];
  afterAll(() => {
    endAll();
    rmSync(root, { recursive: true, force: true });
  });

  async function run(steps: object[]): Promise<{ ended: Run; seen: { headers: object; body: object }[] }> {
    for (const folder of [cwd, temp, dirname(join(home, path))]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(cwd, 'sum.js'), source('-'));
    writeFileSync(join(home, path), text);
    const { tool, args, env: asked } = agentSteps[name];
    const model = await startScriptedModel({ tool, steps, dialect });
    const env = {
      ...keys,
      ...asked,
      PATH: `${dirname(resolve(file ?? ''))}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: home,
      TMPDIR: temp,
      TERM: 'dumb',
    };
    const typed = ['run', name, '--model', models[dialect], '--api_base', model.url, '--', ...args('Mend sum.js.')];
    const ended = await once(typed, { env, cwd });
    model.stop();
    return { ended, seen: model.seen };
  }

  test.for<[string, number]>([
    ['one turn', 0],
    ['a turn that reads and edits a file', 2],
  ])('%s', { timeout: 120_000 }, async ([what, calls], { skip }) => {
    if (file === undefined) {
      const why = `${name} is neither in MODELPORT_TEST_AGENTS nor on PATH`;
      console.warn(`skipped, ${what}: ${why}`);
      skip(why);
    }
    const before = realHome();
    const [read, , edit] = agentSteps[name].steps(cwd);
    const steps = [read, edit].slice(0, calls).map((step) => ({ ...step, think: undefined }));
    const { ended, seen } = await run([...steps, { say: lastWords }]);
    const { code, out, err } = ended;
    expect(code, err).toBe(0);
    expect(out).toContain(lastWords);
    expect(readFileSync(join(cwd, 'sum.js'), 'utf8')).toBe(source(calls === 0 ? '-' : '+'));
    expect(err).toMatch(/\d+ calls?, \d+ tokens in, \d+ out/);

    // Some ask once more behind the last words, for what the user may want next.
    expect(seen.length).toBeGreaterThan(calls);
    for (const { body } of seen) expect(complaints(dialect, body, { beta: true })).toEqual([]);
    expect(JSON.stringify(seen.map(({ headers }) => headers))).not.toContain('sk-modelport');
    expect(JSON.stringify(seen[calls]?.body)).toContain('Mend sum.js.');

    expect(readFileSync(join(home, path), 'utf8')).toBe(text);
    expect(realHome()).toEqual(before);
    expect(readdirSync(temp).filter((one) => one.includes('modelport'))).toEqual([]);
    await expect.poll(() => living(home), { timeout: 5000 }).toEqual([]);
  });
});
