import { describe, expect, it } from 'vitest';
import { complaints, entry, written } from './files.ts';

const secret = 'sk-very-secret-0123456789';
const at = (line: number, column: number, text: string) => `config.yaml:${line}:${column}: ${text}`;
const params = 'model_list[0].litellm_params';

describe('a value that is none', () => {
  it.each<[string, string, string[]]>([
    [
      'a text for a number',
      'router_settings:\n    num_retries: two',
      [at(2, 18, 'router_settings.num_retries: expected a whole number, not a text')],
    ],
    [
      'a number out of its range',
      'router_settings: {num_retries: 1000}',
      [at(1, 32, 'router_settings.num_retries: expected a whole number from 0 to 100')],
    ],
    [
      'half a number',
      'router_settings: {num_retries: 1.5}',
      [at(1, 32, 'router_settings.num_retries: expected a whole number, not a number')],
    ],
    [
      'seconds below none',
      'router_settings: {cooldown_time: -1}',
      [at(1, 34, 'router_settings.cooldown_time: expected a number from 0 to 2000000 of seconds')],
    ],
    [
      'endless seconds',
      'litellm_settings: {request_timeout: 1e12}',
      [at(1, 37, 'litellm_settings.request_timeout: expected a number from 0.001 to 2000000 of seconds')],
    ],
    [
      'a truth that is none',
      'litellm_settings: {drop_params: perhaps}',
      [at(1, 33, 'litellm_settings.drop_params: expected true or false, not a text')],
    ],
    [
      'a word that is not known',
      'router_settings: {routing_strategy: fastest}',
      [
        at(
          1,
          37,
          'router_settings.routing_strategy: expected one of simple-shuffle, least-busy, latency-based-routing, usage-based-routing, usage-based-routing-v2, cost-based-routing, not a text',
        ),
      ],
    ],
    ['a list for a map', 'general_settings: [a]', [at(1, 19, 'general_settings: expected a map, not a list')]],
    ['a map for a list', 'model_list: {a: b}', [at(1, 13, 'model_list: expected a list, not a map')]],
    ['a list instead of the whole', '- a', ['config.yaml:1:1: expected a map such as `model_list: ...`']],
    ['nothing', '', ['config.yaml:1:1: model_list: it has no model']],
    [
      'no name',
      'model_list:\n  - litellm_params: {model: openai/x}',
      [at(2, 5, 'model_list[0].model_name: expected a text, not nothing')],
    ],
    ['no model', entry('rpm: 1'), [at(4, 7, `${params}.model: it is missing, such as openai/gpt-4o-mini`)]],
    [
      'a default that is none',
      entry('model: openai/x\ntemperature: hot'),
      [at(5, 20, `${params}.temperature: expected a number from 0 to 2`)],
    ],
    [
      'an unknown provider',
      entry(`model: openia/x\napi_key: ${secret}`),
      [at(4, 14, `${params}: LLM Provider NOT provided. You passed model=openia/x: did you mean model openai/x?`)],
    ],
    [
      'a base that is no URL',
      entry(`model: openai/x\napi_base: ${secret}`),
      [at(5, 17, `${params}.api_base: must be an http:// or https:// URL`)],
    ],
    [
      'a key with a line break',
      entry(`model: openai/x\napi_key: "${secret}\\nx"`),
      [
        at(
          5,
          16,
          `${params}.api_key: holds a character that a header cannot carry (a line break, NUL or beyond Latin-1)`,
        ),
      ],
    ],
    [
      'credentials of nobody',
      entry('model: openai/x\nlitellm_credential_name: c'),
      [at(5, 32, `${params}.litellm_credential_name: credential_list has none of this name`)],
    ],
    [
      'an alias of nothing',
      entry('model: openai/x', 'router_settings: {model_group_alias: {a: 5}}'),
      [at(5, 42, 'router_settings.model_group_alias.a: expected the name of a model')],
    ],
    [
      'what the schema and what the providers say',
      `model_list:\n  - {model_name: m, litellm_params: {model: openia/x}}\n  - {model_name: n, litellm_params: {model: openai/x, rpm: a}}\n  - {model_name: o, litellm_params: {model: nobody/x}}\nrouter_settings: {num_retries: b}`,
      [
        at(2, 45, `${params}: LLM Provider NOT provided. You passed model=openia/x: did you mean model openai/x?`),
        at(3, 60, 'model_list[1].litellm_params.rpm: expected a whole number, not a text'),
        expect.stringMatching(/^config\.yaml:4:45: model_list\[2\]\.litellm_params: .*no provider is called 'nobody'/),
        at(5, 32, 'router_settings.num_retries: expected a whole number, not a text'),
      ],
    ],
    [
      'everything at once',
      `model_list:\n  - model_name: m\n    litellm_params: {model: openai/x, api_key: ${secret}, rpm: ${secret}}\nlitellm_settings: {num_retries: ${secret}, cache: ${secret}}`,
      [
        at(3, 80, `${params}.rpm: expected a whole number, not a text`),
        at(4, 33, 'litellm_settings.num_retries: expected a whole number, not a text'),
        at(4, 67, 'litellm_settings.cache: expected true or false, not a text'),
      ],
    ],
  ])('is complained about with its place: %s', async (_, yaml, lines) => {
    const found = await complaints(yaml);
    expect(found).toEqual(lines);
    expect(found.join()).not.toContain(secret);
  });
});

describe('what is no YAML', () => {
  it.each<[string, string, number[]]>([
    ['a list in a map', `model_list:\n  - model_name: m\n   api_key: ${secret}`, [3]],
    ['a tab', `model_list:\n\t- api_key: ${secret}`, [2]],
    ['a quote without end', `a: 1\napi_key: "${secret}`, [2]],
    ['a bracket without end', `a: 1\nb: [${secret}`, [2]],
    ['a text with a colon', `api_key: x: ${secret}`, [1]],
    ['a sign that begins nothing', `a: @${secret}`, [1]],
    ['an alias of nothing', `a: *${secret}`, [1]],
    ['a second document', `litellm_settings: {}\n--- \nb: ${secret}`, [2]],
    ['a bad escape', `a: "\\q${secret}"`, [1]],
    ['a stray bracket', `a: 1\n]${secret}`, [2]],
  ])('is complained about with its line and without its text: %s', async (_, yaml, lines) => {
    const found = await complaints(yaml);
    expect(found.length).toBeGreaterThan(0);
    for (const line of found) expect(line).toMatch(/^config\.yaml:\d+:\d+: \S/);
    expect(found.map((line) => Number(line.split(':')[1]))).toEqual(expect.arrayContaining(lines));
    expect(found.join()).not.toContain(secret.slice(0, 9));
  });
});

describe('keys beside slips of the hand', () => {
  const lines = [
    'model_list:',
    '  - model_name: m',
    '    litellm_params:',
    '      model: openai/x',
    `      api_key: ${secret}`,
    `      client_secret: ${secret}`,
    '      rpm: 5',
    'general_settings:',
    `  master_key: ${secret}`,
  ];
  /** Each line spoilt in each of these ways. */
  const slips: [string, (line: string) => string][] = [
    ['moved', (line) => ` ${line}`],
    ['a tab before it', (line) => `\t${line}`],
    ['no colon', (line) => line.replace(':', '')],
    ['a second colon', (line) => line.replace(': ', ': : ')],
    ['an open quote', (line) => line.replace(': ', ': "')],
    ['an open bracket', (line) => line.replace(': ', ': [')],
    ['a star', (line) => line.replace(': ', ': *')],
    ['a percent sign', (line) => line.replace(': ', ': %')],
    ['a list', (line) => line.replace(': ', ': - ')],
    ['its key twice', (line) => `${line}\n${line}`],
    ['its value as a key', (line) => line.replace(/: (.*)/, ': {$1: 1}')],
    ['its value as its key', (line) => line.replace(/(\s*)\S+: (.*)/, '$1$2: 1')],
  ];
  it.each(slips)('are never told: %s', async (_, spoil) => {
    for (const [index, line] of lines.entries()) {
      const yaml = lines.map((one, at) => (at === index ? spoil(line) : one)).join('\n');
      expect((await complaints(yaml)).join('\n')).not.toContain(secret.slice(3, 15));
    }
  });
});

describe('files that ask for too much', () => {
  it('are refused: 10 MB', async () => {
    expect(await complaints(`# ${'x'.repeat(10 * 1024 * 1024)}`)).toEqual(['config.yaml: it is larger than 10 MB']);
  });

  it('are refused: aliases of aliases', async () => {
    const bomb = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`);
    const started = performance.now();
    expect(await complaints(`a0: &a0 [x]\n${bomb.join('\n')}`)).toEqual([
      'config.yaml: its aliases (*name) stand for more than 100 times their text',
    ]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it.each([
    ['lists', '['.repeat(50_000)],
    ['closed lists', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['maps', Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('are refused: deep %s', async (_, yaml) => {
    const found = await complaints(`x: ${yaml.startsWith('[') ? yaml : `\n ${yaml.replaceAll('\n', '\n ')}`}`);
    expect(found.length).toBeGreaterThan(0);
    for (const line of found) expect(line.length).toBeLessThan(300);
  });

  it('are refused: circles', async () => {
    expect(await complaints({ 'config.yaml': 'include: [a.yaml]', 'a.yaml': 'include: config.yaml' })).toEqual([
      'a.yaml:1:10: include: the file includes itself',
    ]);
    expect(await complaints('include: [config.yaml]')).toEqual([at(1, 11, 'include: the file includes itself')]);
  });

  it('are named: what is not there', async () => {
    expect(await complaints({ 'config.yaml': 'include:\n  - no.yaml' })).toEqual([
      at(2, 5, 'include: no.yaml: there is no such file'),
    ]);
    expect(await complaints({ 'config.yaml': 'include: [sub]', 'sub/x.yaml': '' })).toEqual([
      at(1, 11, 'include: sub: it cannot be read (EISDIR)'),
    ]);
  });

  it('may hold names that mean something to JavaScript', async () => {
    const path = written('');
    expect(path).toContain('config.yaml');
    const yaml = `__proto__: {polluted: 1}\nconstructor: 1\n${entry('model: openai/x\n__proto__: {polluted: 1}\nconstructor: {a: 1}')}`;
    expect(await complaints(yaml)).toEqual([]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
