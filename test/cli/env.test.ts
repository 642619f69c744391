import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shells } from '../../src/cli/shells.ts';
import { bin, emptyFolder, endAll, once, serveOn } from './spawn.ts';

type Proxy = Awaited<ReturnType<typeof serveOn>>;
let proxy: Proxy;
const nowhere = 'http://127.0.0.1:9';

beforeAll(async () => {
  proxy = await serveOn(['--model', 'mock/echo', '--alias', 'my model']);
});
afterAll(endAll);

interface Printed {
  url: string;
  variables: Record<string, string>;
  unset: string[];
  args: string[];
}

async function printed(argv: readonly string[], env: Record<string, string> = {}): Promise<Printed> {
  const { out, code } = await once(['env', '--json', ...argv], { env });
  expect(code).toBe(0);
  return JSON.parse(out) as Printed;
}

describe('modelport env', () => {
  it('leads to the running proxy, by its port, with the name of its model', async () => {
    const { out, err, code } = await once(['env', '--port', proxy.port]);
    expect({ err, code }).toEqual({ err: '', code: 0 });
    const lines = out.trimEnd().split('\n');
    expect(lines).toContain(`export OPENAI_BASE_URL='${proxy.url}/v1'`);
    expect(lines).toContain(`export ANTHROPIC_BASE_URL='${proxy.url}'`);
    expect(lines).toContain("export OPENAI_API_KEY='sk-modelport'");
    expect(lines).toContain("export OPENAI_MODEL='my model'");
  });

  it('leads to --base_url, which need not answer yet; --model and the master key are taken over', async () => {
    const argv = ['--base_url', `${nowhere}/v1/`, '--model', 'gpt-5'];
    const { out, err, code } = await once(['env', ...argv], { env: { LITELLM_MASTER_KEY: 'sk-master-1234' } });
    expect({ err, code }).toEqual({ err: `warning: no proxy answers on ${nowhere} yet\n`, code: 0 });
    expect(out).toContain(`export OLLAMA_HOST='${nowhere}'\n`);
    expect(out).toContain("export OPENAI_MODEL='gpt-5'\n");
    expect(out).toContain("export ANTHROPIC_API_KEY='sk-master-1234'\n");
    expect((await once(['env', '--port', '9'])).out).toContain("OPENAI_BASE_URL='http://localhost:9/v1'");
  });

  it('--json has all of it', async () => {
    const all = await printed(['--base_url', nowhere]);
    expect(all).toMatchObject({ url: nowhere, unset: [], args: [] });
    expect(all.variables['AZURE_OPENAI_ENDPOINT']).toBe(nowhere);
    const claude = await printed(['claude', '--base_url', nowhere]);
    expect(claude.unset).toContain('ANTHROPIC_API_KEY');
    expect(claude.args[0]).toBe('--settings');
  });

  it('of one agent: its variables, and what has to be typed besides', async () => {
    const { out } = await once(['env', 'codex', '--base_url', nowhere]);
    expect(out).toContain("export MODELPORT_API_KEY='sk-modelport'\nunset OPENAI_API_KEY\n");
    expect(out).toMatch(/\n# then: codex -c 'model="any"' -c .*\n$/);
  });

  const rows: [argv: string[], says: RegExp][] = [
    [['--shell', 'csh'], /--shell must be one of sh, bash, zsh, fish, powershell, cmd, not 'csh'/],
    [['vim'], /'vim' is none of the agents claude, codex/],
    [['fish'], /for a shell write --shell fish/],
    [['claude', 'codex'], /takes one agent, not 'codex' as well/],
    [['--base_url', 'localhost:4000'], /--base_url must be an http/],
  ];
  it.each(rows)('%j ends with 2', async (argv, says) => {
    const { code, err, out } = await once(['env', ...argv]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(says);
  });
});

describe('what a shell understands', () => {
  const odd = 'it\'s "$HOME" `id` \\ back\\\\slash %PATH% !x! ;|&<> ünï’s';

  it.for(['sh', 'bash', 'zsh', 'fish', 'pwsh'] as const)('%s', (name, { skip }) => {
    if (spawnSync(name, ['-c', 'exit 0']).status !== 0) skip(`${name} is not installed here`);
    const { set, unset, remark } = shells[name === 'pwsh' ? 'powershell' : name];
    const show = `"${process.execPath}" -p "JSON.stringify([process.env.ODD, process.env.GONE])"`;
    const script = [remark('a remark'), set('ODD', odd), unset('GONE'), name === 'pwsh' ? `& ${show}` : show].join(
      '\n',
    );
    const env = { PATH: process.env['PATH'] ?? '', HOME: emptyFolder(), GONE: 'here' };
    expect(JSON.parse(execFileSync(name, ['-c', script], { env, encoding: 'utf8' }))).toEqual([odd, null]);
  });

  it('powershell, fish and cmd, as they are written', () => {
    expect(shells.powershell.set('A', "it's ’$x")).toBe("$env:A = 'it''s ’’$x'");
    expect(shells.fish.set('A', "it's \\")).toBe("set -gx A 'it\\'s \\\\'");
    expect(shells.fish.unset('A')).toBe('set -e A');
    expect(shells.cmd.set('A', 'b & c')).toBe('set "A=b & c"');
    expect(shells.cmd.unset('A')).toBe('set "A="');
  });

  it('eval "$(modelport env)" in a shell, with any master key', () => {
    const typed = `"${process.execPath}" "${bin}" env --base_url ${nowhere} 2>/dev/null`;
    const script = `eval "$(${typed})"; "${process.execPath}" -p 'process.env.OPENAI_API_KEY'`;
    const env = { PATH: process.env['PATH'] ?? '', LITELLM_MASTER_KEY: odd };
    expect(execFileSync('sh', ['-c', script], { env, encoding: 'utf8', cwd: emptyFolder() })).toBe(`${odd}\n`);
  });
});
