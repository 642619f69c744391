import { describe, expect, it } from 'vitest';
import { fillFromEnvironment, ignoredFlags, Printed, readCommandLine } from '../../src/cli/command-line.ts';
import { flagRows } from '../../src/cli/flags.ts';
import { legacyFlags } from '../../src/cli/legacy.ts';

/** What is read from a command line and an environment. */
function read(argv: string[], env: Record<string, string> = {}) {
  const line = readCommandLine(argv, '1.2.3');
  const lookup = (names: readonly string[]) => {
    const name = names.find((one) => env[one]);
    return name === undefined ? undefined : { name, value: env[name]! };
  };
  const sources = fillFromEnvironment(line, lookup);
  const given = Object.entries(line.flags()).filter(([name, value]) => value !== undefined && !(name in legacyFlags));
  return {
    command: line.command,
    words: line.words,
    flags: Object.fromEntries(given),
    sources,
    ignored: ignoredFlags(line, lookup),
  };
}

describe('flags are read', () => {
  const rows: [argv: string[], env: Record<string, string>, flags: object][] = [
    [['--model', 'x', '--max_tokens', '5'], {}, { model: 'x', max_tokens: 5 }],
    [['--model=x', '--max-tokens=5'], {}, { model: 'x', max_tokens: 5 }],
    [['-m', 'x', '--drop-params'], {}, { model: 'x', drop_params: true }],
    [
      ['-mx', '--drop_params', '--api-base', 'http://h-1/a_b'],
      {},
      { model: 'x', drop_params: true, api_base: 'http://h-1/a_b' },
    ],
    [['--add-function_to-prompt'], {}, { add_function_to_prompt: true }],
    [['--temperature', '0'], {}, { temperature: 0 }],
    [['--temperature', '.5'], {}, { temperature: 0.5 }],
    [['--headers', 'a-b=c_d', '--headers={"x-y":"z"}'], {}, { headers: ['a-b=c_d', '{"x-y":"z"}'] }],
    [['--allowed_origins', 'a', '--allowed-origins', 'b'], {}, { allowed_origins: ['a', 'b'] }],
    [['--port', '1', '--port', '2'], {}, { port: 2 }],
    [['--api_key', '-'], {}, { api_key: '-' }],
    [['--no-env-file'], {}, { no_env_file: true }],
    [['--request_timeout', '1e2'], {}, { request_timeout: 100 }],
    // Environment, beneath the command line.
    [[], { PORT: '5', HOST: '0.0.0.0' }, { port: 5, host: '0.0.0.0' }],
    [['--port', '0'], { PORT: '5' }, { port: 0 }],
    [[], { DEBUG: 'true', DETAILED_DEBUG: '0' }, { debug: true, detailed_debug: false }],
    [[], { DEBUG: 'express:*' }, {}],
    [['-c', 'x.yaml'], { CONFIG_FILE_PATH: 'y.yaml' }, { config: 'x.yaml' }],
    [[], { CONFIG_FILE_PATH: 'y.yaml' }, { config: 'y.yaml' }],
    [[], { LITELLM_CONFIG: 'z.yaml', CONFIG_FILE_PATH: 'y.yaml' }, { config: 'z.yaml' }],
    [[], { REQUEST_TIMEOUT: '30', KEEPALIVE_TIMEOUT: '9' }, { request_timeout: 30, keepalive_timeout: 9 }],
  ];
  it.each(rows)('%j %j', (argv, env, flags) => {
    expect(read(argv, env).flags).toEqual(flags);
  });

  it('every flag has both spellings', () => {
    for (const [name, row] of Object.entries(flagRows)) {
      const value = row.kind === 'switch' ? [] : [row.kind === 'text' || row.kind === 'list' ? 'x' : '1'];
      for (const spelling of [`--${name}`, `--${name.replaceAll('_', '-')}`])
        expect(Object.keys(read([spelling, ...value]).flags), spelling).toEqual([name]);
    }
  });
});

describe('commands', () => {
  const rows: [argv: string[], command: string, words: string[], flags: object][] = [
    [['test'], 'test', [], {}],
    [['test', 'hello', 'you', '--stream'], 'test', ['hello', 'you'], { stream: true }],
    [['--port', '1', 'test', '--base-url', 'http://h', 'hello'], 'test', ['hello'], { port: 1, base_url: 'http://h' }],
    [['test', '--', '--not-a-flag'], 'test', ['--not-a-flag'], {}],
    [['providers', '--params', '--json'], 'providers', [], { params: true, json: true }],
    [['--test', '--model', 'x'], '', [], { test: true, model: 'x' }],
  ];
  it.each(rows)('%j', (argv, command, words, flags) => {
    expect(read(argv)).toMatchObject({ command, words, flags });
  });

  it('an unknown one is named', () => {
    expect(() => read(['foo'])).toThrow(expect.objectContaining({ exitCode: 2, message: 'Unknown command: foo' }));
  });
});

describe('what does not fit its flag ends with 2', () => {
  const rows: string[][] = [
    ['--port', '65536'],
    ['--port', '-1'],
    ['--port', '4000.5'],
    ['--port', ''],
    ['--port'],
    ['--temperature', 'hot'],
    ['--temperature', '2.1'],
    ['--temperature', 'Infinity'],
    ['--temperature', '0x1'],
    ['--max_tokens', '0'],
    ['--request_timeout', '0'],
    ['--drain_timeout', '-1'],
    ['--max_budget', '-0.01'],
    ['--limit_concurrency', '0'],
    ['--model='],
    ['--nonsense'],
    ['-z'],
  ];
  it.each(rows.map((argv) => [argv]))('%j', (argv) => {
    expect(() => read(argv)).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => read(argv)).toThrow(Printed);
  });

  it('variables too, named', () => {
    expect(() => read([], { PORT: 'abc' })).toThrow(
      /the variable PORT must be a whole number from 0 to 65535, not 'abc'/,
    );
  });
});

describe("LiteLLM's other flags", () => {
  it('are accepted in both spellings, each with a line that names it', () => {
    for (const [name, flag] of Object.entries(legacyFlags)) {
      if (flag.exit !== undefined) continue;
      for (const spelling of [`--${name}`, `--${name.replaceAll('_', '-')}`]) {
        const { ignored, flags } = read([spelling, ...(flag.value === 'required' ? ['7'] : []), '--model', 'x']);
        expect(ignored, spelling).toEqual([`--${name}: ${flag.says}`]);
        expect(flags).toEqual({ model: 'x' });
      }
    }
  });

  const rows: [argv: string[], env: Record<string, string>, lines: RegExp[]][] = [
    [['--telemetry', 'False'], {}, []],
    [['--reload'], {}, [/^--reload: a configuration is read again whenever its file is saved/]],
  ];
  it.each(rows)('%j %j', (argv, env, lines) => {
    expect(read(argv, env).ignored).toEqual(lines.map((line) => expect.stringMatching(line)));
  });

  it('--setup stops with 1', () => {
    expect(() => read(['--setup', '--model', 'x'])).toThrow(expect.objectContaining({ exitCode: 1 }));
  });
});

it('says where values came from, keys masked', () => {
  const typed = ['--api_key', 'sk-very-secret', '--model', 'x', '--api_base', 'https://me:pass@h.example/v1?token=t'];
  expect(read(typed, { PORT: '5' }).sources).toEqual([
    'model x (command line)',
    'api_base https://****@h.example/v1 (command line)',
    'api_key **** (command line)',
    'port 5 (PORT)',
  ]);
});
