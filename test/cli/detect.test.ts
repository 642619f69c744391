import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder } from './spawn.ts';

const bin = resolve(import.meta.dirname, '../../bin/modelport.js');
/** util-linux's program that gives a command a terminal. */
const script = 'script';
const terminal = spawnSync(script, ['--version']).status === 0;

/** Runs modelport on a terminal of its own; `script` gives it one. */
function onTerminal(argv: string, env: Record<string, string>, size = '') {
  const run = spawnSync(script, ['-qec', `${size}'${process.execPath}' '${bin}' ${argv}`, '/dev/null'], {
    cwd: emptyFolder(),
    env: { PATH: process.env['PATH'] ?? '', TERM: 'dumb', ...env },
    maxBuffer: 100_000,
    encoding: 'utf8',
    timeout: 15_000,
  });
  return { code: run.status, text: run.stdout };
}

describe.skipIf(!terminal)('a start without a model, on a terminal', () => {
  it('serves what the keys in the environment offer, and says how to choose', () => {
    const { code, text } = onTerminal('--skip_server_startup', {
      GROQ_API_KEY: 'gsk_0123456789',
      MISTRAL_API_KEY: 'abcdefgh1234',
    });
    expect(text).toMatch(/--model groq\/\S+ {2}\(key for Groq\)/);
    expect(text).toMatch(/--model mistral\/\S+ {2}\(key for Mistral AI\)/);
    expect(text).toMatch(/serving \S+; choose another one with --model/);
    expect(text).not.toMatch(/gsk_0123456789|abcdefgh1234/);
    expect(code).toBe(0);
  });

  it('says what to type when there is nothing, or serves a local server', () => {
    const { code, text } = onTerminal('--skip_server_startup', {});
    if (/serving /.test(text)) expect(code).toBe(0);
    else {
      expect(text).toMatch(/OPENAI_API_KEY=\.\.\. modelport --model openai\//);
      expect(code).toBe(2);
    }
  });
});

describe.skipIf(!terminal)('modelport test on a terminal', () => {
  const argv = 'test --port 1 --model mock/echo Hello';

  it('spins until the answer comes', () => {
    const { code, text } = onTerminal(argv, { TERM: 'xterm' }, 'stty cols 80 rows 24; ');
    expect(text).toMatch(/\p{Cc}\[[\s\S]*serving mock\/echo for this call[\s\S]*Hello\r\n/u);
    expect(code).toBe(0);
  });

  it.each([{ TERM: 'dumb' }, { TERM: 'xterm', NO_COLOR: '1' }])('has no spinner and no colour with %j', (env) => {
    const { code, text } = onTerminal(argv, env, 'stty cols 80 rows 24; ');
    expect(text).not.toContain('\u001b');
    expect(code).toBe(0);
  });

  it('ends on a terminal without a width', () => {
    const { code, text } = onTerminal(argv, { TERM: 'xterm' });
    expect(text).toMatch(/Hello\r\n/);
    expect(code).toBe(0);
  });
});
