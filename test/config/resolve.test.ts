import { describe, expect, it } from 'vitest';
import { type Flags, resolveConfig } from '../../src/config/index.ts';

const keyed = { OPENAI_API_KEY: 'sk-openai-0123456789' };

describe('a --model run', () => {
  it('is a list with one entry that takes any name', () => {
    const flags: Flags = {
      model: 'openai/gpt-4o',
      temperature: 0,
      max_tokens: 7,
      request_timeout: 1.5,
      drop_params: true,
    };
    const { config, warnings } = resolveConfig({ ...flags, headers: ['x-team=a-long-value'] }, keyed);
    expect(config.anyModel).toBe(true);
    expect(config.deployments).toHaveLength(1);
    expect(config.deployments[0]).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      group: 'openai/gpt-4o',
      model: 'gpt-4o',
      base: 'https://api.openai.com/v1',
      origin: 'https://api.openai.com',
      key: 'sk-openai-0123456789',
      headers: { 'x-team': 'a-long-value' },
      forced: { temperature: 0, maxTokens: 7 },
      defaults: {},
      dropParams: true,
      toolsInPrompt: false,
      timeoutMs: 1500,
    });
    expect(config.secrets).toEqual(expect.arrayContaining(['sk-openai-0123456789', 'a-long-value']));
    expect(warnings).toEqual([]);
  });

  it('starts without a key, with a warning', () => {
    const { config, warnings } = resolveConfig({ model: 'groq/x' }, {});
    expect(warnings).toEqual(['no key for Groq: set GROQ_API_KEY']);
    expect(config.deployments[0]).not.toHaveProperty('key');
  });

  it('needs no key where the base URL or a header brings credentials', () => {
    for (const flags of [{ api_base: 'http://me:secretword@h' }, { headers: ['authorization=Basic abcdefgh'] }])
      expect(resolveConfig({ model: 'openai/x', ...flags }, {}).warnings).toEqual([]);
  });

  it('--alias is the listed name, the typed one its second', () => {
    const { config } = resolveConfig({ model: 'openai/gpt-4o', alias: 'best' }, keyed);
    expect(config.deployments[0]?.group).toBe('best');
    expect(config.aliases).toEqual({ 'openai/gpt-4o': 'best' });
  });

  it('has an id that follows its settings and nothing else', () => {
    const id = (flags: Flags) => resolveConfig(flags, keyed).config.deployments[0]?.id;
    expect(id({ model: 'gpt-4o' })).toBe(id({ model: 'gpt-4o', port: 1 }));
    expect(id({ model: 'gpt-4o' })).not.toBe(id({ model: 'gpt-4o', temperature: 1 }));
    expect(id({ model: 'gpt-4o' })).not.toBe(id({ model: 'gpt-4o', api_key: 'other-key-1' }));
  });
});

describe('everything else has a default, and a flag', () => {
  const MB = 1024 * 1024;
  it('defaults are those of RELIABILITY.md', () => {
    expect(resolveConfig({}, {}).config).toMatchObject({
      deployments: [],
      anyModel: false,
      port: 4000,
      rootPath: '',
      clientKeys: false,
      allowedHosts: [],
      allowedOrigins: [],
      drainMs: 10_000,
      keepAliveMs: 65_000,
      maxBody: 100 * MB,
      maxReply: 64 * MB,
      maxEvent: 16 * MB,
    });
    for (const absent of ['host', 'masterKey', 'tls', 'maxConcurrent', 'maxBudget'])
      expect(resolveConfig({}, {}).config).not.toHaveProperty(absent);
  });

  const rows: [flags: Flags, env: Record<string, string>, part: object][] = [
    [{ host: '[::1]', port: 0 }, {}, { host: '::1', port: 0 }],
    [{ drain_timeout: 0, keepalive_timeout: 5 }, {}, { drainMs: 0, keepAliveMs: 5000 }],
    [{ max_event_mb: 1, max_response_mb: 2 }, {}, { maxEvent: MB, maxReply: 2 * MB }],
    [{ limit_concurrency: 3, max_budget: 0 }, {}, { maxConcurrent: 3, maxBudget: 0 }],
    [
      { allowed_hosts: ['A.example, b'], client_keys: true },
      {},
      { allowedHosts: ['a.example', 'b'], clientKeys: true },
    ],
    [{ allowed_origins: ['https://A.example/', 'x://y'] }, {}, { allowedOrigins: ['https://a.example', 'x://y'] }],
    [{}, { LITELLM_MASTER_KEY: ' sk-master ' }, { masterKey: 'sk-master' }],
    [{}, { SERVER_ROOT_PATH: 'llm/' }, { rootPath: '/llm' }],
    [{}, { SERVER_ROOT_PATH: '/' }, { rootPath: '' }],
  ];
  it.each(rows)('%j %j', (flags, env, part) => {
    expect(resolveConfig(flags, env).config).toMatchObject(part);
  });

  const wrong: [flags: Flags, env: Record<string, string>, exitCode: number, says: RegExp][] = [
    [{ ssl_keyfile_path: 'k.pem' }, {}, 2, /needs both/],
    [{ ssl_keyfile_path: '/none/k.pem', ssl_certfile_path: '/none/c.pem' }, {}, 1, /--ssl_keyfile_path: .*ENOENT/],
    [{}, { SERVER_ROOT_PATH: '/a/../b' }, 2, /SERVER_ROOT_PATH/],
    [{ model: 'nobody' }, {}, 2, /LLM Provider NOT provided/],
  ];
  it.each(wrong)('%j %j is refused', (flags, env, exitCode, says) => {
    expect(() => resolveConfig(flags, env)).toThrow(
      expect.objectContaining({ exitCode, message: expect.stringMatching(says) }),
    );
  });
});

describe('native pass-through', () => {
  const mount = (path: string, flags: Flags, env: Record<string, string>) =>
    resolveConfig(flags, env).config.mounts.find((one) => one.paths.includes(path));
  const opened = (path: string, flags: Flags, env: Record<string, string>) => mount(path, flags, env)?.open('/v1/x').to;

  it('has the key of its own provider only', () => {
    const env = { ...keyed, ANTHROPIC_API_KEY: 'sk-ant-0123456789' };
    expect(opened('/openai', { model: 'groq/x', api_key: 'gsk-other-key' }, env)).toMatchObject({
      provider: { id: 'openai' },
      base: 'https://api.openai.com/v1',
      key: 'sk-openai-0123456789',
    });
    expect(opened('/anthropic', {}, env)).toMatchObject({ key: 'sk-ant-0123456789', auth: { name: 'x-api-key' } });
  });

  it("goes where the served model's provider goes", () => {
    const flags = { model: 'openai/x', api_base: 'http://h:1', api_key: 'sk-typed-1' };
    expect(opened('/openai', flags, keyed)).toMatchObject({ base: 'http://h:1/v1', key: 'sk-typed-1' });
    expect(opened('/anthropic', flags, {})?.base).toBe('https://api.anthropic.com');
  });

  it('with a bad variable is left out with a warning, and the rest is served', () => {
    const { config, warnings } = resolveConfig({ model: 'groq/x', api_key: 'k' }, { ANTHROPIC_API_BASE: 'nonsense' });
    const paths = config.mounts.flatMap((one) => one.paths);
    expect(paths).toContain('/openai');
    expect(paths).not.toContain('/anthropic');
    expect(warnings.join()).toMatch(/no pass-through at \/anthropic: ANTHROPIC_API_BASE/);
  });
});

describe('secrets', () => {
  it('are keys, credentials in URLs and variables that are named like secrets, where they are worth hiding', () => {
    const env = {
      OPENAI_API_KEY: 'sk-openai-0123456789',
      DB_PASSWORD: 'correct horse',
      GITHUB_TOKEN: 'ghp_0123456789',
      client_secret: 'lower-case-too',
      TOKENIZERS_PARALLELISM: 'false',
      SSH_KEY_PATH: '/home/me/.ssh/id',
      SHORT_KEY: 'abc',
      HOME: '/home/someone',
      EDITOR: 'some-editor',
    };
    const { secrets } = resolveConfig({ model: 'openai/x', api_base: 'http://me:url-password@h' }, env).config;
    expect([...secrets].sort()).toEqual(
      ['sk-openai-0123456789', 'correct horse', 'ghp_0123456789', 'lower-case-too', 'url-password'].sort(),
    );
  });
});

describe('an address that others can reach', () => {
  const rows: [host: string | undefined, env: Record<string, string>, lines: number][] = [
    [undefined, {}, 0],
    ['127.0.0.1', {}, 0],
    ['localhost', {}, 0],
    ['::1', {}, 0],
    ['0.0.0.0', { LITELLM_MASTER_KEY: 'sk-master' }, 0],
    ['0.0.0.0', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 1],
  ];
  it.each(rows)('%s %j: %i warnings', (host, env, lines) => {
    const flags: Flags = { model: 'ollama/x', ...(host === undefined ? {} : { host }) };
    expect(resolveConfig(flags, env).warnings).toHaveLength(lines);
  });

  it.each(['0.0.0.0', '::', '192.168.1.2'])('%s names the risk and what to set', (host) => {
    const warnings = resolveConfig({ model: 'ollama/x', host }, {}).warnings;
    expect([1, 3]).toContain(warnings.length);
    expect(warnings.join(' ')).toMatch(/LITELLM_MASTER_KEY/);
  });
});

describe('HTTP proxies of the environment', () => {
  const loopback = 'localhost,127.0.0.1,[::1]';
  const rows: [env: Record<string, string>, proxy: object | undefined][] = [
    [{}, undefined],
    [{ HTTPS_PROXY: 'http://p:3128' }, { https: 'http://p:3128', none: loopback }],
    [
      { HTTP_PROXY: 'http://big', http_proxy: 'http://small' },
      { http: 'http://small', none: loopback },
    ],
    [
      { https_proxy: 'p:3128', no_proxy: 'corp.example' },
      { https: 'http://p:3128', none: `corp.example,${loopback}` },
    ],
    [{ HTTPS_PROXY: 'http://p:3128', NO_PROXY: '*' }, undefined],
    [{ HTTPS_PROXY: 'socks5://p:1080' }, undefined],
  ];
  it.each(rows)('%j', (env, proxy) => {
    expect(resolveConfig({}, env).config.proxy).toEqual(proxy);
  });

  it('keep their passwords, and bad ones are said to be unused', () => {
    expect(resolveConfig({}, { HTTPS_PROXY: 'http://me:proxy-password@p' }).config.secrets).toEqual(['proxy-password']);
    expect(resolveConfig({}, { HTTPS_PROXY: 'socks5://p' }).warnings.join()).toMatch(/^HTTPS_PROXY is not used/);
  });
});
