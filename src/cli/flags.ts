import type { Flags } from '../config/index.ts';

/** Everything that can be typed, in the spelling of the flags; a key that is missing was not given. */
export type CliFlags = Flags & {
  debug?: boolean;
  detailed_debug?: boolean;
  json?: boolean;
  quiet?: boolean;
  no_env_file?: boolean;
  skip_server_startup?: boolean;
  validate_config?: boolean;
  online?: boolean;
  num_workers?: number;
  test?: boolean;
  health?: boolean;
  stream?: boolean;
  base_url?: string;
  /** true: of all providers. */
  params?: string | true;
  /** true: the usual one. */
  shell?: string | true;
};

export type Command = 'test' | 'providers' | 'run' | 'env' | 'check' | 'schema';

type Group = 'Model' | 'Requests' | 'Server' | 'Access' | 'Output' | 'Commands as flags';

/** One flag. `whole`, `number`: with a range; `list`: may be repeated; `text`: any; `switch`: takes no value. */
export interface FlagRow<K extends string = string> {
  kind: K;
  short?: string;
  /** Placeholder of the value in the help. */
  value?: string;
  min?: number;
  max?: number;
  /** Variables that give the value when the flag is not there, in order. */
  env?: readonly string[];
  /** May stand without a value. */
  bare?: true;
  /** What holds otherwise, for the help. */
  standard?: string;
  group: Group;
  /** Commands whose own help shows it too. */
  commands?: readonly Command[];
  doc: string;
}

type KindOf<T> = T extends boolean
  ? 'switch'
  : T extends number
    ? 'whole' | 'number'
    : T extends string
      ? 'text'
      : 'list';
type Rows = { readonly [K in keyof Required<CliFlags>]: FlagRow<KindOf<Required<CliFlags>[K]>> };

/** Every flag as a row: command line, help, environment and tests are made from it. */
export const flagRows: Rows = {
  model: {
    kind: 'text',
    short: '-m',
    value: 'provider/model',
    group: 'Model',
    commands: ['test', 'run', 'env'],
    doc: 'the model to serve: groq/llama-3.3-70b-versatile, anthropic/claude-haiku-4-5, gpt-4o-mini',
  },
  alias: { kind: 'text', value: 'name', group: 'Model', doc: 'the name that clients see for it' },
  config: {
    kind: 'text',
    short: '-c',
    value: 'file',
    env: ['LITELLM_CONFIG', 'CONFIG_FILE_PATH'],
    standard: './config.yaml if it has a model_list',
    group: 'Model',
    commands: ['run'],
    doc: 'a configuration with many models, as LiteLLM has it; saving it takes effect at once',
  },
  api_base: {
    kind: 'text',
    value: 'url',
    group: 'Model',
    doc: "base URL of the provider, instead of the provider's own",
  },
  api_key: {
    kind: 'text',
    value: 'key',
    group: 'Model',
    commands: ['test'],
    doc: "key for the provider, instead of the environment's; `-` reads it from stdin",
  },
  api_version: {
    kind: 'text',
    value: 'version',
    env: ['AZURE_API_VERSION'],
    group: 'Model',
    doc: 'version of the API, where the provider has several (Azure)',
  },
  headers: {
    kind: 'list',
    value: 'json|name=value',
    group: 'Model',
    doc: 'further headers for the provider; may be repeated',
  },
  temperature: {
    kind: 'number',
    value: 'number',
    min: 0,
    max: 2,
    group: 'Requests',
    doc: 'temperature of every request, whatever the client asks for',
  },
  max_tokens: {
    kind: 'whole',
    value: 'count',
    min: 1,
    group: 'Requests',
    doc: 'most tokens of every answer, whatever the client asks for',
  },
  request_timeout: {
    kind: 'number',
    value: 'seconds',
    min: 0.001,
    max: 2_000_000,
    env: ['REQUEST_TIMEOUT'],
    standard: '600',
    group: 'Requests',
    doc: 'longest wait for the first byte of an answer, and for the next one of a stream',
  },
  drop_params: {
    kind: 'switch',
    group: 'Requests',
    doc: 'leave out parameters that the provider does not know, instead of answering 400',
  },
  add_function_to_prompt: {
    kind: 'switch',
    group: 'Requests',
    doc: 'write tools into the prompt where the provider has none',
  },
  max_budget: {
    kind: 'number',
    value: 'dollars',
    min: 0,
    group: 'Requests',
    doc: 'refuse calls once this much is spent',
  },
  max_event_mb: {
    kind: 'number',
    value: 'MB',
    min: 0.001,
    max: 1024,
    standard: '16',
    group: 'Requests',
    doc: 'largest event of a stream',
  },
  max_response_mb: {
    kind: 'number',
    value: 'MB',
    min: 0.001,
    max: 1024,
    standard: '64',
    group: 'Requests',
    doc: 'largest answer that is not a stream',
  },
  host: {
    kind: 'text',
    value: 'address',
    env: ['HOST'],
    standard: 'this machine only',
    group: 'Server',
    doc: 'address to listen on; 0.0.0.0 serves the network',
  },
  port: {
    kind: 'whole',
    value: 'port',
    min: 0,
    max: 65535,
    env: ['PORT'],
    standard: '4000',
    group: 'Server',
    commands: ['test', 'env'],
    doc: 'port to listen on; 0 takes a free one',
  },
  ssl_keyfile_path: {
    kind: 'text',
    value: 'file',
    env: ['SSL_KEYFILE_PATH'],
    group: 'Server',
    doc: 'private key for HTTPS, PEM',
  },
  ssl_certfile_path: {
    kind: 'text',
    value: 'file',
    env: ['SSL_CERTFILE_PATH'],
    group: 'Server',
    doc: 'certificate for HTTPS, PEM',
  },
  keepalive_timeout: {
    kind: 'number',
    value: 'seconds',
    min: 0,
    max: 86_400,
    env: ['KEEPALIVE_TIMEOUT'],
    standard: '65',
    group: 'Server',
    doc: 'how long an idle connection of a client stays open',
  },
  num_workers: {
    kind: 'whole',
    value: 'count',
    min: 1,
    max: 256,
    env: ['NUM_WORKERS', 'DEFAULT_NUM_WORKERS_LITELLM_PROXY'],
    standard: '1',
    group: 'Server',
    doc: 'processes that serve the port together',
  },
  limit_concurrency: {
    kind: 'whole',
    value: 'count',
    min: 1,
    env: ['LIMIT_CONCURRENCY'],
    group: 'Server',
    doc: 'most requests at a time; more are answered with 503',
  },
  drain_timeout: {
    kind: 'number',
    value: 'seconds',
    min: 0,
    max: 86_400,
    standard: '10',
    group: 'Server',
    doc: 'how long running answers may finish after Ctrl-C or SIGTERM',
  },
  skip_server_startup: { kind: 'switch', group: 'Server', doc: 'check everything, but do not listen' },
  client_keys: {
    kind: 'switch',
    group: 'Access',
    doc: "let callers send their own provider key as the body's api_key",
  },
  allow_private_media: {
    kind: 'switch',
    group: 'Access',
    doc: 'fetch linked images and files from private addresses too, where the provider wants them inside the request',
  },
  allowed_origins: {
    kind: 'list',
    value: 'origins',
    group: 'Access',
    doc: 'web pages that may call, by comma; pages of this machine always may',
  },
  allowed_hosts: { kind: 'list', value: 'names', group: 'Access', doc: 'further names of this server, by comma' },
  no_env_file: { kind: 'switch', group: 'Access', doc: 'do not read .env of this directory' },
  debug: { kind: 'switch', env: ['DEBUG'], group: 'Output', commands: ['run'], doc: 'say more about each call' },
  detailed_debug: {
    kind: 'switch',
    env: ['DETAILED_DEBUG'],
    group: 'Output',
    doc: 'log bodies as well; keys are masked',
  },
  quiet: { kind: 'switch', group: 'Output', commands: ['test', 'run'], doc: 'print warnings and errors only' },
  json: {
    kind: 'switch',
    group: 'Output',
    commands: ['test', 'providers', 'env', 'check'],
    doc: 'print JSON instead of text',
  },
  test: { kind: 'switch', group: 'Commands as flags', doc: 'the same as `modelport test`' },
  health: {
    kind: 'switch',
    group: 'Commands as flags',
    doc: 'test the models of the running proxy and print the result',
  },
  validate_config: { kind: 'switch', group: 'Commands as flags', doc: 'the same as `modelport check`' },
  online: {
    kind: 'switch',
    group: 'Commands as flags',
    commands: ['check'],
    doc: 'with check: ask each model a tiny question',
  },
  stream: { kind: 'switch', group: 'Commands as flags', commands: ['test'], doc: 'with test: ask for a stream' },
  base_url: {
    kind: 'text',
    value: 'url',
    group: 'Commands as flags',
    commands: ['test', 'env'],
    doc: 'with test and env: the proxy to ask, instead of the one on this machine',
  },
  params: {
    kind: 'text',
    value: 'provider|model',
    bare: true,
    group: 'Commands as flags',
    commands: ['providers'],
    doc: 'with providers: which parameters each one takes, or this one',
  },
  shell: {
    kind: 'text',
    value: 'name',
    bare: true,
    group: 'Commands as flags',
    commands: ['env'],
    doc: 'with env: the shell to write for: sh, bash, zsh, fish, powershell or cmd',
  },
};
