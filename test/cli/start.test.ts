import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyFolder, endAll, once } from './spawn.ts';

afterAll(endAll);

const key = 'sk-test-0123456789abcdef';
const quick = ['--skip_server_startup'];
const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

describe('a command line ends with', () => {
  const rows: [argv: string[], env: Record<string, string>, code: number, out: RegExp, err: RegExp][] = [
    [['--version'], {}, 0, new RegExp(`^modelport ${version}\n$`), /^$/],
    [['-v'], {}, 0, new RegExp(`^modelport ${version}\n$`), /^$/],
    [['-h'], {}, 0, /^Usage: modelport/, /^$/],
    [['test', '--help'], {}, 0, /Usage: modelport test[\s\S]*--base_url/, /^$/],
    [[], {}, 2, /^$/, /^Usage: modelport[\s\S]*which model\?/],
    [['--port', '1'], {}, 2, /^$/, /which model\?/],
    [['foo'], {}, 2, /^$/, /^error: Unknown command: foo\n$/],
    [['--tempratur', '1'], {}, 2, /^$/, /unknown option '--tempratur'\n\(Did you mean --temperature\?\)/],
    [['--drop-parms'], {}, 2, /^$/, /unknown option '--drop-parms'/],
    [['--apikey=sk-not-to-be-shown'], {}, 2, /^$/, /unknown option '--apikey'\n$/],
    [['--port', '70000'], {}, 2, /^$/, /from 0 to 65535/],
    [['--model', 'gpt-4o'], { PORT: 'x' }, 2, /^$/, /PORT must be a whole number/],
    [['--model', 'nobody'], {}, 2, /^$/, /LLM Provider NOT provided/],
    [['--model', 'openai/x', '--api_base', 'ftp://h'], {}, 2, /^$/, /--api_base must be/],
    [['--model', 'openai/x', '--headers', '{"a":'], {}, 2, /^$/, /--headers is not valid JSON at position 5/],
    [['--config', 'none.yaml'], {}, 1, /^$/, /^error: none\.yaml: there is no such file$/m],
    [['--validate_config'], {}, 2, /^$/, /^error: check: which file\?/],
    [['--model', 'openai/x', ...quick], {}, 0, /^$/, /^warning: no key for OpenAI: set OPENAI_API_KEY\n$/],
    [['--model', 'openai/x', ...quick], { OPENAI_API_KEY: key }, 0, /^$/, /^$/],
    [['--model', 'openai/x', '--api_key', key, ...quick], {}, 0, /^$/, /^warning: --api_key can be seen.*\n$/],
    [['--model', 'ollama/x', '--run_gunicorn', ...quick], {}, 0, /^$/, /^warning: --run_gunicorn: .*\n$/],
    [['providers'], {}, 0, /^openai +https:\/\/api\.openai\.com\/v1 +OPENAI_API_KEY$/m, /^$/],
    [['providers', '--params'], {}, 0, /^ {2}refuses +.*\bseed\b/m, /^$/],
    [['providers', '--params', 'mistral'], {}, 0, /^mistral .*\n {2}takes +max_tokens.*\n/, /^$/],
    [['providers', '--params', 'openai/gpt-5-mini'], {}, 0, /^ {2}partly +temperature \(only 1\)$/m, /^$/],
    [['providers', '--params', 'misstral/x'], {}, 2, /^$/, /did you mean --model mistral\/x\?$/m],
  ];
  it.concurrent.each(rows)('%j %j: %i', async (argv, env, code, out, err) => {
    const run = await once(argv, { env });
    expect(run.out).toMatch(out);
    expect(run.err).toMatch(err);
    expect(run.code).toBe(code);
    expect(run.out + run.err).not.toMatch(/not-to-be-shown|\bat .*\.js:\d/);
  });
});

it('the help text is the one in help.txt', async () => {
  const { out } = await once(['--help']);
  await expect(out).toMatchFileSnapshot('help.txt');
});

it('providers --json has a row for each', async () => {
  const rows: unknown = JSON.parse((await once(['providers', '--json', '--params'])).out);
  expect(rows).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        id: 'anthropic',
        base_url: 'https://api.anthropic.com',
        key: 'ANTHROPIC_API_KEY',
        key_optional: false,
        params: expect.objectContaining({ refuses: expect.arrayContaining(['seed', 'logit_bias']) }),
      }),
    ]),
  );
});

describe('.env of the working directory', () => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, '.env'), `OPENAI_API_KEY=${key}\nPORT=broken\n`);
  const rows: [argv: string[], env: Record<string, string>, err: RegExp][] = [
    [[], {}, /PORT must be/],
    [[], { PORT: '5' }, /^$/],
    [['--port', '5'], {}, /^$/],
    [['--no-env-file'], {}, /^warning: no key for OpenAI/],
    [['--no_env_file'], {}, /^warning: no key for OpenAI/],
    [[], { LITELLM_MODE: 'PRODUCTION' }, /^warning: no key for OpenAI/],
  ];
  it.concurrent.each(rows)('%j %j', async (argv, env, err) => {
    const run = await once(['--model', 'openai/x', ...quick, ...argv], { cwd, env });
    expect(run.err).toMatch(err);
  });
});

it('--debug says where values came from, and no key', async () => {
  const { err } = await once(['--model', 'openai/x', '--debug', ...quick], { env: { OPENAI_API_KEY: key, PORT: '5' } });
  expect(err).toMatch(/debug: model openai\/x \(command line\)/);
  expect(err).toMatch(/debug: port 5 \(PORT\)/);
  expect(err).not.toContain(key);
});

describe('--api_key -', () => {
  it('reads the first line of stdin', async () => {
    const run = await once(['--model', 'openai/x', '--api_key', '-', ...quick], { input: `${key}\nrest` });
    expect(run).toMatchObject({ code: 0, err: '' });
  });
  it('needs one', async () => {
    const run = await once(['--model', 'openai/x', '--api_key', '-', ...quick], { input: '\n' });
    expect(run).toMatchObject({ code: 2, err: expect.stringContaining('stdin holds no key') });
  });
});

it('--version and --help load neither the server, undici nor ora', () => {
  const dist = resolve(import.meta.dirname, '../../dist');
  const loaded = new Map<string, string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    const text = readFileSync(file, 'utf8');
    loaded.set(file, text);
    // What a piece loads at once; what it loads later is behind a then().
    for (const [, from = ''] of text.matchAll(/(?<!=>[^;]{0,20})require\("(\.[^"]+)"\)/g))
      load(join(dirname(file), from));
  };
  const main = join(dist, 'cli/main.js');
  load(main);
  const [, commandLine = ''] = /require\("(\.[^"]*\/command-line-[^"]+)"\)/.exec(loaded.get(main) ?? '') ?? [];
  load(join(dirname(main), commandLine));
  const text = [...loaded.values()].join('\n');
  expect(text).toContain('commander');
  for (const heavy of [
    'node_modules/express/',
    'node_modules/undici/',
    'node_modules/ora/',
    'node_modules/chalk/',
    'src/server/',
    'src/providers/',
  ])
    expect(text, heavy).not.toContain(heavy);
});
